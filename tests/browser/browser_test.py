"""The dashboard in Debian's Chromium, driven by playwright-core: browser_test.py FILE... runs those test files.

Skipped, with the reason, where node, the npm registry or Chromium cannot be had (`scripts/setup browser` brings it).
"""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import npm_packages  # noqa: E402
from server import BINARY, Server, clean_environment  # noqa: E402

FILES = sys.argv[1:]
SAFETY_SECONDS = 280


class BrowserTest(npm_packages.PackageCase):
    PACKAGES = ("playwright-core@1.65.1", "axe-core@4.14.1")

    @classmethod
    def setUpClass(cls):
        cls.chromium = os.environ.get("CHROMIUM_BINARY") or shutil.which("chromium")
        if not cls.chromium:
            raise unittest.SkipTest("chromium is not installed: scripts/setup browser brings it")
        with Server("--quiet") as server:
            served = server.get("/__admin/ui/").status
        if served != 200:
            raise unittest.SkipTest("this build has no dashboard (QAMERA_UI is off)")
        super().setUpClass()

    def test_files(self):
        environment = clean_environment({"QAMERA_MOCK_BINARY": BINARY, "CHROMIUM_BINARY": self.chromium,
                                         "PACKAGES_FOLDER": self.folder.name})
        run = subprocess.run([self.node, "--test", *(str(HERE / name) for name in FILES)], env=environment,
                             capture_output=True, text=True, encoding="utf-8", timeout=SAFETY_SECONDS, check=False)
        print(run.stdout[-20000:])
        self.assertEqual(run.returncode, 0, run.stdout[-20000:] + run.stderr[-8000:])


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    npm_packages.main()
