"""Every command of README.md, examples/README.md and docs/, in order and in one shell, as a reader would paste them.

Changed are only the port, which is a free one, and where a server is started that stays in the foreground: it runs
beside the others then, and the one before it is ended. What cannot run in a test is listed with the reason.
"""

import json
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from server import BINARY, DOCUMENTED_KEY, SAFETY_SECONDS, clean_environment

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "examples/README.md", *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/*.md"))]
NOT_HERE = {
    "scripts/test": "this is one of its tests",
    "scripts/fuzz": "takes minutes, and needs clang",
    "bench/": "measures for minutes",
    "npm install --save-dev qamera-mock": "no registry has it yet: package_kits installs what is made",
    "npx qamera-mock": "the same",
    "pip install qamera-mock": "the same",
    "python -m qamera_mock": "the same",
    "composer": "needs what scripts/package makes: e2e_php_kit does the same with it",
    "vendor/bin/qamera-mock": "the same",
    "docker load": "needs a container engine: package_image tries what is made without one",
    "docker run": "the same",
    "RC_PARAMS=": "a build of its own",
    "qamera-mock verify --target https://app.qamera.ai": "needs the live service",
    "qamera-mock serve --upstream https://app.qamera.ai": "needs the live service",
}
PROGRAM = re.compile(r"(\$ )?(qamera-mock|curl|node|python3|npm|npx|pip|composer|docker|export|cd|sh|\./[\w.]+"
                     r"|(scripts|bench)/\w+|[A-Z][A-Z_]*=\S+)(\s|$)")
FOREGROUND = re.compile(r"(scripts/serve|qamera-mock serve)\b(?!.*&\s*$)", re.DOTALL)
DEFAULT_PORT = "4010"
# A scenario with the mistake that README.md shows, and one without, as docs/scenarios.md goes on with.
MISTAKEN = '{\n  "name": "my",\n  "description": "mine",\n  "sceed": 7\n}\n'
SCENARIO = '{\n  "name": "my",\n  "description": "mine",\n  "seed": 7\n}\n'


def blocks(text):
    """The code blocks of a page: fenced ones that are a shell's or nobody's, and indented ones."""
    fence = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    at = {match.start(): match[2] for match in fence.finditer(text) if match[1] in ("", "sh")}
    rest = fence.sub(lambda match: re.sub(r"[^\n]", "-", match[0]), text)
    for match in re.finditer(r"(?<=\n\n)((?: {4}.*\n|\n(?= {4}))+)", rest):
        at[match.start()] = re.sub(r"^ {4}", "", match[0], flags=re.MULTILINE)
    return [block for _, block in sorted(at.items()) if PROGRAM.match(block)]


def is_whole(command):
    """Whether the shell would run it and not wait for more lines."""
    check = subprocess.run(["bash", "-n", "-c", command], capture_output=True, timeout=SAFETY_SECONDS, check=False)
    return check.returncode == 0 and not command.endswith("\\")


def commands(block):
    """(command, what its comments or the lines below it say of its output)"""
    found, command = [], ""
    is_session = block.startswith("$ ")
    for line in block.splitlines():
        if is_session and not line.startswith("$ "):
            found[-1][1].append(line)
            continue
        if not command and (not line.strip() or line.startswith("#")):
            if found and re.match(r"# (HTTP/|\{)", line):
                found[-1][1].append(line[2:])
            continue
        command += ("\n" if command else "") + line.removeprefix("$ ")
        if is_whole(command):
            said = re.findall(r"  # ([A-Z]{4,}$|\d+ \w+$)", command)
            found.append((command, said))
            command = ""
    assert not command, command
    return found


class Shell:
    """One shell, into which commands go one by one. As a test, it also prints the status of each curl's reply."""

    PREPARE = """curl() { command curl -w '%{stderr}\\nreply %{http_code}\\n' "$@"; }\n"""
    END = "=== the command ended with"

    def __init__(self, folder, path):
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE, cwd=folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
                                        env=clean_environment({"PATH": path, "QAMERA_POLL_SECONDS": "0.05"}),
                                        start_new_session=True)
        self.watchdog = threading.Timer(SAFETY_SECONDS, self.process.kill)
        self.watchdog.daemon = True
        self.watchdog.start()
        self.run(self.PREPARE)

    def run(self, command):
        """(exit status, output)"""
        self.process.stdin.write(f"{{ {command}\n}} </dev/null\nprintf '\\n%s %s\\n' '{self.END}' $?\n")
        self.process.stdin.flush()
        output = ""
        for line in self.process.stdout:
            if line.startswith(self.END):
                return int(line.split()[-1]), output
            output += line
        raise AssertionError("the shell ended: " + output)

    def end(self):
        self.run("jobs -p | xargs -r kill 2>/dev/null")
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.wait(SAFETY_SECONDS)
        self.process.stdout.close()
        self.watchdog.cancel()


@unittest.skipUnless(shutil.which("bash") and shutil.which("curl"), "bash or curl is not installed")
class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name, "qamera-mock")
        # What a reader has: a checkout, and the binary on the PATH.
        self.folder.mkdir()
        (self.folder / "examples").mkdir()
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "qamera-mock").symlink_to(BINARY)
        (self.folder / "scripts").mkdir()
        (self.folder / "scripts" / "serve").symlink_to(BINARY)
        path = f"{self.folder / 'bin'}:{clean_environment()['PATH']}"
        self.shell = Shell(self.folder, path)
        self.addCleanup(self.shell.end)
        self.port = "0"

    def must_run(self, command):
        status, output = self.shell.run(command)
        self.assertEqual(status, 0, f"{command}\n{output}")
        return output

    def start(self, command):
        """The server of before makes room, as in the reader's own terminal."""
        if self.port != "0":
            self.must_run("kill $server; wait $server || true")
        command = re.sub(r"\s+#.*", "", command)
        line = self.must_run(f"mkfifo ready; {command} --port {self.port} --quiet >ready &\n"
                             "server=$!; read -r line <ready; rm ready; echo \"$line\"")
        if self.port == "0":
            self.port = line.strip().rsplit(":", 1)[1]
            for file in filter(Path.is_file, (ROOT / "examples").iterdir()):
                changed = file.read_text(encoding="utf-8").replace(DEFAULT_PORT, self.port)
                (self.folder / "examples" / file.name).write_text(changed, encoding="utf-8")
                shutil.copymode(file, self.folder / "examples" / file.name)

    def provide(self, page):
        """What the page says the reader has."""
        (self.folder / "my.json").write_text(MISTAKEN if page == "README.md" else SCENARIO, encoding="utf-8")
        (self.folder / "my-scenarios").mkdir(exist_ok=True)
        (self.folder / "package.json").write_text('{"scripts": {"test": "curl -sf $QAMERA_BASE_URL/__admin/health"}}',
                                                  encoding="utf-8")

    def record(self):
        """The recordings that docs/contract.md judges and repeats."""
        self.must_run(f"(A=http://127.0.0.1:{self.port}; K=mk_live_happy-path.recorded\n"
                      "for path in models presets; do\n"
                      "  command curl -sf -H \"X-Api-Key: $K\" $A/api/external/$path >/dev/null; done\n"
                      "for f in traffic.ndjson browser.har; do\n"
                      "  command curl -sf -H \"X-Api-Key: $K\" $A/__admin/requests.${f#*.} > $f; done)")

    def check(self, command, said):
        status, output = self.shell.run(command.replace(DEFAULT_PORT, self.port))
        told = f"{command}\n{output}"
        statuses = [int(line.split()[1]) for line in output.splitlines() if line.startswith("reply ")]
        awaited = [int(line.split()[1]) for line in said if line.startswith("HTTP/")] or [200]
        self.assertTrue(all(one in awaited or (awaited == [200] and 200 <= one < 300) for one in statuses), told)
        for line in said:
            shown = re.sub(r"^(\d+) (\w+)$", r'"\2": \1', line)  # "40 consumed"
            self.assertIn(shown, output, told)
        is_session = any(line.startswith("my.json:") for line in said)
        self.assertEqual(status, 1 if is_session else 0, told)

    def test_each_runs_in_order_in_one_shell(self):
        used, ran = set(), 0
        for page in PAGES:
            self.shell.run(f"cd {self.folder}")
            if page == "docs/contract.md":
                self.record()
            self.provide(page)
            for block in blocks((ROOT / page).read_text(encoding="utf-8")):
                for command, said in commands(block):
                    with self.subTest(page=page, command=command):
                        known = [start for start in NOT_HERE if command.startswith(start)]
                        used.update(known)
                        program = ROOT / command.split()[0]
                        if command.startswith(("scripts/", "bench/")):
                            self.assertTrue(program.is_file(), f"there is no {program}")
                        needed = re.findall(r"(?:^|-- )(node|npm)\b", command)
                        if known or not all(map(shutil.which, needed)):
                            continue
                        ran += 1
                        if FOREGROUND.match(command):
                            self.start(command)
                        else:
                            self.check(command, said)
            clock = self.must_run(f"command curl -s -H 'X-Api-Key: {DOCUMENTED_KEY}' "
                                  f"http://127.0.0.1:{self.port}/__admin/clock")
            self.assertEqual(json.loads(clock)["mode"], "real", f"{page} leaves the clock of the samples' key stopped")
        self.assertEqual(used, set(NOT_HERE), "what is listed as not to be run here is nowhere")
        self.assertGreater(ran, 20)



if __name__ == "__main__":
    unittest.main()
