"""The version: CMakeLists.txt holds it."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def version():
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(r"^project\(qamera-mock VERSION ([0-9.]+)", text, re.MULTILINE)
    if not found:
        raise SystemExit("CMakeLists.txt: expected project(qamera-mock VERSION ...)")
    return found[1]
