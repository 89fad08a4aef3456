"""The documented workflow in three languages (examples/), unchanged but for base URL, key and poll interval."""

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from server import SAFETY_SECONDS, Server, clean_environment

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LANGUAGES = {
    "shell": ["sh", str(EXAMPLES / "workflow.sh")],
    "javascript": [os.environ.get("NODE_BINARY") or "node", "--test", str(EXAMPLES / "workflow.test.mjs")],
    "python": [sys.executable, "-B", str(EXAMPLES / "workflow.py")],
}


class Examples(unittest.TestCase):
    """One language of LANGUAGES, chosen by the command line; all of them without one."""

    languages = list(LANGUAGES)

    def run_example(self, language, base_url, key="mk_live_abc123.secret456"):
        command = LANGUAGES[language]
        if not shutil.which(command[0]):
            self.skipTest(f"{command[0]} is not installed")
        settings = {"QAMERA_BASE_URL": base_url, "QAMERA_API_KEY": key, "QAMERA_POLL_SECONDS": "0.05"}
        return subprocess.run(command, env=clean_environment(settings), capture_output=True, text=True,
                              encoding="utf-8", timeout=SAFETY_SECONDS, check=False)

    def test_the_workflow_finishes_at_a_hundredfold_speed(self):
        for language in self.languages:
            with self.subTest(language=language), Server("--speed", "100", "--fail-on", "unmatched") as server:
                run = self.run_example(language, server.url)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                self.assertNotIn("skipped:", run.stdout)
                workspaces = server.admin("GET", "/workspaces")["workspaces"]
                self.assertEqual([one["credits"]["consumed"] for one in workspaces], [40, 40])
                self.assertEqual(sorted(one["clock"]["mode"] for one in workspaces), ["manual", "real"])
                statuses = {entry["response"]["status"] for entry in server.admin("GET", "/requests")["requests"]}
                self.assertEqual(statuses, {200})

    def test_the_workflow_fails_with_an_account_that_cannot_pay(self):
        for language in self.languages:
            with self.subTest(language=language), Server("--speed", "100") as server:
                run = self.run_example(language, server.url, "mk_live_credit-exhaustion.example")
                self.assertNotEqual(run.returncode, 0, run.stdout)
                self.assertIn("Insufficient credits. Required: 40, available: 25.", run.stdout + run.stderr)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in LANGUAGES:
        Examples.languages = [sys.argv.pop(1)]
    unittest.main()
