"""The npm packages, from their tarballs, in an empty folder: what they start ends with them, what lacks is said."""

import functools
import hashlib
import http.client
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import npm_test
from npm_packages import UNREACHABLE, main
from server import BINARY, SAFETY_SECONDS, Server, clean_environment, run_binary

ROOT = Path(__file__).resolve().parents[2]
KITS = ROOT / "kits"
# Artefacts that scripts/package has made of BINARY; without them the tests make their own.
DIST = os.environ.get("QAMERA_DIST")
RECIPES = KITS / "node" / "recipes"
NODE = npm_test.NODE
ARCHITECTURE = {"x86_64": "x64", "aarch64": "arm64"}.get(os.uname().machine)
PLATFORM_PACKAGE = f"@qamera-mock/linux-{ARCHITECTURE}"

USE = """
import { start, VerificationError, type Workspace, type Operation } from "qamera-mock";
import type { operations } from "qamera-mock/contract";
export async function use(): Promise<string[]> {
  const server = await start({ clock: "manual", failOn: ["findings"], maxMemory: "64MiB", seed: 3 });
  const workspace: Workspace = await server.workspace("happy-path", { credits: 5, clock: { mode: "manual" } });
  const operation: Operation = "listModels";
  await workspace.rules.add({ when: { operation, nth: [1, 2] }, respond: { status: 500, body: { error: "x" } } });
  const { fired } = await workspace.clock.advance({ to: "2040-01-01T00:00:00Z" });
  const status: number = (await workspace.requests({ operation, limit: 3 }))[0].response.status;
  await workspace.verify({ count: { operation, exactly: 3 } }, { within: "2s" }).catch((error: unknown) => {
    if (!(error instanceof VerificationError) || error.verdict !== "failed") throw error;
  });
  const fork = await workspace.fork();
  await server.stop();
  return [fork.key, fired[0]?.record ?? "", `${status}`, await fork.findings()];
}
type Listing = operations["listModels"]["responses"][200]["content"]["application/json"];
export const ids = (listing: Listing): string[] => listing.models.map((model) => model.id);
"""
MISUSE = {
    'start({ clock: "manul" })': "Did you mean '\"manual\"'?",
    'workspace.requests({ operation: "listModel" })': "Did you mean '\"listModels\"'?",
    "workspace.credits({ availble: 3 })": "'availble' does not exist",
    'workspace.settle("img_001", "DON")': "not assignable",
    'workspace.clock.untilIdel()': "Did you mean 'untilIdle'?",
}
# Prints the URL of a server that it started, and ends with its standard input. It never stops the server.
STARTER = """
const { start } = require("qamera-mock");
start().then((server) => { console.log(server.url); process.stdin.on("data", () => {}); });
"""
# Counts how often it is interrupted, and tells when it is terminated.
COUNTER = """
import signal, sys
count = 0
def interrupted(*_):
    global count
    count += 1
    print("one", flush=True)
def terminated(*_):
    print(count, "in all", flush=True)
    sys.exit(5)
signal.signal(signal.SIGINT, interrupted)
signal.signal(signal.SIGTERM, terminated)
print("ready", flush=True)
while True:
    signal.pause()
"""


def environment(**changes):
    """As a user's: nothing there tells where the tree or a binary of it is."""
    kept = clean_environment({"NO_COLOR": "1", "CI": "1", **changes})
    return {name: value for name, value in kept.items() if not name.startswith("NPM_") and str(ROOT) not in value}


def run(*command, cwd, **changes):
    return subprocess.run(command, cwd=cwd, env=environment(**changes), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, encoding="utf-8", timeout=SAFETY_SECONDS, check=False)


def package(dist):
    """Makes the tarballs; their paths."""
    notices = Path(BINARY).with_name("NOTICES.txt")
    command = [sys.executable, "-B", ROOT / "packaging" / "npm.py", BINARY, dist, "--tools", npm_test.FOLDER]
    command += ["--notice", notices] if notices.exists() else []
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@functools.cache
def installed():
    """Makes the packages, and installs them into an empty folder outside the tree: the tarballs and the folder."""
    if sys.platform != "linux" or not ARCHITECTURE:
        raise unittest.SkipTest("the packages are for Linux on x64 and arm64")
    missing = npm_test.install()
    if missing:
        raise unittest.SkipTest(missing)
    holder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(holder.cleanup)
    folder = Path(holder.name) / "empty"
    folder.mkdir()
    tarballs = sorted(map(str, Path(DIST).glob("*.tgz"))) if DIST else sorted(package(Path(holder.name) / "dist"))
    done = run(npm_test.NPM, "install", "--offline", "--no-audit", "--no-fund", *tarballs, cwd=folder)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return tarballs, folder


class KitCase(unittest.TestCase):
    """A test class with the packages installed in `folder`."""

    @classmethod
    def setUpClass(cls):
        cls.tarballs, cls.folder = installed()

    def node(self, program, *arguments, **changes):
        return run(NODE, "-e", program, *arguments, cwd=self.folder, **changes)


class Packages(KitCase):
    """What they are, and what the kit does."""

    def test_the_same_bytes_each_time(self):
        def digests(paths):
            return [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths]

        again = sorted(package(self.folder / "again"))
        self.assertEqual([Path(path).name for path in again], [Path(path).name for path in self.tarballs])
        self.assertEqual(digests(again), digests(self.tarballs))

    def test_they_are_small_depend_on_nothing_and_run_nothing_at_install(self):
        version = run_binary("--version").stdout.split()[1]
        for name in ("qamera-mock", PLATFORM_PACKAGE):
            folder = self.folder / "node_modules" / name
            described = json.loads((folder / "package.json").read_text(encoding="utf-8"))
            self.assertEqual(described["version"], version)
            self.assertFalse({"dependencies", "scripts", "peerDependencies"} & set(described))
            self.assertTrue((folder / "LICENSE").exists())
            self.assertIn("unofficial", described["description"].lower())
        self.assertEqual(described["os"], ["linux"])
        everything = [path for path in (self.folder / "node_modules" / "qamera-mock").rglob("*") if path.is_file()]
        self.assertLess(sum(path.stat().st_size for path in everything), 100_000)

    def test_the_kit_keeps_the_conformance_script(self):
        for name in ("run.mjs", "steps.json"):
            shutil.copy(KITS / "conformance" / name, self.folder)
        done = run(NODE, "run.mjs", "steps.json", cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        steps = json.loads((KITS / "conformance" / "steps.json").read_text(encoding="utf-8"))["stories"]
        self.assertEqual(done.stdout, f"{len(steps)} stories, {sum(len(story['steps']) for story in steps)} steps\n")

    def test_its_types_compile_and_refuse_misuse(self):
        def compile(module, resolution, **files):
            for name, text in files.items():
                (self.folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
            compiler = npm_test.FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
            return run(NODE, compiler, "--noEmit", "--strict", "--target", "es2022", "--lib", "es2022",
                       "--module", module, "--moduleResolution", resolution, "--skipDefaultLibCheck",
                       *(name.replace("_", ".") for name in files), cwd=self.folder).stdout

        head = 'import { start, type Workspace } from "qamera-mock";\nexport default (workspace: Workspace) => [\n'
        misused = head + "".join(f"  {use},\n" for use in MISUSE) + "];\n"
        self.assertEqual(compile("esnext", "bundler", use_ts=USE), "")
        errors = compile("nodenext", "nodenext", use_mts=USE, use_cts=USE, wrong_mts=misused).splitlines()
        for line, (use, expected) in enumerate(MISUSE.items(), 3):
            found = [error for error in errors if error.startswith(f"wrong.mts({line},")]
            self.assertTrue(any(expected in error for error in found), (use, errors))
        self.assertEqual([error for error in errors if not error.startswith(("wrong.mts", " "))], [])

    def test_the_recipe_for_nodes_own_runner(self):
        shutil.copytree(RECIPES / "node-test", self.folder / "node-test")
        done = run(NODE, "--test", "node-test/shoot.test.mjs", cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("# pass 2\n", done.stdout)

    def test_a_server_elsewhere_takes_its_place(self):
        use = """const { start } = require("qamera-mock");
          (async () => {
            const server = await start({ scenario: "credit-exhaustion", clock: "manual", seed: 3 });
            const { id, url } = await server.workspace();
            await server.stop();
            console.log(JSON.stringify({ id, url }));
            await start({ strict: true });
          })().catch((error) => { console.log(error.message); process.exitCode = 3; });"""
        with Server("--quiet", "--admin-token", "secret") as server:
            done = self.node(use, QAMERA_MOCK_URL=server.url + "/", QAMERA_MOCK_ADMIN_TOKEN="secret")
            made, refused = done.stdout.splitlines()
            made = json.loads(made)
            self.assertEqual((made["url"], done.returncode), (server.url, 3))
            shown = server.admin("GET", f"/workspaces/{made['id']}", headers={"Authorization": "Bearer secret"})
        self.assertEqual((shown["scenario"], shown["clock"]["mode"], shown["seed"]), ("credit-exhaustion", "manual", 3))
        self.assertEqual(refused, 'QAMERA_MOCK_URL names a server that runs already: it cannot be given "strict"')
        gone = self.node(use, QAMERA_MOCK_URL=server.url)
        self.assertIn(f"GET {server.url}/__admin/health: connect ECONNREFUSED", gone.stdout)

    def test_a_call_to_a_server_that_has_ended_says_how(self):
        done = self.node("""const { start } = require("qamera-mock");
          start().then(async (server) => {
            await fetch(server.url + "/__admin/shutdown", { method: "POST" });
            let told = "";
            // The first ones may be quick enough, or fall in the midst of the end.
            for (let n = 0; n < 1000 && !told.includes("ended"); n += 1) {
              await server.workspace().catch((error) => (told = error.message));
            }
            console.log(told);
          });""")
        self.assertRegex(done.stdout, "^POST http://.*/__admin/workspaces: qamera-mock ended with exit code 0\n$")

    def test_a_server_ends_with_the_process_that_started_it(self):
        for end in ("killed", "at its end"):
            with self.subTest(end=end):
                starter = subprocess.Popen([NODE, "-e", STARTER], cwd=self.folder, env=environment(),
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                with starter.stdout:
                    host, port = starter.stdout.readline().strip().rsplit("/", 1)[-1].split(":")
                with socket.create_connection((host, int(port)), timeout=SAFETY_SECONDS) as idle:
                    if end == "killed":
                        starter.kill()
                    starter.stdin.close()
                    self.assertEqual(starter.wait(SAFETY_SECONDS), -signal.SIGKILL if end == "killed" else 0)
                    self.assertEqual(idle.recv(1), b"")


class Command(KitCase):
    """`npx qamera-mock`."""

    def command(self, *arguments, **changes):
        return run(self.folder / "node_modules/.bin/qamera-mock", *arguments, cwd=self.folder, **changes)

    def program(self, text):
        """A shell script in place of the binary."""
        path = self.folder / "program"
        path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    def serve(self, *arguments, command=("node_modules/.bin/qamera-mock",)):
        process = subprocess.Popen([*command, *arguments, "--port=0"], cwd=self.folder, env=environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True, start_new_session=True)
        self.addCleanup(process.stdout.close)
        # What outlives its end is ended all the same, so that the test fails in place of hanging.
        watchdog = threading.Timer(SAFETY_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        watchdog.start()
        self.addCleanup(watchdog.cancel)
        self.assertRegex(process.stdout.readline(), r"^qamera-mock listening on http://127\.0\.0\.1:\d+\n$")
        return process

    def test_it_is_the_binary(self):
        for arguments in (["--version"], ["--help"], ["scenarios"], ["serve", "--help"], ["serve", "--sceed", "1"],
                          ["--sceed"], ["check", "nothing.har"]):
            done, known = self.command(*arguments), run_binary(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (known.returncode, known.stdout, known.stderr), arguments)

    def test_a_signal_ends_the_server_and_it_ends_as_that_does(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number=number):
                process = self.serve("serve")
                process.send_signal(number)
                self.assertEqual(process.stdout.read(), "")  # the server has ended
                self.assertEqual(process.wait(SAFETY_SECONDS), 0)

    def test_killed_it_leaves_no_server(self):
        for arguments in (["serve"], ["--quiet"]):
            process = self.serve(*arguments)
            process.kill()
            self.assertEqual(process.stdout.read(), "")
            process.wait(SAFETY_SECONDS)

    def test_npx_and_npm_run_leave_no_server(self):
        npm = npm_test.NPM
        self.assertEqual(run(npm, "pkg", "set", "scripts.mock=qamera-mock serve 2>&1", cwd=self.folder).returncode, 0)
        for command in ((npm, "exec", "--offline", "--", "qamera-mock"), (npm, "run", "--silent", "mock", "--")):
            for number in (signal.SIGTERM, signal.SIGKILL):
                with self.subTest(command=command, number=number):
                    process = self.serve("--quiet", command=command)
                    process.send_signal(number)
                    self.assertEqual(process.stdout.read(), "")
                    self.assertNotEqual(process.wait(SAFETY_SECONDS), 0)

    def test_left_in_the_background_by_npm_run_it_serves_on(self):
        script = "scripts.leave=qamera-mock serve --port 0 --quiet &"
        self.assertEqual(run(npm_test.NPM, "pkg", "set", script, cwd=self.folder).returncode, 0)
        process = subprocess.Popen([npm_test.NPM, "run", "--silent", "leave"], cwd=self.folder, env=environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        with process.stdout:
            url = process.stdout.readline().split()[-1]
            self.assertEqual(process.wait(SAFETY_SECONDS), 0)
            connection = http.client.HTTPConnection(url.rsplit("/", 1)[-1], timeout=SAFETY_SECONDS)
            self.addCleanup(connection.close)
            connection.request("POST", "/__admin/shutdown")
            self.assertEqual(json.load(connection.getresponse())["status"], "stopping")
            self.assertEqual(process.stdout.read(), "")

    def test_it_ends_by_the_signal_that_ended_the_binary(self):
        for name, seen in (("KILL", -signal.SIGKILL), ("TERM", -signal.SIGTERM), ("SEGV", 128 + signal.SIGSEGV)):
            program = self.program(f"ulimit -c 0; kill -{name} $$\n")
            self.assertEqual(self.command("scenarios", QAMERA_MOCK_BINARY=program).returncode, seen, name)

    def test_a_key_on_the_terminal_is_one_signal(self):
        # The terminal tells all of its foreground: the binary has it without being told again.
        program = self.program(f"exec {sys.executable} -c '{COUNTER}'\n")
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve("node_modules/.bin/qamera-mock", ["qamera-mock", "scenarios"],
                      environment(QAMERA_MOCK_BINARY=program))
        with open(terminal, "r+b", buffering=0) as wire:
            seen = b""

            def until(text):
                nonlocal seen
                while text not in seen:
                    seen += wire.read(1000)

            until(b"ready")
            wire.write(b"\x03")
            until(b"one")
            os.kill(child, signal.SIGTERM)
            until(b"in all")
            self.assertIn(b"1 in all", seen)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 5)

    def assert_says(self, done, sentence):
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, rf"^qamera-mock: [^\n]*{sentence}[^\n]*\n$")

    def test_what_is_missing_is_one_sentence(self):
        self.assert_says(self.command("serve", QAMERA_MOCK_BINARY="/no"), 'QAMERA_MOCK_BINARY names no program: "/no"')
        away = self.folder / "away"
        os.rename(self.folder / "node_modules/@qamera-mock", away)
        self.addCleanup(os.rename, away, self.folder / "node_modules/@qamera-mock")
        self.assert_says(self.command("serve"), f"{PLATFORM_PACKAGE} is not installed: .* without --omit=optional")
        done = self.node('require("qamera-mock").start().catch((error) => console.log(error.message));')
        self.assertRegex(done.stdout, f"^the package {PLATFORM_PACKAGE} is not installed: .*QAMERA_MOCK_URL\n$")
        for platform in ("darwin", "win32"):
            (self.folder / "pretend.cjs").write_text(
                f'Object.defineProperty(process, "platform", {{ value: "{platform}" }});', encoding="utf-8")
            done = self.command("serve", NODE_OPTIONS=f"--require={self.folder / 'pretend.cjs'}")
            self.assert_says(done, f"no binary for {platform}-{ARCHITECTURE}: build qamera-mock from source")


class Recipes(KitCase):
    """Those for other runners, which come from the registry."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shutil.copytree(RECIPES, cls.folder / "recipes")
        pinned = json.loads((RECIPES / "package.json").read_text(encoding="utf-8"))["dependencies"]
        done = run(npm_test.NPM, "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts",
                   *(f"{name}@{version}" for name, version in pinned.items()), cwd=cls.folder)
        if done.returncode != 0 and any(code in done.stderr for code in UNREACHABLE):
            raise unittest.SkipTest(f"the npm registry cannot be reached: {done.stderr[-500:]}")
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def assert_passes(self, recipe, *command):
        done = run(NODE, *(str(self.folder / "node_modules" / part) if "/" in part else part for part in command),
                   cwd=self.folder / "recipes" / recipe)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, r"2 pass")

    def test_vitest(self):
        self.assert_passes("vitest", "vitest/vitest.mjs", "run")

    def test_jest(self):
        self.assert_passes("jest", "jest/bin/jest.js", "--rootDir=.")

    def test_playwright(self):
        self.assert_passes("playwright", "@playwright/test/cli.js", "test")


if __name__ == "__main__":
    main()
