"""The same CI assertion in three languages (examples/), unchanged: it passes, and fails with an explanation."""

import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from server import SAFETY_SECONDS, Server, clean_environment, fresh_key

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LANGUAGES = {
    "shell": ["sh", str(EXAMPLES / "assertions.sh")],
    "javascript": [os.environ.get("NODE_BINARY") or "node", "--test", str(EXAMPLES / "assertions.test.mjs")],
    "python": [sys.executable, "-B", str(EXAMPLES / "assertions.py")],
}


class Examples(unittest.TestCase):
    """One language of LANGUAGES, chosen by the command line; all of them without one."""

    languages = list(LANGUAGES)

    def run_example(self, language, base_url, key=None):
        command = LANGUAGES[language]
        for program in (command[0], *(["curl"] if language == "shell" else [])):
            if not shutil.which(program):
                self.skipTest(f"{program} is not installed")
        settings = {"QAMERA_BASE_URL": base_url, **({"QAMERA_API_KEY": key} if key else {})}
        environment = clean_environment(settings)
        if not key:
            environment.pop("QAMERA_API_KEY", None)
        return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8",
                              timeout=SAFETY_SECONDS, check=False)

    def test_the_assertion_passes_every_time_it_is_run(self):
        with Server("--fail-on", "findings,unmatched") as server:
            for language in self.languages * 2:
                with self.subTest(language=language):
                    run = self.run_example(language, server.url)
                    self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.assertEqual(server.admin("POST", "/requests/count", {"operation": "updatePackshot"})["count"],
                             2 * len(self.languages))

    def test_it_fails_with_an_explanation_when_the_client_did_not_get_through(self):
        with Server() as server:
            for language in self.languages:
                with self.subTest(language=language):
                    run = self.run_example(language, server.url, fresh_key("credit-exhaustion"))
                    self.assertNotEqual(run.returncode, 0, run.stdout)
                    output = run.stdout + run.stderr
                    self.assertIn("four images are registered once", output)
                    self.assertIn("/status: expected 200, was 402", output)
                    self.assertIn("consumed: exactly 40 credits", output)

    def test_it_fails_when_there_is_no_server(self):
        for language in self.languages:
            with self.subTest(language=language):
                self.assertNotEqual(self.run_example(language, "http://127.0.0.1:1").returncode, 0)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in LANGUAGES:
        Examples.languages = [sys.argv.pop(1)]
    unittest.main()
