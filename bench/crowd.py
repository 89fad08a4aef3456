"""Many connections at once from one thread: silent ones, ones that wait for a delayed reply, ones that dribble."""

import selectors
import socket
import threading
import time

from processes import LOCAL, BenchError, request_bytes


class Crowd:
    """Open sockets to one server. Close it, or use it in a `with`."""

    def __init__(self, port):
        self.port = port
        self.sockets = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for one in self.sockets:
            one.close()
        self.sockets = []

    def join(self, count, first_bytes=b""):
        """So many connections more, each of which sends `first_bytes`. Returns the seconds that took."""
        begun = time.perf_counter()
        for _ in range(count):
            one = socket.create_connection((LOCAL, self.port), 30)
            self.sockets.append(one)
            if first_bytes:
                one.sendall(first_bytes)
        return time.perf_counter() - begun

    def first_replies(self, seconds):
        """Reads until each connection has a reply that starts with a 200, at most so long. Returns how many have."""
        deadline = time.perf_counter() + seconds
        answered = 0
        with selectors.DefaultSelector() as selector:
            for one in self.sockets:
                selector.register(one, selectors.EVENT_READ)
            while selector.get_map() and time.perf_counter() < deadline:
                for key, _ in selector.select(0.5):
                    answered += key.fileobj.recv(65536).startswith(b"HTTP/1.1 200 ")
                    selector.unregister(key.fileobj)
        return answered


class Dribbling:
    """While it lasts, each connection of a crowd sends the head of a request byte by byte, one every `every` seconds.

    At the end the rest of each head is sent at once; then `crowd.first_replies` counts those that were answered.
    """

    def __init__(self, crowd, request, every=0.25):
        self.crowd = crowd
        self.request = request
        self.every = every
        self.sent = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while self.sent + 1 < len(self.request) and not self._over.wait(self.every):
            for one in self.crowd.sockets:
                one.sendall(self.request[self.sent:self.sent + 1])
            self.sent += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        for one in self.crowd.sockets:
            one.sendall(self.request[self.sent:])


def poll(port, target, until, most=100_000):
    """GETs `target` over one kept-alive connection, one after another, until `until()`. Milliseconds, sorted."""
    request, taken = request_bytes(target, port), []
    with socket.create_connection((LOCAL, port), 10) as connection:
        while not until() and len(taken) < most:
            begun = time.perf_counter()
            connection.sendall(request)
            reply = connection.recv(65536)
            if not reply.startswith(b"HTTP/1.1 200 "):
                raise BenchError(f"{target} answered {reply[:60]!r}")
            taken.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.01)
    return sorted(taken)
