"""What no honest client sends, against the real binary: it answers or refuses, and goes on serving the others."""

import unittest

from hostile import BODY, GET, KEY, MODELS, POST, HostileCase, chunked


class Hostile(HostileCase):
    def test_partial_heads_on_many_connections_hold_up_nobody(self):
        held = [self.server.raw().send(GET[:20 + number % 30]) for number in range(200)]
        try:
            for _ in range(20):
                self.others_are_served()
                self.assertEqual(self.exchange(GET).status, 200)
            for number, raw in enumerate(held):
                self.assertEqual(raw.send(GET[20 + number % 30:]).reply().status, 200)
        finally:
            for raw in held:
                raw.__exit__()

    def test_a_request_in_single_bytes_is_served(self):
        with self.server.raw() as raw:
            for byte in POST:
                raw.send(bytes([byte]))
            self.assertEqual(raw.reply().status, 200)

    def test_pipelined_requests_are_answered_in_order(self):
        with self.server.raw() as raw:
            raw.send((GET + POST + GET.replace(b"products", b"nowhere")) * 20)
            self.assertEqual([raw.reply().status for _ in range(60)], [200, 200, 404] * 20)

    def test_chunked_bodies_are_read(self):
        head = MODELS + b"Transfer-Encoding: chunked\r\n\r\n"
        for body in (chunked(BODY), chunked(*(bytes([byte]) for byte in BODY)),
                     b"%X;name=value\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (len(BODY), BODY)):
            with self.server.raw() as raw:
                self.assertEqual(raw.send(head + body + GET).reply().status, 200)
                self.assertEqual(raw.reply().status, 200)

    def test_chunk_extensions_are_passed_over_as_far_as_they_are_short_and_clean(self):
        head = MODELS + b"Transfer-Encoding: chunked\r\n\r\n"
        size = b"%x" % len(BODY)
        for extension in (b";a", b";a=b;c=\"d e\"", b" ; a = b", b";" + b"x" * 200):
            with self.subTest(extension=extension[:20]), self.server.raw() as raw:
                raw.send(head + size + extension + b"\r\n" + BODY + b"\r\n0;last\r\n\r\n" + GET)
                self.assertEqual([raw.reply().status, raw.reply().status], [200, 200])
        for extension in (b";" + b"x" * 300, b";a\nb", b";a\x00b", b";a\rb", b"a"):
            with self.subTest(extension=extension[:20]):
                self.refused(head + size + b" " + extension + b"\r\n" + BODY + b"\r\n0\r\n\r\n" + GET, 400)
        self.refused(head + size + b"\r\n" + BODY + b"\r\n0\r\n" + b"T: x\r\n" * 2000 + b"\r\n", 431)

    def test_malformed_chunks_are_refused(self):
        head = MODELS + b"Transfer-Encoding: chunked\r\n\r\n"
        for body in (b"zz\r\n", b"-1\r\n\r\n", b"5\r\nabcdefg\r\n0\r\n\r\n", b"ffffffffffffffffff\r\n",
                     b"0x5\r\nabcde\r\n",
                     b"5\nabcde\n0\n\n", b" 5\r\nabcde\r\n0\r\n\r\n"):
            self.refused(head + body + GET, 400)

    def test_what_two_readers_could_take_for_different_requests_is_refused(self):
        smuggled = b"GET /__admin/health HTTP/1.1\r\nHost: x\r\n\r\n"
        for fields in (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                       b"Content-Length: 0\r\nContent-Length: 44\r\n",
                       b"Content-Length: 0\r\nContent-Length: 0\r\n", b"Content-Length: +0\r\n",
                       b"Content-Length: 0x0\r\n",
                       b"Content-Length: -1\r\n", b"Content-Length: 0, 0\r\n", b"Content-Length: \r\n",
                       b"Content-Length: 99999999999999999999\r\n", b"Content-Length : 0\r\n",
                       b" Content-Length: 0\r\n",
                       b"Transfer-Encoding: chunked, chunked\r\n", b"X: a\nContent-Length: 0\r\n", b"X: a\x00b\r\n",
                       b"Host: y\r\n", b"no colon\r\n", b": empty\r\n", b"X: a\r\n b\r\n", b"X: a\r\n\tb\r\n",
                       b"Content-Length: +3\r\n", b"Content-Length: 3 \x0b\r\n", b"Content-Length: 3;a\r\n",
                       b"Content-Length: 1e1\r\n", b"Content-Length: 3\r\ncontent-length: 3\r\n",
                       b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", b"Transfer-Encoding:\r\n",
                       b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: "
                       b"chunked\r\n", b"X: a\r\r\n", b"X\x00: a\r\n", b"X Y: a\r\n"):
            with self.subTest(fields=fields):
                self.refused(MODELS + fields + b"\r\n" + smuggled, 400)
        self.refused(MODELS + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + smuggled, 501)
        self.refused(MODELS + b"Transfer-Encoding: xchunked\r\n\r\n" + smuggled, 501)
        self.refused(MODELS + b"Transfer-Encoding: identity\r\n\r\n" + smuggled, 501)
        self.refused(MODELS.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Transfer-Encoding: chunked\r\n\r\n" + smuggled, 400)

    def test_broken_request_lines_are_refused(self):
        for line, status in [(b"GET / HTTP/1.1", 400), (b"GET  / HTTP/1.1\r", 400), (b"GET /\r", 400),
                             (b"GET / HTTP/x\r", 400),
                             (b"GET / HTTP/2.0\r", 505), (b"G@T / HTTP/1.1\r", 400), (b"GET nowhere HTTP/1.1\r", 400),
                             (b"GET /a b HTTP/1.1\r", 400), (b"GET /\x01 HTTP/1.1\r", 400),
                             (b"\x16\x03\x01\x02\x00", 400),
                             (b"GET * HTTP/1.1\r", 400), (b"GET / http/1.1\r", 400), (b"GET / HTTP/1.10\r", 400),
                             (b"GET / HTTP/1.1 \r", 400), (b"GET / HTTP/0.9\r", 505), (b"GET / HTTP/3.0\r", 505),
                             (b"GET /a\x00b HTTP/1.1\r", 400), (b"GET /a\tb HTTP/1.1\r", 400),
                             (b"GET\x00 / HTTP/1.1\r", 400), (b" GET / HTTP/1.1\r", 400),
                             (b"GET /\x7f HTTP/1.1\r", 400), (b"GET ftp://x/ HTTP/1.1\r", 400),
                             (b"PRI * HTTP/2.0\r", 505)]:
            with self.subTest(line=line):
                self.refused(line + b"\nHost: x\r\n\r\n", status)

    def test_http_1_1_without_a_host_is_refused_and_http_1_0_is_served(self):
        self.refused(b"GET /api/external/products HTTP/1.1\r\n" + KEY + b"\r\n", 400)
        with self.server.raw() as raw:
            reply = raw.send(b"GET /api/external/products HTTP/1.0\r\n" + KEY + b"\r\n").reply()
            self.assertEqual(reply.status, 200)
            self.assertTrue(raw.at_end())

    def test_huge_heads_are_refused_while_they_arrive(self):
        self.refused(b"GET /" + b"a" * 16_400, 414)
        self.refused(GET[:-2] + b"X: " + b"a" * 70_000, 431)
        self.refused(GET[:-2] + b"X: a\r\n" * 150 + b"\r\n", 431)
        self.assertEqual(self.exchange(GET[:-2] + b"X: " + b"a" * 30_000 + b"\r\n\r\n").status, 200)

    def test_a_body_of_1_mib_is_read_and_one_byte_more_is_413(self):
        most = 1 << 20
        head = b'{"count": 1, "preferences": "'
        body = head + b"x" * (most - len(head) - 2) + b'"}'
        self.assertEqual(len(body), most)
        self.assertEqual(self.post("/api/external/models/register-ideas", body).status, 200)
        self.refused(MODELS + b"Content-Length: %d\r\n\r\n" % (most + 1), 413)
        with self.server.raw() as raw:
            raw.send(MODELS + b"Content-Length: %d\r\n\r\n" % (most + 1) + body + b" ")
            self.assertEqual(raw.reply().status, 413)
        with self.server.raw() as raw:
            raw.send(MODELS + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(body, b" "))
            self.assertEqual(raw.reply().status, 413)

    def test_multipart_bodies_may_have_16_mib_and_not_a_byte_more(self):
        most = 16 << 20
        texts = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\nx\r\n'
                        for name in ("name", "quantityGuidelines", "qualityGuidelines")).encode()
        start = texts + b'--b\r\nContent-Disposition: form-data; name="cover"; filename="c"\r\n\r\n'
        end = b"\r\n--b--\r\n"
        form = {"Content-Type": "multipart/form-data; boundary=b"}
        for size, status in ((most, 200), (most + 1, 413)):
            body = start + bytes(size - len(start) - len(end)) + end
            self.assertEqual(len(body), size)
            try:
                reply = self.post("/api/external/presets", body, headers=form)
            except ConnectionError as failure:
                self.fail(f"{size} bytes: the reply was lost: {failure}")
            self.assertEqual(reply.status, status)

    def test_a_content_length_that_is_never_met_holds_up_nobody(self):
        with self.server.raw() as raw:
            raw.send(MODELS + b"Content-Length: 1000000\r\n\r\n{")
            self.assertEqual(self.exchange(GET).status, 200)

    def test_a_post_without_a_length_has_an_empty_body(self):
        with self.server.raw() as raw:
            self.assertEqual(raw.send(MODELS + b"\r\n" + GET).reply().status, 400)
            self.assertEqual(raw.reply().status, 200)

    def test_head_answers_like_get_without_the_body(self):
        reply = self.exchange(GET)
        for data, status in ((GET, 200), (GET.replace(b"products", b"nowhere"), 404)):
            with self.server.raw() as raw:
                head = raw.send(data.replace(b"GET", b"HEAD") + GET).reply("HEAD")
                self.assertEqual((head.status, head.body), (status, b""))
                if status == 200:
                    self.assertEqual(head.header("Content-Length"), reply.header("Content-Length"))
                self.assertEqual(raw.reply().status, 200)

    def test_options_and_unknown_methods_are_405_and_connect_and_trace_serve_nothing(self):
        for method in (b"OPTIONS", b"PATCH", b"BREW", b"get", b"TRACE", b"X" * 1000):
            reply = self.exchange(GET.replace(b"GET", method))
            self.assertEqual((reply.status, reply.header("Allow")), (405, "GET"), method)
        self.assertIn(self.exchange(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status, (404, 405))
        connect = self.exchange(b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        self.assertGreaterEqual(connect.status, 400)

    def test_odd_paths_are_404_and_never_another_path(self):
        for path in (b"/api/external/products%00", b"/api/external/products%00.txt", b"/%00",
                     b"/api/external/../external/products",
                     b"/api/external/%2e%2e/external/products", b"/api/external/products;x",
                     b"/api/external/products%2F",
                     b"/api/external//products", b"/%", b"/%zz", b"/api/external/products%", b"/\xff\xfe",
                     b"/api/external/%252e%252e/products", b"/api/external/%c0%ae%c0%ae/products",
                     b"/api/external\\products", b"/api/external/products/", b"/API/external/products",
                     b"/api/external/products%0d%0aX-Injected:%201", b"/api/external/products%ff", b"//",
                     b"/" + b"a" * 9000,
                     b"/__admin%00/health", b"/" + b"%2e%2e/" * 1000):
            with self.subTest(path=path):
                reply = self.exchange(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" + KEY + b"\r\n")
                self.assertEqual(reply.status, 404)
                self.assertIsNone(reply.header("X-Injected"))

    def test_a_control_path_in_disguise_is_guarded_like_any_other(self):
        for path in (b"/%5f%5fadmin/state", b"/__admin%2fstate", b"/%5F_admin/state",
                     b"http://evil.example/__admin/state"):
            with self.subTest(path=path):
                stranger = self.exchange(b"GET " + path + b" HTTP/1.1\r\nHost: evil.example\r\n\r\n")
                self.assertEqual(stranger.status, 403)

    def test_the_authority_of_an_absolute_target_is_the_host(self):
        for target, host, status in [(b"http://evil.example/__admin/clock", b"localhost", 403),
                                     (b"http://localhost/__admin/clock", b"evil.example", 200),
                                     (b"HTTP://localhost:81/__admin/clock", b"evil.example", 200),
                                     (b"http://u@localhost/__admin/clock", b"localhost", 400),
                                     (b"http:///__admin/clock", b"localhost", 400),
                                     (b"http://[::1/__admin/clock", b"localhost", 400)]:
            with self.subTest(target=target):
                reply = self.exchange(b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
                self.assertEqual(reply.status, status)

    def test_a_host_that_is_no_authority_is_400(self):
        for host in (b"a b", b"a/b", b"u@a", b"a:b", b"a:1:2", b"::1", b"[::1", b"[::1]x", b"[zz::1]", b"[1]", b"a%zz",
                     b"a%4", b"a,b", b"a\xff", b"<a>", b"a\"b", b":80", b"a:123456", b"http://a", b"a?b", b"a#b",
                     b"[]"):
            with self.subTest(host=host):
                self.refused(GET.replace(b"Host: x", b"Host: " + host), 400)
        for host in (b"a", b"a:80", b"a:", b"127.0.0.1", b"[::1]", b"[::1]:80", b"a_b.c-d", b"%41", b""):
            with self.subTest(host=host):
                self.assertEqual(self.exchange(GET.replace(b"Host: x", b"Host: " + host)).status, 200)

    def test_a_tunnel_is_asked_for_in_vain(self):
        reply = self.exchange(b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n")
        self.assertEqual((reply.status, reply.header("Allow")), (405, "GET, POST"))

    def test_odd_queries_are_served(self):
        for query in (b"?", b"?&&&", b"?=", b"?%", b"?a=%zz", b"?a=%00", b"?statusFilter", b"?" + b"a&" * 5000,
                      b"?a=b?c=d", b"?%00=%0d%0a", b"?" + b"%" * 3000, b"??", b"?a=\xff"):
            with self.subTest(query=query[:20]):
                self.assertEqual(self.exchange(GET.replace(b"products", b"products" + query)).status, 200)

    def test_a_client_that_leaves_in_the_middle_costs_nothing(self):
        for data in (GET[:30], MODELS + b"Content-Length: 100\r\n\r\n{", GET * 50):
            for _ in range(20):
                self.server.raw().send(data).__exit__()
        self.assertEqual(self.exchange(GET).status, 200)

    def test_100_continue_is_sent_before_the_body_is(self):
        with self.server.raw() as raw:
            raw.send(MODELS + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
            self.assertEqual(raw.reply().status, 100)
            self.others_are_served()
            self.assertEqual(raw.send(BODY).reply().status, 200)

    def test_expectations_are_met_or_refused_once(self):
        length = b"Content-Length: %d\r\n" % len(BODY)
        self.refused(MODELS + b"Expect: miracles\r\n" + length + b"\r\n" + BODY, 417)
        self.refused(MODELS + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", 413)
        self.refused(MODELS + b"Expect: 100-continue\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400)
        with self.server.raw() as raw:  # nothing to wait for
            self.assertEqual(raw.send(GET[:-2] + b"Expect: 100-continue\r\n\r\n").reply().status, 200)
        with self.server.raw() as raw:  # the body is there already: no interim reply is owed
            raw.send(MODELS + b"Expect: 100-continue\r\n" + length + b"\r\n" + BODY)
            self.assertEqual(raw.reply().status, 200)
        with self.server.raw() as raw:
            raw.send(MODELS + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
            self.assertEqual(raw.reply().status, 100)
            self.assertEqual(raw.send(chunked(BODY)).reply().status, 200)

    def test_a_connection_serves_thousands_of_requests(self):
        connection = self.server.connect()
        for _ in range(2000):
            connection.request("GET", "/api/external/products", headers={"X-Api-Key": self.key})
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.status, 200)
        connection.close()


if __name__ == "__main__":
    unittest.main()
