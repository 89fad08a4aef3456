"""action.yml: its two programs on the real binary, as a runner calls them, with files that GITHUB_* name.

Standard library only.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from server import BINARY, SAFETY_SECONDS, clean_environment  # noqa: E402

NODE = os.environ.get("NODE_BINARY") or shutil.which("node") or ""
ACTION = ROOT / "packaging" / "action"
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
DESCRIBED = (ROOT / "action.yml").read_text(encoding="utf-8")


def described(part):
    """The names below `part:`, each with its default or ""."""
    text = re.search(rf"^{part}:\n((?:  .*\n)+)", DESCRIBED, re.M)[1]
    return {name: (re.search(r"default: (.*)", body) or ["", ""])[1].strip('"')
            for name, body in re.findall(r"^  ([\w-]+):\n((?:    .*\n)+)", text, re.M)}


@unittest.skipUnless(NODE, "node is not installed")
class Action(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in FILES:
            (self.folder / name).touch()

    def run_step(self, program, inputs, environment=None):
        """One of the programs, with the inputs' defaults as a runner fills them in."""
        given = {**described("inputs"), "binary": BINARY, **inputs}
        variables = {f"INPUT_{name.upper()}": value for name, value in given.items()}
        variables.update({name: str(self.folder / name) for name in FILES})
        variables.update({"RUNNER_TEMP": str(self.folder), **(environment or {})})
        return subprocess.run([NODE, str(ACTION / program)], capture_output=True, text=True, cwd=self.folder,
                              env=clean_environment(variables), timeout=SAFETY_SECONDS)

    def file(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def values(self, name):
        return dict(line.split("=", 1) for line in self.file(name).splitlines())

    def start(self, **inputs):
        """The server's URL. The inputs' underscores stand for hyphens."""
        self.inputs = {name.replace("_", "-"): value for name, value in inputs.items()}
        run = self.run_step("main.js", self.inputs)
        self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
        self.addCleanup(self.kill)
        return self.values("GITHUB_OUTPUT")["url"]

    def kill(self):
        try:
            os.killpg(int(self.values("GITHUB_STATE")["group"]), signal.SIGKILL)
        except ProcessLookupError:
            pass

    def finish(self, **environment):
        state = {f"STATE_{name}": value for name, value in self.values("GITHUB_STATE").items()}
        return self.run_step("post.js", self.inputs, {**state, **environment})

    def get(self, url):
        request = urllib.request.Request(url, headers={"X-Api-Key": "mk_live_happy-path.action"})
        try:
            with urllib.request.urlopen(request, timeout=SAFETY_SECONDS) as reply:
                return reply.status
        except urllib.error.HTTPError as error:
            return error.code

    def assert_gone(self, url):
        """The kernel may take a moment to close what a killed process had open."""
        with self.assertRaises(OSError):
            for _ in range(10_000):
                urllib.request.urlopen(url, timeout=SAFETY_SECONDS).close()

    def test_a_job_that_does_what_is_documented_passes(self):
        url = self.start()
        self.assertEqual(self.values("GITHUB_ENV"), {"QAMERA_BASE_URL": url, "QAMERA_MOCK_URL": url})
        self.assertEqual(self.get(url + "/api/external/products"), 200)
        run = self.finish()
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))
        self.assertEqual(self.file("GITHUB_STEP_SUMMARY").count("| passed |"), 2)
        self.assert_gone(url)

    def test_findings_fail_the_job_and_are_in_summary_and_file(self):
        url = self.start(junit="found.xml")
        self.get(url + "/api/external/models?colour=red")
        run = self.finish()
        self.assertEqual(run.returncode, 1)
        self.assertRegex(run.stdout, r"\A::error title=qamera-mock::the client did what fail-on names .*\n\Z")
        summary = self.file("GITHUB_STEP_SUMMARY")
        self.assertIn("| failed |", summary)
        self.assertIn("Query parameter 'colour' is not documented", summary)
        self.assertIn("<failure", self.file("found.xml"))

    def test_fail_on_decides(self):
        url = self.start(fail_on="none", args="--scenario=all-fail\n\n  --seed=7  ")
        self.assertEqual(self.get(url + "/api/external/nothing"), 404)
        self.assertEqual(self.finish().returncode, 0)
        self.assertIn("/api/external/nothing", self.file("GITHUB_STEP_SUMMARY"))

    def test_what_a_client_sends_is_neither_a_command_nor_markdown(self):
        url = self.start()
        self.get(url + "/api/external/models?%0A::warning::x=1&%60%60%60%60=2")
        run = self.finish()
        self.assertEqual([line[:8] for line in run.stdout.splitlines()], ["::error "])
        summary = self.file("GITHUB_STEP_SUMMARY")
        fence = re.search(r"^(`+)text$", summary, re.M)[1]
        self.assertNotIn(fence, summary.split(fence + "text\n")[1].rsplit(fence, 1)[0])

    def test_a_server_that_does_not_start_is_told_in_its_words(self):
        for inputs, told in (({"args": "--speeed=2"}, "--speeed"), ({"binary": "no-such-program"}, "not found"),
                             ({"fail-on": "everything"}, "--fail-on")):
            run = self.run_step("main.js", inputs)
            self.assertEqual(run.returncode, 1, inputs)
            self.assertRegex(run.stdout, rf"\A::error title=qamera-mock::the server did not start: .*{told}.*\n\Z")
        self.inputs = {}
        self.assertEqual(self.finish().stdout, "", "there is nothing to stop")

    def test_a_server_that_is_gone_fails_the_job_with_its_exit_code(self):
        url = self.start()
        request = urllib.request.Request(url + "/__admin/shutdown", method="POST")
        urllib.request.urlopen(request, timeout=SAFETY_SECONDS).close()
        run = self.finish()
        self.assertEqual(run.returncode, 1)
        self.assertIn("::error title=qamera-mock::", run.stdout)

    def test_a_token_is_used_and_a_wrong_one_leaves_no_server_behind(self):
        self.start(args="--admin-token=secret")
        self.assertEqual(self.finish(QAMERA_MOCK_ADMIN_TOKEN="secret").returncode, 0)
        (self.folder / "GITHUB_OUTPUT").write_text("")
        (self.folder / "GITHUB_STATE").write_text("")
        url = self.start(args="--admin-token=secret")
        run = self.finish(QAMERA_MOCK_ADMIN_TOKEN="wrong")
        self.assertEqual(run.returncode, 1)
        self.assertIn("was killed", run.stdout)
        self.assert_gone(url)

    def test_each_input_is_described_and_read(self):
        read = {name for path in ACTION.glob("*.js")
                for name in re.findall(r'\binput\("([\w-]+)"\)', path.read_text(encoding="utf-8"))}
        self.assertEqual(read, set(described("inputs")))
        for path in re.findall(r"packaging/action/\S+", DESCRIBED):
            self.assertTrue((ROOT / path).is_file(), path)
        self.assertEqual(set(described("outputs")), {"url"})


if __name__ == "__main__":
    unittest.main()
