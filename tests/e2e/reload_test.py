"""Hot reload of --scenarios DIR: what an edit changes, when, and what a broken one leaves as it was."""

import json
import os
import tempfile
import unittest
from pathlib import Path

from server import Server, fresh_key, run_binary

PRODUCTS = "/api/external/products"


class Reload(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "fixtures").mkdir()
        self.edits = 0
        self.write("mine.json", {"name": "mine", "description": "first", "credits": {"available": 1}})

    def write(self, name, document):
        """Writes a file with a time stamp of its own, however fast the test and coarse the file system."""
        self.edits += 1
        path = self.folder / name
        text = document if isinstance(document, str) else json.dumps(document)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (1_700_000_000 + self.edits, 1_700_000_000 + self.edits))
        return str(path)

    def serve(self, *flags):
        return Server("--scenarios", str(self.folder), *flags)

    def credits(self, server, key):
        """Of a workspace that a product request has made."""
        self.assertEqual(server.get(PRODUCTS, key=key).status, 200)
        return server.admin("GET", "/credits", key=key)["available"]

    def listed(self, server, name):
        found = [one for one in server.admin("GET", "/scenarios")["scenarios"] if one["name"] == name]
        return found[0] if found else None

    def test_a_file_of_the_same_size_and_time_is_another_one(self):
        with self.serve() as server:
            self.assertEqual(self.credits(server, fresh_key("mine")), 1)
            path = self.folder / "mine.json"
            before = path.stat()
            for available, aside in ((2, path), (3, self.folder / "aside")):  # written in place, and put in place
                aside.write_text(json.dumps({"name": "mine", "description": "first",
                                             "credits": {"available": available}}), encoding="utf-8")
                os.utime(aside, ns=(before.st_atime_ns, before.st_mtime_ns))
                aside.rename(path)
                self.assertEqual((path.stat().st_size, path.stat().st_mtime_ns), (before.st_size, before.st_mtime_ns))
                self.assertEqual(self.credits(server, fresh_key("mine")), available)

    def test_the_case_of_the_extension_does_not_matter(self):
        self.write("loud.JSON", {"name": "loud", "credits": {"available": 5}})
        with self.serve() as server:
            self.assertEqual(self.credits(server, fresh_key("loud")), 5)
            self.write("late.Json", {"name": "late", "credits": {"available": 6}})
            self.assertEqual(self.credits(server, fresh_key("late")), 6)

    def test_a_single_file_is_read_again_too(self):
        path = self.write("single.scenario.json", {"name": "single", "credits": {"available": 1}})
        with Server("--scenario", path) as server:
            self.assertEqual(self.credits(server, "mk_live_any.a"), 1)
            self.write("single.scenario.json", {"name": "single", "credits": {"available": 2}})
            self.assertEqual(self.credits(server, "mk_live_any.b"), 2)
            self.write("single.scenario.json", '{"name": "single", "credits": ')
            self.assertEqual(self.credits(server, "mk_live_any.c"), 2)
            self.assertIn("single.scenario.json:1:", self.listed(server, "single")["problem"])
            self.write("single.scenario.json", {"name": "renamed", "credits": {"available": 3}})
            self.assertEqual(self.credits(server, "mk_live_any.d"), 3)
            self.assertEqual(self.credits(server, "mk_live_renamed.e"), 3)

    def test_a_link_that_leads_to_itself_is_a_broken_file(self):
        with self.serve() as server:
            (self.folder / "loop.json").symlink_to("loop.json")
            self.assertIn("loop.json", self.listed(server, "loop")["problem"])
            self.assertEqual(self.credits(server, fresh_key("mine")), 1)

    def test_a_key_in_a_broken_file_is_in_no_log_and_no_answer(self):
        with self.serve() as server:
            self.assertEqual(self.credits(server, fresh_key("mine")), 1)
            for name in ("mine", "late"):
                self.write(name + ".json", {"name": name, "keys": [{"id": "mk_live_a.secret456"}]})
                problem = self.listed(server, name)["problem"]
                self.assertIn("mk_live_a.***", problem)
                self.assertNotIn("secret456", problem)
        self.assertIn("mk_live_a.***", server.log())
        self.assertNotIn("secret456", server.log())
        run = run_binary("serve", "--port", "0", "--scenario", str(self.folder / "mine.json"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("mk_live_a.***", run.stderr)
        self.assertNotIn("secret456", run.stderr)

    def test_an_edit_is_for_new_workspaces_and_for_a_reset(self):
        with self.serve() as server:
            old = fresh_key("mine")
            self.assertEqual(self.credits(server, old), 1)
            self.write("mine.json", {"name": "mine", "description": "second", "credits": {"available": 2}})
            self.assertEqual(self.credits(server, old), 1)
            self.assertEqual(self.credits(server, fresh_key("mine")), 2)
            self.assertEqual(self.listed(server, "mine")["description"], "second")
            server.admin("POST", "/reset", {}, key=old)
            self.assertEqual(self.credits(server, old), 2)

    def test_an_edit_of_the_default_scenario_is_for_keys_that_name_none(self):
        with self.serve("--scenario", "mine") as server:
            self.assertEqual(self.credits(server, "mk_live_abc123.a"), 1)
            self.write("mine.json", {"name": "mine", "credits": {"available": 2}})
            self.assertEqual(self.credits(server, "mk_live_abc123.b"), 2)

    def test_a_broken_edit_keeps_the_last_good_version_and_says_why(self):
        with self.serve() as server:
            self.write("mine.json", {"name": "mine", "credits": {"available": 2}})
            self.assertEqual(self.credits(server, fresh_key("mine")), 2)
            misspelt = '{"name": "mine", "rules": [{"when": {"operation": "listModel"}, "throttle": 1}]}'
            for broken, why in (('{"name": "mine",\n "credits": {"available": -2}}', ":2:14: /credits/available: "),
                                ('{"name": "mine",', ":1:17: "),
                                (misspelt, ' there is no operation "listModel" (did you mean "listModels"?)')):
                path = self.write("mine.json", broken)
                key = fresh_key("mine")
                self.assertEqual(self.credits(server, key), 2)
                server.admin("POST", "/reset", {}, key=key)
                self.assertEqual(self.credits(server, key), 2)
                problem = self.listed(server, "mine")["problem"]
                self.assertTrue(problem.startswith(path), problem)
                self.assertIn(why, problem)
            self.write("mine.json", {"name": "mine", "credits": {"available": 3}})
            self.assertEqual(self.credits(server, fresh_key("mine")), 3)
            self.assertNotIn("problem", self.listed(server, "mine"))
        log = server.log()
        self.assertEqual(log.count("the last good version stays"), 3, log)
        self.assertIn("/credits/available: expected a whole number", log)

    def test_a_new_file_is_known_from_the_first_key_that_names_it(self):
        with self.serve() as server:
            self.assertEqual(self.credits(server, fresh_key("late")), 100000)
            self.write("late.json", {"name": "late", "credits": {"available": 5}})
            self.assertEqual(self.credits(server, fresh_key("late")), 5)
            self.assertEqual(Path(self.listed(server, "late")["source"]).name, "late.json")

    def test_a_new_file_that_is_broken_is_listed_with_its_problem(self):
        with self.serve() as server:
            self.write("late.json", '{"name": "late", "sede": 1}')
            self.assertIn('did you mean "seed"?', self.listed(server, "late")["problem"])
            self.assertEqual(self.credits(server, fresh_key("late")), 100000)
            self.write("late.json", '{"name": "late", "credits": {"available": 5}}')
            self.assertEqual(self.credits(server, fresh_key("late")), 5)
            self.assertNotIn("problem", self.listed(server, "late"))

    def test_a_removed_file_is_forgotten_and_uncovers_the_built_in_scenario(self):
        path = self.write("empty-account.json", {"name": "empty-account", "credits": {"available": 8}})
        with self.serve() as server:
            key = fresh_key("empty-account")
            self.assertEqual(self.credits(server, key), 8)
            os.remove(path)
            os.remove(self.folder / "mine.json")
            self.assertEqual(server.get(PRODUCTS, key=fresh_key("empty-account")).json()["count"], 0)
            self.assertEqual(self.listed(server, "empty-account")["source"], "built in")
            self.assertIsNone(self.listed(server, "mine"))
            self.assertEqual(self.credits(server, key), 8)

    def test_two_files_of_one_name_are_warned_of(self):
        first = self.write("a.json", {"name": "same", "credits": {"available": 1}})
        second = self.write("b.json", {"name": "same", "credits": {"available": 2}})
        with self.serve() as server:
            self.assertEqual(self.credits(server, fresh_key("same")), 2)
            os.remove(second)
            self.assertEqual(self.credits(server, fresh_key("same")), 1)
        warnings = [line for line in server.log().splitlines() if "scenarios of one name" in line]
        self.assertEqual(len(warnings), 1)
        self.assertIn(str(first), warnings[0])
        self.assertIn(str(second), warnings[0])

    def test_a_file_that_takes_another_name_gives_up_the_old_one(self):
        with self.serve() as server:
            self.write("mine.json", {"name": "yours", "credits": {"available": 4}})
            self.assertEqual(self.credits(server, fresh_key("yours")), 4)
            self.assertIsNone(self.listed(server, "mine"))

    def product(self, name):
        return {"id": "p1", "name": name, "thumbnail": "https://cdn.example.com/p1.jpg",
                "createdAt": "2026-03-20T14:30:00.000Z"}

    def names(self, server, key):
        return [one["name"] for one in server.get(PRODUCTS, key=key).json()["products"]]

    def test_an_edit_of_a_fixture_is_for_new_workspaces_and_for_a_reset(self):
        self.write("fixtures/tiny.json", {"name": "tiny", "products": [self.product("Cup")]})
        self.write("mine.json", {"name": "mine", "fixture": "tiny"})
        with self.serve() as server:
            old = fresh_key("mine")
            self.assertEqual(self.names(server, old), ["Cup"])
            self.write("fixtures/tiny.json", {"name": "tiny", "products": [self.product("Mug")]})
            self.assertEqual(self.names(server, old), ["Cup"])
            self.assertEqual(self.names(server, fresh_key("mine")), ["Mug"])
            server.admin("POST", "/reset", {}, key=old)
            self.assertEqual(self.names(server, old), ["Mug"])
            self.write("fixtures/tiny.json", {"name": "tiny", "products": [{"id": "p1"}]})
            self.assertEqual(self.names(server, fresh_key("mine")), ["Mug"])
            self.assertIn("/products/0", self.listed(server, "tiny")["problem"])

    def test_a_fixture_that_is_gone_is_forgotten(self):
        self.write("fixtures/tiny.json", {"name": "tiny", "products": [self.product("Cup")]})
        self.write("mine.json", {"name": "mine", "fixture": "tiny"})
        self.write("fixtures/default.json", {"name": "default", "products": [self.product("Mug")]})
        with self.serve() as server:
            self.assertEqual(self.names(server, fresh_key("mine")), ["Cup"])
            self.assertEqual(self.names(server, fresh_key("slow-jobs")), ["Mug"])
            os.remove(self.folder / "fixtures" / "default.json")
            self.write("fixtures/tiny.json", {"name": "other", "products": []})
            self.assertEqual(len(self.names(server, fresh_key("slow-jobs"))), 3)
            self.assertEqual(self.names(server, fresh_key("mine")), ["Cup"])  # the last good version
            self.assertIn('there is no fixture "tiny"', self.listed(server, "mine")["problem"])
            os.remove(self.folder / "fixtures" / "tiny.json")
            self.write("mine.json", {"name": "mine", "fixture": "other"})
            fresh_key("mine")
            self.assertIn('there is no fixture "other"', self.listed(server, "mine")["problem"])

    def test_a_fixture_that_replaces_a_built_in_one_is_for_built_in_scenarios_too(self):
        with self.serve() as server:
            self.assertEqual(len(self.names(server, fresh_key("slow-jobs"))), 3)
            self.write("fixtures/default.json", {"name": "default", "products": [self.product("Mug")]})
            self.assertEqual(self.names(server, fresh_key("slow-jobs")), ["Mug"])


if __name__ == "__main__":
    unittest.main()
