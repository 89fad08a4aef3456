"""Pictures and videos: `/assets/` as a client of images sees it."""

import unittest
from concurrent.futures import ThreadPoolExecutor

from server import Server, ServerCase

PICTURE = "/assets/images/thumb_001.jpg?w=96"
VIDEO = "/assets/videos/vid_001.mp4"


class Assets(ServerCase):
    FLAGS = ("--clock", "manual", "--quiet")

    def test_a_picture_needs_no_key_and_is_the_same_on_every_server(self):
        picture = self.server.get(PICTURE)
        self.assertEqual(picture.status, 200)
        self.assertEqual(picture.header("Content-Type"), "image/jpeg")
        self.assertEqual(picture.header("Content-Length"), str(len(picture.body)))
        self.assertTrue(picture.body.startswith(b"\xff\xd8") and picture.body.endswith(b"\xff\xd9"))
        self.assertEqual(self.server.get(PICTURE).body, picture.body)
        with Server("--quiet", "--seed", "9") as other:
            self.assertEqual(other.get(PICTURE).body, picture.body)
        head = self.server.request("HEAD", PICTURE)
        self.assertEqual((head.status, head.body), (200, b""))
        for field in ("Content-Length", "Content-Type", "ETag", "Cache-Control", "Accept-Ranges"):
            self.assertEqual(head.header(field), picture.header(field), field)

    def test_parts_and_conditions(self):
        for target in (PICTURE, VIDEO):
            with self.subTest(target=target):
                whole = self.server.get(target)
                part = self.server.get(target, headers={"Range": "bytes=10-19"})
                self.assertEqual((part.status, part.body), (206, whole.body[10:20]))
                self.assertEqual(part.header("Content-Range"), f"bytes 10-19/{len(whole.body)}")
                self.assertEqual(part.header("Content-Length"), "10")
                beyond = self.server.get(target, headers={"Range": f"bytes={len(whole.body)}-"})
                self.assertEqual((beyond.status, beyond.header("Content-Range")), (416, f"bytes */{len(whole.body)}"))
                known = self.server.get(target, headers={"If-None-Match": whole.header("ETag")})
                self.assertEqual((known.status, known.body), (304, b""))

    def test_mistakes_are_told(self):
        self.assertEqual(self.server.get("/assets/images/a.jpg?w=7").error(),
                         'w: expected a width from 64 to 1600 pixels, got "7"')
        self.assertEqual(self.server.get("/assets/images/a.jpg?w=7").status, 400)
        self.assertEqual(self.server.get("/assets/images/a.gif").status, 404)
        self.assertEqual(self.server.post(PICTURE, {}).status, 405)
        self.assertEqual(self.server.request("OPTIONS", PICTURE, headers={
            "Origin": "http://shop.example", "Access-Control-Request-Method": "GET"}).status, 204)

    def test_any_host_may_ask_and_nothing_is_kept_of_it(self):
        before = self.server.admin("GET", "/requests")["meta"]["total"]
        for host in ("mock", "evil.example", "[::1]:1"):
            self.assertEqual(self.server.get(PICTURE, headers={"Host": host}).status, 200)
        self.assertEqual(self.server.get("/assets/nothing").status, 404)
        for _ in range(100):  # the limit is 60 a minute
            self.assertEqual(self.server.get(VIDEO, key=self.key).status, 200)
        self.assertEqual(self.server.admin("GET", "/requests")["meta"]["total"], before)

    def test_no_finding_and_no_unmatched_request(self):
        with Server("--quiet", "--fail-on", "findings,unmatched") as server:
            for target in (PICTURE, VIDEO, "/assets/nothing", "/assets/images/a.jpg?w=1"):
                server.get(target)
        # The end of `with` checks that the exit code is 0.

    def test_a_page_full_of_pictures_is_drawn_beside_the_requests(self):
        targets = [f"/assets/packshots/ps_{n}.jpg?w=200" for n in range(60)]
        with ThreadPoolExecutor(12) as pool:
            pictures = list(pool.map(lambda target: self.server.get(target), targets))
        self.assertEqual({picture.status for picture in pictures}, {200})
        self.assertEqual(len({picture.header("ETag") for picture in pictures}), 60)
        memory = self.admin("GET", "/health")["memory"]
        self.assertGreater(memory["used"], sum(len(picture.body) for picture in pictures))

    def test_a_small_budget_keeps_few_pictures(self):
        with Server("--quiet", "--max-memory", "64m") as server:
            for n in range(40):
                self.assertEqual(server.get(f"/assets/products/p{n}.jpg?w=1600").status, 200)
            self.assertLess(server.admin("GET", "/health")["memory"]["used"], 6 << 20)


if __name__ == "__main__":
    unittest.main()
