"""Pages of other origins: what a browser asks beforehand, what it may read, and what of it is kept."""

import unittest

from raw_upstream import RawUpstream, ok
from server import Server, ServerCase, run_binary

LIST = "/api/external/models"
SHOP = "http://shop.example"
OURS = {"X-Correlation-Id", "X-Qamera-Mock-Request", "X-Qamera-Mock-Reason", "X-Qamera-Mock-Findings", "Retry-After"}


def asking(headers=None, origin=SHOP):
    ask = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return {**ask, **({"Access-Control-Request-Headers": headers} if headers else {})}


def names(reply, header):
    return {name.strip() for name in reply.header(header).split(",")}


class Cors(ServerCase):
    FLAGS = ("--allow-origin", SHOP)

    def test_the_headers_asked_for_are_granted(self):
        for asked in ("traceparent, Idempotency-Key", "x-api-key,content-type", "x"):
            reply = self.server.request("OPTIONS", LIST, headers=asking(asked))
            self.assertEqual(reply.status, 204)
            self.assertEqual(names(reply, "Access-Control-Allow-Headers"), {one.strip() for one in asked.split(",")})
        reply = self.server.request("OPTIONS", LIST, headers=asking())
        self.assertIn("X-Api-Key", names(reply, "Access-Control-Allow-Headers"))
        reply = self.server.request("OPTIONS", LIST, headers=asking("a b, (c), d"))
        self.assertEqual(names(reply, "Access-Control-Allow-Headers"), {"d"})

    def test_what_is_ours_is_exposed(self):
        reply = self.get(LIST, headers={"Origin": SHOP})
        self.assertEqual(names(reply, "Access-Control-Expose-Headers"), OURS)

    def test_a_preflight_is_logged_and_shown_live_and_no_entry(self):
        with Server("--allow-origin", SHOP) as server, server.raw() as follower:
            follower.send(b"GET /__admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while follower.file.readline() != b": journal entries follow\n":
                pass
            for _ in range(3):
                reply = server.request("OPTIONS", LIST + "?k=mk_live_a.secret456", headers=asking("traceparent"))
                self.assertIn("preflight", reply.reason)
                self.assertIsNone(reply.header("X-Qamera-Mock-Request"))
            reply = server.get(LIST, key="mk_live_a.b")
            self.assertEqual(reply.header("X-Qamera-Mock-Request"), "req_000001")
            self.assertEqual(len(server.admin("GET", "/requests")["requests"]), 1)
            shown = []
            while len(shown) < 4:
                line = follower.file.readline().decode()
                shown += [line] if line.startswith("event: ") else []
                self.assertNotIn("secret456", line)
            self.assertEqual(shown, ["event: preflight\n"] * 3 + ["event: entry\n"])
        self.assertEqual(server.log().count("OPTIONS " + LIST), 3)
        self.assertNotIn("secret456", server.log())

    def test_an_origin_that_is_not_allowed_is_told_so(self):
        reply = self.server.request("OPTIONS", LIST, headers=asking(origin="http://other.example"))
        self.assertIsNone(reply.header("Access-Control-Allow-Origin"))
        self.assertIn("http://other.example", reply.reason)

    def test_what_a_rule_says_replaces_ours(self):
        scripted = {"Access-Control-Allow-Origin": "http://scripted.example"}
        rule = {"when": {"operation": "listModels"}, "respond": {"status": 200, "headers": scripted}}
        self.admin("POST", "/rules", rule, 201)
        reply = self.get(LIST, headers={"Origin": SHOP})
        found = [value for name, value in reply.headers if name == "Access-Control-Allow-Origin"]
        self.assertEqual(found, ["http://scripted.example"])

    def test_a_proxy_does_both_halves_or_neither(self):
        theirs = b"Content-Type: application/json\r\nAccess-Control-Allow-Origin: http://theirs.example\r\n"
        body = b'{"models":[],"count":0}'
        with RawUpstream(ok(body, theirs)) as upstream:
            with Server("--upstream", upstream.url, "--quiet", "--allow-origin", SHOP) as front:
                self.assertEqual(front.request("OPTIONS", LIST, headers=asking()).status, 204)
                self.assertEqual(upstream.requests, [])
                reply = front.get(LIST, key=self.key, headers={"Origin": SHOP})
                found = [value for name, value in reply.headers if name == "Access-Control-Allow-Origin"]
                self.assertEqual((found, reply.body), ([SHOP], body))
        with RawUpstream(ok(b"", theirs), ok(body, theirs)) as upstream:
            with Server("--upstream", upstream.url, "--quiet") as front:
                for method in ("OPTIONS", "GET"):
                    reply = front.request(method, LIST, key=self.key, headers=asking())
                    self.assertEqual(reply.header("Access-Control-Allow-Origin"), "http://theirs.example")
                self.assertEqual(len(upstream.requests), 2)


class Flags(unittest.TestCase):
    def test_an_origin_that_can_not_match_stops_the_start(self):
        for origin, meant in [("http://shop.example/", "http://shop.example"), ("shop.example", "https://shop.example"),
                              ("http://Shop.example", "http://shop.example"), ("HTTP://a", "http://a"),
                              ("http://shop.example:80", "http://shop.example"), ("https://a:443", "https://a"),
                              ("http://a:0080", "http://a"), ("localhost:3000", "https://localhost:3000"),
                              ("http://a/b", "http://a"), ("http://*.shop.example", None), ("http://", None),
                              ("http://a:x", None), ("http://u@a", None), ("http://\u00e9", None)]:
            run = run_binary("serve", "--port", "0", "--allow-origin", origin)
            self.assertEqual((run.returncode, run.stdout), (2, ""), origin)
            self.assertIn("--allow-origin: expected an origin", run.stderr)
            self.assertEqual("did you mean" in run.stderr, meant is not None, run.stderr)
            self.assertIn(f'did you mean "{meant}"' if meant else "got", run.stderr)
        for origin in ("*", "null", "http://localhost:3000", "https://shop.example", "http://[::1]:3000",
                       "chrome-extension://abcdef", "capacitor://localhost"):
            with Server("--quiet", "--allow-origin", origin) as server:
                sent = "http://any.example" if origin == "*" else origin
                reply = server.get(LIST, key="mk_live_a.b", headers={"Origin": sent})
                self.assertEqual(reply.header("Access-Control-Allow-Origin"), sent)

    def test_without_the_flag_the_reason_names_it(self):
        with Server("--quiet") as server:
            reply = server.request("OPTIONS", LIST, headers=asking())
            self.assertEqual((reply.status, reply.header("Allow")), (405, "GET"))
            self.assertIn("--allow-origin", reply.reason)
            self.assertNotIn("--allow-origin", server.request("OPTIONS", LIST).reason)


if __name__ == "__main__":
    unittest.main()
