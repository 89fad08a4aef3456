"""A server whose replies a test writes byte by byte, for what no well-behaved one would send."""

import socket
import threading

from server import SAFETY_SECONDS


class RawUpstream:
    """Answers each request with the next of `replies`; a callable is given the connection. Keeps what it was sent."""

    def __init__(self, *replies, context=None, reads_bodies=True):
        self.replies = list(replies)
        self.requests = []
        self.connections = 0
        self.context = context
        self.reads_bodies = reads_bodies
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(SAFETY_SECONDS)
        self.connections += 1
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as file:
                while self._exchange(connection, file):
                    pass
        except OSError:
            pass

    def _exchange(self, connection, file):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = file.readline()
            if not line:
                return False
            head += line
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        body = file.read(int(fields.get(b"content-length", 0))) if self.reads_bodies else b""
        with self.changed:
            self.requests.append(head + body)
            reply = self.replies.pop(0) if self.replies else ok(b'{"error":"nothing more was written"}')
            self.changed.notify_all()
        if callable(reply):
            return reply(connection)
        connection.sendall(reply)
        return b"connection: close" not in reply.lower()

    def wait_for_requests(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, SAFETY_SECONDS), self.requests


def held(test, reply):
    """An event, and a reply that waits for it; set at the end of the test at the latest."""
    release = threading.Event()
    test.addCleanup(release.set)

    def wait(connection):
        release.wait(SAFETY_SECONDS)
        connection.sendall(reply)
        return True
    return release, wait


def ok(body, fields=b"Content-Type: application/json\r\n"):
    return b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body
