"""`qamera-mock verify`: conforms with the mock itself, and finds every departure that is planted in it."""

import http.server
import json
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

from certificate import TlsServer, own_certificate
from departures import DEPARTURES, is_found, plant_and_verify, run_verify
from server import Server, ServerCase, fresh_key, run_binary

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


class Conforming(ServerCase):
    FLAGS = ("--speed", "1000", "--quiet")

    def test_the_mock_conforms_read_only_and_nothing_is_spent(self):
        code, report = run_verify(self.server, self.key, False)
        self.assertEqual((code, report["departures"]), (0, []))
        self.assertEqual(report["credits"], {"budget": 0.0, "reserved": 0.0})
        credits = self.admin("GET", "/credits")
        self.assertEqual((credits["reserved"], credits["consumed"]), (0, 0))

    def test_the_mock_conforms_with_generation_within_the_budget(self):
        code, report = run_verify(self.server, self.key)
        self.assertEqual((code, report["departures"]), (0, []))
        self.assertEqual([one["name"] for one in report["checks"] if one["outcome"] == "skipped"],
                         ["authentication: a wrong key"])
        credits = self.admin("GET", "/credits")
        self.assertEqual(credits["consumed"], report["credits"]["reserved"])

    def test_a_small_budget_is_never_exceeded(self):
        for budget, expected in ((9, 0), (10, 10), (29, 20), (45, 40)):
            with self.subTest(budget=budget):
                key = fresh_key()
                code, report = run_verify(self.server, key, False, "--max-credits", str(budget))
                self.assertEqual(code, 0, report["departures"])
                self.assertEqual(report["credits"]["reserved"], expected)
                credits = self.server.admin("GET", "/credits", key=key)
                self.assertEqual(credits["consumed"] + credits["reserved"], expected)

    def test_a_large_budget_tells_the_default_and_the_bounds_of_count(self):
        code, report = run_verify(self.server, self.key, False, "--max-credits", "2185", "--timeout", "1s")
        self.assertEqual((code, report["departures"]), (0, []))
        asked = {one["name"]: one["outcome"] for one in report["checks"]}
        for operation, most in (("registerModels", 20), ("registerSceneries", 20), ("registerImages", 20),
                                ("registerPackshots", 50)):
            for name in (f"refuses count {most + 1}", "registers 10 records without count",
                         f"registers {most} records, the most"):
                self.assertEqual(asked[f"{operation}: {name}"], "conforms")
        credits = self.admin("GET", "/credits")
        self.assertEqual(credits["consumed"] + credits["reserved"], report["credits"]["reserved"])

    def test_a_service_with_another_default_or_bound_of_count_departs(self):
        reply = {"createdRecordIds": ["a", "b", "c"], "batchId": "b1", "orderId": "o1", "reservationId": "r1",
                 "creditsReserved": 30}
        for body, what in (({"count": 21}, "refuses count 21"), ({"count": 20}, "registers 20 records, the most")):
            key = fresh_key()
            rule = {"when": {"operation": "registerModels", "body": body}, "respond": {"status": 200, "body": reply}}
            self.server.admin("POST", "/rules", {"rules": [rule]}, status=201, key=key)
            code, report = run_verify(self.server, key, False, "--max-credits", "2185", "--timeout", "1s")
            departs = [one["name"] for one in report["checks"] if one["outcome"] == "departs"]
            self.assertEqual((code, departs), (1, [f"registerModels: {what}"]))

    def test_an_account_without_credits_is_no_departure(self):
        code, report = run_verify(self.server, fresh_key("credit-exhaustion"), False, "--max-credits", "85")
        self.assertEqual((code, report["departures"]), (0, []))
        skipped = {one["name"]: one["reason"] for one in report["checks"] if one["outcome"] == "skipped"}
        self.assertEqual(skipped["registerPackshots: registers one record"],
                         "the account has not the credits: 402, and nothing was created")

    def test_it_says_beforehand_what_it_will_spend(self):
        run = run_binary("verify", "--target", self.server.url, "--api-key", self.key, "--rps", "0", "--max-credits",
                         "20")
        self.assertEqual(run.returncode, 0, run.stdout)
        first = run.stderr.splitlines()[0]
        self.assertEqual(first, "will reserve at most 20 of 20 credits: registerModels 10, registerSceneries 10")

    def test_other_prices_can_be_told(self):
        rule = {"when": {"operation": "registerModels"}, "patch": [
            {"op": "replace", "path": "/creditsReserved", "value": 4}]}
        # Error replies have no such member; the patch does not fit those, and leaves them alone.
        self.admin("POST", "/rules", {"rules": [rule]}, status=201)
        code, report = run_verify(self.server, self.key, False, "--max-credits", "10")
        self.assertEqual([one["pointer"] for one in report["departures"]], ["/body/creditsReserved"])
        code, report = run_verify(self.server, self.key, False, "--max-credits", "4", "--price", "model=4")
        self.assertEqual((code, report["departures"], report["credits"]["reserved"]), (0, [], 4.0))

    def test_a_wrong_key_is_checked_where_keys_are_listed(self):
        with Server("--auth", "listed", "--quiet") as server:
            created = server.admin("POST", "/workspaces", {"key": "mk_live_known.secret"}, status=201)
            code, report = run_verify(server, created["key"], False)
            self.assertEqual((code, report["departures"]), (0, []))
            self.assertNotIn("skipped", [one["outcome"] for one in report["checks"]])

    def test_junit_and_text_name_the_same_departures(self):
        rule = {"when": {"operation": "listModels"}, "patch": [{"op": "remove", "path": "/count"}]}
        self.admin("POST", "/rules", {"rules": [rule]}, status=201)
        arguments = ("verify", "--target", self.server.url, "--api-key", self.key, "--rps", "0")
        junit = run_binary(*arguments, "--format", "junit")
        self.assertEqual(junit.returncode, 1)
        suite = xml.etree.ElementTree.fromstring(junit.stdout).find("testsuite")
        failed = [case.get("name") for case in suite.findall("testcase") if case.find("failure") is not None]
        self.assertEqual(failed, ["listModels: the listing", "listModels: statusFilter=approved",
                                  "listModels: statusFilter=all"])
        self.assertEqual(suite.get("failures"), "3")
        self.assertRegex(suite.get("timestamp"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
        for timed in (suite, *suite.findall("testcase")):
            self.assertGreaterEqual(float(timed.get("time")), 0)
        self.assertEqual({one.get("type") for one in suite.iter("failure")}, {"departure"})
        properties = {one.get("name"): one.get("value") for one in suite.find("properties")}
        self.assertEqual(properties["target"], self.server.url)
        markdown = run_binary(*arguments, "--format", "markdown")
        self.assertEqual(markdown.returncode, 1)
        self.assertEqual(markdown.stdout.count("\n### "), 1)
        self.assertIn("found by: `listModels: the listing` and 2 other checks", markdown.stdout)
        self.assertNotIn(self.key.split(".")[1], markdown.stdout)
        text = run_binary(*arguments).stdout
        self.assertIn("listModels: the listing: listModels response /body/count: expected", text)
        self.assertEqual(text.count("actual absent [models.txt]"), 1)

    def test_the_evidence_is_kept_without_the_key(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "evidence.har"
            code, report = run_verify(self.server, "mk_live_happy-path.verysecret", False, "--har", str(file))
            self.assertEqual(code, 0)
            text = file.read_text(encoding="utf-8")
            self.assertNotIn("verysecret", text)
            entries = json.loads(text)["log"]["entries"]
            self.assertEqual(len(entries), report["requests"])
            for entry in entries:
                self.assertGreater(entry["time"], 0)
                headers = {header["name"]: header["value"] for header in entry["response"]["headers"]}
                self.assertRegex(headers["X-Qamera-Mock-Request"], r"^req_\d+$")
                self.assertRegex(headers["X-Correlation-Id"], r"^[0-9a-f-]{36}$")
            judged = run_binary("check", "--only", "response", str(file))
            self.assertEqual(judged.returncode, 0, judged.stdout)

    def test_429_is_waited_out(self):
        body = {"error": "Too many requests. Please retry after a short delay."}
        rule = {"when": {"operation": "listVideos", "first": 1},
                "respond": {"status": 429, "headers": {"Retry-After": "0"}, "body": body}}
        self.admin("POST", "/rules", {"rules": [rule]}, status=201)
        code, report = run_verify(self.server, self.key, False)
        self.assertEqual((code, report["departures"]), (0, []))

    def test_a_target_that_is_not_there_is_a_set_up_error(self):
        server = Server("--quiet")
        url = server.url
        server.stop()
        run = run_binary("verify", "--target", url, "--api-key", self.key)
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("cannot connect", run.stderr)
        for arguments in (("--target", "nowhere"), ("--target", url, "--price", "image"),
                          ("--target", url, "--rps", "-1"), ("--target", url, "--rps", "nan"),
                          ("--target", url, "--max-credits", "nan"), ("--target", url, "--max-credits", "-1")):
            run = run_binary("verify", "--api-key", "k", *arguments)
            self.assertEqual(run.returncode, 2, run.stderr)


class TlsFront(TlsServer):
    """An https server with a certificate of its own that passes everything on to a plain one."""

    def __init__(self, server, folder, name="localhost"):
        self.certificate, context = own_certificate(folder, name)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name: value for name, value in self.headers.items() if name not in ("Host", "Connection")}
                reply = server.request(self.command, self.path, body or None, headers=headers)
                self.send_response(reply.status)
                for name, value in reply.headers:
                    if name not in ("Connection", "Date", "Server"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = do_DELETE = pass_on

            def log_message(self, *_):
                pass

        super().__init__(Handler, context, name)


@unittest.skipUnless(shutil.which("openssl"), "openssl, which makes the certificate, is not installed")
class OverTls(ServerCase):
    FLAGS = ("--quiet",)

    def test_certificates_are_checked_unless_told_otherwise(self):
        with tempfile.TemporaryDirectory() as folder:
            front = TlsFront(self.server, folder)
            arguments = ("verify", "--target", front.url, "--api-key", self.key, "--rps", "0")
            refused = run_binary(*arguments)
            if "this build has no TLS" in refused.stderr:
                front.close()
                self.skipTest("this build has no TLS")
            trusting = run_binary(*arguments, "--ca-file", front.certificate)
            careless = run_binary(*arguments, "--insecure")
            front.close()
        self.assertEqual(refused.returncode, 2)
        self.assertIn("certificate is not trusted", refused.stderr)
        self.assertEqual((trusting.returncode, careless.returncode), (0, 0), trusting.stdout + trusting.stderr)


class Departing(ServerCase):
    FLAGS = ("--speed", "1000", "--quiet")

    def test_every_planted_departure_is_found(self):
        self.assertGreaterEqual(len(DEPARTURES), 40)
        for planted in DEPARTURES:
            with self.subTest(planted.name):
                departures = plant_and_verify(self.server, planted)
                self.assertTrue(is_found(planted, departures), departures)
                for one in departures:
                    self.assertTrue(one["expected"] and one["actual"] and one["page"], one)

    def test_each_operation_that_drifts_is_found_out(self):
        rules = json.loads((SCENARIOS / "contract-drift.json").read_text(encoding="utf-8"))["rules"]
        code, report = run_verify(self.server, fresh_key("contract-drift"))
        self.assertEqual(code, 1)
        self.assertEqual({one["operation"] for one in report["departures"]},
                         {rule["when"]["operation"] for rule in rules})


if __name__ == "__main__":
    unittest.main()
