"""Request bodies in a content coding: gzip and deflate are read and are a finding, others are refused with the body."""

import gzip
import json
import tempfile
import unittest
import zlib
from pathlib import Path

from server import Server, ServerCase, fresh_key, run_binary

REGISTER = "/api/external/models/register-ideas"
BODY = json.dumps({"preferences": "tall"}).encode()
CODED = {"gzip": gzip.compress(BODY), "x-gzip": gzip.compress(BODY), "deflate": zlib.compress(BODY),
         "gzip, deflate": zlib.compress(gzip.compress(BODY)), "identity": BODY}


class ContentCoding(ServerCase):
    FLAGS = ("--quiet",)

    def send(self, coding, body, path=REGISTER, key=None, server=None):
        return (server or self.server).post(path, body, key=key or self.key, headers={
            "Content-Type": "application/json", "Content-Encoding": coding})

    def last(self):
        return self.admin("GET", "/requests?limit=1", key=self.key)["requests"][0]

    def test_gzip_and_deflate_are_read_and_found(self):
        for coding, body in CODED.items():
            with self.subTest(coding=coding):
                self.assertEqual(self.send(coding, body).status, 200)
                entry = self.last()
                self.assertEqual(entry["request"]["body"], BODY.decode())
                self.assertEqual([one["kind"] for one in entry["findings"]],
                                 [] if coding == "identity" else ["content-encoding"])

    def test_a_form_is_read_too(self):
        form = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--b--\r\n'
        for coding, body in (("identity", form), ("gzip", gzip.compress(form))):
            reply = self.server.post("/api/external/presets", body, key=self.key, headers={
                "Content-Type": "multipart/form-data; boundary=b", "Content-Encoding": coding})
            self.assertEqual((reply.status, "quantityGuidelines" in reply.error()), (400, True), reply)

    def test_another_coding_is_415_and_names_the_header(self):
        for coding in ("br", "zstd", "compress", "gzip, br"):
            reply = self.send(coding, b"\x0b\x01\x80abc\x03")
            self.assertEqual(reply.status, 415)
            self.assertIn(f"'Content-Encoding: {coding}'", reply.error())

    def test_it_is_decided_with_the_body_after_the_key(self):
        self.assertEqual(self.send("br", BODY, key="no key").status, 401)
        self.assertEqual(self.send("br", BODY, path="/api/external/nothing").status, 404)
        self.assertEqual(self.send("gzip", b"no gzip").status, 400)
        self.assertEqual(self.send("gzip", CODED["gzip"][:15]).status, 400)

    def test_the_limit_holds_for_what_is_unpacked(self):
        def packed(size):
            return gzip.compress(b'{"preferences": "' + b"p" * (size - 19) + b'"}')
        reply = self.send("gzip", packed((1 << 20) + 1))
        self.assertEqual(reply.status, 413)
        self.assertIn("1048576 bytes", reply.error())
        self.assertNotEqual(self.send("gzip", packed(1 << 20)).status, 413)

    def test_strict_refuses_it(self):
        with Server("--strict", "--quiet") as server:
            reply = self.send("gzip", CODED["gzip"], key=fresh_key(), server=server)
            self.assertEqual((reply.status, "Content-Encoding is 'gzip'" in reply.error()), (400, True))

    def test_replay_sends_it_decoded(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "coded.ndjson"
            with Server("--record", str(file), "--quiet") as server:
                self.send("gzip", CODED["gzip"], key=fresh_key(), server=server)
            run = run_binary("replay", str(file), "--target", self.server.url, "--api-key", self.key)
            self.assertEqual(run.returncode, 0, run.stdout)
            entry = self.last()
            self.assertEqual((entry["request"]["body"], entry["findings"]), (BODY.decode(), []))
            self.assertNotIn("Content-Encoding", entry["request"]["headers"])


if __name__ == "__main__":
    unittest.main()
