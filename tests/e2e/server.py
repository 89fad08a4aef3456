"""Starts the real binary for a test and talks to it. Standard library only.

The binary's path is in the environment: QAMERA_MOCK_BINARY. Every server takes a free port, says so on its ready line
and is stopped by its process id. No test waits for the wall clock: the deadlines here only keep a hung server from
hanging the run.
"""

import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import threading
import unittest
import urllib.parse

if "QAMERA_MOCK_BINARY" not in os.environ:
    raise SystemExit("QAMERA_MOCK_BINARY does not name the binary to test")
BINARY = os.environ["QAMERA_MOCK_BINARY"]
SAFETY_SECONDS = 120
DOCUMENTED_KEY = "mk_live_abc123.secret456"

_numbers = itertools.count(1)


def fresh_key(scenario="happy-path"):
    """A key that no other test has: a workspace of its own."""
    return f"mk_live_{scenario}.t{next(_numbers)}"


def clean_environment(changes=None):
    """This process's environment without settings of the server that a developer may have exported."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QAMERA_MOCK_")}
    return {**kept, **(changes or {})}


def run_binary(*arguments, env=None, cwd=None, before=None):
    """Runs a command that ends by itself; `before` is called in its process first, to limit it.

    Returns subprocess.CompletedProcess with text output.
    """
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, encoding="utf-8",
                          env=clean_environment(env), cwd=cwd, timeout=SAFETY_SECONDS, check=False,
                          preexec_fn=before)


class Reply:
    """A whole response. `headers` keeps the order and spelling of the wire."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name):
        found = [value for known, value in self.headers if known.lower() == name.lower()]
        return found[0] if found else None

    @property
    def reason(self):
        return self.header("X-Qamera-Mock-Reason")

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The text of a product API error, whose body has this one key and nothing else."""
        body = self.json()
        assert list(body) == ["error"] and isinstance(body["error"], str), body
        return body["error"]

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r} ({self.reason})"


class Server:
    """A running binary. A context manager; `stop` checks how it ended."""

    def __init__(self, *flags, env=None, cwd=None, port=0, expected_exit=0, before=None):
        self.expected_exit = expected_exit
        self.errors = []
        self.process = subprocess.Popen([BINARY, "serve", "--port", str(port), *flags], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=clean_environment(env), cwd=cwd,
                                        preexec_fn=before)
        self.watchdog = threading.Timer(SAFETY_SECONDS, self.process.kill)
        self.watchdog.daemon = True
        self.watchdog.start()
        self.reader = threading.Thread(target=self._read_errors, daemon=True)
        self.reader.start()
        self.ready_line = self.process.stdout.readline().decode()
        self.watchdog.cancel()
        if not self.ready_line:
            self.process.wait()
            self.reader.join()
            self.process.stdout.close()
            raise RuntimeError(f"the server did not start ({self.process.returncode}): {self.log()}")
        text = self.ready_line.strip()
        self.url = json.loads(text)["url"] if text.startswith("{") else text.rsplit(" ", 1)[-1]
        self.host = urllib.parse.urlsplit(self.url).hostname
        self.port = urllib.parse.urlsplit(self.url).port

    def _read_errors(self):
        with self.process.stderr:
            for line in self.process.stderr:
                self.errors.append(line.decode("utf-8", "replace"))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.abandon()

    def log(self):
        """What the server wrote to stderr; whole only once it has ended."""
        return "".join(self.errors)

    def wait(self):
        """Waits for the end, checks the exit code and that nothing but the ready line stood on stdout."""
        self.process.wait(SAFETY_SECONDS)
        self.reader.join(SAFETY_SECONDS)
        with self.process.stdout:
            rest = self.process.stdout.read()
        assert self.process.returncode == self.expected_exit, (self.process.returncode, self.log()[-4000:])
        assert rest == b"", rest
        assert "bug in qamera-mock" not in self.log(), self.log()
        return self.log()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()

    def abandon(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(SAFETY_SECONDS)
        self.process.stdout.close()

    def descriptors(self):
        """How many files and sockets the process has open. Linux only."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def figure(self, name):
        """A number of /proc/<pid>/status, such as VmRSS in KB. Linux only."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(name + ":"))

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=SAFETY_SECONDS)

    def request(self, method, target, body=None, key=None, headers=None, connection=None):
        """One request. A `body` that is no text or bytes is sent as JSON; `key` goes into X-Api-Key."""
        sent = dict(headers or {})
        if key is not None:
            sent["X-Api-Key"] = key
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        own = connection is None
        connection = connection or self.connect()
        try:
            connection.request(method, target, body=body, headers=sent)
            response = connection.getresponse()
            return Reply(response.status, response.getheaders(), response.read())
        finally:
            if own:
                connection.close()

    def get(self, target, **options):
        return self.request("GET", target, **options)

    def post(self, target, body=None, **options):
        return self.request("POST", target, body, **options)

    def admin(self, method, path, body=None, status=200, **options):
        """A control call that must answer `status`; its JSON."""
        reply = self.request(method, "/__admin" + path, body, **options)
        assert reply.status == status, (method, path, reply)
        return reply.json()

    def raw(self):
        """A bare socket, for what no client library would send."""
        return RawConnection(self.host, self.port)


class RawConnection:
    """Bytes out, bytes in."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=SAFETY_SECONDS)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def reply(self, method="GET"):
        """The next response, by its Content-Length. None when the server closed before one began."""
        line = self.file.readline()
        if not line:
            return None
        status = int(line.split(b" ", 2)[1])
        headers = []
        while True:
            line = self.file.readline().rstrip(b"\r\n").decode("latin-1")
            if not line:
                break
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        bodiless = method == "HEAD" or status < 200 or status in (204, 304)
        return Reply(status, headers, b"" if bodiless else self.file.read(length))

    def at_end(self):
        """Whether the server has closed its side, once it has."""
        return self.file.read(1) == b""


class ServerCase(unittest.TestCase):
    """A test class with one server for all of its tests; each test has a key, hence a workspace, of its own."""

    FLAGS = ()
    SCENARIO = "happy-path"
    server: Server

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.FLAGS)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.key = fresh_key(self.SCENARIO)

    def get(self, target, **options):
        return self.server.get(target, **{"key": self.key, **options})

    def post(self, target, body=None, **options):
        return self.server.post(target, body, **{"key": self.key, **options})

    def admin(self, method, path, body=None, status=200, **options):
        return self.server.admin(method, path, body, status, **{"key": self.key, **options})

    def register(self, count=4, product="rec_product_001", **options):
        """Registers a photo shoot that must be accepted; the reply's JSON."""
        body = {"config": {"product": {"id": product}}, "count": count}
        reply = self.post("/api/external/image-picker/register-ideas", body, **options)
        self.assertEqual(reply.status, 200, reply)
        return reply.json()

    def statuses(self, ids, listing="/api/external/image-picker", collection="images", **options):
        """id -> status, of those ids that the listing shows."""
        records = self.get(listing, **options).json()[collection]
        return {record["id"]: record["status"] for record in records if record["id"] in ids}

    def advance(self, **target):
        """The transitions that fired."""
        return self.admin("POST", "/clock/advance", target)["fired"]

    def assert_balanced(self, credits):
        self.assertEqual(credits["granted"], credits["available"] + credits["reserved"] + credits["consumed"])
