"""Writes what is inside a binary: NOTICES.txt and an SPDX file, from what its --version tells.

Usage: qamera-mock --version | inside.py PLATFORM FOLDER. FOLDER holds the binary, and gets NOTICES.txt and
qamera-mock.spdx.json. SOURCE_DATE_EPOCH dates the file. A library without a line in LIBRARIES, or without a notice, is
an error. Standard library only.
"""

import hashlib
import json
import os
import re
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = "qamera-mock"
# By the names that --version gives: SPDX licence, home page, notice.
LIBRARIES = {
    "nlohmann/json": ("MIT", "https://github.com/nlohmann/json", "nlohmann-json.txt"),
    "CLI11": ("BSD-3-Clause", "https://github.com/CLIUtils/CLI11", "cli11.txt"),
    "htm with Preact": ("Apache-2.0 AND MIT", "https://github.com/developit/htm", "../../ui/licences.txt"),
    "RE2": ("BSD-3-Clause", "https://github.com/google/re2", "re2.txt"),
    "cpp-httplib": ("MIT", "https://github.com/yhirose/cpp-httplib", "cpp-httplib.txt"),
    "OpenSSL": ("Apache-2.0", "https://www.openssl.org", "openssl.txt"),
    "zlib": ("Zlib", "https://zlib.net", "zlib.txt"),
    "brotli": ("MIT", "https://github.com/google/brotli", "brotli.txt"),
    "glibc": ("LGPL-2.1-or-later", "https://www.gnu.org/software/libc", "glibc.txt"),
    "libstdc++": ("GPL-3.0-or-later WITH GCC-exception-3.1", "https://gcc.gnu.org", "libstdc++.txt"),
}


class Version:
    """What `qamera-mock --version` says."""

    def __init__(self, text):
        lines = text.splitlines()
        self.version = lines[0].split()[1]
        facts = dict(line.split(": ", 1) for line in lines[1:])
        self.commit, self.compiler = facts["commit"], facts["compiler"]
        self.libraries = [tuple(library.rsplit(" ", 1)) for library in facts["libraries"].split(", ")]
        gcc = re.match(r"GNU (\S+?),? linked statically", self.compiler)
        if gcc:
            self.libraries.append(("libstdc++", gcc[1].rstrip(",")))


def notices(version):
    lines = [f"{PROJECT} {version.version} is under the MIT licence (LICENSE).",
             "The binary holds these libraries, whose notices follow:", ""]
    lines += [f"  {name} {number}: {LIBRARIES[name][0]}" for name, number in version.libraries]
    lines += ["", "The commit that --version names holds the source, and what it takes to link it with another version",
              "of a library, which the LGPL of glibc promises you."]
    for name, number in version.libraries:
        text = (HERE / "notices" / LIBRARIES[name][2]).read_text(encoding="utf-8")
        lines += ["", "", "=" * 100, f"{name} {number}", LIBRARIES[name][1], "=" * 100, "", text.rstrip()]
    return "\n".join(lines) + "\n"


def spdx(version, platform, digest):
    def package(name, number, licence, home, **more):
        return {"SPDXID": "SPDXRef-" + re.sub("[^A-Za-z0-9.]+", "-", name), "name": name, "versionInfo": number,
                "downloadLocation": home or "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": licence,
                "licenseDeclared": licence, "copyrightText": "NOASSERTION", **more}

    program = package(PROJECT, version.version, "MIT", None, primaryPackagePurpose="APPLICATION",
                      sourceInfo=f"commit {version.commit}, compiled by {version.compiler}, for {platform}",
                      checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
    inside = [package(name, number, LIBRARIES[name][0], LIBRARIES[name][1]) for name, number in version.libraries]
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "0"))))
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{PROJECT}-{version.version}-{platform}",
        "documentNamespace": f"https://spdx.org/spdxdocs/{PROJECT}-{version.version}-{platform}-{digest}",
        "creationInfo": {"created": created, "creators": [f"Tool: {PROJECT}-scripts-package-{version.version}"]},
        "packages": [program, *inside],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
             "relatedSpdxElement": program["SPDXID"]},
            *({"spdxElementId": program["SPDXID"], "relationshipType": "CONTAINS",
               "relatedSpdxElement": library["SPDXID"]} for library in inside),
        ],
    }


def main():
    platform, folder = sys.argv[1], Path(sys.argv[2])
    version = Version(sys.stdin.read())
    unknown = [name for name, _ in version.libraries if name not in LIBRARIES]
    if unknown:
        sys.exit(f"inside.py: no licence is known of {', '.join(unknown)}: add it to LIBRARIES and packaging/notices")
    digest = hashlib.sha256((folder / PROJECT).read_bytes()).hexdigest()
    (folder / "NOTICES.txt").write_text(notices(version), encoding="utf-8")
    document = json.dumps(spdx(version, platform, digest), indent=2, ensure_ascii=False)
    (folder / f"{PROJECT}.spdx.json").write_text(document + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
