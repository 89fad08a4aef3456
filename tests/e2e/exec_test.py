"""`qamera-mock exec -- COMMAND`: a server for as long as a command lives, and every way in which the two may end."""

import contextlib
import fcntl
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import unittest
import urllib.parse
import xml.etree.ElementTree
from pathlib import Path

from server import BINARY, SAFETY_SECONDS, Server, clean_environment, run_binary

PYTHON = [sys.executable, "-I", "-c"]
ASK = """
import os, urllib.request
def ask(path):
    url = os.environ["QAMERA_BASE_URL"] + path
    request = urllib.request.Request(url, headers={"X-Api-Key": "mk_live_a.b"})
    return urllib.request.urlopen(request).status
"""
# Says where the server is, then each signal it gets; ends with 7 at SIGTERM, or when its input does.
LISTEN = """
import os, signal, sys
def told(number, _):
    os.write(1, signal.Signals(number).name.encode() + b"\\n")  # print is not reentrant
    if number == signal.SIGTERM: os._exit(7)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, told)
print(os.environ["QAMERA_MOCK_URL"], os.getpid(), os.getpgrp(), flush=True)
sys.stdin.read()
"""


def run_exec(*arguments, **options):
    return run_binary("exec", *arguments, **options)


def is_served(url):
    address = urllib.parse.urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port), SAFETY_SECONDS).close()
    except ConnectionRefusedError:
        return False
    return True


class Running:
    """`exec` with a Python program as its command, which has said its first line."""

    def __init__(self, program, *flags, **options):
        self.process = subprocess.Popen([BINARY, "exec", *flags, "--", *PYTHON, program], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=clean_environment(), **options)
        self.url, pid, group = self.line().split()
        self.pid, self.group = int(pid), int(group)

    def line(self):
        return self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def path(self, name):
        return str(self.folder / name)


class Status(Folder):
    def test_the_exit_status_is_the_commands(self):
        for status in (0, 1, 7, 255):
            run = run_exec("--", "sh", "-c", f"exit {status}")
            self.assertEqual((run.returncode, run.stdout, run.stderr), (status, "", ""))

    def test_a_signal_that_ended_it_is_told_as_shells_do(self):
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
            self.assertEqual(run_exec("--", "sh", "-c", f"kill -{int(number)} $$").returncode, 128 + number)

    def test_a_command_that_there_is_not(self):
        (self.folder / "script").write_text("#!/no/such/interpreter\n", encoding="utf-8")
        (self.folder / "script").chmod(0o755)
        for command, why in (("no-such-program", "no such program in PATH"), ("", "no such program"),
                             (self.path("none"), "No such file"), (self.path("script"), "the interpreter it names")):
            run = run_exec("--", command)
            self.assertEqual((run.returncode, run.stdout), (127, ""), run.stderr)
            self.assertRegex(run.stderr, f'^qamera-mock: cannot run "{command}": .*{why}.*\n$')

    def test_a_command_that_cannot_be_run(self):
        (self.folder / "text").write_text("", encoding="utf-8")
        for command, why in ((self.path("text"), "it is not executable"), (str(self.folder), "it is a directory"),
                             (self.path("text/x"), "Not a directory")):
            run = run_exec("--", command)
            self.assertEqual((run.returncode, run.stdout), (126, ""), run.stderr)
            self.assertEqual(run.stderr, f'qamera-mock: cannot run "{command}": {why}\n')


class Command(Folder):
    def test_it_is_told_where_the_server_is_and_its_streams_are_its_own(self):
        run = subprocess.run([BINARY, "exec", "--", *PYTHON, ASK + """
import sys
assert os.environ["QAMERA_BASE_URL"] == os.environ["QAMERA_MOCK_URL"]
print(ask("/api/external/products"), sys.stdin.read())
print("trouble", file=sys.stderr)
"""], input="words", capture_output=True, text=True, env=clean_environment({"QAMERA_MOCK_URL": "http://x:1"}),
                             timeout=SAFETY_SECONDS, check=False)
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "200 words\n", "trouble\n"))

    def test_requests_are_logged_where_asked_for(self):
        run = run_exec("--quiet=false", "--", *PYTHON, ASK + "ask('/api/external/products')")
        self.assertEqual((run.returncode, run.stdout), (0, ""))
        self.assertRegex(run.stderr, "GET +/api/external/products +200")

    def test_its_arguments_are_passed_as_they_are(self):
        words = ["--", "-x", "--help", "", "[a,b]", "a b", "%%", "--port=1", "serve", "\u00e9"]
        run = run_exec("--clock", "manual", "--", *PYTHON, "import sys, json; print(json.dumps(sys.argv[1:]))", *words)
        self.assertEqual((json.loads(run.stdout), run.stderr), (words, ""))

    def test_the_flags_and_variables_are_those_of_serve(self):
        program = "import os; print(os.environ['QAMERA_BASE_URL'])" + ASK + """
with urllib.request.urlopen(os.environ["QAMERA_BASE_URL"] + "/__admin/clock") as reply: print(reply.read().decode())
"""
        run = run_exec("--clock", "manual", "--host", "localhost", "--", *PYTHON, program)
        url, clock = run.stdout.split("\n", 1)
        self.assertRegex(url, r"^http://localhost:\d+$")
        self.assertEqual(json.loads(clock)["mode"], "manual")
        run = run_exec("--", *PYTHON, program, env={"QAMERA_MOCK_CLOCK": "manual"})
        self.assertEqual(json.loads(run.stdout.split("\n", 1)[1])["mode"], "manual")

    def test_health_sees_the_server(self):
        run = run_exec("--", BINARY, "health")
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def test_what_it_starts_is_its_own(self):
        with Running("""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-I", "-c",
                          "print('lives', flush=True); input(); print('lives on', flush=True)"])
print(os.environ["QAMERA_MOCK_URL"], child.pid, os.getpgrp(), flush=True)
""") as run:
            self.assertEqual(run.line(), "lives")
            self.assertEqual(run.process.wait(SAFETY_SECONDS), 0)
            run.process.stdin.write("\n")
            run.process.stdin.flush()
            self.assertEqual(run.line(), "lives on")


class SetUp(Folder):
    def check(self, complaint, *flags, **options):
        run = run_exec(*flags, "--", "touch", self.path("ran"), **options)
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn(complaint, run.stderr)
        self.assertFalse((self.folder / "ran").exists())

    def test_the_command_is_not_run_when_the_server_does_not_start(self):
        (self.folder / "bad.json").write_text('{"name": "bad", "sceed": 1}', encoding="utf-8")
        self.check("unknown member", "--scenario", self.path("bad.json"))
        self.check('did you mean "happy-path"?', "--scenario", "hapy-path")
        self.check("--admin-token", "--host", "0.0.0.0")
        self.check("recording", "--record", self.path("no/record"))
        self.check("cannot write the JUnit report", "--junit", self.path("no/junit"))
        self.check("--sceed", "--sceed", "1")
        self.check("--stop-with-stdin", "--stop-with-stdin")
        with Server("--quiet") as server:
            self.check("in use", "--port", str(server.port))

    def test_no_command(self):
        for arguments in ((), ("--",), ("--port", "0", "--")):
            run = run_exec(*arguments)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn("expected a command after `--`", run.stderr)
        run = run_exec("true")
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertEqual(run_exec("--help").returncode, 0)


class Found(Folder):
    ODD = ASK + "ask('/api/external/products?colour=red')\n"
    LOST = ASK + """
import urllib.error
try: ask('/nowhere')
except urllib.error.HTTPError: pass
"""

    def cases(self):
        suite = xml.etree.ElementTree.parse(self.path("junit.xml")).getroot().find("testsuite")
        self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
        self.assertEqual(int(suite.get("failures")), len(suite.findall("testcase/failure")))
        return {one.get("name"): [child.get("message") for child in one] for one in suite.findall("testcase")}

    def test_a_command_that_passed_fails_with_what_was_found(self):
        for flags, program, code in ((("--fail-on", "findings"), self.ODD, 1),
                                     (("--fail-on", "findings"), self.LOST, 0),
                                     (("--fail-on", "unmatched"), self.LOST, 1),
                                     (("--fail-on", "unmatched"), self.ODD, 0),
                                     (("--fail-on", "findings"), self.ODD + "raise SystemExit(5)", 5),
                                     ((), self.ODD + self.LOST, 0)):
            with self.subTest(flags=flags, code=code):
                run = run_exec(*flags, "--", *PYTHON, program)
                self.assertEqual((run.returncode, run.stdout), (code, ""), run.stderr)
                if code:
                    self.assertRegex(run.stderr, r"--fail-on \w+: some occurred\n1 finding|0 findings, 1 unmatched")

    def test_the_report_for_ci(self):
        junit = ("--junit", self.path("junit.xml"))
        self.assertEqual(run_exec(*junit, "--", *PYTHON, ASK + "ask('/api/external/products')").returncode, 0)
        self.assertEqual(self.cases(), {"no findings": [], "no unmatched requests": []})
        self.assertEqual(run_exec(*junit, "--", *PYTHON, self.ODD + self.LOST).returncode, 1)
        self.assertEqual(list(self.cases()), ["listProducts unknown-query-parameter", "unmatched GET /nowhere"])
        self.assertIn("colour", self.cases()["listProducts unknown-query-parameter"][0])
        run = run_exec(*junit, "--fail-on", "unmatched", "--", *PYTHON, self.ODD)
        self.assertEqual((run.returncode, self.cases()), (0, {"no unmatched requests": []}))
        run = run_exec(*junit, "--", *PYTHON, self.ODD + "raise SystemExit(5)")
        self.assertEqual((run.returncode, len(self.cases())), (5, 2))

    def test_a_run_that_was_killed_leaves_no_report_of_success(self):
        with Running(LISTEN, "--junit", self.path("junit.xml")) as run:
            run.process.kill()
        self.assertEqual(self.cases(), {"run": ["the run has not come to its end"]})

    def test_the_recording_has_what_the_command_asked(self):
        run = run_exec("--record", self.path("record"), "--", *PYTHON, ASK + "ask('/api/external/products')")
        self.assertEqual(run.returncode, 0)
        lines = (self.folder / "record").read_text(encoding="utf-8").splitlines()
        self.assertEqual([json.loads(line)["operation"] for line in lines], ["listProducts"])


class Signals(unittest.TestCase):
    def test_signals_are_passed_on(self):
        with Running(LISTEN) as run:
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2,
                           signal.SIGINT, signal.SIGTERM):
                run.process.send_signal(number)
                self.assertEqual(run.line(), number.name)
            self.assertEqual(run.process.wait(SAFETY_SECONDS), 7)
            self.assertFalse(is_served(run.url))

    def test_a_signal_that_the_command_does_not_handle_ends_both(self):
        program = "import os, sys\nprint(os.environ['QAMERA_MOCK_URL'], os.getpid(), 0, flush=True); sys.stdin.read()"
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
            with Running(program) as run:
                run.process.send_signal(number)
                self.assertEqual(run.process.wait(SAFETY_SECONDS), 128 + number)
                self.assertFalse(is_served(run.url))

    def test_when_exec_is_killed_the_server_is_gone_and_the_command_told(self):
        with Running(LISTEN) as run:
            self.assertTrue(is_served(run.url))
            run.process.kill()
            self.assertEqual(run.process.wait(SAFETY_SECONDS), -signal.SIGKILL)
            self.assertFalse(is_served(run.url))
            run.process.stdin.close()
            self.assertEqual(run.line(), "SIGTERM")

    def test_when_the_server_is_told_to_stop_the_command_is_told(self):
        with Running(LISTEN) as run:
            reply = subprocess.run([*PYTHON, "import sys, urllib.request\n"
                                    "urllib.request.urlopen(sys.argv[1] + '/__admin/shutdown', b'')", run.url],
                                   timeout=SAFETY_SECONDS, check=False)
            self.assertEqual((reply.returncode, run.line()), (0, "SIGTERM"))
            self.assertEqual(run.process.wait(SAFETY_SECONDS), 7)

    def test_a_command_that_ends_by_itself_ends_the_server(self):
        with Running(LISTEN) as run:
            run.process.stdin.close()
            self.assertEqual(run.process.wait(SAFETY_SECONDS), 0)
            self.assertFalse(is_served(run.url))

    def test_what_exec_was_given_of_signals_the_command_is_given(self):
        def odd():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGUSR1])

        run = run_exec("--", *PYTHON, """
import signal
ignored = [one.name for one in (signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGXFSZ)
           if signal.getsignal(one) == signal.SIG_IGN]
print(*ignored, *sorted(one.name for one in signal.pthread_sigmask(signal.SIG_BLOCK, [])))
raise SystemExit(3)""", before=odd)
        # Python ignores the last itself.
        self.assertEqual((run.returncode, run.stdout), (3, "SIGCHLD SIGHUP SIGXFSZ SIGCHLD SIGUSR1\n"))


class Terminal(unittest.TestCase):
    def test_the_command_is_in_the_foreground_and_is_told_of_ctrl_c_once(self):
        main, other = pty.openpty()
        self.addCleanup(os.close, main)
        run = subprocess.Popen([BINARY, "exec", "--", *PYTHON, LISTEN.replace("sys.stdin.read()", """
print(os.tcgetpgrp(0) == os.getpgrp() == os.getpgid(os.getppid()), flush=True)
while True: signal.pause()""")], stdin=other, stdout=subprocess.PIPE, text=True, env=clean_environment(),
                               start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(other)
        with contextlib.closing(run.stdout):
            run.stdout.readline()
            self.assertEqual(run.stdout.readline(), "True\n")
            for _ in range(3):
                # Stopped, so that a second one would come after the first was told: signals that wait are merged.
                run.send_signal(signal.SIGSTOP)
                os.waitpid(run.pid, os.WUNTRACED)
                os.write(main, b"\x03")
                self.assertEqual(run.stdout.readline(), "SIGINT\n")
                run.send_signal(signal.SIGCONT)
                run.send_signal(signal.SIGUSR1)
                self.assertEqual(run.stdout.readline(), "SIGUSR1\n")
            run.send_signal(signal.SIGTERM)
            self.assertEqual(run.stdout.read(), "SIGTERM\n")
            self.assertEqual(run.wait(SAFETY_SECONDS), 7)


if __name__ == "__main__":
    unittest.main()
