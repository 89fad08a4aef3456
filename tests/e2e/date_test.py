"""`Date` on every reply of our own: the workspace's virtual time, else the server's default clock."""

import email.utils
import json
import tempfile
import unittest
from pathlib import Path

from raw_upstream import RawUpstream, ok
from server import Server, ServerCase, fresh_key, run_binary

LIST = "/api/external/models"
START = "Fri, 27 Mar 2026 12:00:00 GMT"


class Dates(ServerCase):
    FLAGS = ("--clock", "manual", "--quiet", "--allow-origin", "http://shop.example")

    def date(self, method="GET", target=LIST, **options):
        reply = self.server.request(method, target, **options)
        (date,) = [value for name, value in reply.headers if name == "Date"]
        return date

    def test_a_workspace_tells_its_own_time(self):
        self.assertEqual(self.date(key=self.key), START)
        self.advance(by="90061s")
        self.assertEqual(self.date(key=self.key), "Sat, 28 Mar 2026 13:01:01 GMT")
        self.assertEqual(self.date(key=self.key, target="/nowhere"), "Sat, 28 Mar 2026 13:01:01 GMT")
        self.assertEqual(self.date(key=self.key, target="/__admin/clock"), "Sat, 28 Mar 2026 13:01:01 GMT")
        self.assertEqual(self.date(key=fresh_key()), START)

    def test_without_a_workspace_the_default_clock_stands(self):
        preflight = {"Origin": "http://shop.example", "Access-Control-Request-Method": "GET"}
        for method, target, headers in [("GET", LIST, {}), ("GET", "/nowhere", {}), ("HEAD", "/nowhere", {}),
                                        ("GET", "/__admin/health", {}), ("GET", "/__admin/nowhere", {}),
                                        ("GET", "/__admin/state", {"Host": "evil.example"}),
                                        ("GET", "/__admin/requests.ndjson", {}), ("OPTIONS", LIST, preflight)]:
            with self.subTest(method=method, target=target):
                self.assertEqual(self.date(method, target, headers=headers), START)
        for bytes_sent in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
            with self.server.raw() as raw:
                self.assertEqual(raw.send(bytes_sent).reply().header("Date"), START)

    def test_the_same_requests_get_the_same_bytes(self):
        def replies():
            with Server("--clock", "manual", "--quiet", "--seed", "3", "--assets", "documented") as server:
                heads = []
                for target, key in ((LIST, "mk_live_a.b"), (LIST, None), ("/nowhere", "mk_live_a.b")):
                    reply = server.get(target, key=key)
                    heads.append((reply.status, reply.headers, reply.body))
                return heads
        self.assertEqual(replies(), replies())

    def test_a_rule_may_say_another_and_a_journal_entry_shows_what_was_sent(self):
        self.admin("POST", "/rules", {"when": {"operation": "listModels", "nth": 1},
                                      "respond": {"status": 200, "headers": {"date": "Thu, 01 Jan 1970 00:00:00 GMT"}}},
                   201)
        for expected in ("Thu, 01 Jan 1970 00:00:00 GMT", START):
            reply = self.get(LIST)
            self.assertEqual([value for name, value in reply.headers if name.lower() == "date"], [expected])
            entry = self.admin("GET", "/requests")["requests"][-1]
            shown = [value for name, value in entry["response"]["headers"].items() if name.lower() == "date"]
            self.assertEqual(shown, [expected])

    def test_times_may_have_an_offset_and_are_told_in_utc(self):
        self.admin("POST", "/clock/advance", {"to": "2026-03-27T14:30:00.000+02:00"})
        self.assertEqual(self.admin("GET", "/clock")["now"], "2026-03-27T12:30:00.000Z")
        clock = {"mode": "manual", "now": "2026-11-26T01:00:00-01:30"}
        made = self.server.admin("POST", "/workspaces", {"clock": clock}, 201)
        self.assertEqual(self.date(key=made["key"]), "Thu, 26 Nov 2026 02:30:00 GMT")

    def test_neither_check_nor_replay_makes_a_difference_of_it(self):
        with tempfile.TemporaryDirectory() as folder:
            line, har = str(Path(folder) / "a.ndjson"), Path(folder) / "a.har"
            with Server("--clock", "manual", "--quiet", "--record", line) as server:
                server.get(LIST, key="mk_live_a.b")
                server.admin("POST", "/clock/advance", {"by": "1h"})
                server.get(LIST, key="mk_live_a.b")
                har.write_bytes(server.get("/__admin/requests.har").body)
                exported = server.get("/__admin/requests.ndjson").body
            self.assertEqual(Path(line).read_bytes(), exported)
            entries = json.loads(har.read_text(encoding="utf-8"))["log"]["entries"]
            dates = [[one["value"] for one in entry["response"]["headers"] if one["name"] == "Date"]
                     for entry in entries]
            self.assertEqual(dates, [[START], ["Fri, 27 Mar 2026 13:00:00 GMT"]])
            for file in (line, str(har)):
                run = run_binary("check", file)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                run = run_binary("replay", file, "--target", self.server.url, "--api-key", self.key)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_a_relayed_reply_keeps_its_own_or_none(self):
        stated = b"Content-Type: application/json\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        body = b'{"models":[],"count":0}'
        with RawUpstream(ok(body, stated), ok(body)) as upstream:
            with Server("--upstream", upstream.url, "--quiet", "--clock", "manual") as front:
                dates = [front.get(LIST, key="mk_live_a.b").header("Date") for _ in range(2)]
                self.assertEqual(dates, ["Thu, 01 Jan 2026 00:00:00 GMT", None])
                shown = [one["response"]["headers"].get("Date") for one in front.admin("GET", "/requests")["requests"]]
                self.assertEqual(shown, dates)


class RealClock(unittest.TestCase):
    def test_the_date_is_the_time_of_the_workspace(self):
        with Server("--quiet") as server:
            reply = server.get(LIST, key="mk_live_a.b")
            at = server.admin("GET", "/requests")["requests"][0]["at"]
            self.assertEqual(email.utils.parsedate_to_datetime(reply.header("Date")).isoformat()[:19], at[:19])


class OtherProtocols(unittest.TestCase):
    HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\nrandom"

    def test_a_greeting_in_another_protocol_is_named_and_no_unmatched_request(self):
        with Server("--fail-on", "unmatched") as server:
            for greeting, status, said in [(self.HELLO, 400, "looks like TLS: this port speaks plain HTTP"),
                                           (b"\x16", 400, "looks like TLS: this port speaks plain HTTP"),
                                           (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "looks like HTTP/2")]:
                with self.subTest(said=said), server.raw() as raw:
                    reply = raw.send(greeting).reply()
                    self.assertEqual(reply.status, status)
                    self.assertIn(said, reply.reason)
                    self.assertIn(said, reply.error())
            self.assertEqual(server.admin("GET", "/requests?unmatched=true")["requests"], [])
            self.assertEqual(server.admin("GET", "/findings")["unmatched"], 0)
            self.assertTrue(server.admin("POST", "/verify", {"expect": [{"noUnmatched": True}]})["passed"])
            self.assertEqual(len(server.admin("GET", "/requests")["requests"]), 3)
        self.assertEqual(server.log().count("looks like TLS: this port speaks plain HTTP"), 2)
        with Server("--fail-on", "unmatched", "--quiet", expected_exit=1) as server, server.raw() as raw:
            self.assertEqual(raw.send(b"\x00\x01\r\n\r\n").reply().status, 400)


if __name__ == "__main__":
    unittest.main()
