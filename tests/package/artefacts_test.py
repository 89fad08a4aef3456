"""What scripts/package makes, tried where nothing else is: an empty folder as the root of the file system.

Builds the static binary twice: minutes. Standard library only.
"""

import contextlib
import http.client
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = tempfile.TemporaryDirectory()
DIST = Path(FOLDER.name) / "dist"
EMPTY = Path(FOLDER.name) / "empty"  # the root of the file system: the binary, and what a test puts there
IN_EMPTY = Path(FOLDER.name) / "in-empty"
AS_ROOT = ["chroot"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--wd=/", "--root"]
ALONE = [*AS_ROOT, str(EMPTY), "/qamera-mock"]

# The harness of the end-to-end tests then starts the binary there.
os.environ["QAMERA_MOCK_BINARY"] = str(IN_EMPTY)
for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
    os.environ.pop(variable, None)
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from server import Server, run_binary  # noqa: E402
from verify_test import TlsFront  # noqa: E402

MOST_BYTES = 10_000_000
MOST_RESIDENT_KB = 7_000
KEY = "mk_live_happy-path.package"


def package(root, dist, **environment):
    subprocess.run([str(root / "scripts" / "package"), "binary"], check=True, stdin=subprocess.DEVNULL,
                   env={**os.environ, "QAMERA_DIST": str(dist), **environment})


def setUpModule():
    package(ROOT, DIST)
    IN_EMPTY.write_text(f"#!/bin/sh\nexec {shlex.join(ALONE)} \"$@\"\n")
    IN_EMPTY.chmod(0o755)


def tearDownModule():
    FOLDER.cleanup()


@contextlib.contextmanager
def emptied(**files):
    """EMPTY holds the binary and these files alone; `__` in a name is a slash."""
    shutil.rmtree(EMPTY, ignore_errors=True)
    EMPTY.mkdir()
    shutil.copy(DIST / "linux-x64" / "qamera-mock", EMPTY)
    for name, text in files.items():
        path = EMPTY / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    yield


class Archive(unittest.TestCase):
    def test_sums_are_right_and_name_every_file(self):
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=DIST, check=True)
        named = {line.split()[1] for line in (DIST / "SHA256SUMS").read_text().splitlines()}
        self.assertEqual(named, {path.name for path in DIST.iterdir() if path.is_file()} - {"SHA256SUMS"})

    def test_the_archive_holds_what_it_should_under_one_folder(self):
        archive = next(DIST.glob("*.tar.gz"))
        listed = subprocess.run(["tar", "-tzvf", str(archive)], check=True, capture_output=True, text=True).stdout
        for line in listed.splitlines():
            self.assertRegex(line, rf"^[-d]rwx?r?-.* 0/0 .* {archive.name[:-7]}/|^d", line)
        for name in ("qamera-mock", "LICENSE", "NOTICES.txt", "README.md", "qamera-mock.spdx.json",
                     "man/man1/qamera-mock.1", "man/man1/qamera-mock-serve.1", "completions/bash/qamera-mock",
                     "completions/zsh/_qamera-mock", "completions/fish/qamera-mock.fish",
                     "schemas/scenario.schema.json"):
            self.assertIn(f" {archive.name[:-7]}/{name}\n", listed)

    def test_the_binary_is_static_small_and_names_no_folder_of_this_machine(self):
        binary = DIST / "linux-x64" / "qamera-mock"
        headers = subprocess.run(["readelf", "--program-headers", str(binary)], check=True, capture_output=True,
                                 text=True).stdout
        self.assertNotRegex(headers, "INTERP|DYNAMIC")
        self.assertLess(binary.stat().st_size, MOST_BYTES)
        contents = binary.read_bytes()
        self.assertNotIn(str(ROOT).encode(), contents)
        self.assertNotRegex(contents, rb"/home/|/root/|/tmp/[a-z]+/")

    def test_a_second_build_elsewhere_gives_the_same_bytes(self):
        if subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout.strip():
            self.skipTest("the checkout differs from its commit, so nobody could build it again")
        again = Path(FOLDER.name) / "another-name"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(again)], check=True)
        if (ROOT / ".deps").is_dir():
            shutil.copytree(ROOT / ".deps", again / ".deps", symlinks=True)
        package(again, again / "dist", CCACHE_DISABLE="1", TZ="Asia/Tokyo", LANG="de_DE.UTF-8", USER="somebody")
        self.assertEqual((again / "dist" / "SHA256SUMS").read_text(), (DIST / "SHA256SUMS").read_text())


class Alone(unittest.TestCase):
    def test_it_serves_and_is_small_in_memory(self):
        with emptied(), Server() as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            connection.request("GET", "/api/external/products", headers={"X-Api-Key": KEY})
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
            self.assertLess(server.figure("VmRSS"), MOST_RESIDENT_KB)

    def test_it_tells_its_commit_and_what_it_holds(self):
        with emptied():
            text = run_binary("--version").stdout
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
        self.assertIn(f"\ncommit: {commit or 'unknown'}\n", text)
        for library in ("OpenSSL", "zlib", "brotli", "glibc"):
            self.assertRegex(text, rf"libraries: .*\b{library} \d")
        self.assertIn("linked statically", text)

    def verify(self, url, *flags):
        return run_binary("verify", "--target", url, "--api-key", KEY, "--rps", "0", *flags)

    @contextlib.contextmanager
    def tls(self, name):
        """A mock behind TLS whose certificate is for `name`: its URL and the certificate's text."""
        with tempfile.TemporaryDirectory() as folder, emptied(), Server("--quiet") as mock:
            front = TlsFront(mock, folder, name)
            yield front.url, Path(front.certificate).read_text()
            front.close()

    def test_verify_and_the_proxy_speak_tls_by_name(self):
        # Of localhost nobody needs to be told; other names are found in /etc/hosts.
        for name, more in (("localhost", {}), ("api.example.test", {"etc__hosts": "127.0.0.1 api.example.test\n"})):
            with self.subTest(name), self.tls(name) as (url, certificate):
                with emptied(ca__mine=certificate, **more):
                    run = self.verify(url, "--ca-file", "/ca/mine")
                    self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                    with Server("--upstream", url, "--ca-file", "/ca/mine") as proxy:
                        connection = http.client.HTTPConnection("127.0.0.1", proxy.port)
                        connection.request("GET", "/api/external/products", headers={"X-Api-Key": KEY})
                        self.assertEqual(connection.getresponse().status, 200)
                        connection.close()

    def test_authorities_are_found_in_the_usual_places(self):
        with self.tls("localhost") as (url, certificate):
            for place in ("etc__ssl__certs__ca-certificates.crt", "etc__pki__tls__certs__ca-bundle.crt",
                          "etc__ssl__cert.pem", "etc__ssl__certs__one-of-many.pem"):
                with self.subTest(place), emptied(**{place: certificate}):
                    self.assertEqual(self.verify(url).returncode, 0)
            with emptied():
                run = self.verify(url)
                self.assertEqual(run.returncode, 2)
                self.assertIn("found none in the usual places", run.stderr)

    def test_no_module_of_the_machine_is_loaded(self):
        # As on a desktop: each of these would be a shared library.
        switch = "hosts: mymachines mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] myhostname files dns\n"
        with self.tls("api.example.test") as (url, certificate):
            with emptied(ca__mine=certificate, etc__hosts="127.0.0.1 api.example.test\n",
                         **{"etc__nsswitch.conf": switch,
                            "usr__lib__ssl__openssl.cnf": "openssl_conf = broken\n[broken]\nengines = none\n"}):
                run = self.verify(url, "--ca-file", "/ca/mine")
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_names_are_asked_of_dns(self):
        # Port 53 is free in a network of one's own, and 127.0.0.1 the server where no resolv.conf names another.
        unshare = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
        if subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
            self.skipTest("no network namespace is to be had here")
        with emptied():
            run = subprocess.run([*unshare, sys.executable, "-B", str(ROOT / "tests" / "package" / "own_network.py"),
                                  str(EMPTY)], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main()
