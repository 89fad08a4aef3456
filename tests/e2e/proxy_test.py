"""`serve --upstream`: a validating proxy that changes nothing, sees everything and survives its upstream."""

import gzip
import json
import shutil
import socket
import tempfile
import threading
import unittest

from certificate import own_certificate
from raw_upstream import RawUpstream, held, ok
from server import SAFETY_SECONDS, RawConnection, Server, run_binary

KEY = "mk_live_abc123.secret456"
LIST = "/api/external/models"
MODELS = b'{"models":[],"count":0}'


def proxy(upstream, *flags, **options):
    return Server("--upstream", upstream, "--quiet", *flags, **options)


def raw_request(method, target, body=b"", fields=b"", key=KEY):
    lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: api.test"]
    if key:
        lines.append(b"X-Api-Key: " + key.encode())
    if body:
        lines.append(b"Content-Type: application/json\r\nContent-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n" + fields + b"\r\n" + body


def via_of(request):
    """The field with which the proxy names itself."""
    (field,) = [line for line in request.split(b"\r\n") if line.startswith(b"Via: 1.1 qamera-mock-")]
    return field + b"\r\n"


def raw_reply(server, request):
    """Every byte of the reply to a request that asks for the connection's end."""
    with RawConnection(server.host, server.port) as connection:
        connection.send(request)
        return connection.file.read()


def hear_an_early_reply(test, context):
    early = b"HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    heard = threading.Event()
    test.addCleanup(heard.set)

    def answer_early(connection):
        connection.sendall(early)
        heard.wait(SAFETY_SECONDS)
        return False
    with RawUpstream(answer_early, ok(MODELS), context=context, reads_bodies=False) as upstream:
        with proxy(upstream.url, "--insecure") as front:
            form = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + b" " * (15 << 20) + b"\r\n--x--\r\n"
            reply = front.request("POST", "/api/external/x", form, key=KEY,
                                  headers={"Content-Type": "multipart/form-data; boundary=x"})
            test.assertEqual((reply.status, reply.body), (413, b"{}"))
            # What was not sent is not the beginning of the next request.
            test.assertEqual(front.get(LIST, key=KEY).body, MODELS)
            test.assertEqual(upstream.connections, 2)


class Transparency(unittest.TestCase):
    def test_the_same_bytes_come_through_as_direct(self):
        job = json.dumps({"config": {"product": {"id": "rec_product_001"}}, "count": 2}).encode()
        requests = [
            raw_request("GET", LIST), raw_request("GET", LIST + "?statusFilter=approved&x=%20%2F"),
            raw_request("HEAD", LIST), raw_request("GET", LIST, key=None), raw_request("GET", LIST, key="nonsense"),
            raw_request("GET", "/api/external/nothing"), raw_request("DELETE", LIST), raw_request("OPTIONS", LIST),
            raw_request("POST", "/api/external/image-picker/register-ideas", job),
            raw_request("POST", "/api/external/image-picker/register-ideas", b"{nonsense"),
            raw_request("POST", "/api/external/image-picker/register-ideas", b"{}"),
            raw_request("GET", "/api/external/image-picker"),
            raw_request("POST", "/api/external/packshots/update-packshot",
                        b'{"recordId":"ps_001","Voting":"APPROVED"}'),
        ]
        # URLs of pictures would begin with the host that each is asked by.
        flags = ("--clock", "manual", "--seed", "7", "--quiet", "--public-url", "http://mock.example")
        with Server(*flags) as direct, Server(*flags) as behind, proxy(behind.url) as front:
            for request in requests:
                closing = request.replace(b"Host: api.test", b"Host: api.test\r\nConnection: close")
                with self.subTest(request=request.split(b"\r\n")[0]):
                    self.assertEqual(raw_reply(front, closing), raw_reply(direct, closing))

    def test_fields_phrase_and_framing_stand_as_the_upstream_wrote_them(self):
        reply = (b"HTTP/1.1 200 Fine Indeed\r\nzebra: 1\r\nX-Odd-CASE:   two  \r\nset-cookie: a=1\r\n"
                 b"set-cookie: b=%20\r\ncontent-length: 23\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n" + MODELS)
        with RawUpstream(reply) as upstream, proxy(upstream.url) as front:
            with front.raw() as connection:
                connection.send(raw_request("GET", LIST))
                expected = reply.replace(b"X-Odd-CASE:   two  ", b"X-Odd-CASE: two")
                self.assertEqual(connection.file.read(len(expected)), expected)

    def test_chunked_and_closed_bodies_arrive_whole_with_their_length(self):
        chunked = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
                   b"5;x=1\r\n" + MODELS[:5] + b"\r\n12\r\n" + MODELS[5:] + b"\r\n0\r\nTrailer: x\r\n\r\n")
        closed = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + MODELS
        interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok(MODELS)
        with RawUpstream(chunked, closed, interim) as upstream, proxy(upstream.url) as front:
            for _ in range(3):
                reply = front.get(LIST, key=KEY)
                self.assertEqual((reply.status, reply.body, reply.header("Content-Length")), (200, MODELS, "23"))
                self.assertIsNone(reply.header("Link"))

    def test_a_compressed_body_passes_as_it_is_and_is_judged_all_the_same(self):
        wrong = gzip.compress(b'{"models":[],"count":1}')
        reply = ok(wrong, b"Content-Type: application/json\r\nContent-Encoding: gzip\r\n")
        with RawUpstream(reply) as upstream, proxy(upstream.url) as front:
            got = front.get(LIST, key=KEY, headers={"Accept-Encoding": "zstd, br;q=1, gzip;q=0.5"})
            self.assertEqual((got.header("Content-Encoding"), got.body), ("gzip", wrong))
            entry = front.admin("GET", "/requests")["requests"][0]
            self.assertEqual(entry["response"]["body"], '{"models":[],"count":1}')
            self.assertEqual([one["pointer"] for one in entry["findings"]], ["/body/count"])
        # What could not be read here is not asked for.
        self.assertRegex(upstream.requests[0], rb"Accept-Encoding: (br;q=1, )?gzip;q=0.5\r\n")

    def test_the_request_goes_out_as_it_came_but_for_what_is_about_the_connection(self):
        body = b'{"recordId": "ps_001",  "Voting":"APPROVED"}'
        fields = (b"x-Custom: Kept As Is\r\nConnection: x-hop\r\nx-hop: 1\r\nTE: trailers\r\n"
                  b"x-late: 2\r\nConnection: keep-alive , X-LATE\r\n")
        with RawUpstream(ok(MODELS), ok(MODELS)) as upstream, proxy(upstream.url + "/base") as front:
            with front.raw() as connection:
                connection.send(raw_request("POST", "/api/external/packshots/update-packshot?a=%2F", body, fields))
                self.assertEqual(connection.reply().status, 200)
                chunked = raw_request("POST", "/x", fields=b"Transfer-Encoding: chunked\r\n") + b"3\r\nabc\r\n0\r\n\r\n"
                connection.send(chunked)
                self.assertEqual(connection.reply().status, 200)
        self.assertEqual(upstream.requests[0], b"POST /base/api/external/packshots/update-packshot?a=%2F HTTP/1.1\r\n"
                         b"Host: 127.0.0.1:" + str(upstream.port).encode() + b"\r\nX-Api-Key: " + KEY.encode() +
                         b"\r\nContent-Type: application/json\r\nx-Custom: Kept As Is\r\n" +
                         via_of(upstream.requests[0]) + b"Content-Length: 44\r\n\r\n" + body)
        self.assertTrue(upstream.requests[1].endswith(b"\r\nContent-Length: 3\r\n\r\nabc"), upstream.requests[1])
        self.assertEqual(upstream.connections, 1, "the connection is kept")

    def test_the_absolute_form_goes_out_as_the_origin_form(self):
        with RawUpstream(*[ok(MODELS)] * 4) as upstream, proxy(upstream.url + "/base") as front:
            with front.raw() as connection:
                for method, target in [("GET", "http://api.test" + LIST + "?a=%2F"), ("GET", "HTTP://api.test"),
                                       ("GET", "http://api.test?b"), ("OPTIONS", "*")]:
                    connection.send(raw_request(method, target))
                    self.assertEqual(connection.reply().status, 200)
        self.assertEqual([one.split(b" ")[1] for one in upstream.requests],
                         [b"/base" + LIST.encode() + b"?a=%2F", b"/base/", b"/base/?b", b"*"])

    def test_an_upstream_that_answers_before_it_has_read_the_body_is_heard(self):
        hear_an_early_reply(self, None)


class BadUpstream(unittest.TestCase):
    def check(self, replies, status, said, flags=()):
        with RawUpstream(*replies) as upstream, proxy(upstream.url, *flags) as front:
            reply = front.get(LIST, key=KEY)
            self.assertEqual(reply.status, status, reply)
            self.assertIn(said, reply.error())
            self.assertIn("upstream http://127.0.0.1", reply.reason)
            entry = front.admin("GET", "/requests")["requests"][0]
            self.assertEqual([one["kind"] for one in entry["findings"]], ["upstream-failed"])
            self.assertNotIn("upstream", entry)
            # The one after it is served, whatever became of the connection.
            upstream.replies.append(ok(MODELS))
            self.assertEqual(front.get(LIST, key=KEY).body, MODELS)

    def test_garbage_gives_502(self):
        for name, reply, said in [
                ("noise", b"\x80\xffgarbage\x00" * 20, "does not begin like HTTP/1"),
                ("another protocol", b"SSH-2.0-OpenSSH_9\r\n", "does not begin like HTTP/1"),
                ("status line", b"HTTP/1.1 2x0 OK\r\n\r\n", "no valid status line"),
                ("field", b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "header field of the reply is malformed"),
                ("folded field", b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "header field of the reply is malformed"),
                ("length", b"HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc", "Content-Length is malformed"),
                ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "malformed"),
                ("both framings", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                 "both Content-Length and Transfer-Encoding"),
                ("coding", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "is not understood"),
                ("chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "chunked coding"),
                ("upgrade", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "another protocol"),
                ("endless head", b"HTTP/1.1 200 OK\r\nA: " + b"b" * 300_000, "head of the reply is too large")]:
            with self.subTest(name):
                self.check([reply], 502, said)

    def test_what_a_broken_reply_quotes_names_no_key(self):
        with RawUpstream(b"HTTP/1.1 200 OK\r\nno colon " + KEY.encode() + b"\r\n\r\n") as upstream:
            with proxy(upstream.url) as front:
                reply = front.get(LIST, key=KEY)
                self.assertIn("no colon mk_live_abc123.***", reply.error())
                shown = json.dumps(front.admin("GET", "/requests")) + str(reply.headers)
            self.assertNotIn("secret456", shown + front.log())

    def test_a_small_body_that_bursts_is_passed_on_unjudged(self):
        packed = gzip.compress(b"[" + b" " * (200 << 20) + b"]")
        reply = ok(packed, b"Content-Type: application/json\r\nContent-Encoding: gzip\r\n")
        with RawUpstream(reply) as upstream, proxy(upstream.url) as front:
            self.assertEqual(front.get(LIST, key=KEY, headers={"Accept-Encoding": "gzip"}).body, packed)
            self.assertEqual(front.admin("GET", "/requests")["requests"][0]["findings"], [])

    def test_a_connection_that_ends_early_gives_502(self):
        def end(data):
            def serve(connection):
                connection.sendall(data)
                return False
            return serve
        for name, data, said in [("nothing", b"", "without a reply"),
                                 ("half a head", b"HTTP/1.1 200 OK\r\nContent-", "within the head"),
                                 ("half a body", ok(MODELS)[:-5], "within the body")]:
            with self.subTest(name):
                self.check([end(data)], 502, said)

    def test_a_slow_upstream_gives_504(self):
        done = threading.Event()
        self.addCleanup(done.set)

        def stall(connection):
            done.wait(SAFETY_SECONDS)
            return False

        def dribble(connection):
            connection.sendall(ok(MODELS)[:-1])
            done.wait(SAFETY_SECONDS)
            return False
        for reply in (stall, dribble):
            with self.subTest(reply.__name__):
                self.check([reply], 504, "no reply in time", ("--upstream-timeout", "300ms"))

    def test_an_upstream_that_never_stops_talking_is_given_up(self):
        def talk(first, piece):
            def serve(connection):
                connection.sendall(first)
                while True:  # until the proxy hangs up
                    connection.sendall(piece)
            return serve
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.check([talk(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)], 502, "head of the reply is too large")
        self.check([talk(chunked, b"1\r\nx\r\n" * 100)], 504, "no reply in time", ("--upstream-timeout", "300ms"))

    def test_an_upstream_that_is_down_gives_502_and_may_come_back(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with proxy(f"http://127.0.0.1:{port}") as front:
            reply = front.get(LIST, key=KEY)
            self.assertEqual(reply.status, 502)
            self.assertIn("cannot connect: Connection refused", reply.error())
            with Server("--quiet", port=port):
                self.assertEqual(front.get(LIST, key=KEY).status, 200)
            self.assertEqual(front.get(LIST, key=KEY).status, 502)
        with proxy("http://no-such-host.invalid") as front:
            reply = front.get(LIST, key=KEY)
            self.assertEqual(reply.status, 502)
            self.assertIn("cannot resolve the name", reply.error())

    def test_a_kept_connection_that_the_upstream_closed_is_not_used_again(self):
        with RawUpstream(ok(MODELS), lambda _: False, ok(MODELS)) as upstream, proxy(upstream.url) as front:
            self.assertEqual(front.get(LIST, key=KEY).status, 200)
            # The second request finds its kept connection closed under it; a GET may be sent again.
            self.assertEqual(front.get(LIST, key=KEY).status, 200)
            self.assertEqual(upstream.connections, 2)

    def test_slow_replies_hold_up_nobody_else(self):
        release, wait = held(self, ok(MODELS))
        with RawUpstream(*[wait] * 20) as upstream, proxy(upstream.url) as front:
            results = []
            threads = [threading.Thread(target=lambda: results.append(front.get(LIST, key=KEY).status))
                       for _ in range(20)]
            for thread in threads:
                thread.start()
            upstream.wait_for_requests(20)
            self.assertEqual(front.admin("GET", "/health")["status"], "ok")
            release.set()
            for thread in threads:
                thread.join()
            self.assertEqual(results, [200] * 20)


class Watching(unittest.TestCase):
    def test_both_sides_are_judged_and_kept(self):
        with Server("--quiet") as behind, proxy(behind.url) as front:
            drifting = "mk_live_contract-drift.abc"
            front.get(LIST + "?colour=red", key=KEY)
            front.post("/api/external/image-picker/register-ideas", {"count": 99}, key=KEY)
            front.get("/api/external/products", key=drifting)
            entries = front.admin("GET", "/requests")["requests"]
            found = [[(one["kind"], one["pointer"]) for one in entry["findings"]] for entry in entries]
            self.assertEqual(found[0], [("unknown-query-parameter", "/query/colour")])
            self.assertEqual(found[1], [("invalid-request", "/body/config/product/id")])
            self.assertEqual(found[2][0][0], "response-breach")
            self.assertTrue(found[2][0][1].startswith("/body/products/"), found[2])
            self.assertEqual({entry["upstream"] for entry in entries}, {behind.url})
            self.assertNotIn("secret456", json.dumps(entries))
            self.assertEqual(front.admin("POST", "/requests/count", {"operation": "listModels"})["count"], 1)
            self.assertEqual(front.admin("POST", "/verify", {"expect": [{"noFindings": True}]}, 422)["passed"], False)

    def test_what_only_the_upstream_knows_is_not_judged(self):
        with Server("--quiet") as behind, proxy(behind.url) as front:
            front.get(LIST, key=KEY)
            records = [{"kind": "model", "status": "DONE", "exactly": 1}]
            for expectation in ({"ledger": {"consumed": 0}}, {"records": records}):
                said = front.admin("POST", "/verify", {"expect": [expectation]}, 422, key=KEY)
                self.assertIn("upstream's to know", said["error"])

    def test_strict_refuses_before_anything_is_sent_on(self):
        with RawUpstream() as upstream, proxy(upstream.url, "--strict") as front:
            self.assertEqual(front.get(LIST + "?colour=red", key=KEY).status, 400)
            self.assertEqual(upstream.requests, [])

    def test_rules_act_in_front_of_the_service(self):
        register = "/api/external/image-picker/register-ideas"
        job = {"config": {"product": {"id": "rec_product_001"}}, "count": 1}
        rules = [
            {"when": {"operation": "listModels", "nth": 1}, "respond": {"status": 500, "body": {"error": "scripted"}}},
            {"when": {"operation": "listModels", "nth": 2},
             "patch": [{"op": "replace", "path": "/count", "value": -1}]},
            {"when": {"operation": "registerImages", "nth": 1}, "fault": {"kind": "empty-response"}},
            {"when": {"operation": "registerImages", "nth": 2}, "fault": {"kind": "empty-response", "after": "commit"}},
        ]
        with Server("--quiet") as behind, proxy(behind.url) as front:
            for rule in reversed(rules):
                front.admin("POST", "/rules", rule, 201, key=KEY)
            reply = front.get(LIST, key=KEY)
            self.assertEqual((reply.status, reply.error()), (500, "scripted"))
            self.assertIn("rule", reply.reason)
            self.assertEqual(front.get(LIST, key=KEY).json()["count"], -1)
            for expected in (0, 1):
                with self.assertRaises(OSError):
                    front.post(register, job, key=KEY)
                seen = behind.admin("POST", "/requests/count", {"operation": "registerImages"})["count"]
                self.assertEqual(seen, expected)
            self.assertEqual(behind.admin("POST", "/requests/count", {"operation": "listModels"})["count"], 1)

    def test_what_a_client_did_not_wait_for_is_in_the_journal(self):
        release, wait = held(self, ok(MODELS))
        with RawUpstream(wait) as upstream, proxy(upstream.url) as front:
            with front.raw() as connection:
                connection.send(raw_request("GET", LIST))
                upstream.wait_for_requests(1)
            release.set()
            verdict = front.admin("POST", "/verify", {"expect": [{"count": {"operation": "listModels", "exactly": 1}}],
                                                      "within": "60s"})
            self.assertTrue(verdict["passed"], verdict)

    def test_a_stop_waits_for_the_reply_that_is_under_way(self):
        release, wait = held(self, ok(MODELS))
        with RawUpstream(wait) as upstream, proxy(upstream.url) as front:
            with front.raw() as connection:
                connection.send(raw_request("GET", LIST))
                upstream.wait_for_requests(1)
                front.process.terminate()
                # Only once the server has begun to stop: it takes no connection any more.
                for _ in range(100_000):
                    try:
                        socket.create_connection((front.host, front.port), timeout=SAFETY_SECONDS).close()
                    except OSError:
                        break
                release.set()
                self.assertEqual(connection.reply().body, MODELS)


@unittest.skipUnless(shutil.which("openssl"), "openssl, which makes the certificate, is not installed")
class OverTls(unittest.TestCase):
    def test_certificates_are_checked_unless_told_otherwise(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, context = own_certificate(folder)
            with RawUpstream(ok(MODELS), ok(MODELS), context=context) as upstream:
                port = upstream.port
                if "this build has no TLS" in run_binary("verify", "--target", upstream.url, "--api-key", KEY).stderr:
                    self.skipTest("this build has no TLS")
                for flags, host, status, said in [
                        ((), "localhost", 502, "the server's certificate is not trusted: self-signed certificate"),
                        (("--ca-file", certificate), "127.0.0.1", 502, "not trusted: IP address mismatch"),
                        (("--ca-file", certificate), "localhost", 200, ""),
                        (("--insecure",), "127.0.0.1", 200, "")]:
                    with self.subTest(flags=flags, host=host), proxy(f"https://{host}:{port}", *flags) as front:
                        reply = front.get(LIST, key=KEY)
                        self.assertEqual(reply.status, status, reply)
                        self.assertIn(said, reply.error() if said else "")
            hear_an_early_reply(self, context)


class Flags(unittest.TestCase):
    def test_wrong_flags_name_what_is_wrong(self):
        for flags, said in [(("--upstream", "ftp://x"), "expected a URL"),
                            (("--upstream", "http://127.0.0.1:1/a b"), "expected a URL"),
                            (("--upstream", "http://127.0.0.1:1/a\r\nX: y"), "expected a URL"),
                            (("--upstream", "http://127.0.0.1:1", "--upstream-timeout", "0s"), "--upstream-timeout"),
                            (("--upstream", "http://127.0.0.1:1", "--upstream-timeout", "soon"), "--upstream-timeout"),
                            (("--save-scenario", "x.json"), "--upstream"),
                            (("--upstream", "http://127.0.0.1:1", "--save-scenario", "/no/such/folder/x.json"),
                             "there is no directory"),
                            (("--upstream", "http://127.0.0.1:1", "--save-scenario", "/dev"), "is no file"),
                            (("--upstream", "https://127.0.0.1:1", "--ca-file", "/no/such.pem"),
                             "certificate authorities")]:
            with self.subTest(flags=flags):
                run = run_binary("serve", "--port", "0", *flags)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn(said, run.stderr)

    def test_a_server_refuses_to_be_its_own_upstream(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        run = run_binary("serve", "--port", str(port), "--upstream", f"http://localhost:{port}")
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertIn("is this server itself", run.stderr)


if __name__ == "__main__":
    unittest.main()
