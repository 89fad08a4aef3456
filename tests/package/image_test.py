"""The image that packaging/image.py makes: its layout, by skopeo and umoci too, and the server as process 1.

What runs in its root is skipped for a binary that is not static, as the ordinary one: package_kits passes the static
one. Standard library only.
"""

import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from server import BINARY, SAFETY_SECONDS  # noqa: E402

sys.path.insert(0, str(ROOT / "packaging"))
import elf  # noqa: E402
from image import ARCHITECTURES, AUTHORITIES  # noqa: E402

FOLDER = tempfile.TemporaryDirectory()
DIST = Path(FOLDER.name) / "dist"
LAYOUT = Path(FOLDER.name) / "layout"
FILES = Path(FOLDER.name) / "root"  # what the layer holds
VERSION, COMMIT, EPOCH = "9.8.7", "0123abc", 1767225600
ARCHIVE = DIST / f"qamera-mock-{VERSION}-oci.tar"


def make():
    """What is printed: the file and the digest."""
    run = subprocess.run([sys.executable, "-B", str(ROOT / "packaging" / "image.py"), str(DIST), VERSION, COMMIT,
                          str(EPOCH)], check=True, capture_output=True, text=True)
    return run.stdout.split()


def setUpModule():
    if not AUTHORITIES.is_dir():
        raise unittest.SkipTest(f"{AUTHORITIES} is missing: Debian's package ca-certificates brings it")
    folder = DIST / f"linux-{elf.machine(BINARY)}"
    folder.mkdir(parents=True)
    shutil.copy(BINARY, folder / "qamera-mock")
    shutil.copy(ROOT / "LICENSE", folder)
    make()
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(LAYOUT)
    with tarfile.open(blob_path(manifest()["layers"][0])) as archive:
        archive.extractall(FILES, numeric_owner=True)


def tearDownModule():
    FOLDER.cleanup()


def blob_path(descriptor):
    return LAYOUT / "blobs" / descriptor["digest"].replace(":", "/")


def read(descriptor):
    return json.loads(blob_path(descriptor).read_bytes())


def index():
    return read(json.loads((LAYOUT / "index.json").read_bytes())["manifests"][0])


def manifest():
    return read(index()["manifests"][0])


def config():
    return read(manifest()["config"])


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed: scripts/setup package brings it")


class Layout(unittest.TestCase):
    def test_the_same_bytes_twice_and_the_digest_is_told(self):
        before = ARCHIVE.read_bytes()
        path, digest = make()
        self.assertEqual(Path(path), ARCHIVE)
        self.assertEqual(ARCHIVE.read_bytes(), before)
        self.assertEqual(digest, json.loads((LAYOUT / "index.json").read_bytes())["manifests"][0]["digest"])

    def test_each_blob_is_what_its_name_says_and_is_named(self):
        for path in (LAYOUT / "blobs" / "sha256").iterdir():
            self.assertEqual(hashlib.sha256(path.read_bytes()).hexdigest(), path.name)
        top = json.loads((LAYOUT / "index.json").read_bytes())["manifests"][0]
        named = [top, *index()["manifests"], manifest()["config"], *manifest()["layers"]]
        for one in named:
            self.assertEqual(blob_path(one).stat().st_size, one["size"])
        self.assertEqual(len(list((LAYOUT / "blobs" / "sha256").iterdir())), len(named))
        self.assertEqual(index()["manifests"][0]["platform"],
                         {"os": "linux", "architecture": ARCHITECTURES[elf.machine(BINARY)]})

    def test_times_are_the_commits_and_no_owner_has_a_name(self):
        for path in (ARCHIVE, blob_path(manifest()["layers"][0])):
            with tarfile.open(path) as archive:
                for entry in archive:
                    self.assertEqual((entry.mtime, entry.uname, entry.gname), (EPOCH, "", ""), entry.name)

    def test_it_holds_the_binary_authorities_and_a_folder_to_write_to(self):
        self.assertEqual((FILES / "qamera-mock").read_bytes(), Path(BINARY).read_bytes())
        authorities = (FILES / "etc" / "ssl" / "certs" / "ca-certificates.crt").read_text()
        self.assertEqual(authorities.count("BEGIN CERTIFICATE"), len(list(AUTHORITIES.glob("*.crt"))))
        self.assertTrue((FILES / "usr/share/doc/qamera-mock/LICENSE").is_file())
        with tarfile.open(blob_path(manifest()["layers"][0])) as archive:
            owners = {entry.name: entry.uid for entry in archive}
        self.assertEqual({name for name, owner in owners.items() if owner}, {"work"})
        self.assertEqual(owners["work"], 65532)

    def test_its_settings(self):
        settings = config()["config"]
        self.assertEqual((settings["User"], settings["Entrypoint"], settings["WorkingDir"]),
                         ("65532:65532", ["/qamera-mock"], "/work"))
        self.assertLessEqual({"QAMERA_MOCK_HOST=0.0.0.0", "QAMERA_MOCK_ADMIN_TOKEN=none"}, set(settings["Env"]))
        self.assertEqual(settings["Healthcheck"]["Test"], ["CMD", "/qamera-mock", "health"])
        self.assertEqual(settings["Labels"]["org.opencontainers.image.version"], VERSION)

    def test_without_a_binary_it_says_what_is_missing(self):
        with tempfile.TemporaryDirectory() as empty:
            run = subprocess.run([sys.executable, "-B", str(ROOT / "packaging" / "image.py"), empty, VERSION, COMMIT,
                                  str(EPOCH)], capture_output=True, text=True)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("expected a binary in linux-x64", run.stderr)

    @needs("skopeo")
    def test_skopeo_reads_it_as_an_index_as_an_image_and_as_docker_save_writes(self):
        def inspect(*arguments):
            run = subprocess.run(["skopeo", "inspect", *arguments], check=True, capture_output=True, text=True)
            return json.loads(run.stdout)

        archive = f"oci-archive:{ARCHIVE}:{VERSION}"
        self.assertEqual(inspect("--raw", archive), index())
        for source in (archive, f"docker-archive:{ARCHIVE}:qamera-mock:{VERSION}"):
            self.assertEqual(inspect("--config", source)["config"]["User"], "65532:65532", source)
        copy = Path(FOLDER.name) / "copy"
        subprocess.run(["skopeo", "copy", "--quiet", "--all", archive, f"oci:{copy}:{VERSION}"], check=True)
        self.assertEqual({path.name for path in (copy / "blobs" / "sha256").iterdir()},
                         {path.name for path in (LAYOUT / "blobs" / "sha256").iterdir()})

    @needs("umoci")
    def test_umoci_unpacks_it(self):
        bundle = Path(FOLDER.name) / "bundle"
        rootless = [] if os.geteuid() == 0 else ["--rootless"]
        subprocess.run(["umoci", "unpack", *rootless, "--image", f"{LAYOUT}:{VERSION}", str(bundle)], check=True,
                       capture_output=True)
        self.assertEqual((bundle / "rootfs" / "qamera-mock").read_bytes(), Path(BINARY).read_bytes())
        process = json.loads((bundle / "config.json").read_text())["process"]
        self.assertEqual((process["user"]["uid"], process["args"], process["cwd"]), (65532, ["/qamera-mock"], "/work"))


class Container:
    """The entry point as an engine runs it: process 1, that user, a root nobody can write to, these variables alone."""

    # The engine's part. $0 is the root; the shell becomes chroot, which becomes the server.
    MOUNT = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec chroot --userspec=65532:65532 "$0" "$@"'

    def __init__(self, *arguments, **environment):
        variables = dict(line.split("=", 1) for line in config()["config"]["Env"])
        command = ["unshare", "--mount", "--pid", "--fork", "/bin/sh", "-c", self.MOUNT, str(FILES)]
        # `mount` and `chroot` are found by the shell's own default path.
        self.process = subprocess.Popen([*command, *config()["config"]["Entrypoint"], *arguments],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**variables, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment})
        self.watchdog = threading.Timer(SAFETY_SECONDS, self.kill)
        self.watchdog.daemon = True
        self.watchdog.start()

    def __enter__(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.stderr.read())
        self.port = int(line.rsplit(":", 1)[1])
        (self.first,) = self.children()
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.communicate()
        self.watchdog.cancel()

    def children(self):
        """Process 1, by its number outside."""
        return [int(one) for one in
                Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def kill(self):
        """Not unshare itself: process 1 has changed its user, and would outlive it."""
        if self.process.poll() is None:
            for child in self.children():
                os.kill(child, signal.SIGKILL)

    def get(self, target, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SAFETY_SECONDS)
        connection.request("GET", target, headers={"X-Api-Key": "mk_live_happy-path.image", **headers})
        status = connection.getresponse().status
        connection.close()
        return status

    def probe(self, **environment):
        """The exit status of the health check, in the same root."""
        return subprocess.run(["chroot", "--userspec=65532:65532", str(FILES),
                               *config()["config"]["Healthcheck"]["Test"][1:]],
                              env={**environment, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, capture_output=True,
                              timeout=SAFETY_SECONDS).returncode


def can_contain():
    return os.geteuid() == 0 and shutil.which("unshare") and subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True).returncode == 0


@unittest.skipUnless(elf.is_static(BINARY), "this binary needs a loader and libraries, and the image has none")
@unittest.skipUnless(can_contain(), "no name space of mounts and processes is to be had here")
class Running(unittest.TestCase):
    def test_it_serves_as_process_1_as_nobody_and_ends_at_sigterm(self):
        with Container(QAMERA_MOCK_PORT="0") as container:
            status = Path(f"/proc/{container.first}/status").read_text()
            self.assertRegex(status, r"\nNSpid:\t\d+\t1\n")
            self.assertRegex(status, r"\nUid:\t65532\t65532\t65532\t65532\n")
            self.assertNotIn(b"HOME=", Path(f"/proc/{container.first}/environ").read_bytes())
            self.assertEqual(container.get("/api/external/products"), 200)
            os.kill(container.first, signal.SIGTERM)
            _, errors = container.process.communicate(timeout=SAFETY_SECONDS)
            self.assertEqual(container.process.returncode, 0, errors)

    def test_the_health_check_follows_the_ports_variable(self):
        with Container(QAMERA_MOCK_PORT="0") as container:
            self.assertEqual(container.probe(QAMERA_MOCK_PORT=str(container.port)), 0)
            self.assertEqual(container.probe(QAMERA_MOCK_URL=f"http://127.0.0.1:{container.port}"), 0)
            self.assertEqual(container.probe(QAMERA_MOCK_PORT="1"), 1)

    def test_the_host_guard_stays(self):
        with Container("serve", "--allow-host", "mock", QAMERA_MOCK_PORT="0") as container:
            for host, status in (("mock:4010", 200), (f"127.0.0.1:{container.port}", 200), ("localhost:32768", 200),
                                 ("elsewhere.example", 403)):
                self.assertEqual(container.get("/__admin/credits", Host=host), status, host)

    def test_what_it_cannot_write_is_told(self):
        container = Container("serve", "--port", "0", "--record", "/traffic.ndjson")
        _, errors = container.process.communicate(timeout=SAFETY_SECONDS)
        container.watchdog.cancel()
        self.assertEqual(container.process.returncode, 2, errors)
        self.assertIn("/traffic.ndjson", errors)


if __name__ == "__main__":
    unittest.main()
