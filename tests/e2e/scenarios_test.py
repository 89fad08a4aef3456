"""Each built-in scenario does what its name says, seen from outside: by changing only the key."""

import json
import unittest
from pathlib import Path

from server import Server, ServerCase, fresh_key, run_binary

LISTINGS = {"products": "products", "models": "models", "sceneries": "sceneries", "image-picker": "images",
            "packshots": "packshots", "videos": "videos", "presets": "presets"}
SOURCES = Path(__file__).resolve().parents[2] / "scenarios"


class BuiltIn(ServerCase):
    FLAGS = ("--clock", "manual")

    def enter(self, scenario):
        self.key = fresh_key(scenario)

    def list_all(self):
        return {name: self.get("/api/external/" + name) for name in LISTINGS}

    def ends(self, ids):
        """What became of the images once nothing more is scheduled, in the order they were made."""
        self.advance(until="idle")
        statuses = self.statuses(ids)
        return [statuses[record] for record in ids]

    def test_happy_path_has_plenty_of_credits_and_jobs_of_5_to_15_seconds(self):
        self.enter("happy-path")
        self.assertEqual(self.admin("GET", "/credits")["available"], 100000)
        ids = self.register(20)["createdRecordIds"]
        self.assertEqual(self.advance(by="4999ms"), [])
        self.assertEqual(len(self.advance(by="10001ms")), 20)
        self.assertEqual(self.ends(ids), ["DONE"] * 20)

    def test_docs_examples_charges_30_credits_an_image(self):
        self.enter("docs-examples")
        made = self.register(4)
        self.assertEqual((made["createdRecordIds"][0], made["creditsReserved"]), ("rec_gen_301", 120))

    def test_credit_exhaustion_pays_for_two_records_and_no_more(self):
        self.enter("credit-exhaustion")
        self.register(2)
        body = {"config": {"product": {"id": "rec_product_001"}}, "count": 1}
        for _ in range(2):
            reply = self.post("/api/external/image-picker/register-ideas", body)
            self.assertEqual((reply.status, reply.error()),
                             (402, "Insufficient credits. Required: 10, available: 5."))

    def test_invalid_and_expired_keys_get_401_for_everything(self):
        for scenario in ("invalid-key", "expired-key"):
            self.enter(scenario)
            for reply in [*self.list_all().values(), self.post("/api/external/models/register-ideas", {})]:
                self.assertEqual((reply.status, reply.error()), (401, "Invalid API key."))

    def test_a_read_only_key_lists_and_may_not_register(self):
        self.enter("read-only-key")
        self.assertEqual({reply.status for reply in self.list_all().values()}, {200})
        reply = self.post("/api/external/models/register-ideas", {"preferences": "p"})
        self.assertEqual((reply.status, reply.error()), (403, "Missing required scope: 'content.register'."))

    def test_slow_jobs_queue_30_seconds_and_run_two_at_a_time(self):
        self.enter("slow-jobs")
        ids = self.register(4)["createdRecordIds"]
        self.assertEqual(self.advance(by="149s"), [])
        self.assertEqual(len(self.advance(by="181s")), 2)
        self.assertEqual(self.ends(ids), ["DONE"] * 4)
        self.assertGreater(self.admin("GET", "/clock")["now"], "2026-03-27T12:04:30.000Z")

    def test_the_first_job_of_each_kind_is_stuck(self):
        self.enter("stuck-job")
        self.assertEqual(self.ends(self.register(3)["createdRecordIds"]), ["INPROGRESS", "DONE", "DONE"])
        self.advance(by="365d")
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 10)
        self.assertEqual(self.ends(self.register(1)["createdRecordIds"]), ["DONE"])
        models = self.post("/api/external/models/register-ideas", {"preferences": "p", "count": 2}).json()
        self.advance(until="idle")
        statuses = self.statuses(models["createdRecordIds"], "/api/external/models", "models")
        self.assertEqual(list(statuses.values()), ["INPROGRESS", "DONE"])

    def test_partial_failure_fails_every_third_image_and_gives_its_credits_back(self):
        self.enter("partial-failure")
        ids = self.register(7)["createdRecordIds"]
        self.assertEqual(self.ends(ids), ["DONE", "DONE", "FAILED"] * 2 + ["DONE"])
        credits = self.admin("GET", "/credits")
        self.assertEqual((credits["consumed"], credits["refunded"], credits["available"]), (50, 20, 950))
        failed = [one for one in self.get("/api/external/image-picker").json()["images"] if one["status"] == "FAILED"]
        self.assertEqual([(one["thumbnail"], one["voting"]) for one in failed], [("", None)] * 2)

    def test_all_fail_refunds_everything(self):
        self.enter("all-fail")
        before = self.admin("GET", "/credits")["available"]
        self.assertEqual(self.ends(self.register(5)["createdRecordIds"]), ["FAILED"] * 5)
        credits = self.admin("GET", "/credits")
        self.assertEqual((credits["available"], credits["consumed"], credits["refunded"]), (before, 0, 50))

    def test_the_61st_request_within_a_minute_is_refused_and_the_window_slides(self):
        self.enter("rate-limited")
        replies = [self.get("/api/external/products") for _ in range(59)]
        self.advance(by="30s")
        replies.append(self.post("/api/external/models/register-ideas", {"preferences": "p"}))
        self.assertEqual({reply.status for reply in replies}, {200})
        refused = self.get("/api/external/products")
        self.assertEqual((refused.status, refused.error()),
                         (429, "Too many requests. Please retry after a short delay."))
        self.advance(by="29999ms")
        self.assertEqual(self.get("/api/external/products").status, 429)
        self.advance(by="1ms")
        self.assertEqual([self.get("/api/external/products").status for _ in range(60)], [200] * 59 + [429])

    def test_an_empty_account_lists_nothing(self):
        self.enter("empty-account")
        for name, reply in self.list_all().items():
            self.assertEqual(reply.json(), {LISTINGS[name]: [], "count": 0})

    def test_a_large_account_lists_10000_records_of_every_kind(self):
        self.enter("large-account")
        for name, reply in self.list_all().items():
            if name == "presets":
                reply = self.get("/api/external/presets?maxRecords=10000")
            body = reply.json()
            self.assertEqual(body["count"], 10000, name)
            self.assertEqual(len({record["id"] for record in body[LISTINGS[name]]}), 10000, name)

    def test_a_large_account_works_like_a_small_one(self):
        self.enter("large-account")
        product = self.get("/api/external/products").json()["products"][-1]["id"]
        ids = self.register(4, product)["createdRecordIds"]
        self.assertEqual(self.ends(ids), ["DONE"] * 4)
        images = self.get("/api/external/image-picker?productId=" + product).json()["images"]
        self.assertEqual([one["id"] for one in images][-4:], ids)


class Listing(unittest.TestCase):
    def test_every_scenario_file_is_built_in_and_described(self):
        named = {path.stem for path in SOURCES.glob("*.json")}
        lines = run_binary("scenarios").stdout.splitlines()
        self.assertEqual({line.split()[0] for line in lines}, named)
        self.assertTrue(all(len(line.split()) > 3 for line in lines))
        with Server() as server:
            listed = server.admin("GET", "/scenarios")
        self.assertEqual({one["name"] for one in listed["scenarios"]}, named)
        self.assertEqual(listed["default"], "happy-path")

    def test_a_scenario_chosen_at_the_start_serves_every_key_that_names_none(self):
        with Server("--scenario", "empty-account") as server:
            self.assertEqual(server.get("/api/external/products", key="mk_live_abc123.x").json()["count"], 0)
            self.assertEqual(server.get("/api/external/products", key="mk_live_happy-path.x").json()["count"], 3)

    def test_every_scenario_file_passes_lint(self):
        run = run_binary("lint", *map(str, sorted(SOURCES.glob("*.json"))))
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertEqual(run.stdout.count(": ok\n"), len(list(SOURCES.glob("*.json"))))
        self.assertTrue(all(json.loads(path.read_text(encoding="utf-8"))["name"] == path.stem
                            for path in SOURCES.glob("*.json")))


if __name__ == "__main__":
    unittest.main()
