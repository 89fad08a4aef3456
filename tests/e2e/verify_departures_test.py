"""`qamera-mock verify` against services that do nothing, or answer with what is no longer so: each is found out."""

import itertools
import json
import unittest

from departing_front import FRONTS, Front
from server import ServerCase, run_binary

KEY_NUMBERS = itertools.count(1)


def failed_checks(server, twist):
    """The names of the checks that depart, and the exit code."""
    with Front(server, twist) as front:
        run = run_binary("verify", "--target", front.url, "--api-key",
                         f"mk_live_happy-path.front{next(KEY_NUMBERS)}", "--rps", "0", "--format", "json",
                         "--max-credits", "100", "--create-preset", "--timeout", "100ms")
    assert run.returncode in (0, 1), run.stderr
    return run.returncode, [one["name"] for one in json.loads(run.stdout)["checks"] if one["outcome"] == "departs"]


class Fronts(ServerCase):
    FLAGS = ("--speed", "1000", "--quiet")

    def test_a_front_that_changes_nothing_conforms(self):
        self.assertEqual(failed_checks(self.server, lambda front, exchange: exchange.ask()), (0, []))

    def test_every_service_that_does_nothing_is_found_out(self):
        for name, twist, checks in FRONTS:
            with self.subTest(name):
                code, failed = failed_checks(self.server, twist)
                self.assertEqual(code, 1)
                self.assertLessEqual(set(checks), set(failed))


if __name__ == "__main__":
    unittest.main()
