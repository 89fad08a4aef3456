"""What a Linux binary says of itself."""

import struct
import sys

_MACHINES = {62: "x64", 183: "arm64"}
_PT_INTERP = 3


def _head(path):
    with open(path, "rb") as file:
        head = file.read(64)
        if head[:6] != b"\x7fELF\x02\x01" or len(head) < 64:
            raise SystemExit(f"{path}: expected a 64-bit little-endian ELF binary")
        (offset,) = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        file.seek(offset)
        return head, [struct.unpack("<I", file.read(size)[:4])[0] for _ in range(count)]


def machine(path):
    """The architecture, as npm calls it."""
    (number,) = struct.unpack_from("<H", _head(path)[0], 18)
    if number not in _MACHINES:
        raise SystemExit(f"{path}: for machine {number}; the kits know {', '.join(_MACHINES.values())}")
    return _MACHINES[number]


def is_static(path):
    """Whether it runs on any Linux: no loader and libraries of the system."""
    return _PT_INTERP not in _head(path)[1]


def tell_unless_static(path):
    if not is_static(path):
        print(f"{path} is not static: its package runs on systems like this one alone", file=sys.stderr)
