"""A key is an account of its own, and the same seed makes the same bytes."""

import json
import unittest
from pathlib import Path

from server import Server, ServerCase, fresh_key

REQUESTS = json.loads((Path(__file__).parent / "documented_requests.json").read_text(encoding="utf-8"))
LISTINGS = ["products", "models", "sceneries", "image-picker", "packshots", "videos", "presets"]
REGISTRATIONS = [
    ("/api/external/models/register-ideas", {"preferences": "freckles", "count": 2}),
    ("/api/external/sceneries/register-ideas", {"preferences": "a pier", "count": 2}),
    ("/api/external/image-picker/register-ideas", {"config": {"product": {"id": "prod_abc123"}}, "count": 2}),
    ("/api/external/packshots/register-ideas", {"config": {"product": {"id": "prod_abc123"}}, "count": 2}),
    ("/api/external/video-picker/register-videos", {"imageId": "img_abc123"}),
    ("/api/external/reel/register-reel", {"imagesIds": ["img_001", "img_002"]}),
]


def listings(server, key):
    return {name: server.get("/api/external/" + name, key=key).json() for name in LISTINGS}


class Keys(ServerCase):
    FLAGS = ("--clock", "manual")

    def test_two_keys_never_see_each_others_records(self):
        mine, other = self.key, fresh_key()
        untouched = listings(self.server, other)
        made = set()
        for path, body in REGISTRATIONS:
            made.update(self.post(path, body).json()["createdRecordIds"])
        self.assertEqual(len(made), 10)
        self.advance(until="idle")
        self.assertEqual(listings(self.server, other), untouched)
        shown = {record["id"] for listing in listings(self.server, mine).values() for records in listing.values()
                 if isinstance(records, list) for record in records}
        self.assertLessEqual(made, shown)
        foreign = self.server.post("/api/external/packshots/update-packshot",
                                   {"recordId": sorted(made)[0], "Voting": "APPROVED"}, key=other)
        self.assertEqual(foreign.status, 404)

    def test_the_secret_alone_separates_two_accounts(self):
        one, other = "mk_live_happy-path.a", "mk_live_happy-path.b"
        self.register(3, key=one)
        self.assertEqual(self.server.admin("GET", "/credits", key=one)["reserved"], 30)
        self.assertEqual(self.server.admin("GET", "/credits", key=other)["reserved"], 0)

    def test_clock_credits_and_journal_belong_to_the_key(self):
        other = fresh_key()
        self.server.get("/api/external/products", key=other)
        self.advance(by="1h")
        self.admin("PATCH", "/credits", {"available": 5})
        self.get("/api/external/products")
        self.assertEqual(self.server.admin("GET", "/clock", key=other)["now"], "2026-03-27T12:00:00.000Z")
        self.assertEqual(self.server.admin("GET", "/credits", key=other)["available"], 100000)
        entries = self.admin("GET", "/requests")["requests"]
        self.assertEqual(len(entries), 1)

    def test_a_reset_brings_back_the_start_of_its_own_workspace_only(self):
        other = fresh_key()
        self.register(2, key=other)
        start = listings(self.server, self.key)
        first = self.register(2)
        self.advance(until="idle")
        self.admin("POST", "/reset")
        self.assertEqual(self.admin("GET", "/requests")["requests"], [])
        self.assertEqual(self.admin("GET", "/clock")["now"], "2026-03-27T12:00:00.000Z")
        self.assertEqual(self.admin("GET", "/credits")["booked"], 1)
        self.assertEqual(listings(self.server, self.key), start)
        self.assertEqual(self.register(2), first)
        self.assertEqual(self.server.admin("GET", "/credits", key=other)["reserved"], 20)
        self.assertEqual(len(self.server.admin("GET", "/requests", key=other)["requests"]), 1)


class Forks(ServerCase):
    FLAGS = ("--clock", "manual")

    def fork(self):
        workspaces = self.admin("GET", "/workspaces")["workspaces"]
        made = self.server.admin("POST", f"/workspaces/{workspaces[0]['id']}/fork", {}, 201)
        return made["key"]

    def test_a_fork_starts_equal_and_goes_its_own_way(self):
        ids = self.register(3)["createdRecordIds"]
        self.advance(until="next")
        copy = self.fork()
        self.assertEqual(listings(self.server, copy), listings(self.server, self.key))
        self.assertEqual(self.server.admin("GET", "/credits", key=copy), self.admin("GET", "/credits"))

        self.advance(until="idle")
        self.assertEqual(set(self.statuses(ids).values()), {"DONE"})
        left = self.statuses(ids, key=copy)
        self.assertEqual(sorted(left.values()), ["DONE", "INPROGRESS", "INPROGRESS"])
        self.assertEqual(self.server.admin("GET", "/credits", key=copy)["consumed"], 10)

    def test_original_and_fork_continue_alike_when_treated_alike(self):
        self.register(1)
        copy = self.fork()
        for key in (self.key, copy):
            self.register(4, key=key)
        self.assertEqual(self.server.admin("POST", "/clock/advance", {"until": "idle"}, key=copy),
                         self.admin("POST", "/clock/advance", {"until": "idle"}))
        self.assertEqual(listings(self.server, copy), listings(self.server, self.key))

    def test_forking_what_is_not_there_or_onto_a_taken_key_is_refused(self):
        self.server.admin("POST", "/workspaces/ws_nowhere/fork", {}, 404)
        self.get("/api/external/products")
        (workspace,) = self.admin("GET", "/workspaces")["workspaces"]
        path = f"/workspaces/{workspace['id']}/fork"
        self.assertEqual(self.server.admin("POST", path, {"key": self.key}, 409)["pointer"], "/key")
        self.assertEqual(self.server.admin("POST", path, {"key": "nonsense"}, 400)["pointer"], "/key")


class SameBytes(unittest.TestCase):
    """Bodies and every header, the mock's own included."""

    KEY = "mk_live_happy-path.same"

    def play(self, *flags):
        transcript = []
        with Server("--clock", "manual", *flags) as server:
            def note(reply):
                transcript.append((reply.status, reply.headers, reply.body))
            for request in REQUESTS:
                note(server.request(request["method"], request["target"], request.get("body"), key=self.KEY))
            for path, body in REGISTRATIONS:
                note(server.post(path, body, key=self.KEY))
            note(server.post("/__admin/clock/advance", {"until": "idle"}, key=self.KEY))
            for name in LISTINGS:
                note(server.get("/api/external/" + name, key=self.KEY))
            note(server.get("/api/external/nowhere", key=self.KEY))
            note(server.post("/api/external/models/register-ideas", "{", key=self.KEY))
            note(server.get("/__admin/credits", key=self.KEY))
            note(server.get("/__admin/state", key=self.KEY))
            journal = server.admin("GET", "/requests", key=self.KEY)["requests"]
            for entry in journal:
                entry.pop("receivedAt")
                entry.pop("durationMicros")
                entry["request"]["headers"].pop("Host")
            transcript.append(journal)
        return transcript

    def test_two_servers_with_one_seed_answer_the_same_bytes(self):
        # Each is asked by another host, which URLs of pictures would show.
        flags = ("--seed", "42", "--assets", "documented")
        first, second = self.play(*flags), self.play(*flags)
        for one, other in zip(first, second):
            self.assertEqual(one, other)
        self.assertEqual(len(first), len(second))

    def test_another_seed_makes_other_ids_and_durations(self):
        self.assertNotEqual(self.play("--seed", "42"), self.play("--seed", "43"))


class State(unittest.TestCase):
    def test_a_state_moves_to_another_server_and_continues_there(self):
        key = "mk_live_happy-path.traveller"
        flags = ("--clock", "manual", "--public-url", "http://mock.example")
        with Server(*flags) as one, Server(*flags, "--seed", "99") as other:
            for path, body in REGISTRATIONS:
                one.post(path, body, key=key)
            one.admin("POST", "/clock/advance", {"until": "next"}, key=key)
            state = one.get("/__admin/state", key=key)
            other.admin("PUT", "/state", json.loads(state.body), key=key)
            self.assertEqual(other.get("/__admin/state", key=key).body, state.body)
            for server in (one, other):
                server.post(*REGISTRATIONS[2], key=key)
            self.assertEqual(listings(one, key), listings(other, key))
            advanced = [server.admin("POST", "/clock/advance", {"until": "idle"}, key=key) for server in (one, other)]
            self.assertEqual(advanced[0], advanced[1])
            self.assertEqual(one.admin("GET", "/credits", key=key), other.admin("GET", "/credits", key=key))
            self.assertEqual(one.get("/__admin/state", key=key).body, other.get("/__admin/state", key=key).body)

    def test_a_broken_state_is_refused_with_a_pointer_and_changes_nothing(self):
        key = fresh_key()
        with Server("--clock", "manual") as server:
            state = server.admin("GET", "/state", key=key)
            before = server.get("/__admin/state", key=key).body
            for damage in ({"ledger": {**state["ledger"], "available": 1}}, {"clock": 5}, {"records": []},
                           {"scenario": "happy-path"}, {"random": "x"}):
                with self.subTest(damage=list(damage)):
                    answer = server.admin("PUT", "/state", {**state, **damage}, 400, key=key)
                    self.assertTrue(answer["pointer"].startswith("/" + next(iter(damage))), answer)
            for body in ([], 5, {}):
                server.admin("PUT", "/state", body, 400, key=key)
            self.assertEqual(server.get("/__admin/state", key=key).body, before)


if __name__ == "__main__":
    unittest.main()
