"""A server whose memory is full of what clients have it hold: it says 503, serves on, and takes work again later."""

import json
import resource
import signal
import subprocess
import unittest

import hostile_limits_test
from hostile import memory_is_its_own
from server import BINARY, Server, clean_environment, fresh_key

MEGABYTE = 1 << 20
MODELS = "/api/external/models"
PRESETS = "/api/external/presets"


def preset(size):
    """A form whose texts a record keeps."""
    parts = {"name": "n", "quantityGuidelines": "q" * size, "qualityGuidelines": "q"}
    text = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                   for name, value in parts.items())
    return text + "--b--\r\n"


class FullMemory(unittest.TestCase):
    limited = hostile_limits_test.LimitedCase.limited

    def setUp(self):
        if not hostile_limits_test.CAN_LIMIT:
            self.skipTest("this system cannot limit a running process")
        self.server = Server()
        self.addCleanup(self.server.abandon)
        for _ in range(20):  # all threads run, and have served somebody
            self.server.admin("GET", "/health")
        if not memory_is_its_own(self.server):
            self.skipTest("a sanitizer has memory of its own")

    def room(self, size):
        """No more than so many bytes beyond those that the process has."""
        return self.limited(resource.RLIMIT_AS, self.server.figure("VmSize") * 1024 + size)

    def create(self, key, size):
        return self.server.post(PRESETS, preset(size).encode(), key=key,
                                headers={"Content-Type": "multipart/form-data; boundary=b"})

    def fill(self, key):
        """Has an account hold as much as there is memory for."""
        for size in (2 * MEGABYTE, MEGABYTE // 8):
            for _ in range(1000):
                reply = self.create(key, size)
                if reply.status != 200:
                    break
            self.assertEqual((reply.status, reply.reason), (503, "edge: out of memory"))

    def test_an_account_that_fills_the_memory_leaves_the_others_theirs_until_it_goes(self):
        quiet, loud = fresh_key(), fresh_key()
        self.assertEqual(self.server.get(MODELS, key=quiet).status, 200)
        with self.room(64 * MEGABYTE):
            self.fill(loud)
            for _ in range(50):
                self.assertEqual(self.server.get(MODELS, key=quiet).status, 200)
                self.assertIn(self.server.get(MODELS, key=fresh_key()).status, (200, 503))
                self.assertIn(self.create(loud, MEGABYTE).status, (200, 503))
            self.server.admin("GET", "/health")
            workspace = self.server.admin("GET", "/credits", key=loud)
            self.assertEqual(workspace["granted"],
                             workspace["available"] + workspace["reserved"] + workspace["consumed"])
            for one in self.server.admin("GET", "/workspaces")["workspaces"]:
                if one["records"]["presets"] > 20:
                    self.server.admin("DELETE", f"/workspaces/{one['id']}")
            self.assertEqual(self.create(quiet, MEGABYTE).status, 200)
        self.server.stop()

    def test_states_and_journals_far_larger_than_the_memory_left_are_written_piece_by_piece(self):
        for _ in range(2):
            key = fresh_key("large-account")
            self.assertEqual(self.server.get(MODELS, key=key).status, 200)
            self.server.post(MODELS + "/register-ideas", {"preferences": "p", "count": 20}, key=key)
        with self.room(16 * MEGABYTE):
            state = self.server.request("GET", "/__admin/state")
            self.assertEqual(state.status, 200)
            self.assertGreater(len(state.body), 24 * MEGABYTE)
            self.assertEqual(len(json.loads(state.body)["workspaces"]), 2)
            # Back it is refused: as a value it would take ten times as much.
            reply = self.server.request("PUT", "/__admin/state", state.body)
            self.assertEqual((reply.status, reply.reason), (503, "edge: out of memory"))
            self.assertEqual(self.server.get(MODELS, key=fresh_key()).status, 200)
        self.server.stop()

    def test_a_server_that_has_too_little_to_start_says_so(self):
        started = 0
        for megabytes in range(40, 104, 4):
            most = megabytes * MEGABYTE
            process = subprocess.Popen(
                (BINARY, "serve", "--port", "0", "--quiet", "--upstream", "https://127.0.0.1:1"),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(),
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)))
            with self.subTest(megabytes=megabytes), process:
                if process.stdout.readline():
                    started += 1
                    process.send_signal(signal.SIGTERM)
                errors = process.communicate()[1].decode()
                if process.returncode != 0:
                    self.assertEqual(process.returncode, 2, errors)
                    self.assertRegex(errors, r"\A[^\n]*(memory|thread|cannot|shared object)")
        self.assertGreater(started, 0)
        self.server.stop()


if __name__ == "__main__":
    unittest.main()
