"""`qamera-mock health`: 0 when a server serves there, 1 when not, 2 for wrong usage; it ends within its time-out."""

import socket
import threading
import unittest

from raw_upstream import RawUpstream, ok
from server import SAFETY_SECONDS, Server, ServerCase, run_binary


class Serving(ServerCase):
    FLAGS = ("--quiet",)

    def test_a_server_that_serves(self):
        for arguments, env in ((["--url", self.server.url], {}), (["--url", self.server.url + "/"], {}),
                               ([], {"QAMERA_MOCK_URL": self.server.url})):
            run = run_binary("health", *arguments, env=env)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertRegex(run.stdout, rf"^{self.server.url} serves, version \d+\.\d+\.\d+\n$")

    def test_the_flag_wins_over_the_variable(self):
        run = run_binary("health", "--url", self.server.url, env={"QAMERA_MOCK_URL": "http://127.0.0.1:1"})
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_without_a_url_it_asks_this_machine_at_the_servers_port(self):
        port = str(self.server.port)
        for arguments, env in (([], {"QAMERA_MOCK_PORT": port}), (["--port", port], {"QAMERA_MOCK_PORT": "1"}),
                               (["--url", self.server.url], {"QAMERA_MOCK_PORT": "0"})):
            run = run_binary("health", *arguments, env=env)
            self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_it_needs_neither_token_nor_known_host(self):
        with Server("--quiet", "--admin-token", "secret") as server:
            url = server.url.replace("127.0.0.1", "localhost")
            self.assertEqual(run_binary("health", "--url", url).returncode, 0)


class NotServing(unittest.TestCase):
    def check(self, url, complaint, *arguments):
        run = run_binary("health", "--url", url, *arguments)
        self.assertEqual((run.returncode, run.stdout), (1, ""), run.stderr)
        self.assertRegex(run.stderr, rf"^qamera-mock: {complaint}.*\n$")

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        self.check(url, f"{url}: .*refused")
        self.check("http://nowhere.invalid:4010", "http://nowhere.invalid:4010: ")

    def test_somebody_else(self):
        head = b"HTTP/1.1 200 OK\r\n"
        others = [(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "http://.* answers 503"),
                  (ok(b"welcome", b""), "http://.* but not as a qamera-mock does"),
                  (ok(b"[]"), "http://.* but not as"), (ok(b'{"status":"ok"}'), "http://.* but not as"),
                  (ok(b'{"status":"ok","version":1}'), "http://.* but not as"),
                  (ok(b'{"status":1,"version":"1"}'), "http://.* but not as"),
                  (b"SSH-2.0-x\r\n\r\n", "http://.*: "), (lambda connection: False, "http://.*: ")]
        for reply, complaint in others:
            with self.subTest(reply), RawUpstream(reply) as other:
                self.check(other.url, complaint)
        endless = threading.Event()

        def send_on(connection):
            connection.sendall(head + b"\r\n")
            for _ in range(100_000):
                connection.sendall(b" " * 1024)
            endless.set()
            return False

        with RawUpstream(send_on) as other:
            self.check(other.url, "http://.* but not as")
            self.assertFalse(endless.is_set(), "all of it was read")

    def test_no_answer_in_time(self):
        ended = threading.Event()
        self.addCleanup(ended.set)

        def say_nothing(_):
            ended.wait(SAFETY_SECONDS)
            return False

        def dribble(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(1000):
                if ended.wait(0.02):
                    break
                connection.sendall(b"x")
            return False

        for reply in (say_nothing, dribble):
            with RawUpstream(reply) as other:
                self.check(other.url, f"{other.url}: no answer within 300ms", "--timeout", "300ms")


class Usage(unittest.TestCase):
    def test_wrong_usage_is_refused_with_2(self):
        for arguments, complaint in ((["--url", "localhost:4010"], "--url: expected a URL"), (["--url", ""], "--url: "),
                                     (["--timeout", "2"], "--timeout: "), (["--timeout", "0s"], "--timeout: "),
                                     (["--timeout", "2h"], "--timeout: "), (["--port", "x"], "--port: "),
                                     (["--port", "0"], "--port: 0 is a free port"), (["--ulr", "x"], "--ulr"),
                                     (["x"], "x")):
            with self.subTest(arguments):
                run = run_binary("health", *arguments)
                self.assertEqual((run.returncode, run.stdout), (2, ""))
                self.assertIn(complaint, run.stderr)


if __name__ == "__main__":
    unittest.main()
