"""`lint`: every mistake of a corpus is located and explained, and none brings it down."""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from server import BINARY, SAFETY_SECONDS, clean_environment, run_binary

CORPUS = json.loads(Path(__file__).with_name("broken_scenarios.json").read_text(encoding="utf-8"))
LINE = re.compile(r"^(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<rest>.*)$", re.DOTALL)


def pointer_tokens(pointer):
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def value_at(document, tokens):
    """Whether the value is there."""
    for token in tokens:
        if isinstance(document, list):
            if not token.isdigit() or int(token) >= len(document):
                return False
            document = document[int(token)]
        elif isinstance(document, dict) and token in document:
            document = document[token]
        else:
            return False
    return True


class LintCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def refuse(self, text, name="broken.json"):
        """Lints text that is broken. Returns line, column and the rest of its one line."""
        path = self.write(name, text)
        run = subprocess.run([BINARY, "lint", path], capture_output=True, env=clean_environment(),
                             timeout=SAFETY_SECONDS, check=False)
        said = run.stdout.decode("utf-8")  # which must be UTF-8 whatever stood in the file
        self.assertEqual((run.returncode, run.stderr), (1, b""), (text[:200], said[:400]))
        match = LINE.match(said)
        self.assertIsNotNone(match, said[:400])
        self.assertEqual(match["file"], path)
        return int(match["line"]), int(match["column"]), match["rest"]


class Errors(LintCase):
    def test_the_corpus_has_every_sort_of_mistake(self):
        self.assertGreaterEqual(len(CORPUS), 100)

    def test_each_mistake_of_meaning_is_located_and_explained(self):
        for case in (case for case in CORPUS if "scenario" in case):
            text = json.dumps(case["scenario"], indent=2)
            with self.subTest(pointer=case["pointer"], says=case["says"]):
                line, column, rest = self.refuse(text)
                prefix = case["pointer"] + ": "
                self.assertTrue(rest.startswith(prefix), rest)
                self.assertIn(case["says"], rest)
                tokens = pointer_tokens(case["pointer"])
                here = text.splitlines()[line - 1][column - 1:]
                if tokens and not tokens[-1].isdigit() and value_at(case["scenario"], tokens):
                    self.assertTrue(here.startswith(json.dumps(tokens[-1]) + ":"), here)
                else:
                    self.assertRegex(here, r'^["{\[\d]')

    def test_each_mistake_of_form_is_located_and_explained(self):
        for case in (case for case in CORPUS if "text" in case):
            with self.subTest(text=case["text"]):
                line, column, rest = self.refuse(case["text"])
                self.assertEqual(f"{line}:{column}", case["at"], rest)
                self.assertIn(case["says"], rest)

    def test_bytes_that_are_no_utf8_are_located(self):
        for text, at in ((b'{"name": "\xff"}', (1, 11)), (b"\xff\xfe{\x00", (1, 1)), (b"\x00\x01\x02", (1, 1)),
                         (b'{\n"name": "a\xc3"}', (2, 12)), (b'{"name": "\xed\xa0\x80"}', (1, 12))):
            line, column, _ = self.refuse(text)
            self.assertEqual(line, at[0], text)
            self.assertLessEqual(abs(column - at[1]), 1, (text, column))

    def test_every_truncation_of_a_scenario_is_refused(self):
        whole = (Path(__file__).resolve().parents[2] / "scenarios" / "maintenance-window.json").read_bytes().rstrip()
        for length in range(0, len(whole), 29):
            self.refuse(whole[:length])

    def test_a_deep_document_is_refused(self):
        for text in ("[" * 100000, '{"name":' * 100000, '{"name":"x","rules":' + "[" * 70 + "]" * 70 + "}"):
            _, _, rest = self.refuse(text)
            self.assertIn("nested deeper than 64 levels", rest)

    def test_a_file_of_70_mib_is_refused(self):
        line, column, rest = self.refuse(b'{"name": "x"}' + b" " * (70 << 20))
        self.assertEqual((line, column, rest), (1, 1, "expected at most 64 MiB\n"))

    def test_a_million_rules_are_refused_at_once(self):
        rules = ",".join(['{"throttle":1}'] * 1000000)
        _, _, rest = self.refuse('{"name":"x","rules":[' + rules + "]}")
        self.assertEqual(rest, "/rules: expected at most 10000 rules, got 1000000\n")

    def test_many_keys_are_read(self):
        keys = [{"id": f"k{number}"} for number in range(50000)]
        path = self.write("keys.json", json.dumps({"name": "x", "keys": keys}))
        self.assertEqual(run_binary("lint", path).returncode, 0)

    def test_a_file_that_cannot_be_read_is_told(self):
        for path in (str(self.folder / "none.json"), str(self.folder)):
            run = run_binary("lint", path)
            self.assertEqual(run.returncode, 1)
            self.assertIn(path, run.stdout)

    def test_a_fixture_is_linted_the_same(self):
        for document, pointer, says in (
                ({"name": "f", "products": [{"id": "p"}]}, "/products/0", "name"),
                ({"name": "f", "product": [], "models": []}, "/product", 'did you mean "products"'),
                ({"name": "f", "products": {}}, "/products", "an array"),
                ({"name": "f", "ids": {"image": {"prefx": "i"}}}, "/ids/image/prefx", 'did you mean "prefix"'),
                ({"name": "f", "failed": {"status": 5}}, "/failed/status", "a string")):
            _, _, rest = self.refuse(json.dumps(document, indent=1))
            self.assertTrue(rest.startswith(pointer), rest)
            self.assertIn(says, rest)


class Warnings(LintCase):
    def lint(self, document):
        path = self.write("odd.json", json.dumps(document, indent=1))
        run = run_binary("lint", path)
        lines = [line.removeprefix(path + ":") for line in run.stdout.splitlines()]
        return run.returncode, lines

    def test_a_shadowed_rule_is_a_warning_and_no_error(self):
        code, lines = self.lint({"name": "x", "rules": [
            {"name": "all", "when": {"operation": "list*"}, "respond": {"status": 500}},
            {"name": "one", "when": {"operation": "listModels", "nth": 2}, "respond": {"status": 503}},
            {"name": "slow", "when": {"operation": "listModels"}, "delay": "1s"}]})
        self.assertEqual(code, 0)
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r'^\d+:\d+: /rules/1: warning: "one" can never have an effect: "all" before it')
        self.assertEqual(lines[1], " ok")

    def test_a_method_and_a_removal_that_fit_nothing_are_warnings(self):
        code, lines = self.lint({"name": "x", "rules": [{"name": "a", "when": {"method": "PSOT"}, "throttle": 9}],
                                 "timeline": [{"at": "1s", "removeRules": ["a", "b"]}]})
        self.assertEqual(code, 0)
        self.assertIn("/rules/0/when/method: warning: no request has the method", lines[0])
        self.assertIn("/timeline/0/removeRules/1: warning:", lines[1])

    def test_a_scope_that_nothing_asks_for_is_a_warning(self):
        code, lines = self.lint({"name": "x", "keys": [{"id": "a", "scopes": ["content.read", "content.reed"]}]})
        self.assertEqual(code, 0)
        self.assertEqual(len(lines), 2)
        self.assertIn('/keys/0/scopes/1: warning: the documentation has no scope "content.reed"', lines[0])
        self.assertIn('did you mean "content.read"?', lines[0])

    def test_a_whole_key_in_a_file_is_not_shown(self):
        code, lines = self.lint({"name": "x", "keys": [{"id": "mk_live_a.secret456"}]})
        self.assertEqual(code, 1)
        self.assertIn("mk_live_a.***", lines[0])
        self.assertNotIn("secret456", lines[0])

    def test_an_error_is_1_also_beside_warnings_and_good_files(self):
        good = self.write("good.json", '{"name": "good"}')
        bad = self.write("bad.json", '{"name": "bad", "seed": -1}')
        run = run_binary("lint", good, bad, good)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stdout.count(f"{good}: ok\n"), 2)
        self.assertIn(f"{bad}:1:17: /seed: expected a whole number", run.stdout)

    def test_standard_input_is_a_dash(self):
        for text, code, said in (('{"name": "x"}', 0, "-: ok\n"), ('{"name": 5}', 1, "<stdin>:1:2: /name: ")):
            run = subprocess.run([BINARY, "lint", "-"], input=text, capture_output=True, text=True,
                                 env=clean_environment(), timeout=SAFETY_SECONDS, check=False)
            self.assertEqual(run.returncode, code)
            self.assertTrue(run.stdout.startswith(said), run.stdout)


if __name__ == "__main__":
    unittest.main()
