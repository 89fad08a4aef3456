"""A server whose memory is full of what clients have it hold: it says 503, serves on, and takes work again later."""

import json
import resource
import unittest

from hostile import HAS_PROC, memory_is_its_own
from hostile_limits_test import LimitedCase
from server import fresh_key

MEGABYTE = 1 << 20
ROOM = 64 * MEGABYTE
MODELS = "/api/external/models"
PRESETS = "/api/external/presets"


def preset(size):
    """A form whose texts a record keeps."""
    parts = {"name": "n", "quantityGuidelines": "q" * size, "qualityGuidelines": "q"}
    text = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                   for name, value in parts.items())
    return text + "--b--\r\n"


class FullMemory(LimitedCase):
    def setUp(self):
        super().setUp()
        if not HAS_PROC or not memory_is_its_own(self.server):
            self.skipTest("a sanitizer has memory of its own")
        self.most = self.server.figure("VmSize") * 1024 + ROOM

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
        with self.limited(resource.RLIMIT_AS, self.most):
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
        self.healthy.close()
        self.server.stop()

    def test_states_and_journals_far_larger_than_the_memory_left_are_written_piece_by_piece(self):
        for _ in range(4):
            key = fresh_key("large-account")
            self.assertEqual(self.server.get(MODELS, key=key).status, 200)
            self.server.post(MODELS + "/register-ideas", {"preferences": "p", "count": 20}, key=key)
        with self.limited(resource.RLIMIT_AS, self.server.figure("VmSize") * 1024 + 24 * MEGABYTE):
            state = self.server.request("GET", "/__admin/state")
            self.assertEqual(state.status, 200)
            self.assertGreater(len(state.body), 48 * MEGABYTE)
            self.assertEqual(len(json.loads(state.body)["workspaces"]), 5)
            # Back it is refused: as a value it would take ten times as much.
            reply = self.server.request("PUT", "/__admin/state", state.body[: 60 * MEGABYTE])
            self.assertEqual((reply.status, reply.reason), (503, "edge: out of memory"))
            self.assertEqual(self.server.get(MODELS, key=fresh_key()).status, 200)
        self.healthy.close()
        self.server.stop()


if __name__ == "__main__":
    unittest.main()
