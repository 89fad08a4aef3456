"""Product requests beside control calls that take long: who is answered first, how many may wait, who is given up."""

import json
import resource
import select
import unittest

from server import SAFETY_SECONDS, Server, ServerCase, fresh_key

MODELS = "/api/external/models"
BODY = "ab" * 30_000  # nearly all that the journal keeps of a body
ENTRIES = 100
# Linear in the text, as every pattern is, and the text is long.
SLOW = {"bodyPatterns": [{"matches": "(a|b|ab|ba)*c"}]}
CALLS = 32  # half a second for the two threads that do them, whatever else the machine does
MOST_QUEUED = 256
MOST_PENDING = 1024
MOST_STREAMS = 256


def request_bytes(method, target, body=None, key=None):
    text = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(text)}"]
    if key:
        lines.append(f"X-Api-Key: {key}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + text


def readable(wires):
    poll = select.poll()
    for wire in wires:
        poll.register(wire.socket, select.POLLIN)
    return len(poll.poll(0))


class Beside(ServerCase):
    FLAGS = ("--quiet", "--journal-bytes", str(64 << 20))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loaded = fresh_key()
        connection = cls.server.connect()
        for _ in range(ENTRIES):
            cls.server.post("/api/external/nothing", BODY, key=cls.loaded, connection=connection)
        connection.close()

    def open(self, *sent):
        wire = self.server.raw()
        self.addCleanup(wire.__exit__)
        return wire.send(b"".join(sent))

    def slow_calls(self, count):
        wires = [self.open() for _ in range(count)]
        for wire in wires:
            wire.send(request_bytes("POST", "/__admin/requests/count", SLOW, self.loaded))
        return wires

    def pass_every_loop(self):
        """Once this returns, each event loop has seen what was sent and closed before."""
        for _ in range(8):
            self.server.admin("GET", "/health")

    def test_product_requests_overtake_control_calls(self):
        self.assertEqual(self.get(MODELS).status, 200)
        wires = self.slow_calls(CALLS)
        self.pass_every_loop()
        for _ in range(20):
            self.assertEqual(self.get(MODELS).status, 200)
        self.assertLess(readable(wires), CALLS, "the calls were done before the product requests were")
        for wire in wires:
            self.assertEqual(wire.reply().json()["count"], 0)

    def test_replies_on_a_connection_keep_the_order_of_its_requests(self):
        wire = self.open(request_bytes("POST", "/__admin/requests/count", SLOW, self.loaded),
                         request_bytes("GET", MODELS, key=self.key),
                         request_bytes("GET", "/__admin/credits", key=self.key))
        self.assertIn("count", wire.reply().json())
        self.assertIn("models", wire.reply().json())
        self.assertIn("granted", wire.reply().json())

    def test_a_client_that_closes_its_sending_side_is_answered(self):
        wire = self.open(request_bytes("GET", "/__admin/credits", key=self.key))
        wire.socket.shutdown(1)
        self.assertIn("granted", wire.reply().json())
        self.assertTrue(wire.at_end())

    def test_more_calls_than_may_wait_get_a_429_with_the_figure(self):
        wires = [self.open() for _ in range(MOST_QUEUED + 40)]
        busy = self.slow_calls(CALLS)
        self.pass_every_loop()
        for wire in wires:
            wire.send(request_bytes("GET", "/__admin/credits", key=self.key))
        replies = [wire.reply() for wire in wires]
        refused = [reply for reply in replies if reply.status == 429]
        self.assertEqual({reply.status for reply in replies}, {200, 429})
        self.assertEqual({wire.reply().status for wire in busy}, {200})
        self.assertLessEqual(len(refused), 40 + CALLS)
        self.assertIn(f"{MOST_QUEUED} calls", refused[0].json()["error"])
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 0)

    def test_a_call_that_has_not_begun_when_its_client_leaves_is_not_done(self):
        self.get(MODELS)
        wires = self.slow_calls(CALLS)
        self.pass_every_loop()
        leaving = self.server.raw().send(request_bytes("DELETE", "/__admin/requests", key=self.key))
        self.pass_every_loop()
        leaving.__exit__()
        self.pass_every_loop()
        self.assertLess(readable(wires), CALLS - 1, "too quick to tell")
        for wire in wires:
            wire.reply()
        self.assertEqual(len(self.admin("GET", "/requests")["requests"]), 1)

    def test_a_delayed_reply_of_before_a_reset_is_not_in_the_journal_after_it(self):
        self.admin("POST", "/rules", {"when": {"operation": "listModels"}, "delay": "300ms"}, 201)
        wire = self.open(request_bytes("GET", MODELS, key=self.key))
        for _ in range(20_000):
            if self.admin("GET", "/requests")["requests"]:
                break
        self.admin("POST", "/reset", {})
        self.assertEqual(self.admin("GET", "/requests")["requests"], [])
        self.assertEqual(wire.reply().status, 200)
        self.assertEqual(self.admin("GET", "/requests")["requests"], [])


class Bounds(unittest.TestCase):
    def setUp(self):
        wanted = MOST_PENDING + 200
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < wanted:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
            except (ValueError, OSError):
                self.skipTest(f"the limit of open files cannot be raised to {wanted}")

    def open(self, server, sent):
        wire = server.raw().send(sent)
        self.addCleanup(wire.__exit__)
        return wire

    def test_verdicts_that_pend(self):
        never = {"expect": [{"count": {"operation": "listModels", "exactly": 7}}], "within": "10m"}
        sent = request_bytes("POST", "/__admin/verify", never)
        with Server("--quiet") as server:
            wires = {}
            for number in range(MOST_PENDING + 1):
                wire = self.open(server, sent)
                wires[wire.socket.fileno()] = wire
                if number % 50 == 0:  # not more at once than may wait: this call waits for those before it
                    server.admin("GET", "/requests?limit=0")
            poll = select.poll()
            for number in wires:
                poll.register(number, select.POLLIN)
            answered = poll.poll(SAFETY_SECONDS * 1000)
            self.assertEqual(len(answered), 1)
            refused = wires.pop(answered[0][0]).reply()
            self.assertEqual(refused.status, 429)
            self.assertIn(f"{MOST_PENDING} verdicts", refused.json()["error"])
            for _ in range(7):
                self.assertEqual(server.get(MODELS, key="mk_live_happy-path.a").status, 200)
            for wire in wires.values():
                self.assertEqual(wire.reply().json()["verdict"], "passed")

    def test_streams(self):
        with Server("--quiet") as server:
            sent = request_bytes("GET", "/__admin/events")
            streams = [self.open(server, sent) for _ in range(MOST_STREAMS)]
            for stream in streams:
                self.assertIn(b" 200 ", stream.file.readline())
            for target in ("/__admin/events", "/__admin/requests.ndjson", "/__admin/requests.har"):
                refused = server.get(target)
                self.assertEqual(refused.status, 429)
                self.assertIn(str(MOST_STREAMS), refused.json()["error"])
            streams[0].__exit__()
            for _ in range(1000):
                if server.get("/__admin/requests.ndjson").status == 200:
                    break
            else:
                self.fail("a closed stream still counts")


if __name__ == "__main__":
    unittest.main()
