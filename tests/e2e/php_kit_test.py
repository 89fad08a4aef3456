"""The Composer package of the PHP kit, in an empty folder outside the tree: the kit, its program, and PHPUnit's trait.

Composer installs it where there is one; else it is unpacked as Composer would, with an autoloader of one line.
"""

import functools
import json
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
NAME = "qamera-mock/qamera-mock"

# Each fails in its way: by the client's answer, by an expectation, before the workspace, not at all, and skipped.
FAILING = """<?php
use PHPUnit\\Framework\\TestCase;

class FailingTest extends TestCase
{
    use QameraMock\\UsesQamera;

    private function get(string $path): string|false
    {
        $context = stream_context_create(['http' => ['header' => "X-Api-Key: {$this->qamera()->key}"]]);
        return @file_get_contents($this->qamera()->url . $path, false, $context);
    }

    public function testClient(): void
    {
        $this->get('/api/external/models?colour=red');
        $this->get('/api/external/imagepicker');
        $this->assertSame(1, 2, 'the client is wrong');
    }

    public function testError(): void
    {
        $this->get('/api/external/models');
        intdiv(1, 0);
    }

    public function testExpectation(): void
    {
        $this->get('/api/external/products');
        $this->qamera()->verify(['count' => ['operation' => 'listModels', 'exactly' => 1]]);
    }

    public function testNoWorkspace(): void
    {
        $this->qamera('hapy-path');
    }

    public function testFine(): void
    {
        $this->assertIsString($this->get('/api/external/models'));
    }

    public function testSkipped(): void
    {
        $this->qamera();
        $this->markTestSkipped('not today');
    }
}
"""
# Two test cases of the same options share a server; it ends with the run, and the run with its findings.
SHARING = """<?php
use PHPUnit\\Framework\\TestCase;

abstract class Sharing extends TestCase
{
    use QameraMock\\UsesQamera;

    protected static function qameraOptions(): array
    {
        return ['failOn' => ['findings'], 'scenario' => 'credit-exhaustion'];
    }

    /** @dataProvider numbers */
    public function testOne(int $number): void
    {
        $this->assertSame(25, $this->qamera()->credits()['available']);
        file_put_contents('seen', "{$this->qamera()->url} {$this->qamera()->key}\\n", FILE_APPEND);
        $context = stream_context_create(['http' => ['header' => "X-Api-Key: {$this->qamera()->key}"]]);
        file_get_contents($this->qamera()->url . '/api/external/models' . getenv('QUERY'), false, $context);
    }

    public static function numbers(): array
    {
        return [[1], [2]];
    }
}
class FirstTest extends Sharing {}
class SecondTest extends Sharing {}
"""


def environment(**changes):
    """As a user's: nothing there tells where the tree or a binary of it is."""
    kept = clean_environment({"COMPOSER_ALLOW_SUPERUSER": "1", "NO_COLOR": "1", **changes})
    return {name: value for name, value in kept.items() if str(ROOT) not in value and not name.startswith("PHP")}


def run(*command, cwd, **changes):
    return subprocess.run(command, cwd=cwd, env=environment(**changes), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, encoding="utf-8", timeout=SAFETY_SECONDS, check=False)


def make_package(dist):
    notices = Path(BINARY).with_name("NOTICES.txt")
    command = [sys.executable, "-B", ROOT / "packaging" / "php.py", BINARY, dist]
    command += ["--notice", notices] if notices.exists() else []
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def compose(folder, package):
    """As README.md says, without a registry."""
    (folder / "composer.json").write_text("{}", encoding="utf-8")
    for arguments in (["config", "repositories.qamera-mock", "artifact", str(package.parent)],
                      ["config", "repositories.packagist.org", "false"], ["require", "--dev", NAME]):
        done = run("composer", "--no-interaction", *arguments, cwd=folder, HOME=str(folder.parent))
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)


def unpack(folder, package):
    inside = folder / "vendor" / NAME
    with zipfile.ZipFile(package) as archive:
        archive.extractall(inside)  # which makes no file executable, as PHP's does not
    (folder / "vendor" / "autoload.php").write_text(f"<?php require __DIR__ . '/{NAME}/autoload.php';\n")
    (folder / "vendor" / "bin").mkdir()
    (folder / "vendor" / "bin" / "qamera-mock").symlink_to(inside / "bin" / "qamera-mock")
    (inside / "bin" / "qamera-mock").chmod(0o755)


@functools.cache
def installed():
    """Makes the package and installs it in an empty folder: the package, the folder."""
    if sys.platform != "linux":
        raise unittest.SkipTest("the package's binary is for Linux")
    if not shutil.which("php"):
        raise unittest.SkipTest("php is not installed: scripts/setup package brings it (Debian: php-cli)")
    holder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(holder.cleanup)
    folder = Path(holder.name) / "empty"
    folder.mkdir()
    package = next(Path(DIST).glob("qamera-mock-php-*.zip")) if DIST else make_package(Path(holder.name) / "dist")
    has_composer = shutil.which("composer") and run("php", "-r", "exit(extension_loaded('zip') ? 0 : 1);", cwd="/")
    (compose if has_composer and has_composer.returncode == 0 else unpack)(folder, package)
    return package, folder


class KitCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.package, cls.folder = installed()

    def php(self, program, **changes):
        program = "require 'vendor/autoload.php'; use QameraMock\\Server, QameraMock\\QameraMockError;" + program
        return run("php", "-d", "error_reporting=-1", "-d", "display_errors=1", "-r", program, cwd=self.folder,
                   **changes)


class Package(KitCase):
    """What it is, and what the kit does."""

    def test_the_same_bytes_each_time(self):
        again = make_package(self.folder / "again")
        self.assertEqual((again.name, again.read_bytes()), (self.package.name, self.package.read_bytes()))

    def test_it_says_its_version_and_needs_nothing_but_php(self):
        version = run_binary("--version").stdout.split()[1]
        with zipfile.ZipFile(self.package) as archive:
            described = json.loads(archive.read("composer.json"))
            programs = {one.filename for one in archive.infolist() if one.external_attr >> 16 & 0o111}
            self.assertIn("LICENSE", archive.namelist())
        self.assertEqual((described["name"], described["version"]), (NAME, version))
        self.assertEqual(self.package.name, f"qamera-mock-php-{version}.zip")
        self.assertEqual(set(described["require"]), {"php", "ext-json"})
        self.assertIn("unofficial", described["description"].lower())
        self.assertTrue({"bin/qamera-mock"} < programs, programs)

    def test_each_file_of_it_is_a_class_of_its_own_name(self):
        for file in (KITS / "php" / "src").iterdir():
            self.assertRegex(file.read_text(encoding="utf-8"),
                             rf"\nnamespace QameraMock;\n(.*\n)*(final )?(class|trait) {file.stem}\b")

    def test_the_kit_keeps_the_conformance_script(self):
        for name in ("run.php", "steps.json"):
            shutil.copy(KITS / "conformance" / name, self.folder)
        done = run("php", "-d", "error_reporting=-1", "-d", "display_errors=1", "run.php", "steps.json",
                   cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        stories = json.loads((KITS / "conformance" / "steps.json").read_text(encoding="utf-8"))["stories"]
        self.assertEqual(done.stdout, f"{len(stories)} stories, {sum(len(one['steps']) for one in stories)} steps\n")

    def test_a_server_elsewhere_takes_its_place(self):
        use = """$server = Server::start(scenario: 'credit-exhaustion', clock: 'manual', seed: 3);
            echo $server->workspace()->id, "\\n";
            $server->stop();
            try { Server::start(strict: true); } catch (QameraMockError $error) { echo $error->getMessage(); }"""
        with Server("--quiet", "--admin-token", "secret") as server:
            done = self.php(use, QAMERA_MOCK_URL=server.url + "/", QAMERA_MOCK_ADMIN_TOKEN="secret")
            made, refused = done.stdout.split("\n")
            shown = server.admin("GET", f"/workspaces/{made}", headers={"Authorization": "Bearer secret"})
        self.assertEqual((shown["scenario"], shown["clock"]["mode"], shown["seed"]), ("credit-exhaustion", "manual", 3))
        self.assertEqual(refused, 'QAMERA_MOCK_URL names a server that runs already: it cannot be given "strict"')
        for url, told in ((server.url, f"GET {server.url}/__admin/health: Connection refused"),
                          ("nowhere", '"nowhere" is no URL of a server')):
            self.assertIn(told, self.php("Server::start();", QAMERA_MOCK_URL=url).stdout)

    def test_a_call_to_a_server_that_has_ended_says_how(self):
        done = self.php("""$server = Server::start();
            $told = '';
            file_get_contents("$server->url/__admin/shutdown", false,
                stream_context_create(['http' => ['method' => 'POST', 'content' => '']]));
            // The first ones may be quick enough, or fall in the midst of the end.
            for ($n = 0; $n < 1000 && !str_contains($told, 'ended'); ++$n) {
                try { $server->workspace(); } catch (QameraMockError $error) { $told = $error->getMessage(); }
            }
            echo $told;""")
        self.assertRegex(done.stdout, "^POST http://.*/__admin/workspaces: qamera-mock ended with exit code 0$")

    def test_misuse_is_told(self):
        for use, told in (("Server::start('happy-path');", "expected options by name, as in start(seed: 7)"),
                          ("Server::start(seed: new stdClass());", '"seed" is neither text, number'),
                          ("Server::start()->workspace(key: \"a\\r\\nb\");", "/key"),
                          ("Server::start()->workspace(\"\\xff\");", "no JSON: Malformed UTF-8")):
            self.assertIn(told, self.php(use).stdout, use)
        done = self.php("Server::start(adminToken: \"a\\nb\");", QAMERA_MOCK_URL="http://127.0.0.1:1")
        self.assertIn("the value of Authorization holds a line break", done.stdout)

    def test_a_server_ends_with_the_process_that_started_it(self):
        use = "require 'vendor/autoload.php'; $server = QameraMock\\Server::start(quiet: false); fgets(STDIN);"
        for end in ("killed", "at its end"):
            with self.subTest(end=end):
                starter = subprocess.Popen(["php", "-r", use], cwd=self.folder, env=environment(),
                                           stdin=subprocess.PIPE, stderr=subprocess.PIPE)
                with starter.stderr:
                    if end == "killed":
                        starter.kill()
                    starter.stdin.close()
                    starter.wait(SAFETY_SECONDS)
                    starter.stderr.read()  # ends with its last holder, the server

    def test_a_workspace_keeps_its_server_and_nothing_else_does(self):
        done = self.php("""$workspace = Server::start()->workspace();
            echo $workspace->credits()['reserved'], "\\n";
            $url = $workspace->url;
            unset($workspace);
            // Nobody waits for its end.
            for ($n = 0; $n < 100000 && @file_get_contents("$url/__admin/health") !== false; ++$n) {}
            echo $n < 100000 ? 'gone' : 'there';""")
        self.assertEqual(done.stdout, "0\ngone")


class Command(KitCase):
    """`vendor/bin/qamera-mock`."""

    def command(self, *arguments, **changes):
        return run(self.folder / "vendor" / "bin" / "qamera-mock", *arguments, cwd=self.folder, **changes)

    def test_it_is_the_binary(self):
        for arguments in (["--version"], ["serve", "--sceed", "1"], ["check", "nothing.har"]):
            done, known = self.command(*arguments), run_binary(*arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (known.returncode, known.stdout, known.stderr), arguments)

    def test_a_signal_ends_the_server(self):
        if run("php", "-r", "exit(function_exists('pcntl_exec') ? 0 : 1);", cwd="/").returncode != 0:
            self.skipTest("PHP has no pcntl")
        process = subprocess.Popen([self.folder / "vendor" / "bin" / "qamera-mock", "serve", "--port=0"],
                                   env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with process.stdout:
            self.assertIn(b"listening on", process.stdout.readline())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(SAFETY_SECONDS), 0)

    def test_what_is_missing_is_one_sentence(self):
        done = self.command("serve", QAMERA_MOCK_BINARY="/nowhere")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (2, "", 'qamera-mock: QAMERA_MOCK_BINARY names no program: "/nowhere"\n'))
        binary = Path(self.php("echo Server::binaryPath();").stdout)
        away = binary.with_name("away")
        binary.rename(away)
        self.addCleanup(away.rename, binary)
        done = self.command("serve")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, "^qamera-mock: the package qamera-mock has no binary for linux-.*: build .*\n$")


class Trait(KitCase):
    """What PHPUnit makes of it, in a folder of its own for each test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not shutil.which("phpunit"):
            raise unittest.SkipTest("phpunit is not installed: scripts/setup package brings it")

    def setUp(self):
        self.place = Path(tempfile.mkdtemp(dir=self.folder))

    def phpunit(self, file, **changes):
        return run("phpunit", "--bootstrap", "../vendor/autoload.php", "--do-not-cache-result", file, cwd=self.place,
                   **changes)

    def test_the_recipe(self):
        shutil.copy(KITS / "php" / "recipes" / "ShootTest.php", self.place)
        done = self.phpunit("ShootTest.php")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("OK (5 tests, ", done.stdout)

    def test_a_failure_says_what_the_server_saw(self):
        (self.place / "FailingTest.php").write_text(FAILING, encoding="utf-8")
        done = self.phpunit("FailingTest.php")
        self.assertIn("Tests: 6, Assertions: 2, Errors: 2, Failures: 2, Skipped: 1.", done.stdout)
        parts = re.split(r"^\d+\) FailingTest::(test\w+)$", done.stdout, flags=re.MULTILINE)
        told = dict(zip(parts[1::2], parts[2::2]))
        for text in ("the client is wrong\nFailed asserting that 2 is identical to 1.", "1 finding",
                     "unknown-query-parameter", "1 unmatched request", "models?colour=red -> 200",
                     "GET /api/external/imagepicker -> 404  (path: no doc"):
            self.assertIn(text, told["testClient"])
        for text in ("DivisionByZeroError: Division by zero", "GET /api/external/models -> 200"):
            self.assertIn(text, told["testError"])
        for text in ("FAILED  #1 count", "nearest requests", "expected listModels, was listProducts", "0 findings"):
            self.assertIn(text, told["testExpectation"])
        self.assertIn("hapy-path", told["testNoWorkspace"])
        self.assertNotIn("newest requests", told["testNoWorkspace"])

    def test_test_cases_share_a_server_that_judges_the_run_at_its_end(self):
        (self.place / "SharingTest.php").write_text(SHARING, encoding="utf-8")
        done = self.phpunit(".")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        seen = [line.split() for line in (self.place / "seen").read_text().splitlines()]
        self.assertEqual((len(seen), len({url for url, _ in seen}), len({key for _, key in seen})), (4, 1, 4))
        done = self.phpunit(".", QUERY="?colour=red")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("OK (4 tests", done.stdout)
        self.assertIn("--fail-on findings: some occurred", done.stderr)


if __name__ == "__main__":
    main()
