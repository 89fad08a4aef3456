"""What the tests with hostile clients share: requests as bytes, and a class that checks what they leave behind."""

import os
import resource
import socket
import struct
import unittest

from server import ServerCase

KEY_TEXT = "mk_live_happy-path.hostile"
KEY = f"X-Api-Key: {KEY_TEXT}\r\n".encode()
GET = b"GET /api/external/products HTTP/1.1\r\nHost: x\r\n" + KEY + b"\r\n"
MODELS = b"POST /api/external/models/register-ideas HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + KEY
BODY = b'{"preferences": "p", "count": 1}'
POST = MODELS + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
HAS_PROC = os.path.isdir("/proc/self/fd")


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def reset(raw):
    """Closes with RST, as a client that crashes or is cut off."""
    raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.__exit__()


def allow_open_files(count):
    """Raises the soft limit of this process, which the servers it starts inherit; skips the test when it cannot."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= count:
        return
    if hard != resource.RLIM_INFINITY and hard < count:
        raise unittest.SkipTest(f"{count} open files are needed, and the hard limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def memory_is_its_own(server):
    """Whether memory figures are those of the program: a sanitizer maps terabytes and keeps what is freed."""
    return HAS_PROC and server.figure("VmSize") < 1 << 30


class HostileCase(ServerCase):
    """One server. A well-behaved client keeps a connection to it throughout each test, and is served to the end;
    then nothing of the hostile ones may be left."""

    FLAGS = ("--quiet", "--journal-entries", "100")

    def setUp(self):
        super().setUp()
        self.healthy = self.server.connect()
        self.others_are_served()
        for key in (KEY_TEXT, self.key):  # the workspaces that a test may use; another one would be left over
            self.server.get("/api/external/products", key=key, connection=self.healthy)
        self.open_before = self.server.descriptors() if HAS_PROC else 0
        self.known_before = self.workspaces()

    def tearDown(self):
        self.others_are_served()
        self.nothing_is_left()
        self.healthy.close()

    def others_are_served(self):
        """The well-behaved client gets its reply, on the connection that it has had all the time."""
        reply = self.server.get("/api/external/products", key="mk_live_happy-path.healthy", connection=self.healthy)
        self.assertEqual((reply.status, reply.json()["count"] > 0), (200, True))

    def workspaces(self):
        listed = self.server.admin("GET", "/workspaces", connection=self.healthy)["workspaces"]
        return {workspace["id"] for workspace in listed}

    def nothing_is_left(self):
        self.assertEqual(self.workspaces(), self.known_before)
        self.wait_for(lambda: not HAS_PROC or self.server.descriptors() <= self.open_before,
                      lambda: f"{self.server.descriptors()} descriptors, {self.open_before} before")

    def wait_for(self, condition, otherwise, rounds=20_000):
        """The server's loops notice a client's end when they run: each round waits for one round trip."""
        for _ in range(rounds):
            if condition():
                return
            self.others_are_served()
        self.fail(otherwise())

    def exchange(self, data, method="GET"):
        with self.server.raw() as raw:
            return raw.send(data).reply(method)

    def refused(self, data, status):
        """Refused once, with an error body, and nothing after it is taken for a second request."""
        with self.server.raw() as raw:
            reply = raw.send(data).reply()
            self.assertEqual(reply.status, status, (data[:200], reply))
            reply.error()
            self.others_are_served()
            raw.socket.shutdown(socket.SHUT_WR)
            self.assertTrue(raw.at_end())
