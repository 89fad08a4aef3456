#!/usr/bin/env python3
"""packaging/wheel.py BINARY DIST: writes the Python wheel `qamera-mock` into DIST, the same bytes each time.

A static binary is tagged for glibc and musl alike; another for systems like this one alone. Prints the file written.
"""

import argparse
import base64
import hashlib
from pathlib import Path

import elf
from archive import zipped
from version import ROOT, version

KIT = ROOT / "kits" / "python"
MACHINES = {"x64": "x86_64", "arm64": "aarch64"}
ENTRY_POINTS = """[console_scripts]
qamera-mock = qamera_mock.__main__:main

[pytest11]
qamera_mock = qamera_mock.pytest_plugin
"""


def platforms(binary):
    machine = MACHINES[elf.machine(binary)]
    if elf.is_static(binary):
        return [f"manylinux2014_{machine}", f"musllinux_1_1_{machine}"]
    return [f"linux_{machine}"]


def metadata():
    return f"""Metadata-Version: 2.1
Name: qamera-mock
Version: {version()}
Summary: Unofficial test double of the Qamera AI external API, with a pytest plugin
License: MIT
Keywords: qamera,mock,test double,contract
Classifier: Framework :: Pytest
Classifier: License :: OSI Approved :: MIT License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Software Development :: Testing :: Mocking
Classifier: Typing :: Typed
Requires-Python: >=3.9
Description-Content-Type: text/markdown

""" + (KIT / "README.md").read_text(encoding="utf-8")


def wheel_text(tags):
    lines = ["Wheel-Version: 1.0", "Generator: qamera-mock", "Root-Is-Purelib: false"]
    return "\n".join(lines + [f"Tag: py3-none-{tag}" for tag in tags]) + "\n"


def record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def write(path, files, programs, record):
    """A zip archive whose last entry is RECORD, which says what the others are."""
    lines = "".join(record_line(name, files[name]) for name in sorted(files)) + f"{record},,\n"
    path.write_bytes(zipped([*sorted(files.items()), (record, lines.encode())], programs))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path, help="the static binary")
    parser.add_argument("dist", type=Path, help="the folder to write to")
    parser.add_argument("--notice", type=Path, default=[], action="append", metavar="FILE",
                        help="a text to put beside the licence: the notices of what is in the binary")
    given = parser.parse_args()
    tags = platforms(given.binary)
    information = f"qamera_mock-{version()}.dist-info"
    program = "qamera_mock/bin/qamera-mock"
    files = {file.relative_to(KIT).as_posix(): file.read_bytes() for file in (KIT / "qamera_mock").glob("*")
             if file.suffix in (".py", ".typed")}
    files[program] = given.binary.read_bytes()
    files.update({f"{information}/METADATA": metadata().encode(), f"{information}/WHEEL": wheel_text(tags).encode(),
                  f"{information}/entry_points.txt": ENTRY_POINTS.encode()})
    for notice in (ROOT / "LICENSE", *given.notice):
        files[f"{information}/licenses/{notice.name}"] = notice.read_bytes()
    given.dist.mkdir(parents=True, exist_ok=True)
    path = given.dist / f"qamera_mock-{version()}-py3-none-{'.'.join(tags)}.whl"
    write(path, files, {program}, f"{information}/RECORD")
    print(path)


if __name__ == "__main__":
    main()
