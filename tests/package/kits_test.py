"""The kits, the image and the Debian package that scripts/package makes: every test that they have, on these.

Builds the static binary: minutes. The whole is skipped where one of its parts is, with that part's reason.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77
PARTS = ("e2e/npm_kit_test.py", "e2e/python_kit_test.py", "e2e/php_kit_test.py", "e2e/cpp_kit_test.py",
         "package/image_test.py", "package/deb_test.py")


def main():
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "QAMERA_DIST": folder}
        subprocess.run([ROOT / "scripts" / "package"], check=True, stdin=subprocess.DEVNULL, env=environment)
        wheels = [path.name for path in Path(folder).glob("*.whl")]
        assert any(name.endswith("-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl") for name in wheels), wheels
        environment["QAMERA_MOCK_BINARY"] = str(Path(folder) / "linux-x64" / "qamera-mock")
        codes = [subprocess.run([sys.executable, "-B", ROOT / "tests" / part], check=False, env=environment,
                                stdin=subprocess.DEVNULL).returncode for part in PARTS]
    return 1 if set(codes) - {0, SKIPPED} else max(codes)


if __name__ == "__main__":
    sys.exit(main())
