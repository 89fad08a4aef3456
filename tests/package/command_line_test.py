"""Man pages and completions: made from the command line's own description, and tried by mandoc and the shells.

Usage: command_line_test.py DESCRIBE, the program qamera-mock-describe. A shell that is missing skips its tests, and
says so. Standard library only.
"""

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from server import SAFETY_SECONDS, run_binary  # noqa: E402

DESCRIBE = sys.argv.pop(1)
FOLDER = tempfile.TemporaryDirectory()
OUT = Path(FOLDER.name)
COMMANDS = re.findall(r"^  ([a-z]+) +\S", run_binary("--help").stdout.split("Subcommands:")[1], re.M)


def setUpModule():
    described = subprocess.run([DESCRIBE], check=True, capture_output=True).stdout
    subprocess.run([sys.executable, "-B", str(ROOT / "packaging" / "command_line.py"), str(OUT)], input=described,
                   check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"})


def tearDownModule():
    FOLDER.cleanup()


def options_of(command):
    """What its --help lists: every long option."""
    return set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", run_binary(command, "--help").stdout, re.M))


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed: scripts/setup package brings it")


class Pages(unittest.TestCase):
    def page(self, name):
        return (OUT / "man" / "man1" / f"{name}.1").read_text(encoding="utf-8")

    def test_each_command_has_a_page_with_every_option(self):
        self.assertGreater(len(COMMANDS), 7)
        for command in COMMANDS:
            text = self.page(f"qamera-mock-{command}").replace("\\-", "-")
            for option in options_of(command):
                self.assertIn(f"\\fB{option}\\fR", text, command)
            self.assertIn(f"qamera-mock-{command} (1)", self.page("qamera-mock").replace("\\-", "-"))

    def test_a_page_tells_default_and_variable_and_is_dated(self):
        text = self.page("qamera-mock-serve").replace("\\-", "-")
        self.assertRegex(text, r'\.TH QAMERA-MOCK-SERVE 1 "2026-01-01" "qamera-mock \d+\.\d+\.\d+"')
        self.assertRegex(text, r"\\fB--port\\fR \\fIINT\\fR\n.*\nDefault: 4010\.\nVariable: QAMERA_MOCK_PORT\.")
        self.assertNotIn("Default: ", self.page("qamera-mock-lint"))

    @needs("mandoc")
    def test_mandoc_has_no_complaint(self):
        for page in sorted((OUT / "man" / "man1").iterdir()):
            lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(page)], capture_output=True, text=True)
            self.assertEqual(lint.stdout, "", page.name)


class Shell:
    """What the tests ask of each shell: `complete` gives the candidates for a line whose last word is begun."""

    def complete(self, line):
        raise NotImplementedError

    def test_commands(self):
        self.assertLessEqual(set(COMMANDS), self.complete("qamera-mock "))
        self.assertEqual(self.complete("qamera-mock ser"), {"serve"})

    def test_options_of_each_command(self):
        for command in COMMANDS:
            self.assertEqual({word for word in self.complete(f"qamera-mock {command} --") if word.startswith("--")},
                             options_of(command), command)

    def test_serve_is_meant_without_a_command(self):
        self.assertEqual(self.complete("qamera-mock --max-w"), {"--max-workspaces"})

    def test_values(self):
        self.assertEqual(self.complete("qamera-mock serve --auth "), {"any", "listed"})
        self.assertEqual(self.complete("qamera-mock openapi --format y"), {"yaml"})
        self.assertEqual(self.complete("qamera-mock serve --port "), set())

    def test_files_and_folders(self):
        (OUT / "place").mkdir(exist_ok=True)
        (OUT / "paper.json").write_text("{}")
        self.assertEqual({word.rstrip("/") for word in self.complete("qamera-mock lint p")}, {"place", "paper.json"})
        self.assertEqual({word.rstrip("/") for word in self.complete("qamera-mock serve --ca-file p")},
                         {"place", "paper.json"})
        self.assertEqual({word.rstrip("/") for word in self.complete("qamera-mock serve --scenarios p")}, {"place"})


class Bash(Shell, unittest.TestCase):
    def complete(self, line):
        words = line.split(" ")
        script = (f"source completions/bash/qamera-mock; COMP_WORDS=({' '.join(map(shlex.quote, words))}); "
                  f"COMP_CWORD={len(words) - 1}; _qamera_mock; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        run = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, cwd=OUT, check=True)
        self.assertEqual(run.stderr, "")
        return set(run.stdout.split())

    def test_a_value_behind_an_equals_sign(self):
        self.assertEqual(self.complete("qamera-mock serve --log = te"), {"text"})
        self.assertEqual(self.complete("qamera-mock serve --log ="), {"text", "json"})


@needs("fish")
class Fish(Shell, unittest.TestCase):
    def complete(self, line):
        run = subprocess.run(["fish", "--no-config", "-c",
                              f"source completions/fish/qamera-mock.fish; complete --do-complete {shlex.quote(line)}"],
                             capture_output=True, text=True, cwd=OUT, env={**os.environ, "HOME": str(OUT)}, check=True)
        self.assertEqual(run.stderr, "")
        return {word.split("\t")[0] for word in run.stdout.splitlines()}


@needs("zsh")
class Zsh(Shell, unittest.TestCase):
    """An interactive zsh at a terminal of its own. `compadd`, which takes the candidates, writes them to a file."""

    SETTING = """
PROMPT= RPROMPT= ; unsetopt prompt_cr prompt_sp auto_list auto_menu
fpath=(completions/zsh $fpath); autoload -Uz compinit; compinit -u -D
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >>candidates; builtin compadd "$@"
}
zstyle ':completion:*' insert-tab false
complete-and-tell() { zle expand-or-complete; BUFFER=; print -rn -- "done-$((++number))" }
zle -N complete-and-tell; bindkey '^I' complete-and-tell
typeset -i number=0
"""

    @classmethod
    def setUpClass(cls):
        cls.number = 0
        (OUT / "setting").write_text(cls.SETTING)
        master, slave = pty.openpty()
        cls.process = subprocess.Popen(["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=OUT,
                                       env={**os.environ, "TERM": "vt100", "HOME": str(OUT)}, start_new_session=True)
        os.close(slave)
        cls.terminal = master
        cls.watchdog = threading.Timer(SAFETY_SECONDS, cls.process.kill)
        cls.watchdog.start()
        cls.type("source ./setting\n\t")

    @classmethod
    def tearDownClass(cls):
        cls.watchdog.cancel()
        cls.process.kill()
        cls.process.wait()
        os.close(cls.terminal)

    @classmethod
    def type(cls, keys):
        """Types what ends with a tab, and waits for the shell to have completed it (and emptied the line)."""
        cls.number += 1
        os.write(cls.terminal, keys.encode())
        seen = b""
        while f"done-{cls.number}".encode() not in seen:
            seen += os.read(cls.terminal, 4096)

    def complete(self, line):
        (OUT / "candidates").write_text("")
        self.type(line + "\t")
        return set((OUT / "candidates").read_text().split())


if __name__ == "__main__":
    unittest.main()
