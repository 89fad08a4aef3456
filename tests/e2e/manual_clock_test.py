"""A clock that moves only when told to: what fires, in which order, and what the ledger says of it."""

import unittest

from server import Server, ServerCase, fresh_key

START = "2026-03-27T12:00:00.000Z"


class ManualClock(ServerCase):
    FLAGS = ("--clock", "manual")

    def test_four_images_are_done_once_the_clock_is_advanced_until_idle(self):
        made = self.register(4)
        ids = made["createdRecordIds"]
        self.assertEqual(made["creditsReserved"], 40)
        self.assertEqual(self.statuses(ids), dict.fromkeys(ids, "INPROGRESS"))
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 40)

        fired = self.advance(until="idle")
        self.assertEqual(sorted(one["record"] for one in fired), sorted(ids))
        self.assertEqual({(one["kind"], one["from"], one["to"]) for one in fired}, {("image", "INPROGRESS", "DONE")})
        self.assertEqual([one["at"] for one in fired], sorted(one["at"] for one in fired))

        self.assertEqual(self.statuses(ids), dict.fromkeys(ids, "DONE"))
        credits = self.admin("GET", "/credits")
        self.assertEqual((credits["consumed"], credits["reserved"], credits["refunded"]), (40, 0, 0))
        self.assert_balanced(credits)

    def test_nothing_happens_without_being_told_to(self):
        ids = self.register(2)["createdRecordIds"]
        for _ in range(50):
            self.assertEqual(self.statuses(ids), dict.fromkeys(ids, "INPROGRESS"))
        clock = self.admin("GET", "/clock")
        self.assertEqual((clock["mode"], clock["now"], clock["scheduled"]), ("manual", START, 2))

    def test_advancing_by_a_duration_fires_exactly_what_is_due(self):
        ids = self.register(4)["createdRecordIds"]
        self.assertEqual(self.advance(by="4999ms"), [])
        self.assertEqual(len(self.advance(by="10001ms")), 4)
        self.assertEqual(self.statuses(ids), dict.fromkeys(ids, "DONE"))
        self.assertEqual(self.admin("GET", "/clock")["now"], "2026-03-27T12:00:15.000Z")

    def test_advancing_to_an_instant_stops_there(self):
        self.register(1)
        answer = self.admin("POST", "/clock/advance", {"to": "2026-03-27T12:01:00.000Z"})
        self.assertEqual(answer["now"], "2026-03-27T12:01:00.000Z")
        self.assertEqual(len(answer["fired"]), 1)
        self.assertLess(answer["fired"][0]["at"], answer["now"])

    def test_until_next_takes_one_transition_at_a_time(self):
        ids = self.register(3)["createdRecordIds"]
        seen = []
        for _ in ids:
            before = self.admin("GET", "/clock")["now"]
            fired = self.advance(until="next")
            self.assertEqual(len(fired), 1)
            self.assertGreater(fired[0]["at"], before)
            self.assertEqual(self.admin("GET", "/clock")["now"], fired[0]["at"])
            seen.append(fired[0]["record"])
        self.assertEqual(sorted(seen), sorted(ids))
        self.assertEqual(self.advance(until="next"), [])

    def test_going_back_is_refused_and_changes_nothing(self):
        self.advance(by="1m")
        answer = self.admin("POST", "/clock/advance", {"to": START}, 400)
        self.assertIn("cannot go back", answer["error"])
        self.assertEqual(answer["pointer"], "/to")
        self.admin("PUT", "/clock", {"now": START}, 400)
        self.assertEqual(self.admin("GET", "/clock")["now"], "2026-03-27T12:01:00.000Z")

    def test_malformed_advances_are_refused_with_a_pointer(self):
        for body, pointer in [({"by": "soon"}, "/by"), ({"by": "-5s"}, "/by"), ({"by": 5}, "/by"),
                              ({"to": "tomorrow"}, "/to"), ({"until": "tea"}, "/until"),
                              ({"untill": "idle"}, "/untill")]:
            with self.subTest(body=body):
                self.assertEqual(self.admin("POST", "/clock/advance", body, 400).get("pointer"), pointer)
        for body in ({}, {"by": "1s", "until": "idle"}, [], "idle", 5):
            with self.subTest(body=body):
                self.admin("POST", "/clock/advance", body, 400)
        self.assertEqual(self.admin("GET", "/clock")["now"], START)

    def test_time_ends_with_the_year_9999_and_not_with_a_crash(self):
        self.admin("POST", "/clock/advance", {"to": "9999-12-31T23:59:59.999Z"})
        self.admin("POST", "/clock/advance", {"by": "1ms"}, 400)
        self.register(1)
        self.assertEqual(self.get("/api/external/image-picker").status, 200)
        self.advance(until="idle")
        self.assertEqual(self.get("/api/external/image-picker").status, 200)

    def test_new_records_carry_the_virtual_time(self):
        self.advance(by="1h")
        made = self.register(1)["createdRecordIds"]
        images = self.get("/api/external/image-picker").json()["images"]
        self.assertEqual([one["createdAt"] for one in images if one["id"] in made], ["2026-03-27T13:00:00.000Z"])

    def test_a_manual_clock_can_be_set_to_real_and_back(self):
        self.assertEqual(self.admin("PUT", "/clock", {"mode": "real", "speed": 10})["mode"], "real")
        clock = self.admin("PUT", "/clock", {"mode": "manual"})
        self.assertEqual((clock["mode"], clock["speed"]), ("manual", 10))
        self.assertEqual(self.admin("GET", "/clock")["now"], clock["now"])

    def test_a_call_without_a_key_advances_every_workspace_and_says_which(self):
        with Server("--clock", "manual") as server:
            keys = [fresh_key(), fresh_key()]
            for key in keys:
                server.post("/api/external/models/register-ideas", {"preferences": "p", "count": 2}, key=key)
            fired = server.admin("POST", "/clock/advance", {"until": "idle"})["fired"]
            self.assertEqual(len(fired), 4)
            self.assertEqual(len({one["workspace"] for one in fired}), 2)


class ManualJobs(ServerCase):
    SCENARIO = "by-hand"

    def setUp(self):
        super().setUp()
        scenario = {"name": "by-hand", "clock": {"mode": "manual"}, "jobs": {"default": {"manual": True}}}
        self.server.admin("POST", "/workspaces", {"key": self.key, "scenario": scenario}, 201)

    def settle(self, record, status, expected=200):
        return self.admin("POST", "/records/" + record, {"status": status}, expected)

    def test_a_manual_job_ends_when_the_control_api_says_so(self):
        first, second = self.register(2)["createdRecordIds"]
        self.assertEqual(self.advance(by="30d"), [])
        fired = self.settle(first, "DONE")["fired"]
        self.assertEqual([(one["record"], one["from"], one["to"]) for one in fired], [(first, "INPROGRESS", "DONE")])
        self.settle(second, "FAILED")
        self.assertEqual(self.statuses([first, second]), {first: "DONE", second: "FAILED"})
        credits = self.admin("GET", "/credits")
        self.assertEqual((credits["consumed"], credits["refunded"], credits["reserved"]), (10, 10, 0))
        self.assert_balanced(credits)

    def test_a_job_settles_once(self):
        (record,) = self.register(1)["createdRecordIds"]
        self.settle(record, "DONE")
        self.settle(record, "FAILED", 404)
        self.assertEqual(self.admin("GET", "/credits")["consumed"], 10)

    def test_unknown_records_and_ends_are_refused(self):
        self.settle("img_nowhere", "DONE", 404)
        (record,) = self.register(1)["createdRecordIds"]
        self.assertEqual(self.settle(record, "done", 400)["pointer"], "/status")
        self.assertEqual(self.admin("POST", "/records/" + record, {}, 400)["pointer"], "/status")
        self.assertEqual(self.statuses([record]), {record: "INPROGRESS"})


if __name__ == "__main__":
    unittest.main()
