"""Credits under many clients: never oversold, and always granted = available + reserved + consumed."""

import json
import threading
import unittest

from server import ServerCase

SPENDERS = 64
LEAST_ROUNDS = 3  # of what goes on between, though the spenders may be done before
MODELS = "/api/external/models/register-ideas"


class Spending(ServerCase):
    FLAGS = ("--clock", "manual", "--quiet")

    def spend_together(self, tries, between=None):
        """SPENDERS threads, each with a connection of its own, register one model `tries` times. The replies."""
        replies, failures, lock = [], [], threading.Lock()
        start = threading.Barrier(SPENDERS)

        def spend():
            try:
                connection = self.server.connect()
                start.wait()
                for _ in range(tries):
                    reply = self.post(MODELS, {"preferences": "p", "count": 1}, connection=connection)
                    with lock:
                        replies.append(reply)
                connection.close()
            except Exception as failure:  # reported by the test's own thread
                failures.append(failure)

        threads = [threading.Thread(target=spend) for _ in range(SPENDERS)]
        for thread in threads:
            thread.start()
        rounds = 0
        while between and (rounds < LEAST_ROUNDS or any(thread.is_alive() for thread in threads)):
            between()
            rounds += 1
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        return replies

    def test_64_threads_never_oversell_one_balance(self):
        self.admin("PATCH", "/credits", {"available": 1000})
        replies = self.spend_together(tries=4)
        accepted = [reply.json() for reply in replies if reply.status == 200]
        refused = [reply.error() for reply in replies if reply.status != 200]
        self.assertEqual((len(accepted), len(refused)), (100, 156))
        self.assertEqual(set(refused), {"Insufficient credits. Required: 10, available: 0."})
        ids = [record for one in accepted for record in one["createdRecordIds"]]
        self.assertEqual(len(set(ids)), 100)
        self.assertEqual(len({one["reservationId"] for one in accepted}), 100)
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 1000)

        self.advance(until="idle")
        credits = self.admin("GET", "/credits")
        self.assertEqual((credits["available"], credits["reserved"], credits["consumed"]), (0, 0, 1000))
        self.assert_balanced(credits)

    def test_the_sums_hold_at_every_step_while_credits_are_spent_settled_and_granted(self):
        scenario = {"name": "unlucky", "seed": 3, "clock": {"mode": "manual"}, "credits": {"available": 500},
                    "jobs": {"default": {"duration": {"uniform": ["1s", "9s"]},
                                         "outcomes": [{"every": 3, "then": "fail"}]}}}
        self.key = "mk_live_unlucky.spenders"
        self.server.admin("POST", "/workspaces", {"key": self.key, "scenario": scenario}, 201)
        samples = []

        def stir():
            samples.append(self.admin("GET", "/credits"))
            self.advance(until="next")
            self.admin("PATCH", "/credits", {"grant": 5})

        replies = self.spend_together(tries=8, between=stir)
        self.advance(until="idle")
        samples.append(self.admin("GET", "/credits"))
        for sample in samples:
            self.assert_balanced(sample)
            self.assertGreaterEqual(min(sample["available"], sample["reserved"], sample["consumed"]), 0)
        last = samples[-1]
        accepted = sum(reply.status == 200 for reply in replies)
        self.assertEqual(last["consumed"] + last["refunded"], 10 * accepted)
        self.assertEqual(last["refunded"], 10 * (accepted // 3))
        self.assertEqual(last["reserved"], 0)
        self.assertLessEqual({reply.status for reply in replies}, {200, 402})

    def test_many_threads_of_many_keys_spend_only_their_own(self):
        keys = [f"mk_live_credit-exhaustion.own{number}" for number in range(16)]
        answers = {key: [] for key in keys}

        def spend(key):
            for _ in range(4):
                answers[key].append(self.post(MODELS, {"preferences": "p", "count": 1}, key=key).status)

        threads = [threading.Thread(target=spend, args=[key]) for key in keys]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, {key: [200, 200, 402, 402] for key in keys})


class Ledger(ServerCase):
    FLAGS = ("--clock", "manual")

    def test_a_402_has_the_documented_text_and_creates_nothing(self):
        self.admin("PATCH", "/credits", {"available": 39})
        before = self.get("/__admin/state").json()
        listing = self.get("/api/external/image-picker").body
        body = {"config": {"product": {"id": "rec_product_001"}}, "count": 4}
        reply = self.post("/api/external/image-picker/register-ideas", body)
        self.assertEqual(reply.status, 402)
        self.assertEqual(json.loads(reply.body), {"error": "Insufficient credits. Required: 40, available: 39."})
        self.assertEqual(self.get("/api/external/image-picker").body, listing)
        after = self.get("/__admin/state").json()
        for state in (before, after):
            state.pop("rateWindows")
        self.assertEqual(after, before)

    def test_the_last_credits_can_be_spent_to_the_last_one(self):
        self.admin("PATCH", "/credits", {"available": 40})
        self.register(4)
        self.assertEqual(self.admin("GET", "/credits")["available"], 0)

    def test_each_kind_has_the_price_of_its_endpoint_page(self):
        config = {"config": {"product": {"id": "prod_abc123"}}}
        for path, body, price in [("models/register-ideas", {"preferences": "p", "count": 3}, 30),
                                  ("sceneries/register-ideas", {"preferences": "p", "count": 3}, 30),
                                  ("image-picker/register-ideas", {**config, "count": 3}, 30),
                                  ("packshots/register-ideas", {**config, "count": 3}, 30),
                                  ("video-picker/register-videos", {"imageId": "img_abc123"}, 10),
                                  ("reel/register-reel", {"imagesIds": ["img_001", "img_002"]}, 15),
                                  ("models/register-ideas", {"preferences": "p"}, 100),
                                  ("packshots/register-ideas", {**config, "count": 50}, 500)]:
            with self.subTest(path=path, body=body):
                before = self.admin("GET", "/credits")
                self.assertEqual(self.post("/api/external/" + path, body).json()["creditsReserved"], price)
                after = self.admin("GET", "/credits")
                self.assertEqual(after["reserved"] - before["reserved"], price)
                self.assertEqual(before["available"] - after["available"], price)
                self.assert_balanced(after)

    def test_listings_cost_nothing(self):
        before = self.admin("GET", "/credits")
        for name in ("products", "models", "sceneries", "image-picker", "packshots", "videos", "presets"):
            self.get("/api/external/" + name)
        self.assertEqual(self.admin("GET", "/credits"), before)

    def test_credits_can_be_granted_and_set(self):
        self.register(2)
        self.assertEqual(self.admin("PATCH", "/credits", {"available": 7})["available"], 7)
        credits = self.admin("PATCH", "/credits", {"grant": 3})
        self.assertEqual((credits["available"], credits["reserved"], credits["granted"]), (10, 20, 30))
        self.assert_balanced(credits)

    def test_impossible_amounts_are_refused_with_a_pointer_and_change_nothing(self):
        before = self.admin("GET", "/credits")
        for body, pointer in [({"available": -1}, "/available"), ({"grant": 1.5}, "/grant"),
                              ({"grant": "5"}, "/grant"),
                              ({"available": 1e30}, "/available"), ({"avail": 1}, "/avail"), ({}, None),
                              ({"available": 1, "grant": 1}, None), ({"grant": 10**15}, "/grant")]:
            with self.subTest(body=body):
                self.assertEqual(self.admin("PATCH", "/credits", body, 400).get("pointer"), pointer)
        self.assertEqual(self.admin("GET", "/credits"), before)

    def test_every_booking_names_its_reservation_and_the_balance_after_it(self):
        made = self.register(2)
        self.advance(until="idle")
        entries = self.admin("GET", "/credits")["entries"]
        self.assertEqual([one["booking"] for one in entries], ["grant", "reserve", "consume", "consume"])
        self.assertEqual([one["sequence"] for one in entries], [1, 2, 3, 4])
        self.assertEqual({one["reservation"] for one in entries[1:]}, {made["reservationId"]})
        self.assertEqual(sorted(one["record"] for one in entries[2:]), made["createdRecordIds"])
        self.assertEqual(entries[-1]["available"], 99980)


if __name__ == "__main__":
    unittest.main()
