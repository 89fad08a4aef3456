"""The Python wheel, in a fresh virtual environment outside the tree: the kit, and its pytest plugin in parallel."""

import ast
import base64
import functools
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from npm_packages import main
from server import BINARY, SAFETY_SECONDS, Server, clean_environment, run_binary

ROOT = Path(__file__).resolve().parents[2]
KITS = ROOT / "kits"
# Artefacts that scripts/package has made of BINARY; without them the tests make their own.
DIST = os.environ.get("QAMERA_DIST")
OLDEST = (3, 9)

# Each fails in its way: by the client's answer, by an expectation, before the workspace, and not at all.
FAILING = """
import urllib.error
import urllib.request

import pytest


def get(qamera, path):
    return urllib.request.urlopen(urllib.request.Request(qamera.url + path, headers={"X-Api-Key": qamera.key}))


def test_client(qamera):
    get(qamera, "/api/external/models?colour=red")
    with pytest.raises(urllib.error.HTTPError):
        get(qamera, "/api/external/imagepicker")
    assert False, "the client is wrong"


def test_expectation(qamera):
    get(qamera, "/api/external/products")
    qamera.verify({"count": {"operation": "listModels", "exactly": 1}})


@pytest.mark.qamera("hapy-path")
def test_no_workspace(qamera):
    pass


def test_fine(qamera):
    get(qamera, "/api/external/models?colour=blue")
"""
SHARED = """
import pytest

@pytest.fixture(scope="session")
def qamera_options():
    return {"scenario": "credit-exhaustion", "strict": True}
"""
PER_WORKER = """
import os

import pytest


@pytest.mark.parametrize("number", range(20))
def test_worker(qamera, qamera_server, number):
    assert qamera.credits()["available"] == 25
    with open("seen." + os.environ["PYTEST_XDIST_WORKER"], "a") as file:
        print(qamera_server.url, qamera.key, file=file)
"""


def environment(**changes):
    """As a user's: nothing there tells where the tree or a binary of it is."""
    kept = clean_environment({"PYTHONDONTWRITEBYTECODE": "1", **changes})
    return {name: value for name, value in kept.items()
            if str(ROOT) not in value and not name.startswith(("PYTHON", "PYTEST"))}


def run(*command, cwd, **changes):
    return subprocess.run(command, cwd=cwd, env=environment(**changes), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, encoding="utf-8", timeout=SAFETY_SECONDS, check=False)


def suitable_python():
    """A Python that has pytest, pytest-xdist and the means to make virtual environments; None without one."""
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        if shutil.which(python) and run(python, "-c", "import pytest, xdist, ensurepip", cwd="/").returncode == 0:
            return python
    return None


def make_wheel(dist):
    notices = Path(BINARY).with_name("NOTICES.txt")
    command = [sys.executable, "-B", ROOT / "packaging" / "wheel.py", BINARY, dist]
    command += ["--notice", notices] if notices.exists() else []
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


@functools.cache
def installed():
    """Makes the wheel and installs it in an environment of its own: the wheel, a folder, its programs."""
    if sys.platform != "linux":
        raise unittest.SkipTest("the wheel is for Linux")
    python = suitable_python()
    if not python:
        raise unittest.SkipTest("no Python has pytest, pytest-xdist and ensurepip "
                                "(Debian: python3-pytest python3-pytest-xdist python3-venv)")
    holder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(holder.cleanup)
    folder = Path(holder.name) / "empty"
    folder.mkdir()
    wheel = next(Path(DIST).glob(f"*_{os.uname().machine}.whl")) if DIST else make_wheel(Path(holder.name) / "dist")
    programs = Path(holder.name) / "venv" / "bin"
    pip = [programs / "pip", "--disable-pip-version-check", "install", "--no-index", "--no-cache-dir"]
    for command in ([python, "-m", "venv", "--system-site-packages", programs.parent], [*pip, wheel]):
        done = run(*command, cwd=folder)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
    return wheel, folder, programs


class KitCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wheel, cls.folder, cls.programs = installed()

    def python(self, *arguments, **changes):
        return run(self.programs / "python", *arguments, cwd=self.folder, **changes)


class Wheel(KitCase):
    """What it is, and what the kit does."""

    def test_the_same_bytes_each_time(self):
        again = make_wheel(self.folder / "again")
        self.assertEqual((again.name, again.read_bytes()), (self.wheel.name, self.wheel.read_bytes()))

    def test_its_record_is_right(self):
        version = run_binary("--version").stdout.split()[1]
        with zipfile.ZipFile(self.wheel) as archive:
            names = archive.namelist()
            information = f"qamera_mock-{version}.dist-info"
            lines = archive.read(f"{information}/RECORD").decode().splitlines()
            self.assertEqual([line.split(",")[0] for line in lines], names)
            for line in lines[:-1]:
                name, digest, size = line.split(",")
                data = archive.read(name)
                found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                self.assertEqual((digest, int(size)), (f"sha256={found}", len(data)), name)
            programs = [one.filename for one in archive.infolist() if one.external_attr >> 16 & 0o111]
            tags = re.findall(r"^Tag: py3-none-(.*)$", archive.read(f"{information}/WHEEL").decode(), re.MULTILINE)
            metadata = archive.read(f"{information}/METADATA").decode()
        self.assertEqual(programs, ["qamera_mock/bin/qamera-mock"])
        self.assertEqual(self.wheel.name, f"qamera_mock-{version}-py3-none-{'.'.join(tags)}.whl")
        self.assertIn("qamera_mock/py.typed", names)
        self.assertIn("unofficial", metadata.lower())
        self.assertNotIn("Requires-Dist", metadata)

    def test_its_code_is_what_the_oldest_python_reads(self):
        for file in (KITS / "python" / "qamera_mock").glob("*.py"):
            ast.parse(file.read_text(encoding="utf-8"), str(file), feature_version=OLDEST)

    def test_the_kit_keeps_the_conformance_script(self):
        for name in ("run.py", "steps.json"):
            shutil.copy(KITS / "conformance" / name, self.folder)
        done = self.python("-W", "error", "run.py", "steps.json")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, r"^\d+ stories, \d+ steps\n$")

    def test_a_server_elsewhere_takes_its_place(self):
        use = ("import qamera_mock\n"
               "with qamera_mock.start(scenario='credit-exhaustion', clock='manual', seed=3) as server:\n"
               "  print(server.workspace().id)\n"
               "qamera_mock.start(strict=True)\n")
        with Server("--quiet", "--admin-token", "secret") as server:
            done = self.python("-c", use, QAMERA_MOCK_URL=server.url + "/", QAMERA_MOCK_ADMIN_TOKEN="secret")
            path = f"/workspaces/{done.stdout.strip()}"
            shown = server.admin("GET", path, headers={"Authorization": "Bearer secret"})
        self.assertEqual((shown["scenario"], shown["clock"]["mode"], shown["seed"]), ("credit-exhaustion", "manual", 3))
        refused = 'QAMERA_MOCK_URL names a server that runs already: it cannot be given "strict"'
        self.assertTrue(done.stderr.endswith(refused + "\n"), done.stderr)

    def test_a_call_to_a_server_that_has_ended_says_how(self):
        use = ("import qamera_mock, urllib.request\n"
               "server = qamera_mock.start()\n"
               "urllib.request.urlopen(urllib.request.Request(server.url + '/__admin/shutdown', method='POST'))\n"
               "told = ''\n"
               # The first ones may be quick enough, or fall in the midst of the end.
               "for _ in range(1000):\n"
               "  try:\n"
               "    if 'ended' not in told: server.workspace()\n"
               "  except qamera_mock.QameraMockError as error:\n"
               "    told = str(error)\n"
               "print(told)\n")
        done = self.python("-c", use)
        self.assertRegex(done.stdout, "/__admin/workspaces: qamera-mock ended with exit code 0\n$")

    def test_a_server_ends_with_the_process_that_started_it(self):
        use = "import qamera_mock, sys\nserver = qamera_mock.start(quiet=False)\nsys.stdin.read()\n"
        for end in ("killed", "at its end"):
            with self.subTest(end=end):
                starter = subprocess.Popen([self.programs / "python", "-c", use], cwd=self.folder, env=environment(),
                                           stdin=subprocess.PIPE, stderr=subprocess.PIPE)
                with starter.stderr:
                    if end == "killed":
                        starter.kill()
                    starter.stdin.close()
                    starter.wait(SAFETY_SECONDS)
                    starter.stderr.read()  # ends with its last holder, the server


class Command(KitCase):
    """`python -m qamera_mock`, and the program of the same name."""

    def test_it_is_the_binary(self):
        for arguments in (["--version"], ["serve", "--sceed", "1"], ["check", "nothing.har"]):
            known = run_binary(*arguments)
            for done in (self.python("-m", "qamera_mock", *arguments),
                         run(self.programs / "qamera-mock", *arguments, cwd=self.folder)):
                self.assertEqual((done.returncode, done.stdout, done.stderr),
                                 (known.returncode, known.stdout, known.stderr), arguments)

    def test_a_signal_ends_the_server(self):
        process = subprocess.Popen([self.programs / "qamera-mock", "serve", "--port=0"], env=environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with process.stdout:
            self.assertIn(b"listening on", process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(SAFETY_SECONDS), 0)

    def test_what_is_missing_is_one_sentence(self):
        done = self.python("-m", "qamera_mock", "serve", QAMERA_MOCK_BINARY="/nowhere")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (2, "", 'qamera-mock: QAMERA_MOCK_BINARY names no program: "/nowhere"\n'))
        binary = Path(self.python("-c", "import qamera_mock; print(qamera_mock.binary_path())").stdout.strip())
        away = binary.with_name("away")
        binary.rename(away)
        self.addCleanup(away.rename, binary)
        done = self.python("-m", "qamera_mock", "serve")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, "^qamera-mock: the package qamera-mock has no binary for linux-.*: build .*\n$")


class Plugin(KitCase):
    """What pytest makes of it, in a folder of its own for each test."""

    def setUp(self):
        self.place = Path(tempfile.mkdtemp(dir=self.folder))

    def pytest(self, *arguments, **changes):
        return run(self.programs / "python", "-m", "pytest", "-p", "no:cacheprovider", "--strict-markers", *arguments,
                   cwd=self.place, **changes)

    def write(self, **files):
        for name, text in files.items():
            (self.place / f"{name}.py").write_text(text, encoding="utf-8")

    def test_the_recipe_in_parallel(self):
        shutil.copy(KITS / "python" / "recipes" / "test_shoot.py", self.place)
        done = self.pytest("-n", "2", "-W", "error")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("5 passed", done.stdout)

    def test_a_failure_says_what_the_server_saw(self):
        self.write(test_failing=FAILING)
        done = self.pytest()
        self.assertIn("2 failed, 1 passed, 1 error", done.stdout)
        sections = dict(re.findall(r"^___+ (?:ERROR at setup of )?(test_\w+) _+$(.*?)(?=^(?:___+ |=+ )\w)", done.stdout,
                                   re.MULTILINE | re.DOTALL))
        self.assertEqual(list(sections), ["test_no_workspace", "test_client", "test_expectation"])
        for text in ("- qamera-mock -", "1 finding", "unknown-query-parameter", "1 unmatched request",
                     "models?colour=red -> 200", "GET /api/external/imagepicker -> 404  (path: no doc"):
            self.assertIn(text, sections["test_client"])
        for text in ("FAILED  #1 count", "nearest requests", "expected listModels, was listProducts", "0 findings",
                     "GET /api/external/products -> 200"):
            self.assertIn(text, sections["test_expectation"])
        self.assertNotIn("colour", sections["test_expectation"])
        self.assertIn("/scenario: ", sections["test_no_workspace"])
        self.assertNotIn("- qamera-mock -", sections["test_no_workspace"])

    def test_each_worker_has_a_server_and_each_test_a_workspace(self):
        self.write(conftest=SHARED, test_workers=PER_WORKER)
        done = self.pytest("-n", "2", "--dist", "each")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        seen = [file.read_text(encoding="utf-8").splitlines() for file in sorted(self.place.glob("seen.*"))]
        self.assertEqual([len(lines) for lines in seen], [20, 20])
        self.assertEqual([len({line.split()[0] for line in lines}) for lines in seen], [1, 1])
        self.assertEqual([len({line.split()[1] for line in lines}) for lines in seen], [20, 20])
        self.assertNotEqual(seen[0][0].split()[0], seen[1][0].split()[0])

    def test_all_workers_may_share_one_server(self):
        self.write(conftest=SHARED.replace(', "strict": True', ""), test_workers=PER_WORKER)
        with Server("--quiet") as server:
            done = self.pytest("-n", "2", QAMERA_MOCK_URL=server.url)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(server.admin("GET", "/workspaces")["count"], 20)

    def test_a_session_ends_with_what_occurred(self):
        self.write(conftest=SHARED.replace('"strict": True', '"fail_on": "findings"'), test_failing=FAILING)
        done = self.pytest("-k", "fine")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--fail-on findings: some occurred", done.stdout)
        self.assertRegex(done.stdout, "1 passed, .*1 error")


if __name__ == "__main__":
    main()
