"""Memory has a budget: workspaces share what they leave alone, the least recently used go, and everybody is told."""

import json
import unittest

from hostile import memory_is_its_own
from server import Server, run_binary

LISTING = "/api/external/image-picker"
SMALL = ("--max-memory", "1MiB", "--clock", "manual")


def key(number, scenario="large-account"):
    return f"mk_live_{scenario}.s{number}"


class Sharing(unittest.TestCase):
    """A few KB a workspace, whatever its scenario holds: 70,000 records here."""

    MOST_KB = 32

    def check(self, method, target):
        """What each of many new keys costs, as the server counts it and as the system does."""
        keys = 300
        with Server("--journal-entries", "10") as server:
            connection = server.connect()
            # What is made once, for all of them, is there before.
            for number in range(50):
                server.request(method, target, key=key(f"before{number}"), connection=connection)
            before, counted = server.figure("VmRSS"), self.used(server)
            for number in range(keys):
                server.request(method, target, key=key(number), connection=connection)
            self.assertLess((self.used(server) - counted) / keys / 1024, self.MOST_KB)
            if memory_is_its_own(server):
                self.assertLess((server.figure("VmRSS") - before) / keys, self.MOST_KB)
            connection.close()

    def used(self, server):
        return server.admin("GET", "/health")["memory"]["used"]

    def test_an_unknown_path_copies_no_records(self):
        self.check("GET", "/nowhere")

    def test_a_listing_of_a_workspace_left_alone_is_that_of_its_scenario(self):
        self.check("HEAD", LISTING)
        self.check("GET", LISTING)

    def test_rules_answer_an_unknown_path_and_its_entry_names_the_workspace(self):
        with Server() as server:
            made = server.admin("POST", "/workspaces", {"key": key(1), "scenario": {
                "name": "inline", "fixture": "large",
                "rules": [{"when": {"path": "/nowhere"}, "respond": {"status": 418, "body": {"error": "tea"}}}]}}, 201)
            self.assertEqual(server.get("/nowhere", key=key(1)).status, 418)
            self.assertEqual(server.get("/elsewhere", key=key(1)).status, 404)
            entries = server.admin("GET", "/requests", key=key(1))["requests"]
            self.assertEqual([entry["workspace"] for entry in entries], [made["id"]] * 2)


class Budget(unittest.TestCase):
    def test_the_least_recently_used_go_and_their_keys_are_told_once(self):
        with Server(*SMALL) as server:
            connection = server.connect()
            keys = 1_000
            for number in range(keys):
                self.assertEqual(server.get("/nowhere", key=key(number), connection=connection).status, 404)
            health = server.admin("GET", "/health", connection=connection)
            self.assertEqual(health["memory"]["budget"], 1 << 20)
            self.assertLessEqual(health["memory"]["used"], 1 << 20)
            self.assertEqual(health["memory"]["droppedWorkspaces"], keys - health["workspaces"])
            self.assertGreater(health["workspaces"], 20)
            first = server.get(LISTING, key=key(0), connection=connection)
            self.assertEqual(first.reason, "ok; this key's earlier workspace was dropped for memory (--max-memory)")
            self.assertEqual(server.get(LISTING, key=key(0), connection=connection).reason, "ok")
            self.assertEqual(server.get(LISTING, key=key(keys - 1), connection=connection).reason, "ok")
            entries = server.admin("GET", "/requests", key=key(0), connection=connection)["requests"]
            self.assertIn("dropped for memory", entries[0]["reason"])
            connection.close()
        log = server.log()
        self.assertEqual(log.count("more memory than --max-memory"), 1, log[-2000:])
        self.assertIn("budget=1048576", log.replace('"', ""))

    def test_a_workspace_alone_beyond_the_budget_may_read_and_not_grow_until_a_reset(self):
        with Server(*SMALL, "--quiet") as server:
            connection = server.connect()
            self.assertEqual(server.get("/nowhere", key=key(1, "happy-path"), connection=connection).status, 404)
            own = key(2, "happy-path")
            body = {"config": {"product": {"id": "rec_product_001"}}, "count": 10}
            statuses = []
            for _ in range(500):
                reply = server.post(LISTING + "/register-ideas", body, key=own, connection=connection)
                statuses.append(reply.status)
                if reply.status != 200:
                    break
            self.assertEqual(statuses[-1], 503, reply)
            self.assertEqual(reply.error(), "Service temporarily unavailable. Please retry later.")
            self.assertRegex(reply.reason, r"^out of memory: \d+ bytes are held, and --max-memory allows 1048576")
            self.assertEqual(server.get(LISTING, key=own, connection=connection).status, 200)
            self.assertEqual(server.admin("GET", "/health", connection=connection)["workspaces"], 1)
            credits = server.admin("GET", "/credits", key=own, connection=connection)
            self.assertEqual(credits["reserved"], 100 * (len(statuses) - 1))
            for method, path in (("POST", "/rules"), ("POST", "/workspaces"), ("PUT", "/scenario")):
                asked = {"throttle": 1} if path == "/rules" else {"scenario": {"name": "a"}}
                refused = server.admin(method, path, asked, 503, connection=connection)
                self.assertIn("--max-memory", refused["error"])
            server.admin("POST", "/reset", key=own, connection=connection)
            self.assertEqual(server.post(LISTING + "/register-ideas", body, key=own, connection=connection).status, 200)
            connection.close()

    def test_states_scenarios_and_rules_put_by_calls_count(self):
        with Server("--clock", "manual") as server:
            def used():
                return server.admin("GET", "/health")["memory"]["used"]
            own = key(1, "happy-path")
            server.get("/nowhere", key=own)
            text = "x" * 50_000
            before = used()
            for method, path, body, status in (
                    ("POST", "/rules", {"respond": {"status": 200, "text": text}}, 201),
                    ("PUT", "/scenario", {"name": "inline", "description": text}, 200),
                    ("PUT", "/state", {**server.admin("GET", "/state", key=own),
                                       "script": {"state": text, "rules": []}}, 200)):
                server.admin(method, path, body, status, key=own)
                self.assertGreater(used(), before + 50_000, path)
            server.admin("DELETE", "/workspaces/" + server.admin("GET", "/workspaces")["workspaces"][0]["id"])
            self.assertLess(used(), 50_000)

    def test_what_waits_and_streams_counts_until_it_ends(self):
        with Server("--clock", "manual") as server:
            def used():
                return server.admin("GET", "/health")["memory"]["used"]
            server.get("/nowhere", key=key(1, "happy-path"))
            before = used()
            with server.raw() as follower:
                follower.send(f"GET /__admin/events HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n\r\n".encode())
                self.assertIn(b"200", follower.file.readline())
                self.assertGreater(used(), before)


class Option(unittest.TestCase):
    def test_a_size_that_cannot_be_read_is_refused_with_what_was_expected(self):
        for given in ("0", "12MB", "-1", "much"):
            for run in (run_binary("serve", "--port", "0", "--max-memory=" + given),
                        run_binary("serve", "--port", "0", env={"QAMERA_MOCK_MAX_MEMORY": given})):
                self.assertEqual(run.returncode, 2, run)
                self.assertIn("expected a size of at least 64k", run.stderr)
                self.assertIn(json.dumps(given), run.stderr)

    def test_flag_environment_and_default(self):
        def budget(*flags, env=None):
            with Server(*flags, env=env) as server:
                return server.admin("GET", "/health")["memory"]["budget"]
        self.assertEqual(budget("--max-memory", "64k"), 65536)
        self.assertEqual(budget(env={"QAMERA_MOCK_MAX_MEMORY": "512MiB"}), 512 << 20)
        self.assertEqual(budget("--max-memory", "2G", env={"QAMERA_MOCK_MAX_MEMORY": "512MiB"}), 2 << 30)
        self.assertLessEqual(budget(), 1 << 30)


if __name__ == "__main__":
    unittest.main()
