"""The scripted built-in scenarios do what their line of purpose says, seen from outside."""

import json
import unittest
from pathlib import Path

from faults_test import observe
from server import ServerCase, fresh_key, run_binary

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
PRODUCTS = "/api/external/products"
IMAGES = "/api/external/image-picker"
REGISTER = "/api/external/image-picker/register-ideas"
SHOOT = {"config": {"product": {"id": "rec_product_001"}}, "count": 1}


class ScriptScenarios(ServerCase):
    FLAGS = ("--clock", "manual")

    def enter(self, scenario):
        self.key = fresh_key(scenario)

    def test_server_errors_five_500_and_then_recovery(self):
        self.enter("server-errors")
        replies = [self.post(REGISTER, SHOOT) if number % 2 else self.get(PRODUCTS) for number in range(8)]
        self.assertEqual([reply.status for reply in replies], [500] * 5 + [200] * 3)
        self.assertTrue(all(reply.error() == "Internal server error" for reply in replies[:5]))
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 20)

    def test_flaky_network_resets_and_slows_at_a_seeded_rate(self):
        runs = []
        for _ in range(2):
            self.enter("flaky-network")
            runs.append([observe(self.server, self.key) for _ in range(60)])
            faults = [entry.get("fault") for entry in self.admin("GET", "/requests?limit=100")["requests"]]
        self.assertEqual(runs[0], runs[1])
        self.assertEqual(set(runs[0]), {"ECONNRESET", "200"})
        self.assertEqual(runs[0].count("ECONNRESET"), faults.count("connection-reset"))
        self.assertTrue(6 <= faults.count("connection-reset") <= 20, faults)
        self.assertTrue(8 <= faults.count("slow-body") <= 30, faults)

    def test_flaky_network_loses_no_credits_with_a_retry(self):
        self.enter("flaky-network")
        done, attempts = 0, 0
        while done < 10 and attempts < 60:
            attempts += 1
            done += observe(self.server, self.key, "POST", REGISTER, SHOOT) == "200"
        self.assertEqual(done, 10)
        self.assertGreater(attempts, 10)
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 100)

    def test_lost_response_commits_the_first_registration_and_loses_its_reply(self):
        self.enter("lost-response")
        before = self.get(IMAGES).json()["images"]
        self.assertEqual(observe(self.server, self.key, "POST", REGISTER, SHOOT), "ECONNRESET")
        after = self.get(IMAGES).json()["images"]
        self.assertEqual((len(after), after[-1]["status"]), (len(before) + 1, "INPROGRESS"))
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 10)
        self.assertEqual(observe(self.server, self.key, "POST", REGISTER, SHOOT), "200")
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 20)

    def test_maintenance_window_is_from_30_to_90_seconds(self):
        self.enter("maintenance-window")
        made = self.post(REGISTER, SHOOT).json()["createdRecordIds"]
        seen = []
        for step in ("29999ms", "1ms", "59999ms", "1ms"):
            self.advance(by=step)
            seen.append((self.get(PRODUCTS).status, self.post(REGISTER, SHOOT).status))
        self.assertEqual(seen, [(200, 200), (503, 503), (503, 503), (200, 200)])
        self.assertEqual(self.statuses(made), {made[0]: "DONE"})

    def test_credits_run_out_while_jobs_run_and_these_are_done_all_the_same(self):
        self.enter("credits-run-out-mid-batch")
        made = self.register(4)["createdRecordIds"]
        self.assertEqual([one["kind"] for one in self.advance(by="10s")], ["credits"])
        refused = self.post(REGISTER, SHOOT)
        self.assertEqual((refused.status, refused.error()), (402, "Insufficient credits. Required: 10, available: 0."))
        self.advance(until="idle")
        self.assertEqual(set(self.statuses(made).values()), {"DONE"})
        credits = self.admin("GET", "/credits")
        self.assertEqual((credits["available"], credits["consumed"]), (0, 40))
        self.assert_balanced(credits)

    def test_the_key_is_revoked_while_jobs_run(self):
        self.enter("key-revoked-mid-run")
        self.register(2)
        self.advance(by="9999ms")
        self.assertEqual(self.get(IMAGES).status, 200)
        self.assertEqual([one["kind"] for one in self.advance(by="1ms")], ["key"])
        self.assertEqual([self.get(IMAGES).status, self.post(REGISTER, SHOOT).status], [401, 401])
        self.advance(until="idle")
        self.assertEqual(self.admin("GET", "/credits")["consumed"], 20)
        self.admin("PATCH", "/keys", {"state": "active"})
        self.assertEqual(self.get(IMAGES).status, 200)


PREFERENCES = {"preferences": "Warm light"}
FIELDS = {"name": "Studio", "quantityGuidelines": "many", "qualityGuidelines": "high"}
FORM = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
               for name, value in FIELDS.items()) + "--b--\r\n"
CALLS = {
    "listProducts": ("GET", "products", None),
    "listModels": ("GET", "models", None),
    "registerModels": ("POST", "models/register-ideas", PREFERENCES),
    "listSceneries": ("GET", "sceneries", None),
    "registerSceneries": ("POST", "sceneries/register-ideas", PREFERENCES),
    "listImages": ("GET", "image-picker", None),
    "registerImages": ("POST", "image-picker/register-ideas", SHOOT),
    "listPackshots": ("GET", "packshots", None),
    "registerPackshots": ("POST", "packshots/register-ideas", SHOOT),
    "updatePackshot": ("POST", "packshots/update-packshot", {"recordId": "rec_gen_301", "Voting": "APPROVED"}),
    "listVideos": ("GET", "videos", None),
    "registerVideo": ("POST", "video-picker/register-videos", {"imageId": "img_abc123"}),
    "registerReel": ("POST", "reel/register-reel", {"imagesIds": ["img_001", "img_002"]}),
    "listPresets": ("GET", "presets", None),
    "createPreset": ("POST", "presets", FORM),
}


class ContractDrift(ServerCase):
    FLAGS = ("--clock", "manual")
    SCENARIO = "contract-drift"

    def pair(self, operation):
        """The genuine reply and the one that departs from it."""
        method, path, body = CALLS[operation]
        form = {"Content-Type": "multipart/form-data; boundary=b"} if body is FORM else {}
        replies = [self.server.request(method, "/api/external/" + path, body, key=key, headers=form)
                   for key in (fresh_key(), fresh_key(self.SCENARIO))]
        self.assertEqual(replies[0].status, 200, (operation, replies[0]))
        self.assertIn(operation + ":", replies[1].reason)
        self.assertNotIn("not applied", replies[1].reason)
        return replies

    def bodies(self, operation):
        return [reply.json() for reply in self.pair(operation)]

    def test_a_field_is_removed(self):
        genuine, drifted = self.bodies("listProducts")
        del genuine["products"][0]["name"]
        self.assertEqual(drifted, genuine)
        genuine, drifted = self.bodies("registerPackshots")
        self.assertEqual(set(genuine) - set(drifted), {"batchId"})

    def test_a_field_is_renamed(self):
        genuine, drifted = self.bodies("listModels")
        genuine["models"][0]["thumbnailUrl"] = genuine["models"][0].pop("thumbnail")
        self.assertEqual(drifted, genuine)
        genuine, drifted = self.bodies("registerImages")
        self.assertEqual(drifted["recordIds"], genuine["createdRecordIds"])
        self.assertNotIn("createdRecordIds", drifted)
        genuine, drifted = self.bodies("listPresets")
        self.assertEqual(drifted, {"items": genuine["presets"], "count": genuine["count"]})

    def test_a_field_is_of_another_type(self):
        self.assertIsInstance(self.bodies("listSceneries")[1]["count"], str)
        self.assertIsInstance(self.bodies("registerSceneries")[1]["creditsReserved"], str)
        self.assertIsInstance(self.bodies("registerReel")[1]["createdRecordIds"], str)

    def test_a_field_is_null(self):
        self.assertIsNone(self.bodies("listImages")[1]["images"][0]["status"])
        self.assertIsNone(self.bodies("registerVideo")[1]["reservationId"])

    def test_a_field_is_too_many(self):
        genuine, drifted = self.bodies("listPackshots")
        self.assertEqual(set(drifted) - set(genuine), {"nextCursor"})
        self.assertEqual(set(drifted["packshots"][0]) - set(genuine["packshots"][0]), {"quality"})
        genuine, drifted = self.bodies("createPreset")
        self.assertEqual(set(drifted) - set(genuine), {"preset"})

    def test_the_content_type_is_wrong(self):
        for operation, content_type in (("updatePackshot", "text/plain"), ("listVideos", "text/html")):
            genuine, drifted = self.pair(operation)
            self.assertEqual(drifted.header("Content-Type"), content_type + "; charset=utf-8")
            self.assertEqual(drifted.status, genuine.status)
            self.assertEqual(json.loads(drifted.body), genuine.json())

    def test_a_status_of_201_takes_the_place_of_200(self):
        genuine, drifted = self.pair("registerModels")
        self.assertEqual((drifted.status, list(drifted.json())), (201, list(genuine.json())))

    def test_every_documented_operation_departs_in_one_named_way(self):
        rules = json.loads((SCENARIOS / "contract-drift.json").read_text(encoding="utf-8"))["rules"]
        document = json.loads(run_binary("openapi").stdout)
        documented = {row["operationId"] for path in document["paths"].values() for row in path.values()
                      if "Not documented." not in row["description"]}
        self.assertEqual({rule["when"]["operation"] for rule in rules}, documented)
        self.assertEqual({rule["when"]["operation"] for rule in rules}, set(CALLS))
        for rule in rules:
            self.assertTrue(rule["name"].startswith(rule["when"]["operation"] + ": "))
            self.assertEqual(len({"patch", "alter"} & set(rule)), 1)


if __name__ == "__main__":
    unittest.main()
