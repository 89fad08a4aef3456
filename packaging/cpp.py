#!/usr/bin/env python3
"""packaging/cpp.py BINARY... DIST: writes the C++ kit's archive into DIST, the same bytes each time.

It is one header, made of those in the tree, with every BINARY, for find_package and FetchContent. Prints the file
written.
"""

import argparse
import re
from pathlib import Path

import elf
from archive import tarred
from version import ROOT, version

KIT = ROOT / "kits" / "cpp"
SOURCES = ("CMakeLists.txt", "README.md", "example/CMakeLists.txt", "example/shoot_test.cpp",
           "lib/cmake/qamera-mock/qamera-mock-config.cmake", "lib/cmake/qamera-mock/qamera-mock-config-version.cmake")


def whole(header):
    """Its text, with the text of each header of the kit that it includes in that one's place."""
    return re.sub(r'^#include "(.*)"\n', lambda found: whole(header.parent / found[1]).removeprefix("#pragma once\n\n"),
                  header.read_text(encoding="utf-8"), flags=re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=Path, nargs="+", metavar="BINARY")
    parser.add_argument("dist", type=Path, help="the folder to write to")
    parser.add_argument("--notice", type=Path, default=[], action="append", metavar="FILE",
                        help="a text to put beside the licence: the notices of what is in the binaries")
    given = parser.parse_args()
    files = {name: (KIT / name).read_bytes().replace(b"@QAMERA_VERSION@", version().encode()) for name in SOURCES}
    files["include/qamera/mock.h"] = whole(KIT / "include" / "qamera" / "mock.h").encode()
    programs = {f"libexec/qamera-mock/linux-{elf.machine(one)}/qamera-mock": one.read_bytes() for one in given.binaries}
    files.update(programs)
    for notice in (ROOT / "LICENSE", *given.notice):
        files[notice.name] = notice.read_bytes()
    name = f"qamera-mock-cpp-{version()}"
    for binary in given.binaries:
        elf.tell_unless_static(binary)
    given.dist.mkdir(parents=True, exist_ok=True)
    path = given.dist / f"{name}.tar.gz"
    path.write_bytes(tarred([(f"{name}/{file}", data, file in programs) for file, data in sorted(files.items())]))
    print(path)


if __name__ == "__main__":
    main()
