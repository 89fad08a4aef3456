"""POST /__admin/verify through HTTP: every kind of expectation with a pass and a fail, and how an outcome is told."""

import threading
import unittest
import xml.etree.ElementTree

from server import Server, ServerCase, fresh_key

IMAGES = "/api/external/image-picker"
MODELS = "/api/external/models"
REGISTER = IMAGES + "/register-ideas"
VOTE = "/api/external/packshots/update-packshot"
BUSY = {"name": "busy", "when": {"operation": "listProducts", "first": 2},
        "respond": {"status": 503, "body": {"error": "busy"}}}
POLL = {"operation": "listImages"}

SHOOT_AND_VOTE = [
    {"request": {"operation": "registerImages"}, "capture": {"id": "$.createdRecordIds[0]"}},
    {"request": {"operation": "updatePackshot", "bodyPatterns": [
        {"matchesJsonPath": {"expression": "$.recordId", "equalTo": "{{id}}"}}]}},
]
WRONG_ORDER = [{"request": {"operation": "updatePackshot"}}, {"request": {"operation": "registerImages"}}]
NEXT_TO_EACH_OTHER = [{"request": {"operation": "listModels"}}, {"request": {"operation": "registerImages"}}]
SECOND_ID = [{**SHOOT_AND_VOTE[0], "capture": {"id": "$.createdRecordIds[1]"}}, SHOOT_AND_VOTE[1]]
NOTHING_THERE = [{**SHOOT_AND_VOTE[0], "capture": {"id": "$.nothing"}}, SHOOT_AND_VOTE[1]]

# An expectation on the story of `Kinds`, whether it holds, and what the text of a failure must say.
EXPECTATIONS = [
    ({"count": {"operation": "listModels", "exactly": 1}}, None),
    ({"count": {"operation": "listModels", "exactly": 2}}, ["exactly 2 requests", "1 of 10 requests: req_"]),
    ({"count": {**POLL, "atLeast": 3, "atMost": 3}}, None),
    ({"count": {**POLL, "atLeast": 4}}, ["at least 4 requests", "3 of 10 requests"]),
    ({"count": {**POLL, "atMost": 2}}, ["at most 2 requests", "3 of 10 requests"]),
    ({"never": {"status": 402}}, None),
    ({"never": {"operation": "listModels"}}, ["no request", f"GET {MODELS}?oops=1 -> 200"]),
    ({"sequence": SHOOT_AND_VOTE}, None),
    ({"sequence": WRONG_ORDER}, ["2 requests in this order", "step 1 was", "no request is step 2"]),
    ({"sequence": SECOND_ID}, ["expected equal to", "$.recordId"]),
    ({"sequence": NOTHING_THERE}, ["a value to capture", "(absent)"]),
    ({"sequence": NEXT_TO_EACH_OTHER, "gaps": False}, None),
    ({"sequence": SHOOT_AND_VOTE, "gaps": False}, ["nothing in between"]),
    ({"pollInterval": {**POLL, "atLeast": "2s", "atMost": "4s"}}, None),
    ({"pollInterval": {**POLL, "atLeast": "3s"}}, ["took 2s, too soon: at least 3s expected"]),
    ({"pollInterval": {**POLL, "atLeast": "3s", "tolerance": "1s"}}, None),
    ({"pollInterval": {**POLL, "atMost": "3s"}}, ["took 4s, too late: at most 3s expected"]),
    ({"pollInterval": {**POLL, "backoffGrows": True}}, None),
    ({"pollInterval": {"operation": "listProducts", "backoffGrows": True}}, ["shorter than the 3s before it"]),
    ({"pollInterval": {"operation": "listVideos", "atLeast": "1s"}},
     ["0 matching requests, so there is no interval"]),
    ({"pollInterval": {**POLL, "atLeast": "1s", "clock": "wall"}}, ["wall time", "too soon"]),
    ({"retries": {"operation": "listProducts", "exactly": 2, "delayAtLeast": "1s", "delayAtMost": "3s"}}, None),
    ({"retries": {"operation": "listProducts", "exactly": 1}}, ["was retried 2 times"]),
    ({"retries": {"operation": "listProducts", "delayAtLeast": "2s"}}, ["took 1s, too soon"]),
    ({"retries": {"operation": "listProducts", "delayAtMost": "2s"}}, ["took 3s, too late"]),
    ({"retries": {"operation": "listProducts", "backoffGrows": True}}, ["shorter than the 3s before it"]),
    ({"retries": {"operation": "listProducts", "after": [429]}}, ["none answered with 429", "nothing to retry"]),
    ({"retries": {"after": [404]}}, ["was retried not at all", "GET /api/external/nothing -> 404"]),
    ({"noFindings": {"operation": "listImages"}}, None),
    ({"noFindings": True}, ["unknown-query-parameter (1x)", "at /query/oops"]),
    ({"noUnmatched": True}, ["GET /api/external/nothing -> 404"]),
    ({"ledger": {"granted": 100000, "available": {"atMost": 99980}, "reserved": 0,
                 "consumed": {"atLeast": 1, "atMost": 20}, "refunded": 0}}, None),
    ({"ledger": {"consumed": 30}},
     ["consumed: exactly 30 credits", "consumed: 20  <-", "granted 100000 = available 99980"]),
    ({"records": {"kind": "image", "status": "INPROGRESS", "exactly": 0}}, None),
    ({"records": [{"kind": "image", "voting": "APPROVED", "atLeast": 4},
                  {"status": "DONE", "voting": None, "atLeast": 1}]}, None),
    ({"records": {"kind": "image", "voting": "REJECTED", "exactly": 9}},
     ["exactly 9 image records with voting REJECTED", "there are:"]),
]

# Refused before anything is judged: status, pointer.
REFUSED = [
    ({}, 400, "/expect"), ({"expect": []}, 400, "/expect"), ({"expect": [{}]}, 400, "/expect/0"),
    ({"expect": [{"count": {"exactly": 1}, "never": {}}]}, 400, "/expect/0/never"),
    ({"expect": [{"count": {}}]}, 400, "/expect/0/count"),
    ({"expect": [{"count": {"exactly": 1, "atLeast": 1}}]}, 400, "/expect/0/count/exactly"),
    ({"expect": [{"count": {"atLeast": 3, "atMost": 1}}]}, 400, "/expect/0/count/atLeast"),
    ({"expect": [{"pollInterval": {"operation": "listImages"}}]}, 400, "/expect/0/pollInterval"),
    ({"expect": [{"retries": {"after": [999999]}}]}, 400, "/expect/0/retries/after"),
    ({"expect": [{"ledger": {"spent": 1}}]}, 400, "/expect/0/ledger/spent"),
    ({"expect": [{"records": {"kind": "picture", "exactly": 1}}]}, 400, "/expect/0/records/kind"),
    ({"expect": [{"noUnmatched": False}]}, 400, "/expect/0/noUnmatched"),
    ({"expect": [{"sequence": [{"request": {"url": "/{{id}}"}}]}]}, 400, "/expect/0/sequence/0/request"),
    ({"expect": [{"noUnmatched": True}], "within": "11m"}, 400, "/within"),
    ({"expect": [{"noUnmatched": True}], "wihtin": "1s"}, 400, "/wihtin"),
    ({"expect": [{"never": {"bodyPatterns": [{"equalToXml": "<a/>"}]}}]}, 422,
     "/expect/0/never/bodyPatterns/0/equalToXml"),
    ({"expect": [{"count": {"cookies": {"a": {"equalTo": "b"}}, "exactly": 0}}]}, 422, "/expect/0/count/cookies"),
]


class Verify(ServerCase):
    def verify(self, *expectations, status=200, **members):
        return self.admin("POST", "/verify", {"expect": list(expectations), **members}, status)

    def verify_text(self, *expectations, **members):
        sent = {"expect": list(expectations), **members}
        return self.post("/__admin/verify", sent, headers={"Accept": "text/plain"})


class Kinds(Verify):
    """One story that all expectations are judged on: a shoot, three polls, a vote, two retries and two mistakes."""

    FLAGS = ("--clock", "manual")

    def setUp(self):
        super().setUp()
        self.admin("POST", "/rules", BUSY, 201)
        self.get(MODELS + "?oops=1")
        ids = self.register(2)["createdRecordIds"]
        for pause in ("2s", "4s", None):
            self.get(IMAGES)
            if pause:
                self.advance(by=pause)
        self.advance(until="idle")
        self.assertEqual(self.post(VOTE, {"recordId": ids[0], "Voting": "APPROVED"}).status, 200)
        for pause in ("3s", "1s", None):
            self.get("/api/external/products")
            if pause:
                self.advance(by=pause)
        self.get("/api/external/nothing")

    def test_each_expectation_that_holds_is_a_200_and_each_that_does_not_a_422_that_says_why(self):
        for expectation, said in EXPECTATIONS:
            with self.subTest(expectation=expectation):
                report = self.verify(expectation, status=422 if said else 200)
                reply = self.verify_text(expectation)
                self.assertEqual(reply.status, 422 if said else 200)
                text = reply.body.decode()
                self.assertEqual(report["verdict"], "failed" if said else "passed")
                self.assertEqual(text.partition(":")[0], report["verdict"])
                for part in said or ():
                    self.assertIn(part, text)
                outcome = report["results"][0]
                self.assertEqual((outcome["verdict"], outcome["expectation"]), (report["verdict"], expectation))
                self.assertTrue(outcome["expected"] and outcome["seen"])

    def test_one_that_fails_fails_them_all_and_the_others_are_told_too(self):
        holds = {"name": "models once", "count": {"operation": "listModels", "exactly": 1}}
        fails = {"noUnmatched": True}
        report = self.verify(holds, fails, holds, status=422)
        self.assertEqual((report["verdict"], report["passed"], report["failed"], report["inconclusive"]),
                         ("failed", 2, 1, 0))
        self.assertEqual(report["window"], {"entries": 10, "evicted": 0})
        self.assertEqual([one["verdict"] for one in report["results"]], ["passed", "failed", "passed"])
        self.assertEqual(report["results"][0]["name"], "models once")
        text = self.verify_text(holds, fails, holds).body.decode()
        self.assertEqual(text.splitlines()[0], "failed: 3 expected, 2 passed, 1 failed, 0 inconclusive")
        self.assertIn('passed  #1 count "models once"\n', text)
        self.assertIn("FAILED  #2 noUnmatched\n", text)

    def test_a_failure_shows_the_nearest_requests_and_a_pattern_that_would_have_matched(self):
        wrong = {"operation": "registerImages", "bodyPatterns": [
            {"matchesJsonPath": {"expression": "$.count", "equalTo": "3"}}]}
        outcome = self.verify({"count": {**wrong, "exactly": 1}}, status=422)["results"][0]
        self.assertEqual(len(outcome["nearest"]), 3)
        nearest = outcome["nearest"][0]
        self.assertEqual(nearest["request"], f"POST {REGISTER} -> 200")
        self.assertEqual(nearest["differences"], [
            {"pointer": "/body/count", "expected": 'equal to "3"', "actual": "2"}])
        self.assertEqual(self.admin("POST", "/requests/count", outcome["wouldHaveMatched"])["count"], 1)
        self.assertEqual(self.admin("POST", "/requests/count", wrong)["count"], 0)

    def test_a_fault_that_the_client_got_over_counts_as_a_reason_to_retry(self):
        spoil = {"when": {"operation": "listVideos", "first": 1}, "fault": {"kind": "connection-reset"}}
        self.admin("POST", "/rules", spoil, 201)
        with self.server.raw() as wire:
            wire.send(f"GET /api/external/videos HTTP/1.1\r\nHost: x\r\nX-Api-Key: {self.key}\r\n\r\n".encode())
            with self.assertRaises(ConnectionResetError):
                wire.reply()
        retries = {"retries": {"operation": "listVideos", "after": ["fault"], "exactly": 1}}
        self.verify(retries, status=422)
        self.get("/api/external/videos")
        self.verify(retries)


class Calls(Verify):
    def test_what_cannot_be_judged_is_refused_with_the_place(self):
        for sent, status, pointer in REFUSED:
            with self.subTest(sent=sent):
                self.assertEqual(self.admin("POST", "/verify", sent, status)["pointer"], pointer)
        named = self.admin("POST", "/verify", REFUSED[-2][0], 422)["error"]
        self.assertIn("equalToXml", named)

    def test_a_ledger_of_several_workspaces_must_say_which(self):
        self.get(MODELS)
        self.get(MODELS, key=fresh_key())
        wanted = {"expect": [{"noUnmatched": True}, {"ledger": {"reserved": 0}}]}
        refused = self.server.admin("POST", "/verify", wanted, 400)
        self.assertEqual(refused["pointer"], "/expect/1/ledger")
        workspace = self.admin("GET", "/requests")["requests"][0]["workspace"]
        self.server.admin("POST", f"/verify?workspace={workspace}", {"expect": [{"ledger": {"reserved": 0}}]})

    def test_within_becomes_true_when_another_client_sends_the_request(self):
        # The verdict is asked for first: the server has the call once a first look at it would have been a 422.
        answers = []
        expectation = {"count": {"operation": "listModels", "exactly": 1}}
        self.verify(expectation, status=422)
        asking = threading.Thread(target=lambda: answers.append(
            self.post("/__admin/verify", {"expect": [expectation], "within": "100s"})))
        asking.start()
        self.assertEqual(self.get(MODELS).status, 200)
        asking.join()
        self.assertEqual((answers[0].status, answers[0].json()["verdict"]), (200, "passed"), answers[0])

    def test_within_waits_on_a_connection_that_has_been_read(self):
        with self.server.raw() as wire:
            body = b'{"expect":[{"count":{"operation":"listModels","exactly":1}}],"within":"100s"}'
            head = f"POST /__admin/verify HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: {self.key}\r\n"
            wire.send(f"{head}Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            self.assertEqual(wire.reply().status, 100)
            wire.send(body)
            self.get(MODELS)
            reply = wire.reply()
            self.assertEqual((reply.status, reply.json()["passed"]), (200, 1))

    def test_within_runs_out_with_the_failure_of_the_last_look(self):
        report = self.verify({"count": {"operation": "listModels", "exactly": 1}}, status=422, within="60ms")
        self.assertEqual((report["verdict"], report["results"][0]["seen"]), ("failed", "none of 0 requests"))

    def test_within_ends_with_the_server(self):
        server = Server()
        with server.raw() as wire:
            body = b'{"expect":[{"count":{"exactly":1}}],"within":"10m"}'
            wire.send(b"POST /__admin/verify HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
                      b"Content-Length: %d\r\n\r\n" % len(body))
            self.assertEqual(wire.reply().status, 100)
            wire.send(body)
            self.assertEqual(server.admin("GET", "/health")["status"], "ok")
            server.stop()


class Inconclusive(Verify):
    FLAGS = ("--journal-entries", "2")

    def setUp(self):
        super().setUp()
        self.server.admin("DELETE", "/requests")  # what other tests' workspaces hold
        for _ in range(4):
            self.get(MODELS)

    def test_what_the_evicted_could_turn_is_a_409_that_says_how_to_avoid_it(self):
        for expectation in ({"count": {"operation": "listModels", "exactly": 2}}, {"never": {"status": 404}},
                            {"count": {"operation": "listVideos", "atLeast": 1}}, {"noFindings": True},
                            {"noUnmatched": True}, {"sequence": [{"request": {"operation": "listVideos"}}]},
                            {"pollInterval": {"operation": "listModels", "atMost": "1h"}},
                            {"retries": {"operation": "listModels", "after": [429]}}):
            with self.subTest(expectation=expectation):
                report = self.verify(expectation, status=409)
                self.assertEqual(report["verdict"], "inconclusive")
                self.assertEqual(report["window"], {"entries": 2, "evicted": 2})
                self.assertIn("--journal-entries", report["results"][0]["reason"])
                text = self.verify_text(expectation).body.decode()
                self.assertIn("INCONCLUSIVE  #1", text)
                self.assertIn("why not decided: 2 older requests of this scope were evicted", text)

    def test_what_they_could_not_turn_is_decided(self):
        self.verify({"count": {"operation": "listModels", "atLeast": 2}}, {"ledger": {"reserved": 0}})
        self.verify({"count": {"operation": "listModels", "atMost": 1}}, status=422)
        self.verify({"never": {"operation": "listModels"}}, status=422)
        report = self.verify({"noUnmatched": True}, {"never": {"operation": "listModels"}}, status=422)
        self.assertEqual((report["failed"], report["inconclusive"]), (1, 1))

    def test_a_cleared_journal_is_complete_again(self):
        self.admin("DELETE", "/requests")
        self.get(MODELS)
        self.verify({"count": {"operation": "listModels", "exactly": 1}}, {"noUnmatched": True})


class Junit(ServerCase):
    FLAGS = ("--quiet",)

    def test_a_verdict_as_junit(self):
        self.get(MODELS)
        expect = [{"count": {"operation": "listModels", "exactly": 1}, "name": "once <&>"},
                  {"never": {"operation": "listModels"}}]
        for accept in ("application/xml", "text/xml, application/json;q=0.5"):
            reply = self.server.post("/__admin/verify", {"expect": expect}, key=self.key, headers={"Accept": accept})
            self.assertEqual((reply.status, reply.header("Content-Type")), (422, "application/xml"))
            suite = xml.etree.ElementTree.fromstring(reply.body).find("testsuite")
            self.assertEqual([suite.get(name) for name in ("tests", "failures", "errors")], ["2", "1", "0"])
            first, second = suite.findall("testcase")
            self.assertEqual((first.get("name"), len(first)), ("#0 once <&>", 0))
            self.assertEqual(second.find("failure").get("type"), "failed")
            self.assertIn("no request", second.find("failure").get("message"))
            self.assertTrue(suite.get("timestamp") and suite.get("time"))
        reply = self.server.post("/__admin/verify", {"expect": expect}, key=self.key,
                                 headers={"Accept": "application/json, text/xml"})
        self.assertEqual(reply.header("Content-Type"), "application/json")


if __name__ == "__main__":
    unittest.main()
