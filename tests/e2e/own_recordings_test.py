"""What the server writes it can read: of any traffic that it met, recording and HAR export pass `check` with the same
verdict, and `replay` of it against a fresh server has no difference.

RECORDINGS_DRAWN is the number of runs, 12 unless it is set."""

import gzip
import json
import os
import random
import socket
import tempfile
import unittest
import zlib
from pathlib import Path

from server import SAFETY_SECONDS, Server, fresh_key, run_binary

RUNS = int(os.environ.get("RECORDINGS_DRAWN", "12"))
TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(range(190))
LISTINGS = ("products", "models", "sceneries", "image-picker", "videos", "packshots", "presets")
BODIES = (b"", b"{}", b"{nonsense", b'{"preferences": "x"}', b'{"preferences": "x", "count": 99, "odd": true}',
          b'{"config": {"product": {"id": "rec_product_001"}}, "count": 2}', b"\xff\xfe\x00",
          b'{"recordId": "img_005", "Voting": "APPROVED"}', b"{" + b"p" * 80_000)
POSTS = ("image-picker/register-ideas", "models/register-ideas", "packshots/update-packshot", "presets", "nothing")


def talk(server, data):
    """Sends bytes, and reads all that comes until the server closes."""
    with socket.create_connection((server.host, server.port), timeout=SAFETY_SECONDS) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR) if data.startswith(b"\x16") else None
        try:
            while connection.recv(65536):
                pass
        except ConnectionResetError:
            pass


def head(method, target, fields=(), version="1.1", body=b""):
    lines = [f"{method} {target} HTTP/{version}".encode("latin-1"), b"Host: 127.0.0.1", b"Connection: close"]
    lines += [name.encode() + b": " + value for name, value in fields]
    if body or method == "POST":
        lines.append(b"Content-Length: " + str(len(body)).encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def drawn_request(rng, key):
    """The bytes of one request, good or bad."""
    fields = [("X-Api-Key", key.encode())] if rng.random() < 0.9 else [("X-Api-Key", b"no key")] * rng.randrange(2)
    if rng.random() < 0.2:
        fields.append(("X-Note", bytes(rng.choice((0xe9, 0xfc, 0x41)) for _ in range(5))))
    if rng.random() < 0.2:
        fields.append(("Cookie", b"a=b"))
    listing = "/api/external/" + rng.choice(LISTINGS)
    query = rng.choice(("", "?statusFilter=approved", "?productId=rec_product_001", "?colour=red&a=1&a=2", "#x",
                        "?%ff=%"))
    kind = rng.randrange(13)
    if kind == 0:
        return TLS_HELLO
    if kind == 1:
        return head("GET", listing + "?" + "x" * 17_000, fields)
    if kind == 2:
        return head("GET", listing + query, fields, version="1.0")
    if kind == 3:
        return head("HEAD", listing + query, fields)
    if kind == 4:
        return head("OPTIONS", listing, [("Origin", b"http://a"), ("Access-Control-Request-Method", b"GET")])
    if kind == 5:
        targets = ("/elsewhere", "/base" + listing, "http://h" + listing, "/", "/api/external/nothing")
        return head("GET", rng.choice(targets), fields)
    if kind == 6:
        return head(rng.choice(("PUT", "DELETE", "OPTIONS")), listing, fields)
    if kind == 7:
        return head("POST", "/api/external/presets", fields + [("Expect", b"nonsense")], body=b"{}")
    if kind in (8, 9):
        return head("GET", listing + query, fields)
    body = rng.choice(BODIES)
    coding = rng.choice((None, None, None, "gzip", "deflate", "br", "broken"))
    if coding and body:
        body = {"gzip": gzip.compress, "deflate": zlib.compress}.get(coding, lambda text: text)(body)
        fields.append(("Content-Encoding", b"gzip" if coding == "broken" else coding.encode()))
    fields.append(("Content-Type", rng.choice((b"application/json", b"text/plain",
                                               b"multipart/form-data; boundary=b"))))
    return head("POST", "/api/external/" + rng.choice(POSTS), fields, body=body)


class OwnRecordings(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def record(self, seed):
        """A recording and an export of one drawn run."""
        rng = random.Random(seed)
        files = [self.folder / f"{seed}.ndjson", self.folder / f"{seed}.har"]
        with Server("--clock", "manual", "--quiet", "--record", str(files[0])) as server:
            key = fresh_key()
            for _ in range(rng.randrange(1, 40)):
                talk(server, drawn_request(rng, key))
            files[1].write_bytes(server.get("/__admin/requests.har").body)
        return files

    def verdict(self, file):
        run = run_binary("check", "--allow-empty", "--format", "json", str(file))
        self.assertIn(run.returncode, (0, 1), run.stderr)
        report = json.loads(run.stdout)
        departures = [(one["side"], one["operation"], one["pointer"]) for one in report.pop("departures")]
        return run.returncode, report, sorted(departures)

    def test_recording_and_export_have_one_verdict_and_replay_without_a_difference(self):
        with Server("--clock", "manual", "--quiet") as fresh:
            for seed in range(RUNS):
                with self.subTest(seed=seed):
                    ndjson, har = self.record(seed)
                    self.assertEqual(self.verdict(ndjson), self.verdict(har))
                    for file in (ndjson, har):
                        run = run_binary("replay", str(file), "--target", fresh.url, "--api-key", fresh_key(),
                                         "--allow-empty")
                        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_a_head_keeps_no_body(self):
        with Server("--quiet") as server:
            reply = server.request("HEAD", "/api/external/products", key=fresh_key())
            self.assertEqual(reply.status, 200)
            self.assertEqual(server.admin("GET", "/requests")["requests"][0]["response"]["body"], "")
            entry = server.get("/__admin/requests.har").json()["log"]["entries"][0]
            self.assertEqual(entry["response"]["content"]["size"], 0)


if __name__ == "__main__":
    unittest.main()
