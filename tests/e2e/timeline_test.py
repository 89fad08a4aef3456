"""Timelines under a manual clock, and what a seed, a snapshot and a fork repeat."""

import unittest

from server import ServerCase

PRODUCTS = "/api/external/products"
IMAGES = "/api/external/image-picker"
REGISTER = "/api/external/image-picker/register-ideas"
SHOOT = {"config": {"product": {"id": "rec_product_001"}}, "count": 1}
MAINTENANCE = "Service temporarily unavailable. Please retry later."


class Timed(ServerCase):
    def enter(self, other_seed=None, **members):
        scenario = {"name": "timed", "clock": {"mode": "manual"}, **members}
        wishes = {"scenario": scenario} if other_seed is None else {"scenario": scenario, "seed": other_seed}
        made = self.server.admin("POST", "/workspaces", wishes, 201)
        self.key, self.id = made["key"], made["id"]

    def fired(self, **target):
        """(kind, from, to, seconds since the start) of what fired and is not about a record."""
        steps = [one for one in self.advance(**target) if one["record"] is None]
        return [(one["kind"], one["from"], one["to"], one["at"][14:19]) for one in steps]


class Timeline(Timed):
    def test_it_takes_the_credits_at_60_s_and_revokes_the_key_at_120_s(self):
        self.enter(credits={"available": 100},
                   timeline=[{"at": "60s", "set": {"credits": 0}}, {"at": "2m", "set": {"key": {"state": "revoked"}}}])
        self.assertEqual(self.post(REGISTER, SHOOT).status, 200)
        self.assertEqual(self.fired(by="59999ms"), [])
        self.assertEqual(self.post(REGISTER, SHOOT).status, 200)
        self.assertEqual(self.fired(by="1ms"), [("credits", "80", "0", "01:00")])
        refused = self.post(REGISTER, SHOOT)
        self.assertEqual((refused.status, refused.error()), (402, "Insufficient credits. Required: 10, available: 0."))
        self.assertEqual(self.get(PRODUCTS).status, 200)
        self.assertEqual(self.fired(by="59999ms"), [])
        self.assertEqual(self.get(PRODUCTS).status, 200)
        self.assertEqual(self.fired(by="1ms"), [("key", "*", '{"state":"revoked"}', "02:00")])
        refused = self.get(PRODUCTS)
        self.assertEqual((refused.status, refused.error()), (401, "Invalid API key."))
        self.assert_balanced(self.admin("GET", "/credits"))
        self.assertEqual(self.fired(by="1h"), [])

    def test_every_kind_of_step_takes_effect_and_is_told(self):
        self.enter(rules=[{"name": "old", "alter": {"headers": {"X-Old": "1"}}}], timeline=[
            {"at": "1s", "set": {"maintenance": True}}, {"at": "2s", "set": {"maintenance": False}},
            {"at": "3s", "set": {"key": {"scopes": ["content.read"]}}},
            {"at": "4s", "set": {"key": {"scopes": ["content.read", "content.register"]},
                                 "jobs": {"image": {"immediate": True}}}},
            {"at": "5s", "set": {"state": "late"}},
            {"at": "6s", "addRules": [{"name": "new", "alter": {"headers": {"X-New": "1"}}}], "removeRules": ["old"]},
            {"at": "7s", "removeRules": ["new"]},
            {"at": "8s", "set": {"key": {"state": "expired"}}}])
        self.assertEqual(self.get(PRODUCTS).header("X-Old"), "1")
        self.assertEqual(self.fired(by="1s"), [("maintenance", "off", "on", "00:01")])
        down = self.post(REGISTER, SHOOT)
        self.assertEqual((down.status, down.error(), down.reason), (503, MAINTENANCE, "maintenance window"))
        self.assertEqual(self.fired(by="1s"), [("maintenance", "on", "off", "00:02")])
        self.assertEqual(self.get(PRODUCTS).status, 200)
        self.fired(by="1s")
        self.assertEqual(self.post(REGISTER, SHOOT).status, 403)
        self.assertEqual([step[0] for step in self.fired(by="1s")], ["key", "jobs"])
        made = self.post(REGISTER, SHOOT).json()["createdRecordIds"]
        self.assertEqual(list(self.statuses(made).values()), ["DONE"])
        self.assertEqual(self.fired(by="1s"), [("state", "", "late", "00:05")])
        self.assertEqual(self.admin("GET", "/script")["state"], "late")
        self.assertEqual(self.fired(by="1s"), [("rule", "", "new", "00:06"), ("rule", "old", "", "00:06")])
        reply = self.get(PRODUCTS)
        self.assertEqual((reply.header("X-Old"), reply.header("X-New")), (None, "1"))
        self.assertEqual(self.fired(by="1s"), [("rule", "new", "", "00:07")])
        self.assertEqual(self.fired(by="1s"), [("key", "*", '{"state":"expired"}', "00:08")])
        self.assertEqual(self.get(PRODUCTS).status, 401)

    def test_idle_leaves_later_steps_and_next_takes_them_one_by_one(self):
        self.enter(timeline=[{"at": "10m", "set": {"state": "a"}}, {"at": "20m", "set": {"state": "b"}}])
        self.post(REGISTER, SHOOT)
        self.assertEqual([one["kind"] for one in self.advance(until="idle")], ["image"])
        self.assertEqual(self.admin("GET", "/clock")["scheduled"], 2)
        self.assertEqual(self.fired(until="next"), [("state", "", "a", "10:00")])
        self.assertEqual(self.fired(until="next"), [("state", "a", "b", "20:00")])
        self.assertEqual(self.fired(until="next"), [])

    def test_reset_starts_the_timeline_again(self):
        self.enter(timeline=[{"at": "1s", "set": {"credits": 0}}])
        self.assertEqual(len(self.fired(by="1s")), 1)
        self.admin("POST", "/reset", {})
        self.assertEqual(self.admin("GET", "/credits")["available"], 100000)
        self.assertEqual(self.fired(by="1s"), [("credits", "100000", "0", "00:01")])


SCRIPT = {
    "seed": 11, "state": "warm",
    "jobs": {"default": {"duration": {"uniform": ["1s", "9s"]}}},
    "rules": [{"name": "chance", "when": {"probability": 0.4}, "respond": {"status": 500}},
              {"name": "third", "when": {"operation": "listProducts", "every": 3}, "alter": {"status": 203}},
              {"name": "jitter", "delay": {"uniform": ["0ms", "2ms"]}},
              {"name": "cool", "when": {"state": "warm", "operation": "listImages", "nth": 4}, "setState": "cold"}],
    "timeline": [{"at": "10s", "set": {"credits": 5}}, {"at": "20s", "addRules": [
        {"name": "late", "when": {"nth": 2}, "respond": {"status": 410}}]}],
}


class Determinism(Timed):
    def play(self, rounds, key):
        """Requests and clock steps; all that a client or a test can tell apart afterwards."""
        self.key = key
        seen = []
        for number in range(rounds):
            target = (PRODUCTS, IMAGES, REGISTER)[number % 3]
            reply = self.post(target, SHOOT) if target == REGISTER else self.get(target)
            seen.append((reply.status, reply.body, reply.reason))
            seen.append(self.advance(by="1s"))
        seen.append([(rule["name"], rule["matched"], rule["hits"]) for rule in self.admin("GET", "/rules")["rules"]])
        seen.append(self.admin("GET", "/script"))
        entries = sorted(self.admin("GET", "/requests")["requests"], key=lambda entry: entry["sequence"])
        seen.append([(entry.get("rule"), entry.get("draws")) for entry in entries[-rounds:]])
        return seen

    def test_ten_runs_of_a_seed_are_alike_and_another_seed_is_not(self):
        runs = []
        for other_seed in [None] * 10 + [12]:
            self.enter(other_seed, **SCRIPT)
            runs.append(self.play(30, self.key))
        self.assertEqual(runs[1:10], [runs[0]] * 9)
        self.assertNotEqual(runs[10], runs[0])
        statuses = {one[0] for one in runs[0][0:60:2]}
        self.assertLessEqual({200, 203, 402, 410, 500}, statuses)

    def test_the_draws_of_a_request_are_in_the_journal(self):
        self.enter(**SCRIPT)
        for _ in range(20):
            self.get(PRODUCTS)
        entries = sorted(self.admin("GET", "/requests")["requests"], key=lambda entry: entry["sequence"])
        for entry in entries:
            drawn = entry["draws"]["chance"]["probability"]
            self.assertEqual(entry["response"]["status"] == 500, drawn < 0.4)
            self.assertEqual("chance" in entry["rule"], drawn < 0.4)
            self.assertRegex(entry["draws"]["jitter"]["delay"], r"^[0-2]m?s$")

    def test_a_fork_continues_as_the_original_does(self):
        for rounds in (0, 7, 19):
            self.enter(**SCRIPT)
            self.play(rounds, self.key)
            original = self.key
            fork = self.server.admin("POST", f"/workspaces/{self.id}/fork", {}, 201)["key"]
            self.assertEqual(self.play(20, fork), self.play(20, original))

    def test_a_snapshot_brings_back_state_counters_and_generator(self):
        for rounds in (0, 7, 25):
            self.enter(**SCRIPT)
            self.play(rounds, self.key)
            snapshot = self.admin("GET", "/state")
            first = self.play(20, self.key)
            self.admin("PUT", "/state", snapshot)
            self.assertEqual(self.play(20, self.key), first)
            self.enter(99, **{**SCRIPT, "rules": [], "timeline": []})
            self.admin("PUT", "/state", snapshot)
            self.assertEqual(self.play(20, self.key), first)

    def test_rules_added_while_running_are_part_of_the_snapshot(self):
        self.enter()
        self.admin("POST", "/rules", {"name": "fresh", "when": {"nth": 3}, "respond": {"status": 418}}, 201)
        self.get(PRODUCTS)
        snapshot = self.admin("GET", "/state")
        self.admin("DELETE", "/rules")
        self.admin("PUT", "/state", snapshot)
        self.assertEqual([self.get(PRODUCTS).status for _ in range(3)], [200, 418, 200])
        self.assertTrue(self.admin("GET", "/rules")["rules"][0]["added"])


if __name__ == "__main__":
    unittest.main()
