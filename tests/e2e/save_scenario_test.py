"""`serve --upstream URL --save-scenario FILE`: what a service showed, replayed offline."""

import json
import tempfile
import unittest
from pathlib import Path

from raw_upstream import RawUpstream, ok
from replay_test import drive
from server import Server, fresh_key, run_binary

API = "/api/external"
KEY = "mk_live_abc123.secret456"


def job(count):
    return {"config": {"product": {"id": "rec_product_001"}}, "count": count}


class SaveScenario(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.saved = self.folder / "saved.json"
        self.recording = self.folder / "traffic.ndjson"

    def capture(self, behind, drive_it):
        """Drives a proxy in front of `behind`; what it said when it stopped."""
        with Server("--upstream", behind, "--save-scenario", str(self.saved), "--record", str(self.recording),
                    "--quiet") as front:
            drive_it(front)
        return front.log()

    def replay(self, *flags):
        with Server("--scenario", str(self.saved), "--quiet") as offline:
            run = run_binary("replay", str(self.recording), "--target", offline.url, "--api-key", fresh_key("other"),
                             "--format", "json", *flags)
            self.assertIn(run.returncode, (0, 1), run.stderr)
            return json.loads(run.stdout)

    def test_a_workflow_replays_offline_field_by_field(self):
        key = fresh_key()
        with Server("--clock", "manual", "--quiet") as behind:
            front_log = self.capture(behind.url, lambda front: drive(Both(front, behind), key))
        self.assertIn(f"wrote the scenario {self.saved}", front_log)
        lint = run_binary("lint", str(self.saved))
        self.assertEqual(lint.returncode, 0, lint.stdout + lint.stderr)
        # Even ids, names and URLs are those of the service; only times are the mock's own.
        exact = self.replay("--exact", "--ignore", "/images/*/createdAt", "--ignore", "/videos/*/createdAt")
        self.assertEqual((exact["sent"], exact["differences"]), (13, []))

    def test_failures_polls_and_errors_are_kept(self):
        scenario = {"name": "odd", "fixture": "default", "clock": {"mode": "real"},
                    "credits": {"available": 60, "prices": {"image": 13}},
                    "jobs": {"image": {"afterPolls": 2, "outcomes": [{"nth": 2, "then": "fail"}]}},
                    "rules": [{"when": {"operation": "listModels", "nth": 2},
                               "respond": {"status": 503, "body": {"error": "come back"},
                                           "headers": {"Retry-After": "7"}}}]}
        path = self.folder / "odd.json"
        path.write_text(json.dumps(scenario), encoding="utf-8")
        seen = []

        def ask(front, method, target, body=None):
            seen.append(front.request(method, API + target, body, key=KEY))

        def drive_it(front):
            ask(front, "POST", "/image-picker/register-ideas", job(3))
            for _ in range(4):
                ask(front, "GET", "/image-picker")
            ask(front, "POST", "/image-picker/register-ideas", job(3))
            for _ in range(3):
                ask(front, "GET", "/models")
            ask(front, "GET", "/undocumented")
        with Server("--scenario", str(path), "--quiet") as behind:
            self.capture(behind.url, drive_it)
        self.assertEqual([reply.status for reply in seen], [200] * 5 + [402, 200, 503, 200, 404])
        # No listing showed the product that the jobs are about; it is there all the same.
        self.assertEqual(self.replay()["differences"], [])
        saved = json.loads(self.saved.read_text(encoding="utf-8"))
        self.assertEqual(saved["credits"]["prices"], {"image": 13})
        expected = saved["fixture"]["expected"]["image"]
        self.assertEqual([one["polls"] for one in expected], [2, 2, 2])
        self.assertEqual([one.get("status") for one in expected], [None, "FAILED", None])
        with Server("--scenario", str(self.saved), "--quiet") as offline:
            first, second = offline.get(API + "/models", key=KEY), offline.get(API + "/models", key=KEY)
            self.assertEqual((first.status, second.status, second.header("Retry-After")), (200, 503, "7"))

    def test_another_price_is_kept_and_head_counts_as_no_poll(self):
        seen = []

        def reply(ids, reserved):
            return ok(json.dumps({"createdRecordIds": ids, "batchId": "batch_" + ids[0], "orderId": "order_" + ids[0],
                                  "reservationId": "res_" + ids[0], "creditsReserved": reserved}).encode())

        def listing(status):
            return {"images": [{"id": "a", "name": "A", "thumbnail": "", "status": status, "voting": None,
                                "createdAt": "2026-01-02T03:04:05.000Z"}], "count": 1}
        working = json.dumps(listing("INPROGRESS")).encode()

        def drive_it(front):
            for count in (1, 2, 2):
                sent = front.request("POST", API + "/image-picker/register-ideas", job(count), key=KEY)
                seen.append(sent.json()["creditsReserved"])
            for _ in range(2):
                front.request("HEAD", API + "/image-picker", key=KEY)
                images = front.get(API + "/image-picker", key=KEY).json()["images"]
                seen.append([one["status"] for one in images if one["id"] == "a"])
        head = ok(b"").replace(b"Content-Length: 0", b"Content-Length: %d" % len(working))
        with RawUpstream(reply(["a"], 10), reply(["b", "c"], 25), reply(["d", "e"], 20), head, ok(working), head,
                         ok(working)) as upstream:
            self.capture(upstream.url, drive_it)
        expected = [10, 25, 20, ["INPROGRESS"], ["INPROGRESS"]]
        self.assertEqual(seen, expected)
        saved = json.loads(self.saved.read_text(encoding="utf-8"))
        self.assertEqual(saved["credits"]["prices"], {"image": 10})
        with Server("--scenario", str(self.saved), "--quiet") as offline:
            seen.clear()
            drive_it(offline)
            self.assertEqual(seen, expected)
            images = offline.get(API + "/image-picker", key=KEY).json()["images"]
            self.assertEqual([one["status"] for one in images if one["id"] == "a"], ["DONE"])

    def test_what_was_seen_twice_is_there_once_and_the_scenario_can_be_served(self):
        record = {"id": "twin", "name": "T", "thumbnail": "", "status": "INPROGRESS", "voting": None,
                  "createdAt": "2026-01-02T03:04:05.000Z"}
        leak = json.dumps({"error": "x", KEY: 1}).encode()
        bought = {"createdRecordIds": ["v"], "batchId": "b", "orderId": "o", "reservationId": "r",
                  "creditsReserved": 250_000}
        voted = {"success": True, "message": "Packshot voting updated successfully", "recordId": "ps"}

        def drive_it(front):
            front.request("POST", API + "/packshots/update-packshot", {"recordId": "ps", "Voting": "APPROVED"}, key=KEY)
            front.request("POST", API + "/video-picker/register-videos", {"imageId": "ps"}, key=KEY)
            for path in ("/models", "/sceneries", "/products", "/presets"):
                front.get(API + path, key=KEY)
        with RawUpstream(ok(json.dumps(voted).encode()), ok(json.dumps(bought).encode()),
                         ok(json.dumps({"models": [record], "count": 1}).encode()),
                         ok(json.dumps({"sceneries": [record], "count": 1}).encode()),
                         ok(leak, b"Content-Type: text/json;\tcharset=utf-8\r\n"), ok(leak)) as upstream:
            log = self.capture(upstream.url, drive_it)
        self.assertIn("1 exchanges are in no scenario, or not whole", log)
        lint = run_binary("lint", str(self.saved))
        self.assertEqual(lint.returncode, 0, lint.stdout + lint.stderr)
        text = self.saved.read_text(encoding="utf-8")
        self.assertNotIn("secret456", text)
        saved = json.loads(text)
        self.assertEqual(saved["credits"]["available"], 250_000)
        self.assertEqual([[one["id"] for one in saved["fixture"].get(name, [])]
                          for name in ("models", "sceneries", "images", "packshots")], [["twin"], [], [], ["ps"]])
        with Server("--scenario", str(self.saved), "--quiet") as offline:
            drive_it(offline)
            statuses = [one["response"]["status"] for one in offline.admin("GET", "/requests")["requests"]]
            self.assertEqual(statuses, [200] * 6)

    def test_a_path_that_a_rule_cannot_name_is_left_out_and_counted(self):
        with RawUpstream(ok(b"{}"), ok(b"{}")) as upstream:
            log = self.capture(upstream.url, lambda front: [front.get(path, key=KEY) for path in ("/a*b", "/ab")])
        self.assertIn("1 exchange", log)
        rules = json.loads(self.saved.read_text(encoding="utf-8"))["rules"]
        self.assertEqual([rule["when"]["path"] for rule in rules], ["/ab"])

    def test_replies_outside_the_contract_are_kept_as_they_were(self):
        odd = b'{"models":[{"id":1}],"count":"many"}'
        with RawUpstream(ok(odd), ok(b"<html>", b"Content-Type: text/html\r\n"), ok(odd)) as upstream:
            self.capture(upstream.url, lambda front: [front.get(API + "/models", key=KEY) for _ in range(3)])
        with Server("--scenario", str(self.saved), "--quiet") as offline:
            replies = [offline.get(API + "/models", key=KEY) for _ in range(4)]
            self.assertEqual([json.loads(replies[i].body) for i in (0, 2)], [json.loads(odd)] * 2)
            self.assertEqual((replies[1].body, replies[1].header("Content-Type")), (b"<html>", "text/html"))
            self.assertEqual(replies[3].json(), {"models": [], "count": 0})

    def test_a_filtered_listing_first_does_not_disturb_the_order(self):
        def drive_it(front):
            for query in ("?productId=rec_product_001", "?statusFilter=approved", "", "?productId=rec_product_001"):
                front.get(API + "/image-picker" + query, key=KEY)
        with Server("--quiet") as behind:
            self.capture(behind.url, drive_it)
        self.assertEqual(self.replay()["differences"], [])

    def test_what_the_proxy_said_itself_keeps_its_place(self):
        rule = {"when": {"operation": "listModels", "nth": 4}, "respond": {"status": 429, "body": {"error": "slow"}}}
        bad = b"HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"error\":\"x\"}"
        empty = ok(b'{"models":[],"count":0}')
        seen = []

        def drive_it(front):
            front.admin("POST", "/rules", rule, 201, key=KEY)
            seen.extend(front.get(API + "/models", key=KEY).status for _ in range(5))
        with RawUpstream(b"garbage\r\n", empty, bad, empty) as upstream:
            self.capture(upstream.url, drive_it)
        self.assertEqual(seen, [502, 200, 500, 429, 200])
        self.assertEqual(self.replay()["differences"], [])

    def test_each_account_has_a_scenario_and_no_key_is_in_any(self):
        keys = [fresh_key(), fresh_key("empty-account")]

        def drive_it(front):
            for key in keys:
                front.get(API + "/products", key=key)
                front.post(API + "/models/register-ideas", {"preferences": f"uses {KEY}"}, key=key)
                front.get(API + "/models", key=key)
            front.get(API + "/products")
        with Server("--quiet") as behind:
            log = self.capture(behind.url, drive_it)
        self.assertIn("1 exchanges are in no scenario", log)
        second = self.folder / "saved-2.json"
        text = self.saved.read_text(encoding="utf-8") + second.read_text(encoding="utf-8")
        for secret in ("secret456", *[key.split(".")[1] for key in keys]):
            self.assertNotIn(f".{secret}", text)
        self.assertNotIn("products", json.loads(second.read_text(encoding="utf-8"))["fixture"])
        self.assertEqual(json.loads(second.read_text(encoding="utf-8"))["name"], "saved-2")

    def test_it_is_for_its_owner_alone_and_no_link_is_followed(self):
        precious = self.folder / "precious"
        precious.write_text("precious", encoding="utf-8")
        for planted in (self.saved, self.folder / "saved.json.tmp"):
            planted.symlink_to(precious)
        with Server("--quiet") as behind:
            self.capture(behind.url, lambda front: front.get(API + "/models", key=KEY))
        self.assertEqual(precious.read_text(encoding="utf-8"), "precious")
        self.assertEqual(self.saved.lstat().st_mode & 0o170777, 0o100600)
        self.assertEqual(self.recording.stat().st_mode & 0o777, 0o600)

    def test_nothing_relayed_writes_nothing(self):
        with Server("--quiet") as behind:
            log = self.capture(behind.url, lambda front: None)
        self.assertIn("nothing was written", log)
        self.assertFalse(self.saved.exists())


class Both:
    """Product requests through the proxy, the clock at the service behind it."""

    def __init__(self, front, behind):
        self.request = front.request
        self.admin = behind.admin


if __name__ == "__main__":
    unittest.main()
