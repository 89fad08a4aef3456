"""`qamera-mock replay`: a recording sent again differs only where the target does."""

import json
import tempfile
import threading
import unittest
from pathlib import Path

from raw_upstream import RawUpstream, ok
from server import SAFETY_SECONDS, Server, ServerCase, fresh_key, run_binary

RECORDINGS = Path(__file__).parent / "recordings"


def drive(server, key):
    """A workflow whose later requests name ids of earlier replies. Ends with every job done."""
    def ask(method, path, body=None, **options):
        return server.request(method, "/api/external" + path, body, **{"key": key, **options}).json()

    ask("GET", "/products")
    ask("GET", "/models?statusFilter=approved")
    made = ask("POST", "/image-picker/register-ideas", {"config": {"product": {"id": "rec_product_001"}}, "count": 3})
    ask("GET", "/image-picker?productId=rec_product_001")
    server.admin("POST", "/clock/advance", {"until": "idle"}, key=key)
    ask("GET", "/image-picker?productId=rec_product_001")
    first, second, _ = made["createdRecordIds"]
    ask("POST", "/packshots/update-packshot", {"recordId": first, "Voting": "APPROVED"})
    ask("POST", "/packshots/update-packshot", {"recordId": second, "Voting": "REJECTED"})
    ask("GET", "/image-picker?statusFilter=approved")
    ask("POST", "/video-picker/register-videos", {"generatedImageId": first})
    server.admin("POST", "/clock/advance", {"until": "idle"}, key=key)
    ask("GET", "/videos")
    ask("GET", "/products", key=None)
    ask("GET", "/products", key="no-key-at-all")
    ask("POST", "/models/register-ideas", {})


class Replay(ServerCase):
    FLAGS = ("--speed", "1000", "--quiet")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory()
        cls.ndjson = Path(cls.folder.name) / "traffic.ndjson"
        cls.har = Path(cls.folder.name) / "traffic.har"
        with Server("--clock", "manual", "--record", str(cls.ndjson), "--quiet") as server:
            drive(server, fresh_key())
            cls.har.write_bytes(server.get("/__admin/requests.har").body)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()
        super().tearDownClass()

    def replay(self, *flags, file=None, key=None):
        run = run_binary("replay", str(file or self.ndjson), "--target", self.server.url, "--api-key", key or self.key,
                         "--format", "json", *flags)
        self.assertIn(run.returncode, (0, 1), run.stderr)
        report = json.loads(run.stdout)
        self.assertEqual(run.returncode, 1 if report["differences"] else 0)
        return report

    def test_a_fresh_server_gives_no_difference(self):
        for file in (self.ndjson, self.har):
            with self.subTest(file=file.suffix):
                report = self.replay(file=file, key=fresh_key())
                self.assertEqual((report["sent"], report["skipped"], report["differences"]), (13, 0, []))

    def test_what_holds_no_exchange_is_a_set_up_error(self):
        empty = Path(self.folder.name) / "empty.ndjson"
        empty.write_bytes(b"")
        for file in (empty, Path(self.folder.name), Path(self.folder.name) / "none"):
            run = run_binary("replay", str(file), "--target", self.server.url, "--api-key", self.key)
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn(str(file), run.stderr)

    def test_ids_of_replies_are_carried_into_later_requests(self):
        # Another seed and a job before: the same requests make records of other ids.
        body = {"config": {"product": {"id": "rec_product_002"}}, "count": 2}
        self.post("/api/external/image-picker/register-ideas", body)
        differences = self.replay("--ignore", "/images", "--ignore", "/count", "--ignore", "/videos")["differences"]
        self.assertEqual(differences, [])
        votes = self.admin("GET", "/requests?operation=updatePackshot")["requests"]
        recorded = [json.loads(line) for line in self.ndjson.read_text(encoding="utf-8").splitlines()]
        old = [json.loads(one["request"]["body"])["recordId"] for one in recorded
               if one["operation"] == "updatePackshot"]
        new = [json.loads(one["request"]["body"])["recordId"] for one in votes]
        self.assertEqual(len(set(old + new)), 4, (old, new))

    def test_contract_drift_gives_the_planted_differences(self):
        differences = self.replay(key=fresh_key("contract-drift"))["differences"]
        first = [one for one in differences if one["request"] == "GET /api/external/products"]
        self.assertEqual([(one["pointer"], one["replayed"]) for one in first], [("/body/products/0/name", "absent")])
        pointers = {(one["request"].split("?")[0].rsplit("/external", 1)[1], one["pointer"]) for one in differences}
        self.assertEqual(pointers, {
            ("/products", "/body/products/0/name"),
            ("/models", "/body/models/0/thumbnail"), ("/models", "/body/models/0/thumbnailUrl"),
            ("/image-picker/register-ideas", "/body/createdRecordIds"),
            ("/image-picker/register-ideas", "/body/recordIds"),
            ("/image-picker", "/body/images/0/status"),
            ("/packshots/update-packshot", "/headers/Content-Type"),
            ("/video-picker/register-videos", "/body/reservationId"),
            ("/videos", "/headers/Content-Type"),
            ("/models/register-ideas", "/status"),
        })

    def test_a_pointer_can_be_ignored(self):
        rule = {"when": {"operation": "listProducts"},
                "patch": [{"op": "replace", "path": "/products/1/name", "value": "Other"}]}
        self.admin("POST", "/rules", {"rules": [rule]}, status=201)
        self.assertEqual([one["pointer"] for one in self.replay()["differences"]], ["/body/products/1/name"])
        for pointer in ("/products/1/name", "/products/*/name", "/products"):
            self.admin("POST", "/reset")
            self.admin("POST", "/rules", {"rules": [rule]}, status=201)
            self.assertEqual(self.replay("--ignore", pointer)["differences"], [], pointer)

    def test_of_many_differences_those_that_are_not_listed_are_counted(self):
        har = Path(self.folder.name) / "many.har"
        text = json.dumps({f"member{number}": number for number in range(70)} | {"products": [], "count": 0})
        har.write_text(json.dumps({"log": {"entries": [
            {"request": {"method": "GET", "url": "http://a/api/external/products",
                         "headers": [{"name": "X-Api-Key", "value": "x"}]},
             "response": {"status": 200, "headers": [{"name": "Content-Type", "value": "application/json"}],
                          "content": {"text": text}}}]}}))
        differences = self.replay(file=har)["differences"]
        self.assertEqual(len(differences), 51)
        self.assertRegex(differences[-1]["replayed"], r"^2\d more, not listed$")

    def test_exact_asks_for_equal_times_and_ids(self):
        differences = self.replay("--exact")["differences"]
        self.assertTrue(any(one["pointer"].endswith("/createdAt") for one in differences), differences)

    def test_targets_go_out_as_they_were_recorded(self):
        sent = ["/api/external/products?a=1+2&b='x',y;z&c=%2B%20", "http://h/api/external/products?x",
                "/api/external/%70roducts"]
        lines = []
        for target in sent:
            entry = json.loads(self.ndjson.read_text().splitlines()[0])
            entry["request"].update(url=target)
            lines.append(json.dumps(entry) + "\n")
        recording = Path(self.folder.name) / "targets.ndjson"
        recording.write_text("".join(lines))
        with RawUpstream(*[ok(b"{}")] * 3) as target:
            run = run_binary("replay", str(recording), "--target", target.url + "/base", "--api-key", self.key)
        self.assertIn(run.returncode, (0, 1), run.stderr)
        self.assertEqual([one.split(b" ")[1].decode() for one in target.requests],
                         ["/base" + sent[0], "/base/api/external/products?x", "/base" + sent[2]])

    def test_a_304_ends_with_its_head(self):
        entry = json.loads(self.ndjson.read_text().splitlines()[0])
        recording = Path(self.folder.name) / "unmodified.ndjson"
        recording.write_text((json.dumps(entry) + "\n") * 2)
        done = threading.Event()
        self.addCleanup(done.set)

        def reply_and_wait(connection):
            connection.sendall(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n")
            done.wait(SAFETY_SECONDS)
            return False
        with RawUpstream(reply_and_wait, ok(b"{}")) as target:
            run = run_binary("replay", str(recording), "--target", target.url, "--api-key", self.key,
                             "--format", "json")
        report = json.loads(run.stdout)
        self.assertEqual(report["sent"], 2)
        self.assertEqual([one["replayed"] for one in report["differences"] if one["pointer"] == "/status"], ["304"])

    def test_a_recorded_head_cannot_carry_a_second_request(self):
        smuggled = "b\r\n\r\nPOST /__admin/workspaces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 32\r\n\r\n"
        for change in ({"headers": [{"name": "A", "value": smuggled}]},
                       {"url": "http://a/api/external/products?" + smuggled},
                       {"headers": [{"name": "A: 1\r\nB", "value": "2"}]},
                       {"method": "GET / HTTP/1.1\r\nA: b", "bodySize": 0}):
            request = {"method": "GET", "url": "http://a/api/external/products", "headers": [], **change}
            har = Path(self.folder.name) / "hostile.har"
            har.write_text(json.dumps({"log": {"entries": [
                {"request": request, "response": {"status": 200, "headers": [], "content": {"text": "{}"}}}]}}))
            before = self.admin("GET", "/requests")["recorded"]
            run = run_binary("replay", str(har), "--target", self.server.url, "--api-key", self.key)
            self.assertEqual(run.returncode, 2, run.stdout)
            self.assertIn("hostile.har", run.stderr)
            self.assertIn("a character that HTTP forbids", run.stderr)
            self.assertIn("nothing to send, 1 skipped (1 with a character that HTTP forbids)", run.stderr)
            dry = run_binary("replay", str(har), "--dry-run")
            self.assertEqual((dry.returncode, dry.stderr), (2, run.stderr))
            self.assertIn("0 requests would be sent, 1 skipped", dry.stdout)
            self.assertEqual(self.admin("GET", "/requests")["recorded"], before)
        run = run_binary("replay", str(self.ndjson), "--target", self.server.url, "--api-key", "bad\r\nkey")
        self.assertEqual(run.returncode, 2, run.stdout)

    def test_what_belongs_to_others_never_leaves(self):
        secrets = (b"SECRET-COOKIE", b"OTHER-SITE-TOKEN", b"hunter2", b"REALSECRET", b"mk_live_real")
        for name, code in (("foreign.har", 0), ("replay_recorded_key.har", 1)):
            with self.subTest(name=name), RawUpstream(*[ok(b"{}")] * 3) as target:
                run = run_binary("replay", str(RECORDINGS / name), "--target", target.url, "--api-key", self.key)
                self.assertEqual(run.returncode, code, run.stderr)
                self.assertEqual(len(target.requests), 1)
                for request in target.requests:
                    self.assertIn(b"GET /api/external/products ", request)
                    self.assertIn(self.key.encode(), request)
                    self.assertFalse([secret for secret in secrets if secret in request], request)

    def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(self):
        file = str(RECORDINGS / "foreign.har")
        for key in ("mk_live_mine.SECRET", "any other SECRET"):
            before = self.admin("GET", "/requests")["recorded"]
            run = run_binary("replay", file, "--target", self.server.url, "--api-key", key, "--dry-run")
            self.assertEqual(run.returncode, 0, run.stderr)
            shown = key.replace("SECRET", "***") if "mk_live" in key else "***"
            self.assertEqual(run.stdout, f"{file} entry 1: skipped, not of the API\n"
                             f"{file} entry 2: GET /api/external/products\n  X-Api-Key: {shown}\n"
                             "1 requests would be sent, 1 skipped (1 not of the API)\n")
            self.assertEqual(self.admin("GET", "/requests")["recorded"], before)
        report = json.loads(run_binary("replay", file, "--dry-run", "--format", "json").stdout)
        self.assertEqual(report["skipped"], report["passedOver"]["notOfTheApi"], 1)
        self.assertEqual([(one["method"], one["target"], one["headers"]) for one in report["requests"]],
                         [("GET", "/api/external/products", [{"name": "X-Api-Key", "value": "***"}])])

    def test_where_all_is_skipped_it_says_what(self):
        entries = [{"request": {"method": "GET", "url": url, "headers": []}, "response": {"status": status}}
                   for url, status in (("http://a/x", 200), ("http://a/api/external/products", 0),
                                       ("http://a/api/external/videos", 0))]
        har = Path(self.folder.name) / "skipped.har"
        har.write_text(json.dumps({"log": {"entries": entries}}))
        why = f"qamera-mock: {har}: nothing to send, 3 skipped (1 not of the API, 2 without a reply)"
        for arguments in (("--target", self.server.url, "--api-key", self.key), ("--dry-run",)):
            run = run_binary("replay", str(har), *arguments)
            self.assertEqual(run.returncode, 2)
            self.assertIn(why, run.stderr)
            self.assertNotIn("no exchange", run.stderr)
            self.assertEqual(run_binary("replay", str(har), *arguments, "--allow-empty").returncode, 0)
        har.write_text('{"log": {"entries": []}}')
        self.assertIn("no exchange with the API", run_binary("replay", str(har), "--dry-run").stderr)

    def test_without_a_key_of_its_own_nothing_is_sent(self):
        with RawUpstream(*[ok(b"{}")] * 3) as target:
            run = run_binary("replay", str(RECORDINGS / "replay_recorded_key.har"), "--target", target.url)
            self.assertEqual((run.returncode, len(target.requests)), (2, 0))
            self.assertIn("a recorded key is never sent", run.stderr)

    def test_set_up_errors(self):
        pointer = run_binary("replay", str(self.ndjson), "--target", self.server.url, "--api-key", "k",
                             "--ignore", "images")
        self.assertEqual(pointer.returncode, 2)
        self.assertIn("expected a JSON Pointer such as /images, got images", pointer.stderr)
        missing = run_binary("replay", "nowhere.ndjson", "--target", self.server.url, "--api-key", "k")
        self.assertEqual((missing.returncode, missing.stderr), (2, "qamera-mock: cannot read nowhere.ndjson\n"))
        self.assertEqual(run_binary("replay", str(self.ndjson), "--target", self.server.url).returncode, 2)


if __name__ == "__main__":
    unittest.main()
