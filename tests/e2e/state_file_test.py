"""A server with --state goes on where the one before it ended."""

import json
import signal
import stat
import tempfile
import unittest
from pathlib import Path

from server import Server, fresh_key, run_binary

REGISTER = "/api/external/models/register-ideas"
MODELS = "/api/external/models"


class StateFile(unittest.TestCase):
    HOST = {"Host": "mock.test"}  # the URLs in a listing lead to it

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "state.json"

    def serve(self, *flags, **options):
        return Server("--quiet", "--state", str(self.path), *flags, **options)

    def refused(self, *flags):
        """What a server that does not start says; the file is then as it was."""
        before = self.path.read_bytes()
        result = run_binary("serve", "--port", "0", "--state", str(self.path), *flags)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(self.path.read_bytes(), before)
        self.assertEqual(result.stdout, "")
        return result.stderr

    def test_the_next_server_has_the_same_workspaces_by_the_same_keys(self):
        keys = [fresh_key(), fresh_key("partial-failure"), fresh_key("large-account")]
        with self.serve("--clock", "manual") as server:
            for key in keys:
                self.assertEqual(server.post(REGISTER, {"preferences": "p", "count": 3}, key=key).status, 200)
            server.admin("POST", "/clock/advance", {"by": "2s"}, key=keys[0])
            server.admin("POST", "/rules", {"when": {"operation": "listVideos"}, "respond": {"status": 500}}, 201,
                         key=keys[1])
            listings = [server.get(MODELS, key=key, headers=self.HOST).body for key in keys]
            states = [server.admin("GET", "/state", key=key) for key in keys]
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        with self.serve("--clock", "manual") as server:
            self.assertEqual([server.admin("GET", "/state", key=key) for key in keys], states)
            self.assertEqual([server.get(MODELS, key=key, headers=self.HOST).body for key in keys], listings)
            self.assertEqual(server.get("/api/external/videos", key=keys[1]).status, 500)
            server.admin("POST", "/clock/advance", {"until": "idle"}, key=keys[0])
            self.assertEqual(server.admin("GET", "/credits", key=keys[0])["reserved"], 0)
        self.assertEqual([file.name for file in self.folder.iterdir()], ["state.json"])

    def test_a_call_writes_the_file_now(self):
        key = fresh_key()
        with self.serve() as server:
            self.assertFalse(self.path.exists())
            self.assertEqual(server.admin("POST", "/state/save"), {"saved": 0})
            self.assertEqual(json.loads(self.path.read_text())["workspaces"], [])
            self.assertEqual(server.post(REGISTER, {"preferences": "p", "count": 1}, key=key).status, 200)
            self.assertEqual(server.admin("POST", "/state/save"), {"saved": 1})
            saved = self.path.read_bytes()
            self.assertEqual(server.post(REGISTER, {"preferences": "p", "count": 1}, key=key).status, 200)
            server.expected_exit = -signal.SIGKILL
            server.process.kill()
        self.assertEqual(self.path.read_bytes(), saved)
        document = json.loads(saved)
        self.assertEqual((document["format"], [one["key"] for one in document["workspaces"]]), (1, [key]))
        with self.serve() as server:
            self.assertEqual(server.admin("GET", "/workspaces")["count"], 1)
        with Server("--quiet") as server:
            error = server.admin("POST", "/state/save", None, 409)["error"]
            self.assertIn("--state FILE", error)

    def test_a_file_that_is_torn_or_foreign_stops_the_start_with_its_place(self):
        with self.serve() as server:
            self.assertEqual(server.get(MODELS, key=fresh_key()).status, 200)
        whole = self.path.read_text()
        document = json.loads(whole)
        for text, said in (
                (whole[:len(whole) // 2], r"state\.json:2:\d+: "),
                ("", r"state\.json:1:1: "),
                ("[]", r"state\.json:1:1: "),
                ('{"openapi": "3.1.0"}', r"state\.json:1:1: .*no state file"),
                ("\x7fELF", r"state\.json:1:1: "),
                (json.dumps({**document, "format": 2, "program": "9.1.0", "more": 1}),
                 r"/format: .*format 2, written by qamera-mock 9\.1\.0, .*formats up to 1: run that version"),
                (json.dumps({**document, "format": "1"}), r"/format: expected a whole number"),
                (json.dumps({**document, "more": 1}), r"/more: "),
                (json.dumps({**document, "workspaces": [{"key": "x", "state": {}}]}),
                 r"/workspaces/0/key: expected a key"),
                (json.dumps({**document, "workspaces": [{"key": "mk_live_a.b", "state": {}}]}),
                 r"/workspaces/0/state: expected a state"),
                (json.dumps({**document, "workspaces": document["workspaces"] * 2}), r"/workspaces/1/key: ")):
            with self.subTest(text=text[:60]):
                self.path.write_text(text)
                error = self.refused()
                self.assertRegex(error, said)
                self.assertIn("the file is left as it is", error)

    def test_more_workspaces_than_there_is_room_for_are_not_dropped_silently(self):
        with self.serve() as server:
            for _ in range(3):
                self.assertEqual(server.get(MODELS, key=fresh_key()).status, 200)
        self.assertRegex(self.refused("--max-workspaces", "2"), "holds 3 workspaces, and there is room for 2")
        with self.serve() as server:
            self.assertEqual(server.admin("GET", "/workspaces")["count"], 3)

    def test_what_cannot_be_written_or_read_is_told_at_the_start(self):
        self.path.mkdir()
        result = run_binary("serve", "--port", "0", "--state", str(self.path))
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("it is no file", result.stderr)
        result = run_binary("serve", "--port", "0", "--state", str(self.folder / "no" / "state.json"))
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("cannot write into its folder", result.stderr)
        result = run_binary("serve", "--port", "0", "--state", "s.json", "--upstream", "http://127.0.0.1:1")
        self.assertEqual((result.returncode, result.stdout), (2, ""))

    def test_a_folder_that_goes_leaves_an_error_and_the_exit_code_2(self):
        inner = self.folder / "inner"
        inner.mkdir()
        server = Server("--quiet", "--state", str(inner / "state.json"), expected_exit=2)
        self.assertEqual(server.get(MODELS, key=fresh_key()).status, 200)
        inner.rmdir()
        self.assertIn("cannot write the state", server.stop())
        self.assertFalse(inner.exists())


if __name__ == "__main__":
    unittest.main()
