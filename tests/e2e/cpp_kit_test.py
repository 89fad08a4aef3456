"""The archive of the C++ kit, outside the tree: the example by find_package, the conformance script by FetchContent.

Each is one unit to compile.
"""

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

from npm_packages import main
from server import BINARY, SAFETY_SECONDS, Server, clean_environment, run_binary

ROOT = Path(__file__).resolve().parents[2]
KITS = ROOT / "kits"
# Artefacts that scripts/package has made of BINARY; without them the tests make their own.
DIST = os.environ.get("QAMERA_DIST")
HEADERS = {"httplib.h": "libcpp-httplib-dev", "nlohmann/json.hpp": "nlohmann-json3-dev",
           "doctest/doctest.h": "doctest-dev"}
WARNINGS = "-O0 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"

# The conformance script's runner, and what else a test has to do with the kit.
USE = r"""
#define main conform
#include "run.cpp"
#undef main

#include <csignal>
#include <functional>
#include <iostream>

namespace {

void tell(const std::function<void()>& use) {
  try {
    use();
    std::cout << "fine" << std::endl;
  } catch (const Error& error) {
    std::cout << error.what() << std::endl;
  }
}

void elsewhere() {
  const Server server = Server::start({{"scenario", "credit-exhaustion"}, {"clock", "manual"}, {"seed", 3}});
  std::cout << server.workspace().id << std::endl;
  server.stop();
  tell([] { Server::start({{"strict", true}}); });
}

void ended() {
  const Server server = Server::start();
  httplib::Client(server.url).Post("/__admin/shutdown");
  std::string told;
  // The first ones may be quick enough, or fall in the midst of the end.
  for (int n = 0; n < 1000 && told.find("ended") == std::string::npos; ++n) {
    try {
      server.workspace();
    } catch (const Error& error) {
      told = error.what();
    }
  }
  std::cout << told << std::endl;
}

void held() {
  std::optional<Workspace> workspace = Server::start().workspace();
  const std::string url = workspace->url;
  std::cout << workspace->credits()["reserved"] << std::endl;
  workspace.reset();
  std::cout << (httplib::Client(url).Get("/__admin/health") ? "there" : "gone") << std::endl;
}

void misuse() {
  tell([] { Server::start("happy-path"); });
  tell([] { Server::start({{"seed", Json::object()}}); });
  const Server server = Server::start();
  tell([&] { server.workspace("happy-path", "manual"); });
  tell([&] { server.workspace("happy-path", {{"key", "a\r\nb"}}); });
  tell([&] { server.workspace("\xff"); });
  Workspace workspace = server.workspace();
  workspace.verify(Json::array({{{"noFindings", true}}, {{"ledger", {{"reserved", 0}}}}}));
  workspace.verify({{"count", {{"operation", "listModels"}, {"exactly", 0}}}}, "1s");
}

/// The server can be told to end, whatever signals the program that started it blocks or ignores.
void deaf() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  std::signal(SIGTERM, SIG_IGN);
  Server::start().stop();
}

}  // namespace

int main(int count, char** arguments) {
  const std::string mode = arguments[1];
  if (mode == "conform") return conform(count - 1, arguments + 1);
  if (mode == "elsewhere") elsewhere();
  if (mode == "ended") ended();
  if (mode == "held") held();
  if (mode == "misuse") misuse();
  if (mode == "deaf") deaf();
  if (mode == "start") tell([] { Server::start(); });
  if (mode == "path") std::cout << qamera::mock::binary_path();
  if (mode == "wait") {
    const Server server = Server::start({{"quiet", false}});
    std::cin.get();
    std::_Exit(0);
  }
}
"""
FETCHED = """cmake_minimum_required(VERSION 3.16)
project(use LANGUAGES CXX)
include(FetchContent)
FetchContent_Declare(qamera-mock URL "{url}" URL_HASH SHA256={hash})
FetchContent_MakeAvailable(qamera-mock)
add_executable(use use.cpp)
target_link_libraries(use PRIVATE qamera::mock)
"""
FOUND = """cmake_minimum_required(VERSION 3.16)
project(found LANGUAGES CXX)
find_package(qamera-mock {minor} REQUIRED)
foreach(other 0.0.1 {major}.99 99)
  find_package(qamera-mock ${{other}} QUIET)
  if(qamera-mock_FOUND)
    message(FATAL_ERROR "{minor} passes for ${{other}}")
  endif()
endforeach()
enable_testing()
add_subdirectory(example)
"""


def environment(**changes):
    """As a user's: nothing there tells where the tree or a binary of it is."""
    kept = clean_environment(changes)
    return {name: value for name, value in kept.items() if str(ROOT) not in value}


def run(*command, cwd, **changes):
    return subprocess.run(command, cwd=cwd, env=environment(**changes), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, encoding="utf-8", timeout=SAFETY_SECONDS, check=False)


def must_run(*command, cwd):
    done = run(*command, cwd=cwd)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def make_package(dist):
    notices = Path(BINARY).with_name("NOTICES.txt")
    command = [sys.executable, "-B", ROOT / "packaging" / "cpp.py", BINARY, dist]
    command += ["--notice", notices] if notices.exists() else []
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def build(source, *settings):
    """Configures and builds a project: where."""
    into = source.with_name(source.name + "-build")
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    # The kit's header is judged as the user's own code would be.
    must_run("cmake", *generator, "-S", source, "-B", into, f"-DCMAKE_CXX_FLAGS={WARNINGS}",
             "-DCMAKE_NO_SYSTEM_FROM_IMPORTED=ON", *settings, cwd=source)
    must_run("cmake", "--build", into, cwd=source)
    return into


@functools.cache
def made():
    """The archive, an empty folder, and the archive unpacked there."""
    for program in ("cmake", "c++"):
        if not shutil.which(program):
            raise unittest.SkipTest(f"{program} is not installed")
    for header, package in HEADERS.items():
        if not any((Path(folder) / header).exists() for folder in ("/usr/include", "/usr/local/include")):
            raise unittest.SkipTest(f"{header} is not installed (Debian: {package})")
    holder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(holder.cleanup)
    folder = Path(holder.name) / "empty"
    folder.mkdir()
    package = next(Path(DIST).glob("qamera-mock-cpp-*.tar.gz")) if DIST else make_package(Path(holder.name) / "dist")
    with tarfile.open(package) as archive:
        archive.extractall(folder)
    return package, folder, folder / package.name.removesuffix(".tar.gz")


class KitCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.package, cls.folder, cls.unpacked = made()


class Package(KitCase):
    """What it is."""

    def test_the_same_bytes_each_time(self):
        again = make_package(self.folder / "again")
        self.assertEqual((again.name, again.read_bytes()), (self.package.name, self.package.read_bytes()))

    def test_it_is_one_header_of_this_version(self):
        version = run_binary("--version").stdout.split()[1]
        self.assertEqual(self.package.name, f"qamera-mock-cpp-{version}.tar.gz")
        header = (self.unpacked / "include" / "qamera" / "mock.h").read_text(encoding="utf-8")
        self.assertEqual(len(list((self.unpacked / "include").rglob("*.h"))), 1)
        self.assertEqual(header.count("#pragma once"), 1)
        self.assertNotIn('#include "', header)
        for file in ("LICENSE", "README.md", "example/CMakeLists.txt", "example/shoot_test.cpp"):
            self.assertTrue((self.unpacked / file).exists(), file)

    @unittest.skipUnless(sys.platform == "linux", "the archive's binary is for Linux")
    def test_the_example_by_find_package_from_an_installation(self):
        version = run_binary("--version").stdout.split()[1]
        major, minor, _ = version.split(".")
        prefix = self.folder / "installed"
        must_run("cmake", "-S", self.unpacked, "-B", self.folder / "install", cwd=self.folder)
        must_run("cmake", "--install", self.folder / "install", "--prefix", prefix, cwd=self.folder)
        project = self.folder / "found"
        shutil.copytree(self.unpacked / "example", project / "example")
        (project / "CMakeLists.txt").write_text(FOUND.format(major=major, minor=f"{major}.{minor}"), encoding="utf-8")
        into = build(project, f"-DCMAKE_PREFIX_PATH={prefix}")
        told = must_run("ctest", "--output-on-failure", cwd=into)
        self.assertIn("100% tests passed, 0 tests failed out of 1", told)
        self.assertIn("2 passed", must_run(into / "example" / "shoot_test", cwd=self.folder))


@unittest.skipUnless(sys.platform == "linux", "the archive's binary is for Linux")
class Fetched(KitCase):
    """What the kit does, in a project that fetches it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        project = cls.folder / "fetched"
        project.mkdir()
        digest = hashlib.sha256(cls.package.read_bytes()).hexdigest()
        (project / "CMakeLists.txt").write_text(FETCHED.format(url=cls.package.as_uri(), hash=digest), encoding="utf-8")
        (project / "use.cpp").write_text(USE, encoding="utf-8")
        shutil.copy(KITS / "conformance" / "run.cpp", project)
        shutil.copy(KITS / "conformance" / "steps.json", cls.folder)
        cls.program = build(project) / "use"

    def use(self, *arguments, **changes):
        return run(self.program, *arguments, cwd=self.folder, **changes)

    def test_the_kit_keeps_the_conformance_script(self):
        done = self.use("conform", "steps.json")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        stories = json.loads((KITS / "conformance" / "steps.json").read_text(encoding="utf-8"))["stories"]
        self.assertEqual(done.stdout, f"{len(stories)} stories, {sum(len(one['steps']) for one in stories)} steps\n")

    def test_a_server_elsewhere_takes_its_place(self):
        with Server("--quiet", "--admin-token", "secret") as server:
            done = self.use("elsewhere", QAMERA_MOCK_URL=server.url + "/", QAMERA_MOCK_ADMIN_TOKEN="secret")
            made_there, refused = done.stdout.splitlines()
            shown = server.admin("GET", f"/workspaces/{made_there}", headers={"Authorization": "Bearer secret"})
        self.assertEqual((shown["scenario"], shown["clock"]["mode"], shown["seed"]), ("credit-exhaustion", "manual", 3))
        self.assertEqual(refused, 'QAMERA_MOCK_URL names a server that runs already: it cannot be given "strict"')
        for url, told in ((server.url, f"GET {server.url}/__admin/health: "), ("nowhere", '"nowhere" is no URL of')):
            self.assertIn(told, self.use("start", QAMERA_MOCK_URL=url).stdout)

    def test_a_call_to_a_server_that_has_ended_says_how(self):
        self.assertRegex(self.use("ended").stdout,
                         "^POST http://.*/__admin/workspaces: qamera-mock ended with exit code 0\n$")

    def test_misuse_is_told(self):
        done = self.use("misuse")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line, told in zip(done.stdout.splitlines(), ("expected an object of options", '"seed" is neither text',
                                                         "expected an object of options", "/key", "no JSON"),
                              strict=True):
            self.assertIn(told, line)

    def test_signals_of_the_program_are_not_those_of_the_server(self):
        done = self.use("deaf")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_workspace_keeps_its_server_and_nothing_else_does(self):
        self.assertEqual(self.use("held").stdout, "0\ngone\n")

    def test_a_server_ends_with_the_process_that_started_it(self):
        for end in ("killed", "at its end"):
            with self.subTest(end=end):
                starter = subprocess.Popen([self.program, "wait"], cwd=self.folder, env=environment(),
                                           stdin=subprocess.PIPE, stderr=subprocess.PIPE)
                with starter.stderr:
                    if end == "killed":
                        starter.kill()
                    starter.stdin.close()
                    starter.wait(SAFETY_SECONDS)
                    starter.stderr.read()  # ends with its last holder, the server

    def test_what_is_missing_is_one_sentence(self):
        self.assertEqual(self.use("start", QAMERA_MOCK_BINARY="/nowhere").stdout,
                         'QAMERA_MOCK_BINARY names no program: "/nowhere"\n')
        binary = Path(self.use("path").stdout)
        away = binary.with_name("away")
        binary.rename(away)
        self.addCleanup(away.rename, binary)
        self.assertRegex(self.use("start").stdout, "^the package qamera-mock has no binary for this system: build .*\n")


if __name__ == "__main__":
    main()
