#!/usr/bin/env python3
"""packaging/deb.py DIST VERSION COMMIT EPOCH: writes qamera-mock_VERSION_ARCH.deb into DIST for each binary that is in
DIST, the same bytes each time. QAMERA_MAINTAINER, "NAME <ADDRESS>", is who publishes it.

Written here and not by debhelper or CPack, since everything in it is made already and nothing is built. Prints the
files. Standard library only.
"""

import email.utils
import hashlib
import os
import sys
from pathlib import Path

import elf
from archive import Tar, ar, gzipped

ROOT = Path(__file__).resolve().parents[1]
DEBIAN = ROOT / "packaging" / "debian"
ARCHITECTURES = {"x64": "amd64", "arm64": "arm64"}
# Who publishes the package names himself; nobody has yet.
UNPUBLISHED = "unpublished <nobody@qamera-mock.invalid>"
MAINTAINER = os.environ.get("QAMERA_MAINTAINER") or UNPUBLISHED
UNPUBLISHED_OVERRIDES = """# Not published: QAMERA_MAINTAINER names the one who does.
qamera-mock: bogus-mail-host Maintainer nobody@qamera-mock.invalid
qamera-mock: bogus-mail-host-in-debian-changelog nobody@qamera-mock.invalid *
"""
SETTINGS = "etc/default/qamera-mock"
DOCUMENTS = "usr/share/doc/qamera-mock"
DESCRIPTION = """Unofficial test double of the Qamera AI external API
 A server that behaves as the live service does, for tests of its clients:
 scenarios for every error, a clock that tests control, a ledger of credits,
 and a journal that tells what a client sent that nobody documented.
 .
 It is not made by Qamera AI."""
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: qamera-mock
Comment: The program holds libraries; their licences are in NOTICES.txt.gz beside this file.

Files: *
Copyright: {holder}
License: Expat
{licence}
"""


def copyright_file(licence):
    """As Debian wants it, from the text of LICENSE."""
    _, holder, *paragraphs = [part.strip() for part in licence.split("\n\n")]
    text = "\n .\n".join("\n".join(" " + line for line in part.splitlines()) for part in paragraphs)
    return COPYRIGHT.format(holder=holder.replace("Copyright (c) ", ""), licence=text)


def changelog(version, epoch):
    return (f"qamera-mock ({version}) unstable; urgency=medium\n\n  * CHANGELOG.md.gz beside this file tells.\n\n"
            f" -- {MAINTAINER}  {email.utils.formatdate(epoch)}\n")


def overrides():
    text = (DEBIAN / "overrides").read_text(encoding="utf-8")
    return text + (UNPUBLISHED_OVERRIDES if MAINTAINER == UNPUBLISHED else "")


def contents(folder, version, epoch):
    """path -> data of what is installed."""
    files = {
        "usr/bin/qamera-mock": (folder / "qamera-mock").read_bytes(),
        SETTINGS: (DEBIAN / "default").read_bytes(),
        "lib/systemd/system/qamera-mock.service": (DEBIAN / "qamera-mock.service").read_bytes(),
        "usr/share/bash-completion/completions/qamera-mock": (folder / "completions/bash/qamera-mock").read_bytes(),
        "usr/share/zsh/vendor-completions/_qamera-mock": (folder / "completions/zsh/_qamera-mock").read_bytes(),
        "usr/share/fish/vendor_completions.d/qamera-mock.fish":
            (folder / "completions/fish/qamera-mock.fish").read_bytes(),
        "usr/share/lintian/overrides/qamera-mock": overrides().encode(),
        f"{DOCUMENTS}/copyright": copyright_file((ROOT / "LICENSE").read_text(encoding="utf-8")).encode(),
        f"{DOCUMENTS}/changelog.gz": gzipped(changelog(version, epoch).encode()),
        f"{DOCUMENTS}/CHANGELOG.md.gz": gzipped((ROOT / "CHANGELOG.md").read_bytes()),
    }
    for name in ("NOTICES.txt", "qamera-mock.spdx.json"):
        if (folder / name).exists():
            files[f"{DOCUMENTS}/{name}.gz"] = gzipped((folder / name).read_bytes())
    for page in (folder / "man" / "man1").iterdir():
        files[f"usr/share/man/man1/{page.name}.gz"] = gzipped(page.read_bytes())
    for schema in (folder / "schemas").glob("*.json"):
        files[f"usr/share/qamera-mock/schemas/{schema.name}"] = schema.read_bytes()
    return files


def data_archive(files, epoch):
    tar = Tar(epoch)
    folders = {str(parent) for name in files for parent in Path(name).parents}
    for name in sorted({*files, *folders}):
        mode = 0o755 if name.startswith("usr/bin/") else 0o644
        tar.add("./" if name == "." else f"./{name}", files.get(name), mode)
    return gzipped(tar.bytes())


def control_archive(files, version, architecture, epoch):
    kilobytes = sum(-(-len(data) // 1024) for data in files.values())
    control = (f"Package: qamera-mock\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {MAINTAINER}\n"
               f"Installed-Size: {kilobytes}\nRecommends: ca-certificates\nSection: devel\nPriority: optional\n"
               f"Description: {DESCRIPTION}\n")
    sums = "".join(f"{hashlib.md5(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())
                   if name != SETTINGS)
    tar = Tar(epoch)
    tar.add("./")
    tar.add("./conffiles", f"/{SETTINGS}\n".encode())
    tar.add("./control", control.encode())
    tar.add("./md5sums", sums.encode())
    for script in ("postinst", "postrm", "prerm"):
        tar.add(f"./{script}", (DEBIAN / script).read_bytes(), mode=0o755)
    return gzipped(tar.bytes())


def write(folder, version, epoch):
    architecture = ARCHITECTURES[elf.machine(folder / "qamera-mock")]
    files = contents(folder, version, epoch)
    path = folder.parent / f"qamera-mock_{version}_{architecture}.deb"
    path.write_bytes(ar([("debian-binary", b"2.0\n"),
                         ("control.tar.gz", control_archive(files, version, architecture, epoch)),
                         ("data.tar.gz", data_archive(files, epoch))], epoch))
    return path


def main():
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    dist, version, _, epoch = sys.argv[1:]
    folders = sorted(Path(dist).glob("linux-*"))
    if not folders:
        raise SystemExit(f"{dist}: expected a binary in linux-x64 or linux-arm64; scripts/package binary makes it")
    for folder in folders:
        print(write(folder, version, int(epoch)))


if __name__ == "__main__":
    main()
