"""examples/testcontainers with the image that scripts/package makes, where a container engine is.

Builds the static binary then. The Python example runs where Python has its package. Standard library only.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77


def reason_to_skip():
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True).returncode != 0:
        return "no container engine answers docker info"
    if not shutil.which("npm"):
        return "npm is not installed"
    return None


def main():
    reason = reason_to_skip()
    if reason:
        print("skipped:", reason)
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        dist = Path(folder) / "dist"
        subprocess.run([ROOT / "scripts" / "package", "binary", "image"], check=True, stdin=subprocess.DEVNULL,
                       env={**os.environ, "QAMERA_DIST": str(dist)})
        (archive,) = dist.glob("*-oci.tar")
        loaded = subprocess.run(["docker", "load", "--input", archive], check=True, capture_output=True, text=True)
        tests = shutil.copytree(ROOT / "examples" / "testcontainers", Path(folder) / "tests")
        environment = {**os.environ, "QAMERA_MOCK_IMAGE": loaded.stdout.split()[-1]}
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=tests, check=True)
        subprocess.run(["npm", "test"], cwd=tests, env=environment, check=True)
        if importlib.util.find_spec("testcontainers"):
            subprocess.run([sys.executable, "-m", "pytest", "test_mock.py"], cwd=tests, env=environment, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
