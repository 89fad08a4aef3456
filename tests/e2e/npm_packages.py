"""Packages from the npm registry for a test, installed into a temporary folder. Exact versions only."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from server import SAFETY_SECONDS

# What npm says when it cannot reach the registry; any other failure is a failure of the test.
UNREACHABLE = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH",
               "ERR_SOCKET_TIMEOUT")
SKIPPED = 77  # the exit code that CMake takes for "skipped"


class PackageCase(unittest.TestCase):
    """A test class that runs Node programs with PACKAGES; skipped, with the reason, where they cannot be had."""

    PACKAGES = ()
    folder: tempfile.TemporaryDirectory

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = os.environ.get("NODE_BINARY") or "node"
        for program in (cls.node, "npm"):
            if not shutil.which(program):
                raise unittest.SkipTest(f"{program} is not installed")
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        run = subprocess.run(["npm", "install", "--no-package-lock", "--no-save", "--no-audit", "--no-fund",
                              "--ignore-scripts", "--fetch-retries", "1", "--prefix", cls.folder.name, *cls.PACKAGES],
                             capture_output=True, text=True, encoding="utf-8", timeout=SAFETY_SECONDS, check=False)
        if run.returncode != 0 and any(code in run.stderr for code in UNREACHABLE):
            raise unittest.SkipTest(f"the npm registry cannot be reached: {run.stderr[-500:]}")
        if run.returncode != 0:
            raise RuntimeError(f"npm install failed: {run.stderr[-4000:]}")

    def run_node(self, program, *arguments, text=None):
        """Runs a JavaScript program (CommonJS) with the packages at hand; what it printed."""
        path = os.path.join(self.folder.name, "program.js")
        with open(path, "w", encoding="utf-8") as file:
            file.write(program)
        run = subprocess.run([self.node, path, *arguments], input=text, capture_output=True, text=True,
                             encoding="utf-8", timeout=SAFETY_SECONDS, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout


def main():
    """As unittest.main, but ends with SKIPPED when nothing failed and something was skipped; says why."""
    result = unittest.main(module="__main__", exit=False).result
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}")
    sys.exit(1 if not result.wasSuccessful() else SKIPPED if result.skipped else 0)
