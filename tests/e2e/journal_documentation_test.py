"""docs/journal.md: its requests are sent, its patterns and expectations accepted, and its answers are real."""

import json
import re
import subprocess
import unittest
from pathlib import Path

from server import BINARY, SAFETY_SECONDS, Server, clean_environment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "journal.md"
BLOCK = re.compile(r"^```(json|text) (\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
KEY = "mk_live_happy-path.docs"
BUSY = {"when": {"operation": "listProducts", "first": 1}, "respond": {"status": 503, "body": {"error": "busy"}}}
TEXT = {"Accept": "text/plain"}


def play(server, story):
    """Sends the requests of the page."""
    server.admin("PUT", "/clock", {"mode": "manual"}, key=KEY)
    server.admin("POST", "/rules", BUSY, 201, key=KEY)
    for line in story.splitlines():
        first, second, *body = line.split(" ", 2)
        if first == "--":
            server.admin("POST", "/clock/advance", {"by": second}, key=KEY)
        else:
            server.request(first, second, body[0] if body else None, key=KEY)


def tail(server, lines):
    """What `tail` prints first, with the same wall times and durations each time."""
    with subprocess.Popen([BINARY, "tail", "--url", server.url, "--api-key", KEY, "--since", "0"], text=True,
                          stdout=subprocess.PIPE, env=clean_environment()) as process:
        printed = "".join(process.stdout.readline() for _ in range(lines))
        process.kill()
        process.wait(SAFETY_SECONDS)
    printed = re.sub(r"^\d\d:\d\d:\d\d\.\d{3}Z", "10:15:00.000Z", printed, flags=re.MULTILINE)
    return re.sub(r" +\d+us\b", "    90us", printed)


class Documentation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        page = PAGE.read_text(encoding="utf-8")
        cls.blocks = [(sort, text) for _, sort, text in BLOCK.findall(page)]
        assert len(cls.blocks) * 2 == page.count("\n```"), "a block has no sort"
        cls.server = Server("--clock", "manual", "--seed", "7")
        play(cls.server, cls.of("story")[0])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    @classmethod
    def of(cls, sort):
        return [text for known, text in cls.blocks if known == sort]

    def test_each_pattern_is_accepted_and_matches_some_requests_but_not_all(self):
        patterns = [json.loads(line) for line in self.of("patterns")[0].splitlines()]
        self.assertGreater(len(patterns), 20)
        for pattern in patterns:
            with self.subTest(pattern=pattern):
                count = self.server.admin("POST", "/requests/count", pattern, key=KEY)["count"]
                self.assertIn(count, range(1, 10))

    def test_each_answer_is_the_one_that_the_expectations_get(self):
        answers = self.of("verdict")
        self.assertEqual(len(self.of("verify")), len(answers))
        self.assertGreater(len(answers), 7)
        for sent, answer in zip(self.of("verify"), answers):
            with self.subTest(sent=sent):
                json.loads(sent)
                reply = self.server.post("/__admin/verify", sent, key=KEY, headers=TEXT)
                self.assertEqual(reply.body.decode(), answer)
                self.assertEqual(reply.status, 200 if answer.startswith("passed: ") else 422)
        self.assertTrue(answers[0].startswith("passed: "))

    def test_with_a_small_journal_the_verdict_is_inconclusive_as_shown(self):
        with Server("--clock", "manual", "--journal-entries", "3") as server:
            play(server, self.of("story")[0])
            reply = server.post("/__admin/verify", self.of("evicted")[0], key=KEY, headers=TEXT)
            self.assertEqual((reply.status, reply.body.decode()), (409, self.of("inconclusive")[0]))

    def test_the_findings_report_is_the_one_of_these_requests(self):
        reply = self.server.get("/__admin/findings", key=KEY, headers=TEXT)
        self.assertEqual(reply.body.decode(), self.of("findings")[0])

    def test_the_lines_of_tail_are_the_ones_of_these_requests(self):
        shown = self.of("tail")[0]
        self.assertEqual(tail(self.server, shown.count("\n")), shown)
        self.assertGreater(shown.count("\n"), 10)


if __name__ == "__main__":
    unittest.main()
