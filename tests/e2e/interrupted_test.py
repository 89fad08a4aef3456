"""`verify` and `replay` that are cut short write what they found, in the format asked, marked incomplete."""

import json
import os
import pty
import signal
import subprocess
import tempfile
import threading
import unittest
import xml.etree.ElementTree
from pathlib import Path

from departing_front import Front
from server import BINARY, SAFETY_SECONDS, ServerCase, clean_environment, run_binary


class Run:
    """A command that is sent a signal while it waits for the reply to its `number`th request."""

    def __init__(self, server, number, which, *arguments, stderr=subprocess.PIPE):
        ended = threading.Event()
        self.lines_before = []

        def twist(front, exchange):
            count = front.kept["count"] = front.kept.get("count", 0) + 1
            if count <= 2 and exchange.path == "products":
                return 200, '{"products": [], "count": 7}'
            if count == number:
                # Departures are reported as they are found: one stands there while the run goes on.
                if "text" in arguments:
                    self.lines_before.append(self.process.stdout.readline())
                self.process.send_signal(which)
                ended.wait(SAFETY_SECONDS)
            return exchange.ask()

        with Front(server, twist) as front:
            self.process = subprocess.Popen([BINARY, *arguments, "--target", front.url, "--api-key",
                                             "mk_live_happy-path.interrupted"], stdout=subprocess.PIPE, stderr=stderr,
                                            text=True, env=clean_environment())
            self.process.wait(SAFETY_SECONDS)
            ended.set()
            with self.process.stdout:
                self.out = "".join(self.lines_before) + self.process.stdout.read()
            self.err = ""
            if self.process.stderr:
                with self.process.stderr:
                    self.err = self.process.stderr.read()


class Verify(ServerCase):
    FLAGS = ("--quiet",)

    def verify(self, which, kind):
        return Run(self.server, 9, which, "verify", "--rps", "0", "--format", kind)

    def test_each_format_is_whole_and_says_that_it_is_incomplete(self):
        for which in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(which):
                run = self.verify(which, "json")
                report = json.loads(run.out)
                self.assertEqual((run.process.returncode, report["incomplete"], report["conforms"]),
                                 (2, "interrupted", False))
                self.assertLess(len(report["checks"]), report["planned"])
                self.assertEqual(report["checks"][-1]["reason"], "not finished: interrupted")
                self.assertIn("the run is incomplete: interrupted", run.err)

    def test_text_has_departures_as_they_are_found(self):
        run = self.verify(signal.SIGTERM, "text")
        self.assertIn("listProducts response /body/count", run.lines_before[0])
        self.assertEqual((run.process.returncode, run.out.count("/body/count")), (2, 1))
        self.assertIn("incomplete: interrupted after", run.out)

    def test_junit_has_an_error(self):
        run = self.verify(signal.SIGTERM, "junit")
        suite = xml.etree.ElementTree.fromstring(run.out).find("testsuite")
        self.assertEqual((run.process.returncode, suite.get("errors")), (2, "1"))
        self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
        self.assertIn("incomplete: interrupted after", suite.findall("testcase")[-1].find("error").get("message"))

    def test_a_target_that_goes_away_midway_leaves_what_was_found(self):
        def twist(front, exchange):
            front.kept["count"] = front.kept.get("count", 0) + 1
            if front.kept["count"] > 5:
                raise ConnectionAbortedError
            return exchange.ask()

        with Front(self.server, twist) as front:
            run = run_binary("verify", "--rps", "0", "--format", "json", "--target", front.url, "--api-key",
                             "mk_live_happy-path.gone")
        self.assertEqual(run.returncode, 2)
        report = json.loads(run.stdout)
        self.assertTrue(report["incomplete"])
        self.assertEqual([one["outcome"] for one in report["checks"][:3]], ["conforms"] * 3)

    def test_progress_on_a_terminal_says_what_is_left(self):
        main, other = pty.openpty()
        run = Run(self.server, 9, signal.SIGTERM, "verify", "--rps", "0", "--format", "json", stderr=other)
        os.close(other)
        shown = os.read(main, 100_000).decode()  # all of it: the run has ended
        os.close(main)
        self.assertEqual(run.process.returncode, 2)
        self.assertRegex(shown, r"\r\x1b\[K\d+ of \d+ checks done, \d+ left; last: \w+: .*, about \d+ s left")


class Replay(ServerCase):
    FLAGS = ("--quiet",)

    def test_what_was_replayed_is_reported(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "traffic.ndjson"
            for path in ("products", "products", "models", "sceneries"):
                self.get("/api/external/" + path)
            file.write_bytes(self.server.get("/__admin/requests.ndjson", key=self.key).body)
            run = Run(self.server, 3, signal.SIGINT, "replay", str(file), "--format", "json")
            report = json.loads(run.out)
            self.assertEqual((run.process.returncode, report["sent"]), (2, 2))
            self.assertIn("interrupted at ", report["incomplete"])
            self.assertIn("/body/count", [one["pointer"] for one in report["differences"]])
            run = Run(self.server, 3, signal.SIGINT, "replay", str(file), "--format", "text")
            self.assertIn("incomplete: interrupted at ", run.out)
            self.assertIn("2 requests sent", run.out)


if __name__ == "__main__":
    unittest.main()
