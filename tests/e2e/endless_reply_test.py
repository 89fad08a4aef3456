"""A target may send without end: `verify`, `replay` and `tail` take a bounded part of it, say so and exit with 2."""

import json
import resource
import tempfile
import unittest
from pathlib import Path

from raw_upstream import RawUpstream, ok
from server import run_binary

MIB = 1 << 20
# The sockets in between hold some; what is sent beyond these bounds was taken in.
LITTLE, MUCH = 16 * MIB, 96 * MIB
SENT_AT_MOST = 256 * MIB
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

LINE = "a line of the reply is too long"
HEAD = "the head of the reply is too large"
BODY = "the body of the reply is too large"
EVENT = "an event that is too long"
# Name, beginning, what is repeated, complaint, the bytes taken at most.
HEADS = [
    ("a status line", b"HTTP/1.1 200 ", b"x", LINE, LITTLE),
    ("a line that is no status line", b"", b"x", LINE, LITTLE),
    ("a field", b"HTTP/1.1 200 OK\r\nX: ", b"x", LINE, LITTLE),
    ("fields", b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", HEAD, LITTLE),
    ("interim replies", b"", b"HTTP/1.1 100 Continue\r\n\r\n", HEAD, LITTLE),
    ("a chunk's extension", CHUNKED + b"5;", b"x", LINE, LITTLE),
    ("a second chunk's extension", CHUNKED + b"1\r\nx\r\n5;", b"x", LINE, LITTLE),
]
BODIES = [
    ("a body of a length", LENGTH, b" ", BODY, MUCH),
    ("a body until the connection ends", b"HTTP/1.1 200 OK\r\n\r\n", b" ", BODY, MUCH),
    ("chunks", CHUNKED, b"8000\r\n" + b" " * 0x8000 + b"\r\n", BODY, MUCH),
    ("the body of an error", b"HTTP/1.1 500 Oops\r\n\r\n", b"\n", BODY, MUCH),
]
EVENTS = [
    ("a line of an event", LENGTH, b"data: ", EVENT, 2 * LITTLE),
    ("the lines of an event", CHUNKED, b"407\r\ndata: " + b"x" * 1024 + b"\n\r\n", EVENT, 2 * LITTLE),
]


class Endless(unittest.TestCase):
    def check(self, kinds, *command):
        for name, begin, again, complaint, most in kinds:
            with self.subTest(name=name, command=command[0]):
                sent = []

                def reply(connection, begin=begin, again=again, sent=sent):
                    connection.sendall(begin)
                    piece = again * max(1, 65536 // len(again))
                    while sum(sent) < SENT_AT_MOST:
                        sent.append(connection.send(piece))
                    return False

                with RawUpstream(reply) as target:
                    run = run_binary(command[0], "--url" if command[0] == "tail" else "--target", target.url,
                                     *command[1:])
                self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr[-400:])
                self.assertIn(complaint, run.stderr)
                self.assertIn(target.url, run.stderr)
                self.assertLess(sum(sent), most)

    def test_verify_takes_a_bounded_part(self):
        self.check(HEADS + BODIES, "verify", "--api-key", "mk_live_a.b")

    def test_replay_takes_a_bounded_part(self):
        entry = {"request": {"method": "GET", "url": "https://example.com/api/external/models", "headers": []},
                 "response": {"status": 200, "headers": [], "content": {"text": "{}"}}}
        with tempfile.TemporaryDirectory() as folder:
            har = Path(folder) / "one.har"
            har.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}), encoding="utf-8")
            self.check(HEADS + BODIES[:1], "replay", "--api-key", "mk_live_a.b", str(har))

    def test_tail_takes_a_bounded_part(self):
        self.check(HEADS + BODIES[-1:] + EVENTS, "tail")


class LittleMemory(unittest.TestCase):
    """With less memory than a reply may take, it is the reply that is given up, not the command."""

    def limited(self, most, *command):
        return run_binary(*command, before=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)))

    def test_no_command_ends_in_an_abort(self):
        enough = next((size for size in range(32 * MIB, 256 * MIB, 8 * MIB)
                       if self.limited(size, "openapi").returncode == 0), None)
        if enough is None:
            self.skipTest("a sanitizer maps terabytes, or memory cannot be limited here")

        def reply(connection):
            connection.sendall(b"HTTP/1.1 500 Oops\r\n\r\n")
            while True:  # until the command hangs up
                connection.sendall(b" " * 65536)
        for command in (("verify", "--api-key", "mk_live_a.b"), ("tail",)):
            with self.subTest(command=command[0]), RawUpstream(reply) as target:
                url = "--url" if command[0] == "tail" else "--target"
                run = self.limited(enough + 16 * MIB, command[0], url, target.url, *command[1:])
                self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr[-400:])
                self.assertIn(target.url + ": there is no memory for the reply", run.stderr)


class LargeReplies(unittest.TestCase):
    def test_what_is_long_but_within_bounds_is_read(self):
        long_head = b"X-Long: %s\r\n" % (b"x" * 8000) + b"X: y\r\n" * 50
        replies = [ok(b"{}", b"Content-Type: application/json\r\n" + long_head),
                   b"HTTP/1.1 200 %s\r\nContent-Length: 2\r\n\r\n{}" % (b"x" * 16000),
                   b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + ok(b"{}"),
                   CHUNKED + b"1;%s\r\n{\r\n1\r\n}\r\n0\r\n\r\n" % (b"x" * 16000),
                   ok(b"{" + b" " * (32 * MIB) + b"}")]
        entry = {"request": {"method": "GET", "url": "https://example.com/api/external/models", "headers": []},
                 "response": {"status": 200, "headers": [], "content": {"text": "{}"}}}
        with tempfile.TemporaryDirectory() as folder, RawUpstream(*replies) as target:
            har = Path(folder) / "many.har"
            har.write_text(json.dumps({"log": {"entries": [entry] * len(replies)}}), encoding="utf-8")
            run = run_binary("replay", "--target", target.url, "--api-key", "mk_live_a.b", str(har))
        self.assertIn(f"{len(replies)} requests sent", run.stdout, run.stderr[-400:])
        self.assertEqual(target.connections, 1)


if __name__ == "__main__":
    unittest.main()
