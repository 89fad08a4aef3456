"""Licences: every library that --version names has its notice and its place in the SPDX file. Standard library only."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from server import BINARY, run_binary  # noqa: E402

sys.path.insert(0, str(ROOT / "packaging"))
from inside import LIBRARIES, Version  # noqa: E402


class Inside(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        shutil.copy(BINARY, self.folder / "qamera-mock")
        self.told = run_binary("--version").stdout

    def write(self, told):
        program = [sys.executable, "-B", str(ROOT / "packaging" / "inside.py")]
        return subprocess.run([*program, "linux-x64", str(self.folder)], input=told, capture_output=True,
                              text=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"})

    def test_each_library_has_its_notice(self):
        self.assertEqual(self.write(self.told).returncode, 0)
        notices = (self.folder / "NOTICES.txt").read_text(encoding="utf-8")
        for name, number in Version(self.told).libraries:
            head, _, text = notices.partition(f"\n{name} {number}\n{LIBRARIES[name][1]}\n")
            self.assertTrue(head and text, name)
            self.assertRegex(text[:600], r"(?i)copyright", name)

    def test_the_spdx_file_names_the_binary_and_all_that_it_holds(self):
        self.assertEqual(self.write(self.told).returncode, 0)
        document = json.loads((self.folder / "qamera-mock.spdx.json").read_text(encoding="utf-8"))
        packages = {package["SPDXID"]: package for package in document["packages"]}
        self.assertEqual(len(packages), 1 + len(Version(self.told).libraries))
        for identifier in packages:
            self.assertRegex(identifier, r"\ASPDXRef-[A-Za-z0-9.-]+\Z")
        program = packages["SPDXRef-qamera-mock"]
        self.assertEqual(program["checksums"][0]["checksumValue"],
                         hashlib.sha256(Path(BINARY).read_bytes()).hexdigest())
        self.assertIn(f"commit {Version(self.told).commit}", program["sourceInfo"])
        self.assertEqual(document["creationInfo"]["created"], "2026-01-01T00:00:00Z")
        inside = {one["relatedSpdxElement"] for one in document["relationships"]
                  if (one["spdxElementId"], one["relationshipType"]) == ("SPDXRef-qamera-mock", "CONTAINS")}
        self.assertEqual(inside, set(packages) - {"SPDXRef-qamera-mock"})

    def test_a_static_binary_holds_the_runtimes_too(self):
        told = self.told.replace("\nlibraries:", ", linked statically\nlibraries:")
        version = Version(told if ", linked statically" in told else self.told)
        self.assertIn("libstdc++", dict(version.libraries))
        self.assertIn("glibc", dict(version.libraries))

    def test_a_library_that_nobody_has_written_a_notice_for_is_an_error(self):
        run = self.write(self.told.replace("CLI11 ", "libwhatever "))
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("no licence is known of libwhatever", run.stderr)


if __name__ == "__main__":
    unittest.main()
