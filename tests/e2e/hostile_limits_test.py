"""A server that has run out of file descriptors, or of memory for a body: it serves who is there, and recovers."""

import contextlib
import resource
import unittest

from hostile import GET, HAS_PROC, KEY, KEY_TEXT, POST, HostileCase, memory_is_its_own, reset
from server import Server, run_binary

MEGABYTE = 1 << 20
FORM = (b"POST /api/external/presets HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n" + KEY)
RESTORE = b"PUT /__admin/state HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
CAN_LIMIT = HAS_PROC and hasattr(resource, "prlimit")


def multipart(size):
    """A whole preset form of so many bytes."""
    start = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\nx\r\n'
                    for name in ("name", "quantityGuidelines", "qualityGuidelines")).encode()
    start += b'--b\r\nContent-Disposition: form-data; name="cover"; filename="c"\r\n\r\n'
    end = b"\r\n--b--\r\n"
    return FORM + b"Content-Length: %d\r\n\r\n" % size + start + bytes(size - len(start) - len(end)) + end


class LimitedCase(HostileCase):
    def setUp(self):
        if not CAN_LIMIT:
            self.skipTest("this system cannot limit a running process")
        # Its own server: a limit stays.
        self.server = Server(*self.FLAGS)
        self.addCleanup(self.server.abandon)
        self.everyone_is_warm()
        super().setUp()

    def everyone_is_warm(self):
        """All threads run, and have served somebody."""
        for _ in range(20):
            self.assertEqual(self.exchange(GET).status, 200)

    @contextlib.contextmanager
    def limited(self, what, most):
        pid = self.server.process.pid
        before = resource.prlimit(pid, what)
        resource.prlimit(pid, what, (most, before[1]))
        try:
            yield
        finally:
            resource.prlimit(pid, what, before)


class Descriptors(LimitedCase):
    def setUp(self):
        super().setUp()
        # Where a sanitizer cannot open a pipe to try an address with, it takes objects for broken.
        if not memory_is_its_own(self.server):
            self.healthy.close()
            self.skipTest("a sanitizer needs descriptors of its own")

    def test_clients_beyond_the_limit_wait_for_their_turn_and_the_others_are_served(self):
        room = 10
        clients = []
        with self.limited(resource.RLIMIT_NOFILE, self.server.descriptors() + room):
            clients = [self.server.raw().send(GET) for _ in range(4 * room)]
            for raw in clients[:room]:
                self.assertEqual(raw.reply().status, 200)
            for _ in range(50):
                self.others_are_served()
            self.assertLessEqual(self.server.descriptors(), self.open_before + room)
            for raw in clients[room:]:
                raw.socket.setblocking(False)
                self.assertRaises(BlockingIOError, raw.socket.recv, 1)
                raw.socket.setblocking(True)
            for at, raw in enumerate(clients):  # who leaves makes room for the next
                if at >= room:
                    self.assertEqual(raw.reply().status, 200)
                raw.__exit__()
                if at % room == 0:
                    self.others_are_served()
        self.nothing_is_left()
        log = self.server.stop()
        self.assertIn("out of file descriptors or memory for connections; new ones wait", log)
        self.assertLess(log.count("out of file descriptors"), 4 * room, "it says so once until it is over")

    def tearDown(self):
        if self.server.process.poll() is None:
            super().tearDown()
        self.healthy.close()

    def test_with_no_descriptor_left_open_connections_are_served_and_the_control_api_too(self):
        with contextlib.ExitStack() as stack:
            with self.limited(resource.RLIMIT_NOFILE, 3):
                waiting = stack.enter_context(self.server.raw()).send(GET)
                for _ in range(50):
                    self.others_are_served()
                made = self.server.admin("POST", "/workspaces", {"key": "mk_live_happy-path.made"}, 201,
                                         connection=self.healthy)
                self.server.admin("DELETE", "/workspaces/" + made["id"], connection=self.healthy)
                waiting.socket.setblocking(False)
                self.assertRaises(BlockingIOError, waiting.socket.recv, 1)
                waiting.socket.setblocking(True)
            self.assertEqual(waiting.reply().status, 200)

    def test_a_start_without_enough_descriptors_is_refused_with_2_and_says_what_is_missing(self):
        self.start_with_few(r"cannot serve: Too many open files; the limit is LIMIT \(ulimit -n\), and \d+ more are "
                            r"needed to start\n|cannot listen on 127.0.0.1:0: .*\n")

    def test_a_proxy_without_enough_descriptors_is_refused_with_2_too(self):
        self.start_with_few(r"(cannot serve|cannot listen on 127.0.0.1:0|--upstream): .*Too many open files.*\n"
                            r"|cannot listen on 127.0.0.1:0: .*\n", "--upstream", "http://127.0.0.1:9")

    def start_with_few(self, complaint, *flags):
        refused = 0
        for most in range(5, 64):
            def few(limit=most):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

            # The file that cannot be written ends a start that has come so far.
            run = run_binary("serve", "--port", "0", "--ready-file", "/dev/null/never", *flags, before=few)
            if run.returncode == 127:
                continue  # the loader's own libraries did not fit
            self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
            self.assertNotIn("bug", run.stderr)
            if "ready file" in run.stderr:
                break
            refused += 1
            self.assertRegex(run.stderr, f"^qamera-mock: ({complaint.replace('LIMIT', str(most))})$")
        else:
            self.fail("it never started")
        self.assertGreater(refused, 0)


class Memory(LimitedCase):
    ROOM = 48 * MEGABYTE

    def setUp(self):
        super().setUp()
        if not memory_is_its_own(self.server):
            self.skipTest("a sanitizer has memory of its own")
        self.most = self.server.figure("VmSize") * 1024 + self.ROOM

    def out_of_memory(self, raw):
        reply = raw.reply()
        self.assertEqual((reply.status, reply.error()), (503, "Out of memory for this request."))
        self.assertEqual(reply.reason, "edge: out of memory")

    def test_a_body_there_is_no_memory_for_is_503_and_costs_the_others_nothing(self):
        size = 63 * MEGABYTE
        with self.limited(resource.RLIMIT_AS, self.most):
            for _ in range(5):
                with self.server.raw() as raw:
                    raw.send(RESTORE % size)
                    for _ in range(63):
                        raw.send(b" " * MEGABYTE)
                        self.others_are_served()
                    self.out_of_memory(raw)
                self.assertEqual(self.exchange(POST).status, 200)

    def test_a_body_whose_json_there_is_no_memory_for_is_503(self):
        body = b"[" + b"1," * (2 * MEGABYTE) + b"1]"
        with self.limited(resource.RLIMIT_AS, self.most):
            for _ in range(5):
                with self.server.raw() as raw:
                    self.out_of_memory(raw.send(RESTORE % len(body) + body))
                self.assertEqual(self.exchange(POST).status, 200)
        with self.server.raw() as raw:  # the very same body, with the memory it takes
            self.assertEqual(raw.send(RESTORE % len(body) + body).reply().status, 400)

    def presets(self):
        return self.server.get("/api/external/presets?maxRecords=1000", key=KEY_TEXT).json()["count"]

    def test_many_bodies_at_once_are_served_or_503_and_the_memory_comes_back(self):
        form = multipart(12 * MEGABYTE)
        before = self.presets()
        served = refused = unknown = 0
        with self.limited(resource.RLIMIT_AS, self.most):
            for _ in range(8):
                # Alone it fits, in every round: nothing is lost to those before.
                self.assertEqual(self.exchange(form).status, 200)
                served += 1
                held = [self.server.raw() for _ in range(8)]
                for raw in held:
                    with contextlib.suppress(ConnectionError):
                        raw.send(form[:-1])
                    self.others_are_served()
                for raw in held:
                    try:
                        reply = raw.send(form[-1:]).reply()
                    except ConnectionError:
                        reply = None
                    self.assertIn(reply and reply.status, (200, 503, None))
                    served += reply is not None and reply.status == 200
                    refused += reply is not None and reply.status == 503
                    unknown += reply is None
                    reset(raw)
                self.nothing_is_left()
        self.assertGreater(refused, 0)
        self.assertIn(self.presets() - before, range(served, served + unknown + 1))


if __name__ == "__main__":
    unittest.main()
