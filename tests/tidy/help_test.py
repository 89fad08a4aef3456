"""Each program in scripts/ and bench/ tells what it does when asked with --help, at once and without doing it.

Usage: help_test.py ROOT. Standard library only.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(sys.argv.pop(1)).resolve()
SAFETY_SECONDS = 120
# What would be at work: called, each of these says so and fails.
AT_WORK = ["apt-get", "cmake", "ctest", "ninja", "npm", "node", "sudo", "wrk", "nginx", "gnuplot"]


class Help(unittest.TestCase):
    def test_each_program_has_help_that_names_it_and_does_nothing_else(self):
        programs = [path for folder in ("scripts", "bench") for path in sorted((ROOT / folder).iterdir())
                    if path.is_file() and os.access(path, os.X_OK)]
        self.assertGreater(len(programs), 12)
        with tempfile.TemporaryDirectory() as folder:
            for name in AT_WORK:
                stand_in = Path(folder, name)
                stand_in.write_text(f"#!/bin/sh\necho '{name} is called' >&2\nexit 1\n", encoding="utf-8")
                stand_in.chmod(0o755)
            environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
            for program in programs:
                for flag in ("--help", "-h"):
                    with self.subTest(program=program.name, flag=flag):
                        run = subprocess.run([program, flag], cwd=folder, env=environment, capture_output=True,
                                             text=True, timeout=SAFETY_SECONDS, check=False)
                        self.assertEqual((run.returncode, run.stderr), (0, ""))
                        self.assertIn(f"{program.parent.name}/{program.name}", run.stdout)


if __name__ == "__main__":
    unittest.main()
