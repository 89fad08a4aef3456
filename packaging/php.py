#!/usr/bin/env python3
"""packaging/php.py BINARY... DIST: writes the Composer package of the PHP kit into DIST, the same bytes each time.

It holds every BINARY, static ones of different architectures, since Composer knows no packages for platforms. Prints
the file written.
"""

import argparse
import json
from pathlib import Path

import elf
from archive import zipped
from version import ROOT, version

KIT = ROOT / "kits" / "php"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=Path, nargs="+", metavar="BINARY")
    parser.add_argument("dist", type=Path, help="the folder to write to")
    parser.add_argument("--notice", type=Path, default=[], action="append", metavar="FILE",
                        help="a text to put beside the licence: the notices of what is in the binaries")
    given = parser.parse_args()
    described = json.loads((KIT / "composer.json").read_text(encoding="utf-8"))
    files = {"composer.json": (json.dumps({**described, "version": version()}, indent=2) + "\n").encode()}
    sources = (f"src/{file.name}" for file in (KIT / "src").iterdir())
    for name in ("autoload.php", "bin/qamera-mock", "README.md", *sources):
        files[name] = (KIT / name).read_bytes()
    programs = {f"bin/linux-{elf.machine(binary)}/qamera-mock": binary.read_bytes() for binary in given.binaries}
    files.update(programs)
    for notice in (ROOT / "LICENSE", *given.notice):
        files[notice.name] = notice.read_bytes()
    for binary in given.binaries:
        elf.tell_unless_static(binary)
    given.dist.mkdir(parents=True, exist_ok=True)
    path = given.dist / f"qamera-mock-php-{version()}.zip"
    path.write_bytes(zipped(sorted(files.items()), {"bin/qamera-mock", *programs}))
    print(path)


if __name__ == "__main__":
    main()
