#!/usr/bin/env python3
"""packaging/npm.py BINARY... DIST: writes the npm packages into DIST, the same bytes each time.

`qamera-mock`, and `@qamera-mock/linux-x64` or -arm64 with a binary each, which the first names as optional
dependencies. The types of the contract are generated from the OpenAPI document of the first binary by
openapi-typescript, which is fetched from the npm registry into --tools (default build/npm) when it is not there.
Prints the files written, a line each.
"""

import argparse
import json
import os
import shutil
import subprocess
from pathlib import Path

import elf
from archive import tarred
from version import ROOT, version

KIT = ROOT / "kits" / "node"


def contract_types(binary, tools):
    """TypeScript's view of the contract."""
    generator = tools / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    if not generator.exists():
        tools.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / "npm" / "package.json", tools)
        subprocess.run(["npm", "install", "--silent", "--no-package-lock", "--no-audit", "--no-fund",
                        "--ignore-scripts"], cwd=tools, check=True)
    document = subprocess.run([binary, "openapi"], capture_output=True, check=True).stdout
    made = subprocess.run(["node", generator, "/dev/stdin"], input=document, capture_output=True, check=True, cwd=tools)
    return made.stdout


def files_of(folder, listed):
    """The files of a kit's package.json: relative path -> (bytes, whether it is a program)."""
    found = {}
    for entry in listed:
        path = folder / entry
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                found[file.relative_to(folder).as_posix()] = (file.read_bytes(), os.access(file, os.X_OK))
    return found


def pack(path, description, files):
    """An npm tarball: everything below `package/`, sorted."""
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    content = {"package.json": (text.encode(), False), **files}
    Path(path).write_bytes(tarred([(f"package/{name}", *content[name]) for name in sorted(content)]))
    print(path)


def common(kit):
    shown = {name: kit[name] for name in ("license", "keywords") if name in kit}
    return {"version": version(), **shown}


def write_platform_package(binary, dist, notices):
    """The package of the binary alone. Its name."""
    kit = json.loads((KIT / "package.json").read_text(encoding="utf-8"))
    machine = elf.machine(binary)
    elf.tell_unless_static(binary)
    name = f"@qamera-mock/linux-{machine}"
    description = {"name": name, **common(kit),
                   "description": f"The binary of qamera-mock (unofficial) for Linux, {machine}",
                   "os": ["linux"], "cpu": [machine], "preferUnplugged": True}
    readme = f"# {name}\n\nThe binary of the package `qamera-mock`, an unofficial test double. Install that.\n"
    files = {"bin/qamera-mock": (Path(binary).read_bytes(), True), "README.md": (readme.encode(), False), **notices}
    pack(dist / f"qamera-mock-linux-{machine}-{version()}.tgz", description, files)
    return name


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=Path, nargs="+", metavar="BINARY",
                        help="the static binary of each architecture; that of this machine, to be run, first")
    parser.add_argument("dist", type=Path, help="the folder to write to")
    parser.add_argument("--notice", type=Path, default=[], action="append", metavar="FILE",
                        help="a text to put beside the binary: the notices of what is in it")
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "npm", help="default %(default)s")
    given = parser.parse_args()
    given.dist.mkdir(parents=True, exist_ok=True)
    licence = {"LICENSE": ((ROOT / "LICENSE").read_bytes(), False)}
    notices = {**licence, **{file.name: (file.read_bytes(), False) for file in given.notice}}
    names = [write_platform_package(binary, given.dist, notices) for binary in given.binaries]
    kit = json.loads((KIT / "package.json").read_text(encoding="utf-8"))
    types = contract_types(given.binaries[0].resolve(), given.tools.resolve())
    files = {**files_of(KIT, kit["files"] + ["README.md"]), "contract.d.ts": (types, False), **licence}
    description = {"name": kit.pop("name"), "version": version(), **kit,
                   "optionalDependencies": {name: version() for name in sorted(names)}}
    pack(given.dist / f"qamera-mock-{version()}.tgz", description, files)


if __name__ == "__main__":
    main()
