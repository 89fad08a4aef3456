"""How a server ends under load: what was accepted is answered, what was answered is recorded, and the code is 0."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from server import BINARY, SAFETY_SECONDS, Server, clean_environment, fresh_key

CLIENTS = 8
MODELS = "/api/external/models"
REGISTER = "/api/external/models/register-ideas"
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def request_bytes(key, target=MODELS, body=None):
    head = f"{'GET' if body is None else 'POST'} {target} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {key}\r\n"
    text = "" if body is None else json.dumps(body)
    if text:
        head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
    return (head + "\r\n" + text).encode()


class Client(threading.Thread):
    """Sends one request after the other until the server is gone. Remembers what was answered, by request id."""

    def __init__(self, server, enough):
        super().__init__()
        self.server = server
        self.enough = enough
        self.answered = {}

    def run(self):
        key = fresh_key()
        connection = self.server.connect()
        try:
            for number in range(1_000_000):
                if number % 3 == 0:
                    reply = self.server.post(REGISTER, {"preferences": "p", "count": 1}, key=key, connection=connection)
                else:
                    reply = self.server.get(f"{MODELS}?n={number}", key=key, connection=connection)
                self.answered[reply.header("X-Qamera-Mock-Request")] = reply
                self.enough.release()
        except (OSError, http.client.HTTPException):
            connection.close()


class Pipeliner(threading.Thread):
    """Has ten requests on their way at any time. Counts whole replies."""

    DEPTH = 10

    def __init__(self, server, enough):
        super().__init__()
        self.server = server
        self.enough = enough
        self.answered = {}

    def run(self):
        request = request_bytes(fresh_key())
        with self.server.raw() as raw:
            raw.send(request * self.DEPTH)
            with contextlib.suppress(ConnectionError):
                while (reply := raw.reply()) is not None:
                    if len(reply.body) != int(reply.header("Content-Length")):
                        return
                    self.answered[reply.header("X-Qamera-Mock-Request")] = reply
                    self.enough.release()
                    if reply.header("Connection") != "close":
                        with contextlib.suppress(ConnectionError):  # what was answered can be read all the same
                            raw.send(request)


class Stopping(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "out.ndjson")

    def recorded(self):
        """The recording, by request id. Every line is whole, and none is missing."""
        text = Path(self.path).read_bytes()
        self.assertTrue(text.endswith(b"\n"))
        entries = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([entry["sequence"] for entry in entries], list(range(1, len(entries) + 1)))
        return {entry["id"]: entry for entry in entries}

    def stop_under_load(self, kind, number, after):
        """Stops a server once its clients have `after` replies; the replies and the recording, by request id."""
        server = Server("--record", self.path, "--quiet")
        enough = threading.Semaphore(0)
        clients = [kind(server, enough) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(after):
            self.assertTrue(enough.acquire(timeout=60))
        log = server.stop(number)
        for client in clients:
            client.join()
        self.assertEqual(log, "")
        answered = {}
        for client in clients:
            answered.update(client.answered)
        self.assertGreaterEqual(len(answered), after)
        return answered, self.recorded()

    def test_under_load_every_reply_is_recorded_and_every_recorded_request_was_answered(self):
        for turn in range(6):
            number = SIGNALS[turn % 2]
            with self.subTest(turn=turn):
                Path(self.path).unlink(missing_ok=True)
                answered, recorded = self.stop_under_load(Client, number, after=100 + 150 * turn)
                self.assertEqual(set(answered), set(recorded))
                for name, reply in answered.items():
                    response = recorded[name]["response"]
                    self.assertEqual((response["status"], response["body"]), (reply.status, reply.body.decode()))

    def test_of_pipelined_requests_every_reply_is_recorded_and_every_recorded_request_was_answered(self):
        for turn in range(6):
            with self.subTest(turn=turn):
                Path(self.path).unlink(missing_ok=True)
                answered, recorded = self.stop_under_load(Pipeliner, SIGNALS[turn % 2], after=100 + 150 * turn)
                self.assertEqual(set(answered) - set(recorded), set(), "answered, but not recorded")
                self.assertEqual(set(recorded) - set(answered), set(), "recorded, but not answered")

    def test_requests_that_arrive_before_the_signal_is_seen_are_answered_and_recorded(self):
        for number in SIGNALS:
            Path(self.path).unlink(missing_ok=True)
            server = Server("--record", self.path, "--quiet")
            self.addCleanup(server.abandon)
            clients = [server.raw() for _ in range(50)]
            for client in clients:
                self.assertEqual(client.send(request_bytes("mk_live_happy-path.a")).reply().status, 200)
            server.process.send_signal(signal.SIGSTOP)
            body = {"preferences": "p", "count": 1}
            for at, client in enumerate(clients):
                client.send(request_bytes("mk_live_happy-path.a", REGISTER, body) if at % 2 else
                            request_bytes("mk_live_happy-path.a"))
            server.process.send_signal(number)
            server.process.send_signal(signal.SIGCONT)
            replies = [client.reply() for client in clients]
            self.assertEqual([reply and reply.status for reply in replies], [200] * len(clients))
            for client in clients:
                self.assertTrue(client.at_end())
                client.__exit__()
            self.assertEqual(server.wait(), "")
            recorded = self.recorded()
            self.assertEqual(len(recorded), 2 * len(clients))
            self.assertLessEqual({reply.header("X-Qamera-Mock-Request") for reply in replies}, set(recorded))

    def wait_for_entry(self, server, operation):
        for _ in range(20_000):
            if server.admin("GET", f"/requests?operation={operation}")["requests"]:
                return
        self.fail(f"{operation} did not arrive")

    def test_a_delayed_reply_is_waited_for_and_further_signals_change_nothing(self):
        for signals in (SIGNALS[:1], (signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM, signal.SIGINT)):
            with self.subTest(signals=signals), Server("--quiet") as server:
                server.admin("POST", "/rules", {"when": {"operation": "listModels"}, "delay": "700ms"}, 201,
                             key="mk_live_happy-path.a")
                with server.raw() as raw:
                    raw.send(request_bytes("mk_live_happy-path.a"))
                    self.wait_for_entry(server, "listModels")
                    for number in signals:
                        server.process.send_signal(number)
                    reply = raw.reply()
                    self.assertEqual(reply.status, 200)
                    self.assertIn("models", reply.json())
                    self.assertTrue(raw.at_end())

    def test_a_large_reply_that_is_on_its_way_arrives_whole(self):
        with Server("--quiet") as server:
            key = "mk_live_large-account.a"
            whole = server.get(MODELS, key=key, headers={"Host": "x"}).body
            server.admin("DELETE", "/requests")
            with server.raw() as raw:
                raw.send(request_bytes(key))
                self.wait_for_entry(server, "listModels")
                server.process.send_signal(signal.SIGTERM)
                self.assertEqual(raw.reply().body, whole)
                self.assertTrue(raw.at_end())

    def test_an_export_that_is_on_its_way_arrives_whole(self):
        for path in ("requests.ndjson", "requests.har", "state"):
            with self.subTest(path=path), Server("--quiet") as server:
                key = "mk_live_large-account.a"
                self.assertEqual(server.post(REGISTER, {"preferences": "p", "count": 1}, key=key).status, 200)
                for _ in range(40):
                    server.get(MODELS, key=key)
                request = (f"GET /__admin/{path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                           f"X-Api-Key: {key}\r\n\r\n").encode()
                with server.raw() as raw:
                    raw.send(request)
                    self.assertEqual(raw.file.read(1), b"H")  # more than a socket holds is behind it
                    server.process.send_signal(signal.SIGTERM)
                    text = (b"H" + raw.file.read()).partition(b"\r\n\r\n")[2]
                self.assertTrue(text.endswith(b"\r\n0\r\n\r\n"), text[-200:])
                self.assertGreater(len(text), 1_000_000)

    def test_nobody_is_served_after_the_end_began(self):
        with Server("--quiet") as server:
            server.admin("POST", "/rules", {"when": {"operation": "listModels"}, "delay": "700ms"}, 201,
                         key="mk_live_happy-path.a")
            with server.raw() as waiting, server.raw() as idle:
                waiting.send(request_bytes("mk_live_happy-path.a"))
                self.wait_for_entry(server, "listModels")
                server.process.send_signal(signal.SIGTERM)
                self.assertTrue(idle.at_end())
                self.assertRaises(ConnectionRefusedError, server.raw)
                self.assertEqual(waiting.reply().status, 200)


class StandardInput(unittest.TestCase):
    """--stop-with-stdin: the server does not outlive whoever started it."""

    SERVE = [BINARY, "serve", "--port", "0", "--quiet", "--stop-with-stdin"]

    def start(self, command, **options):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment(), **options)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        url = process.stdout.readline().decode().rsplit(" ", 1)[-1].strip()
        return process, http.client.HTTPConnection(url.rsplit("/", 1)[-1], timeout=SAFETY_SECONDS)

    def assert_serves(self, connection):
        connection.request("GET", "/__admin/health")
        self.assertEqual(json.load(connection.getresponse())["status"], "ok")
        connection.close()

    def test_its_end_is_the_servers(self):
        process, connection = self.start(self.SERVE, stdin=subprocess.PIPE)
        process.stdin.write(b"what stands there is read and means nothing" * 1000)
        process.stdin.flush()
        self.assert_serves(connection)
        process.stdin.close()
        self.assertEqual((process.stdout.read(), process.wait(SAFETY_SECONDS)), (b"", 0))

    def test_a_parent_that_is_killed_leaves_no_server(self):
        parent = "import subprocess, sys; subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE).wait()"
        process, connection = self.start([sys.executable, "-c", parent, *self.SERVE])
        self.assert_serves(connection)
        process.kill()
        self.assertEqual(process.stdout.read(), b"")  # its other holder, the server, has ended too

    def test_without_the_flag_it_means_nothing(self):
        process, connection = self.start(self.SERVE[:-1], stdin=subprocess.DEVNULL)
        self.assert_serves(connection)
        process.terminate()
        self.assertEqual(process.wait(SAFETY_SECONDS), 0)


if __name__ == "__main__":
    unittest.main()
