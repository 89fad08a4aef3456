from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from ._errors import QameraMockError

_OTHERWISE = ("build qamera-mock from source and name the binary in QAMERA_MOCK_BINARY, "
              "or name a running server, such as the image, in QAMERA_MOCK_URL")


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def binary_path() -> str:
    """The path of the server's binary. Where there is none the error's message is one sentence on what to do."""
    named = os.environ.get("QAMERA_MOCK_BINARY")
    if named:
        if _is_program(named):
            return named
        raise QameraMockError(f'QAMERA_MOCK_BINARY names no program: "{named}"')
    inside = str(Path(__file__).parent / "bin" / "qamera-mock")
    if _is_program(inside):
        return inside
    here = f"{sys.platform}-{platform.machine()}"
    raise QameraMockError(f"the package qamera-mock has no binary for {here}: {_OTHERWISE}")
