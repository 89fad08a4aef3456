"""How long the end takes: at most --grace, whatever runs, with the exit code and the recording as ever."""

import json
import os
import signal
import tempfile
import unittest
from pathlib import Path

from beside_test import BODY, MODELS, SLOW, readable, request_bytes
from server import Server, fresh_key, run_binary

LARGE = "mk_live_large-account.a"
GRACE = "400ms"
# What takes much longer than the grace and does not look up from it.
ENDLESS = {"expect": [{"count": {**SLOW, "atLeast": n + 1}} for n in range(200)]}


class Grace(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "out.ndjson")

    def serve(self, *flags, **options):
        server = Server("--quiet", "--grace", GRACE, "--record", self.path, "--journal-bytes", str(64 << 20), *flags,
                        **options)
        self.addCleanup(server.abandon)
        return server

    def open(self, server, sent=b""):
        wire = server.raw().send(sent)
        self.addCleanup(wire.__exit__)
        return wire

    def recorded(self):
        text = Path(self.path).read_bytes()
        self.assertTrue(text.endswith(b"\n"))
        return [json.loads(line) for line in text.splitlines()]

    def fill(self, server, count):
        connection = server.connect()
        for _ in range(count):
            server.post("/api/external/nothing", BODY, key="mk_live_happy-path.a", connection=connection)
        connection.close()

    def test_every_kind_of_work_ends_with_the_server(self):
        rules = {"rules": [{"when": {"operation": "listModels"}, "delay": "1h"},
                           {"when": {"operation": "listVideos"}, "fault": {"kind": "stall"}},
                           {"when": {"operation": "listPresets"}, "throttle": 1}]}
        key = "mk_live_happy-path.busy"
        works = {
            "a delayed reply": request_bytes("GET", MODELS, key=key),
            "a stalled reply": request_bytes("GET", "/api/external/videos", key=key),
            "a slow reply": request_bytes("GET", "/api/external/presets", key=key),
            "an upload": request_bytes("PUT", "/__admin/state", {"a": "b" * 100_000}, key)[:50_000],
            "a verdict": request_bytes("POST", "/__admin/verify",
                                       {"expect": [{"count": {"exactly": 999}}], "within": "10m"}, key),
            "an event stream": request_bytes("GET", "/__admin/events"),
            "a client that reads nothing": request_bytes("GET", MODELS, key=LARGE) * 50,
            "exports that nobody reads": request_bytes("GET", "/__admin/requests.har") * 50,
            "control calls": request_bytes("POST", "/__admin/requests/count", SLOW) * 50,
        }
        for name, sent in works.items():
            with self.subTest(work=name):
                Path(self.path).unlink(missing_ok=True)
                server = self.serve("--fail-on", "unmatched", expected_exit=1)
                server.admin("POST", "/rules", rules, 201, key=key)
                self.fill(server, 50)
                for _ in range(4):
                    self.open(server, sent)
                server.admin("GET", "/health")
                log = server.stop()
                self.assertIn("--fail-on unmatched", log)
                self.assertGreaterEqual(len(self.recorded()), 50)

    def test_work_that_does_not_end_by_itself_is_left_behind(self):
        server = self.serve("--fail-on", "unmatched", expected_exit=1)
        self.fill(server, 100)
        wires = [self.open(server, request_bytes("POST", "/__admin/verify", ENDLESS)) for _ in range(2)]
        for _ in range(8):
            server.admin("GET", "/health")
        self.assertEqual(readable(wires), 0)
        log = server.stop()
        self.assertIn(f"the grace of {GRACE} is over", log)
        self.assertIn("--fail-on unmatched", log)
        self.assertEqual(len(self.recorded()), 100)

    def test_every_signal_that_ends_a_server_ends_it_alike(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(signal=number):
                Path(self.path).unlink(missing_ok=True)
                server = self.serve()
                self.assertEqual(server.get(MODELS, key=fresh_key()).status, 200)
                self.assertEqual(server.stop(number), "")
                self.assertEqual(len(self.recorded()), 1)

    def test_under_nohup_a_hang_up_is_ignored(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            server = self.serve()
        finally:
            signal.signal(signal.SIGHUP, before)
        server.process.send_signal(signal.SIGHUP)
        self.assertEqual(server.get(MODELS, key=fresh_key()).status, 200)
        server.stop()

    def test_a_recording_that_is_copied_and_truncated_goes_on(self):
        server = self.serve()
        key = fresh_key()
        for _ in range(3):
            server.get(MODELS, key=key)
        self.assertEqual([entry["sequence"] for entry in self.recorded()], [1, 2, 3])
        os.truncate(self.path, 0)
        server.get(MODELS, key=key)
        server.stop()
        self.assertEqual([entry["sequence"] for entry in self.recorded()], [4])

    def test_the_flag_takes_a_duration(self):
        run = run_binary("serve", "--port", "0", "--grace", "soon")
        self.assertEqual(run.returncode, 2)
        self.assertIn("--grace: ", run.stderr)
        with Server("--quiet", env={"QAMERA_MOCK_GRACE": "0s"}) as server:
            self.open(server, request_bytes("GET", "/__admin/events"))


if __name__ == "__main__":
    unittest.main()
