"""The package that packaging/deb.py makes: dpkg installs, upgrades and purges it in a throw-away copy of this system.

Usage: deb_test.py [DESCRIBE], the program qamera-mock-describe for the pages of a binary that has none beside it. What
asks for a static binary is skipped for another one: package_kits passes that one. Standard library only.
"""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DESCRIBE = sys.argv.pop(1) if len(sys.argv) > 1 and os.path.isfile(sys.argv[1]) else None
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from server import BINARY, run_binary  # noqa: E402

sys.path.insert(0, str(ROOT / "packaging"))
import elf  # noqa: E402

FOLDER = tempfile.TemporaryDirectory()
DIST = Path(FOLDER.name) / "dist"
EPOCH = 1767225600
UNIT = ROOT / "packaging" / "debian" / "qamera-mock.service"


@functools.lru_cache(maxsize=None)
def make(version):
    run = subprocess.run([sys.executable, "-B", str(ROOT / "packaging" / "deb.py"), str(DIST), version, "0123abc",
                          str(EPOCH)], check=True, capture_output=True, text=True)
    return Path(run.stdout.strip())


def setUpModule():
    folder = DIST / f"linux-{elf.machine(BINARY)}"
    if (Path(BINARY).parent / "man").is_dir():
        shutil.copytree(Path(BINARY).parent, folder)
        return
    folder.mkdir(parents=True)
    shutil.copy(BINARY, folder / "qamera-mock")
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    described = subprocess.run([DESCRIBE], check=True, capture_output=True).stdout
    subprocess.run([sys.executable, "-B", str(ROOT / "packaging" / "command_line.py"), str(folder)], input=described,
                   check=True)


def tearDownModule():
    FOLDER.cleanup()


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed: scripts/setup package brings it")


@needs("dpkg-deb")
class Package(unittest.TestCase):
    def test_the_same_bytes_twice(self):
        path = make("1.0.0")
        before = path.read_bytes()
        self.assertEqual(make.__wrapped__("1.0.0").read_bytes(), before)

    def test_it_says_what_it_is_and_holds_what_it_should(self):
        path = make("1.0.0")
        fields = subprocess.run(["dpkg-deb", "--field", str(path)], check=True, capture_output=True, text=True).stdout
        self.assertIn("Package: qamera-mock\nVersion: 1.0.0\nArchitecture: ", fields)
        self.assertIn("nofficial", fields)
        unpacked = Path(FOLDER.name) / "unpacked"
        subprocess.run(["dpkg-deb", "--extract", str(path), str(unpacked)], check=True)
        self.assertEqual((unpacked / "usr/bin/qamera-mock").read_bytes(), Path(BINARY).read_bytes())
        for name in ("man/man1/qamera-mock.1.gz", "man/man1/qamera-mock-serve.1.gz",
                     "bash-completion/completions/qamera-mock", "zsh/vendor-completions/_qamera-mock",
                     "fish/vendor_completions.d/qamera-mock.fish", "doc/qamera-mock/copyright"):
            self.assertTrue((unpacked / "usr/share" / name).is_file(), name)

    @needs("lintian")
    @unittest.skipUnless(elf.is_static(BINARY), "lintian is asked about the binary that is handed out: a static one")
    def test_lintian_has_no_error_and_no_warning(self):
        run = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", str(make("1.0.0"))],
                             capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout), (0, ""), run.stderr)

    @needs("systemd-analyze")
    def test_the_unit_is_understood_and_hardened(self):
        unit = Path(FOLDER.name) / UNIT.name
        unit.write_text(UNIT.read_text().replace("/usr/bin/qamera-mock", BINARY))
        run = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        judged = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(unit)],
                                capture_output=True, text=True)
        self.assertEqual(judged.returncode, 0, judged.stdout[-300:])


def copied(script, *arguments):
    """Runs a script as root of this system's copy: the files are seen, and what is written is gone at the end.

    What it leaves, but logs, is told as `left: PATH`. dpkg knows of no package there.
    """
    mount = """set -e
mount -t tmpfs none "$0"; mkdir "$0/up" "$0/work" "$0/root"
mount -t overlay -o "lowerdir=/,upperdir=$0/up,workdir=$0/work" none "$0/root"
mount -t tmpfs none "$0/root/var/lib/dpkg"; mkdir "$0/root/var/lib/dpkg/info" "$0/root/var/lib/dpkg/updates"
touch "$0/root/var/lib/dpkg/status"
mount -t tmpfs none "$0/root/run"
mount --bind /dev "$0/root/dev"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
chroot "$0/root" /bin/sh -c "$@"
cd "$0/up"
find . \\( -type f -o -type l \\) ! -path './var/log/*' -printf 'left: %p\\n'
find . -name '*qamera*' -printf 'left: %p\\n'"""
    place = tempfile.mkdtemp(dir=FOLDER.name)
    return subprocess.run(["unshare", "--mount", "/bin/sh", "-c", mount, place, script, "sh", *map(str, arguments)],
                          capture_output=True, text=True)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("dpkg") and shutil.which("unshare"), "needs root and dpkg")
class Installed(unittest.TestCase):
    def run_script(self, script):
        if copied("exit 0").returncode != 0:
            self.skipTest("no copy of this system is to be had: overlayfs does not mount here")
        run = copied("set -e\n" + script, make("1.0.0"), make("1.1.0"))
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        # Of other packages' folders dpkg knows nothing here, and would remove them.
        told = [line for line in run.stderr.splitlines() if not line.endswith(" not empty so not removed")]
        self.assertEqual(told, [])
        return run.stdout

    def test_it_installs_upgrades_and_purges_clean(self):
        out = self.run_script("""
dpkg --install "$1" >/dev/null
qamera-mock --version | head -n 1
test ! -e /etc/systemd/system/multi-user.target.wants/qamera-mock.service   # nobody has asked for it
if command -v deb-systemd-helper >/dev/null; then
  systemctl enable qamera-mock 2>/dev/null
  test -e /etc/systemd/system/multi-user.target.wants/qamera-mock.service
fi
echo QAMERA_MOCK_PORT=4011 >>/etc/default/qamera-mock
dpkg --install "$2" >/dev/null
grep -c ^QAMERA_MOCK_PORT=4011 /etc/default/qamera-mock
dpkg-query --show --showformat '${Version} ${db:Status-Status}\\n' qamera-mock
dpkg --remove qamera-mock >/dev/null
test -e /etc/default/qamera-mock && test ! -e /usr/bin/qamera-mock
mkdir -p /var/lib/private/qamera-mock && ln -s private/qamera-mock /var/lib/qamera-mock
dpkg --purge qamera-mock >/dev/null
""")
        version = run_binary("--version").stdout.splitlines()[0]
        self.assertEqual(out.splitlines(), [version, "1", "1.1.0 installed"])


if __name__ == "__main__":
    unittest.main()
