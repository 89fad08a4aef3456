"""Where the URLs of pictures in replies lead, and what holds the path alone."""

import unittest
from concurrent.futures import ThreadPoolExecutor

from server import Server, ServerCase, fresh_key, run_binary

PICTURE = "/assets/images/thumb_001.jpg?w=96"
LISTINGS = {"products": "products", "models": "models", "sceneries": "sceneries", "image-picker": "images",
            "packshots": "packshots", "videos": "videos"}


class AssetUrls(ServerCase):
    FLAGS = ("--clock", "manual", "--quiet")

    def urls(self, server=None, target="/api/external/videos", **options):
        reply = (server or self.server).get(target, **{"key": self.key, **options})
        self.assertEqual(reply.status, 200, reply)
        records = next(iter(reply.json().values()))
        return [record[name] for record in records for name in ("thumbnail", "videoUrl") if record.get(name)]

    def test_every_url_of_a_reply_leads_to_what_it_says(self):
        self.register(2)
        self.advance(until="idle")
        urls = [url for path in LISTINGS for url in self.urls(target=f"/api/external/{path}")]
        self.assertGreater(len(urls), 20)
        for url in urls:
            origin, path = url[:len(self.server.url)], url[len(self.server.url):]
            self.assertEqual(origin, self.server.url)
            reply = self.server.get(path + ("?w=64" if path.endswith(".jpg") else ""))
            self.assertEqual(reply.status, 200, url)
            self.assertEqual(reply.header("Content-Type"), "image/jpeg" if path.endswith(".jpg") else "video/mp4")

    def test_they_begin_with_the_host_that_was_asked(self):
        paths = [url.split("/assets/")[1] for url in self.urls()]
        for host in ("localhost:1", "mock", "[::1]:4010", "a.example", "mock", "x" * 260):
            with self.subTest(host=host):
                for _ in range(2):  # the second is the kept one
                    self.assertEqual(self.urls(headers={"Host": host}),
                                     [f"http://{host}/assets/{path}" for path in paths])
        listening = [f"{self.server.url}/assets/{path}" for path in paths]
        self.assertEqual(self.urls(headers={"Host": "x" * 261}), listening)
        self.assertEqual(self.urls(headers={"Host": "x" * 5000}), listening)
        self.assertEqual(self.urls(headers={"Forwarded": "host=evil", "X-Forwarded-Host": "evil"}), listening)
        with self.server.raw() as raw:
            key = self.key.encode()
            reply = raw.send(b"GET http://abs.example:7/api/external/videos HTTP/1.1\r\nHost: other\r\nX-Api-Key: " +
                             key + b"\r\n\r\n").reply()
            self.assertIn(b'"http://abs.example:7/assets/videos/', reply.body)
        with self.server.raw() as raw:
            reply = raw.send(b"GET /api/external/videos HTTP/1.0\r\nX-Api-Key: " + key + b"\r\n\r\n").reply()
            self.assertIn(f'"{self.server.url}/assets/videos/'.encode(), reply.body)

    def test_a_host_that_is_none_never_gets_into_a_reply(self):
        for host in (b'a"b', b"a\\b", b"a b", b"<a>", b"a/b", b"\xff", b"u@h", b"a\tb"):
            with self.subTest(host=host), self.server.raw() as raw:
                reply = raw.send(b"GET /api/external/videos HTTP/1.1\r\nHost: " + host + b"\r\nX-Api-Key: " +
                                 self.key.encode() + b"\r\n\r\n").reply()
                self.assertEqual(reply.status, 400)

    def test_the_same_requests_get_the_same_bytes_on_any_port(self):
        def body(server):
            return server.get("/api/external/videos", key=self.key, headers={"Host": "mock"}).body
        with Server("--clock", "manual", "--quiet") as other:
            self.assertNotEqual(other.port, self.server.port)
            self.assertEqual(body(other), body(self.server))

    def test_many_hosts_share_what_is_kept_and_none_gets_another_ones(self):
        def ask(number):
            host = f"h{number % 7}.example"
            return host, self.urls(key=f"mk_live_happy-path.many{number % 5}", headers={"Host": host})
        with ThreadPoolExecutor(8) as pool:
            for host, urls in pool.map(ask, range(140)):
                self.assertTrue(urls)
                self.assertEqual({url.split("/")[2] for url in urls}, {host})

    def test_a_public_url_and_the_documented_ones(self):
        documented = {"key": fresh_key("docs-examples"), "target": "/api/external/models"}
        with Server("--quiet", "--public-url", "https://mock.example/a/") as server:
            self.assertTrue(self.urls(server)[0].startswith("https://mock.example/a/assets/videos/"))
            self.assertTrue(self.urls(server, **documented)[0].startswith("https://cdn.example.com/models/"))
        with Server("--quiet", "--assets", "documented") as server:
            self.assertTrue(self.urls(server)[0].startswith("https://cdn.example.com/videos/"))
            self.assertEqual(server.get(PICTURE).status, 200)
        with Server("--quiet", "--assets", "served") as server:
            self.assertTrue(self.urls(server, **documented)[0].startswith(f"{server.url}/assets/models/"))

    def test_records_and_states_hold_the_path_alone_and_move_between_servers(self):
        shown = self.urls()
        held = self.admin("GET", "/records?collection=videos")["records"]
        self.assertEqual([record["thumbnail"] for record in held],
                         ["/assets/" + url.split("/assets/")[1] for url in shown[::2]])
        state = self.admin("GET", "/state")
        self.assertNotIn(self.server.url, str(state))
        with Server("--clock", "manual", "--quiet") as other:
            self.urls(other)
            other.admin("PUT", "/state", state, key=self.key)
            self.assertEqual(self.urls(other), [url.replace(self.server.url, other.url) for url in shown])

    def test_urls_that_a_fixture_gives_stay_what_they_are(self):
        def record(number, **members):
            return {"id": f"img_{number}", "name": "/assets/images/x.jpg", "createdAt": "2026-01-01T00:00:00Z",
                    **members}
        scenario = {"name": "own", "fixture": {"name": "own", "images": [
            record(1, thumbnail="https://shop.example/assets/images/1.jpg"),
            record(2, thumbnail="https://cdn.example.com/images/thumb_2.jpg"),
            record(3, thumbnail="relative.jpg"), record(4, thumbnail="/assets/images/mine.jpg"), record("5 /?")]}}
        key = self.server.admin("POST", "/workspaces", {"scenario": scenario}, 201)["key"]
        self.assertEqual(self.urls(key=key, target="/api/external/image-picker"), [
            "https://shop.example/assets/images/1.jpg", "https://cdn.example.com/images/thumb_2.jpg", "relative.jpg",
            f"{self.server.url}/assets/images/mine.jpg", f"{self.server.url}/assets/images/thumb_5%20%2F%3F.jpg"])
        names = [image["name"] for image in self.server.get("/api/external/image-picker", key=key).json()["images"]]
        self.assertEqual(names, ["/assets/images/x.jpg"] * 5)
        self.assertEqual(self.server.get("/assets/images/thumb_5%20%2F%3F.jpg?w=64").status, 200)

    def test_a_proxy_changes_nothing_and_serves_none(self):
        with Server("--upstream", self.server.url, "--quiet") as front:
            self.assertEqual(self.urls(front), self.urls())
            self.assertEqual(front.get(PICTURE).body, self.server.get(PICTURE).body)  # the upstream's
            seen = [entry["request"]["url"] for entry in front.admin("GET", "/requests")["requests"]]
            self.assertIn(PICTURE, seen)

    def test_flags_that_say_nothing_are_refused(self):
        for flags, said in ((("--public-url", "mock.example"), "--public-url: expected a URL such as"),
                            (("--public-url", "https://h/?q"), "--public-url: expected a URL such as"),
                            (("--assets", "none"), "--assets"),
                            (("--upstream", "http://127.0.0.1:1", "--assets", "served"), "excludes"),
                            (("--upstream", "http://127.0.0.1:1", "--public-url", "http://h"), "excludes")):
            with self.subTest(flags=flags):
                run = run_binary("serve", "--port", "0", *flags)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn(said, run.stderr)


if __name__ == "__main__":
    unittest.main()
