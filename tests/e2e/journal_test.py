"""The journal through HTTP: filters, every matcher of a request pattern, near misses, findings, redaction."""

import json
import unittest

from server import Server, ServerCase, fresh_key

IMAGES = "/api/external/image-picker"
MODELS = "/api/external/models"
REGISTER = IMAGES + "/register-ideas"
SHOOT = {"config": {"product": {"id": "rec_product_001"}, "styles": ["warm", "soft"]}, "count": 4}


def body(matcher):
    return {"bodyPatterns": [matcher]}


def query(matcher, name="statusFilter"):
    return {"queryParameters": {name: matcher}}


def header(matcher, name="X-Run"):
    return {"headers": {name: matcher}}


# Pattern, and how many of the three requests of `Patterns` match: for each matcher with and without success.
COUNTS = [
    ({}, 3), ({"method": "POST"}, 1), ({"method": "post"}, 1), ({"method": "PUT"}, 0), ({"method": "ANY"}, 3),
    ({"url": MODELS + "?statusFilter=approved"}, 1), ({"url": MODELS}, 0),
    ({"urlPath": MODELS}, 1), ({"urlPath": MODELS + "?statusFilter=approved"}, 0),
    ({"urlPattern": r"/api/external/models\?status.*"}, 1), ({"urlPattern": "/api/external/models"}, 0),
    ({"urlPathPattern": "/api/external/(models|nothing)"}, 2), ({"urlPathPattern": "models"}, 0),
    (query({"equalTo": "approved"}), 1), (query({"equalTo": "Approved"}), 0),
    (query({"equalTo": "APPROVED", "caseInsensitive": True}), 1),
    (query({"equalTo": "all", "caseInsensitive": True}), 0),
    (query({"contains": "prov"}), 1), (query({"contains": "Prov"}), 0),
    (query({"doesNotContain": "reject"}) | {"urlPath": MODELS}, 1),
    (query({"doesNotContain": "prov"}) | {"urlPath": MODELS}, 0),
    (query({"matches": "a.*d"}), 1), (query({"matches": "a"}), 0),
    (query({"doesNotMatch": "a"}) | {"urlPath": MODELS}, 1),
    (query({"doesNotMatch": "a.*d"}) | {"urlPath": MODELS}, 0),
    (query({"absent": True}), 2), (query({"absent": True}, "productId"), 3),
    (header({"equalTo": "ci 7"}), 1), (header({"equalTo": "ci 7"}, "x-run"), 1),
    (header({"equalTo": "ci 8"}), 0),
    (header({"absent": True}), 2), (header({"contains": "json"}, "Content-Type"), 1),
    (body({"equalToJson": SHOOT}), 1), (body({"equalToJson": json.dumps(SHOOT)}), 1),
    (body({"equalToJson": {**SHOOT, "count": 5}}), 0),
    (body({"equalToJson": {"count": 4}}), 0),
    (body({"equalToJson": {"count": 4}, "ignoreExtraElements": True}), 1),
    (body({"equalToJson": {"count": 5}, "ignoreExtraElements": True}), 0),
    (body({"equalToJson": {**SHOOT, "config": {**SHOOT["config"], "styles": ["soft", "warm"]}}}), 0),
    (body({"equalToJson": {**SHOOT, "config": {**SHOOT["config"], "styles": ["soft", "warm"]}},
           "ignoreArrayOrder": True}), 1),
    (body({"equalToJson": {**SHOOT, "config": {**SHOOT["config"], "styles": ["soft", "cold"]}},
           "ignoreArrayOrder": True}), 0),
    (body({"matchesJsonPath": "$.config.product.id"}), 1), (body({"matchesJsonPath": "$.config.model"}), 0),
    (body({"matchesJsonPath": {"expression": "$.config.styles[1]", "equalTo": "soft"}}), 1),
    (body({"matchesJsonPath": {"expression": "$['config']['styles'][0]", "equalTo": "soft"}}), 0),
    (body({"matchesJsonPath": {"expression": "$.count", "equalTo": "4"}}), 1),
    (body({"matchesJsonPath": {"expression": "$..id", "equalTo": "rec_product_001"}}), 1),
    (body({"matchesJsonPath": {"expression": "$..id", "equalTo": "rec_product_002"}}), 0),
    (body({"matchesJsonPath": {"expression": "$.config.*.id", "contains": "product"}}), 1),
    (body({"matchesJsonPath": {"expression": "$.config.styles.length()", "equalTo": "2"}}), 1),
    (body({"matchesJsonPath": {"expression": "$.config.styles.length()", "equalTo": "3"}}), 0),
    (body({"matchesJsonPath": "$.config.product[?(@.id == 'rec_product_001')]"}), 1),
    (body({"matchesJsonPath": "$.config.product[?(@.id == 'rec_product_002')]"}), 0),
    (body({"matchesJsonPath": {"expression": "$.count", "equalTo": "4.0"}}), 1),
    (query({"hasExactly": [{"equalTo": "approved"}]}), 1),
    (query({"hasExactly": [{"equalTo": "approved"}, {"contains": "a"}]}), 0),
    (query({"includes": [{"contains": "app"}, {"contains": "ved"}]}), 1),
    (query({"includes": [{"equalTo": "app"}]}), 0),
    (body({"absent": True}), 2), (body({"contains": "rec_product"}), 1),
    (query({"and": [{"contains": "app"}, {"contains": "ved"}]}), 1),
    (query({"and": [{"contains": "app"}, {"contains": "x"}]}), 0),
    (query({"or": [{"equalTo": "all"}, {"equalTo": "approved"}]}), 1),
    (query({"or": [{"equalTo": "all"}, {"equalTo": "x"}]}), 0),
    (query({"not": {"equalTo": "all"}}) | {"urlPath": MODELS}, 1),
    (query({"not": {"equalTo": "approved"}}) | {"urlPath": MODELS}, 0),
    ({"operation": "listModels"}, 1), ({"operation": "listVideos"}, 0), ({"operation": None}, 1),
    ({"status": 200}, 2), ({"status": "4xx"}, 1), ({"status": "5xx"}, 0), ({"status": 201}, 0),
    ({"findings": True}, 1), ({"findings": False}, 2), ({"findings": "unknown-field"}, 1),
    ({"findings": "wrong-type"}, 0),
    # What stock clients send along for members they leave unset.
    ({"method": "GET", "cookies": {}, "basicAuthCredentials": None, "bodyPatterns": [], "headers": None}, 2),
]

# Pattern, the pointer of what is not supported, and what the message names.
UNSUPPORTED = [
    (body({"equalToXml": "<a/>"}), "/bodyPatterns/0/equalToXml", "equalToXml"),
    (body({"matchesXPath": "//a"}), "/bodyPatterns/0/matchesXPath", "matchesXPath"),
    (body({"matchesJsonSchema": "{}"}), "/bodyPatterns/0/matchesJsonSchema", "matchesJsonSchema"),
    (body({"binaryEqualTo": "AA=="}), "/bodyPatterns/0/binaryEqualTo", "binaryEqualTo"),
    (body({"matchesJsonPath": "$.a[0:2]"}), "/bodyPatterns/0/matchesJsonPath", "[0:2]"),
    (body({"matchesJsonPath": "$.a[?(@.b > 1)]"}), "/bodyPatterns/0/matchesJsonPath", '">"'),
    (body({"matchesJsonPath": "$.a.sum()"}), "/bodyPatterns/0/matchesJsonPath", "sum()"),
    (body({"hasExactly": [{"equalTo": "a"}]}), "/bodyPatterns/0/hasExactly", "hasExactly"),
    (body({"equalToJson": {"a": "${json-unit.ignore}"}}), "/bodyPatterns/0/equalToJson", "json-unit"),
    (body({"and": [{"contains": "a"}, {"before": "now"}]}), "/bodyPatterns/0/and/1/before", "before"),
    (query({"not": {"equalToNumber": 3}}), "/queryParameters/statusFilter/not/equalToNumber", "equalToNumber"),
    ({"urlPathTemplate": "/{x}"}, "/urlPathTemplate", "urlPathTemplate"),
    ({"cookies": {"a": {"equalTo": "b"}}}, "/cookies", "cookies"),
    ({"urlPattern": "(?=a)b"}, "/urlPattern", "(?="),
]

# Malformed: the caller's mistake, with the place of it.
MALFORMED = [
    ({"urlPath": 3}, "/urlPath"), ({"url": "/a", "urlPath": "/a"}, "/urlPath"),
    ({"urlPattern": "(a"}, "/urlPattern"),
    (query({"contains": "a", "matches": "b"}), "/queryParameters/statusFilter"), (header({}), "/headers/X-Run"),
    ({"status": "6xx"}, "/status"), ({"operation": "listModel"}, "/operation"),
    (body({"and": []}), "/bodyPatterns/0/and"), (header({"hasExactly": []}), "/headers/X-Run/hasExactly"),
    (query({"includes": [{"equalTo": "a"}], "equalTo": "b"}), "/queryParameters/statusFilter/equalTo"),
    (query({"includes": [{"equalTo": 3}]}), "/queryParameters/statusFilter/includes/0/equalTo"),
    (body({"equalToJson": '{"a": 1, "a": 2}'}), "/bodyPatterns/0/equalToJson"),
    (body({"equalToJson": {"a": 18446744073709551616}}), "/bodyPatterns/0/equalToJson/a"),
]

CALLS = ("/requests/count", "/requests/find", "/requests/remove", "/near-misses/request-pattern",
         "/requests/near-misses")

# What LoggedRequest of WireMock knows.
WIREMOCK_MEMBERS = {"url", "absoluteUrl", "method", "clientIp", "headers", "cookies", "browserProxyRequest",
                    "loggedDate", "loggedDateString", "body", "bodyAsBase64", "queryParams", "formParams", "multiparts",
                    "protocol"}


def refusal(reply):
    """The error of a call, as the other calls have it, where it is in WireMock's form."""
    if "errors" not in reply:
        return reply
    error, = reply["errors"]
    return {"error": error["detail"], "pointer": error["source"]["pointer"]}


class Patterns(ServerCase):
    def setUp(self):
        super().setUp()
        self.get(MODELS + "?statusFilter=approved", headers={"X-Run": "ci 7"})
        self.post(REGISTER, SHOOT)
        self.get("/api/external/nothing")

    def test_each_matcher_counts_and_finds_what_matches_and_nothing_else(self):
        for pattern, count in COUNTS:
            with self.subTest(pattern=pattern):
                counted = self.admin("POST", "/requests/count", pattern)
                self.assertEqual(counted, {"count": count, "requestJournalDisabled": False})
                found = self.admin("POST", "/requests/find", pattern)["requests"]
                self.assertEqual(len(found), count)

    def test_a_matcher_that_is_not_supported_is_a_422_that_names_it(self):
        for pattern, pointer, named in UNSUPPORTED:
            for call in CALLS:
                with self.subTest(pattern=pattern, call=call):
                    refused = refusal(self.admin("POST", call, pattern, 422))
                    self.assertEqual(refused["pointer"], pointer)
                    self.assertIn(named, refused["error"])
        self.assertEqual(len(self.admin("GET", "/requests")["requests"]), 3)

    def test_a_malformed_pattern_is_a_400_with_the_place(self):
        for pattern, pointer in MALFORMED:
            with self.subTest(pattern=pattern):
                self.assertEqual(refusal(self.admin("POST", "/requests/count", pattern, 400))["pointer"], pointer)
        self.assertIn("did you mean \"listModels\"?",
                      refusal(self.admin("POST", "/requests/count", {"operation": "listModel"}, 400))["error"])

    def test_the_calls_of_wiremocks_clients_answer_errors_in_its_form_and_no_other_call_does(self):
        for call in CALLS:
            path = "/__admin" + call
            replies = [self.post(path, "{"), self.post(path, {"colour": "red"}), self.post(path, [1]),
                       self.get(path), self.server.post(path + "?workspace=none", {}),
                       self.server.post(path, {}, headers={"Host": "elsewhere"}),
                       self.server.post(path, {}, key="nonsense")]
            for reply, status in zip(replies, (400, 422, 400, None, 404, 403, 401)):
                with self.subTest(call=call, status=status):
                    self.assertIn(reply.status, (404, 405) if status is None else (status,))
                    if call == "/requests/near-misses":
                        self.assertLessEqual(set(reply.json()), {"error", "pointer"})
                        continue
                    self.assertEqual(list(reply.json()), ["errors"])
                    error, = reply.json()["errors"]
                    self.assertEqual({name: type(value) for name, value in error.items()},
                                     {"code": int, "title": str, "detail": str, "source": dict})
                    self.assertEqual(list(error["source"]), ["pointer"])
        self.assertEqual(list(self.admin("POST", "/verify", {}, 400)), ["error", "pointer"])

    def test_wiremocks_other_calls_are_answered_with_where_the_same_is_done_here(self):
        for path in ("/mappings", "/mappings/import", "/settings", "/recordings/start"):
            for method in ("GET", "POST", "DELETE"):
                self.assertIn("/__admin/rules", self.admin(method, path, status=404)["error"])

    def test_near_misses_in_wiremocks_form_show_the_request_and_the_pattern(self):
        pattern = query({"equalTo": "approvd"}) | {"urlPath": MODELS}
        misses = self.admin("POST", "/near-misses/request-pattern", pattern)["nearMisses"]
        self.assertEqual(len(misses), 3)
        self.assertEqual({tuple(miss) for miss in misses}, {("request", "requestPattern", "matchResult")})
        self.assertEqual(misses[0]["request"]["url"], MODELS + "?statusFilter=approved")
        self.assertEqual(misses[0]["requestPattern"], pattern)
        distances = [miss["matchResult"]["distance"] for miss in misses]
        self.assertTrue(0 < distances[0] <= distances[1] <= distances[2] <= 1, distances)

    def test_a_pattern_of_a_workspace_and_a_key_see_their_own_requests_only(self):
        other = fresh_key()
        self.get(MODELS, key=other)
        workspace = self.admin("GET", "/requests", key=other)["requests"][0]["workspace"]
        self.assertEqual(self.server.admin("POST", "/requests/count", {"workspace": workspace})["count"], 1)
        self.assertEqual(self.server.admin("POST", "/requests/count", {}, key=other)["count"], 1)
        self.assertEqual(self.server.admin("POST", f"/requests/count?workspace={workspace}", {})["count"], 1)
        self.assertEqual(self.admin("POST", "/requests/count", {"workspace": workspace})["count"], 0)

    def test_what_is_found_has_the_members_of_wiremock_beside_the_journals(self):
        found = self.admin("POST", "/requests/find", {"method": "POST"})["requests"][0]
        self.assertEqual((found["method"], found["url"]), ("POST", REGISTER))
        self.assertEqual(found["absoluteUrl"], self.server.url + REGISTER)
        self.assertEqual(json.loads(found["body"]), SHOOT)
        self.assertEqual(found["headers"]["Content-Type"], "application/json")
        self.assertIsInstance(found["loggedDate"], int)
        self.assertEqual(found["request"]["url"], REGISTER)

    def test_the_id_of_what_is_found_shows_the_same_request(self):
        found = self.admin("POST", "/requests/find", {"method": "POST"})["requests"][0]
        self.assertEqual(self.admin("GET", "/requests/" + found["id"])["request"], found["request"])
        self.assertEqual(self.server.admin("GET", "/requests/" + found["id"])["request"], found["request"])
        other = fresh_key()
        self.server.get(MODELS, key=other)
        self.server.admin("GET", "/requests/" + found["id"], status=404, key=other)

    def test_removing_takes_the_matching_requests_only_and_says_which(self):
        removed = self.admin("POST", "/requests/remove", {"status": "2xx"})
        self.assertEqual(list(removed), ["serveEvents"])
        self.assertEqual([event["request"]["method"] for event in removed["serveEvents"]], ["GET", "POST"])
        for event in removed["serveEvents"]:
            self.assertEqual(list(event), ["request"])
            self.assertLessEqual(set(event["request"]), WIREMOCK_MEMBERS)
        self.assertEqual([entry["request"]["url"] for entry in self.admin("GET", "/requests")["requests"]],
                         ["/api/external/nothing"])
        self.assertEqual(self.admin("POST", "/requests/remove", {"status": "2xx"}), {"serveEvents": []})

    def test_unmatched_requests_are_those_that_reached_no_operation(self):
        unmatched = self.admin("GET", "/requests/unmatched")["requests"]
        self.assertEqual([(one["url"], one["operation"]) for one in unmatched], [("/api/external/nothing", None)])
        self.admin("POST", "/requests/remove", {"operation": None})
        self.assertEqual(self.admin("GET", "/requests/unmatched")["requests"], [])

    def test_near_misses_are_the_three_nearest_with_what_differs(self):
        self.get(MODELS + "?statusFilter=all")
        pattern = query({"equalTo": "approvd"}) | {"urlPath": MODELS}
        misses = self.admin("POST", "/requests/near-misses", pattern)["nearMisses"]
        self.assertEqual(len(misses), 3)
        self.assertEqual(misses, sorted(misses, key=lambda miss: miss["distance"]))
        self.assertEqual(misses[0]["differences"], [
            {"pointer": "/query/statusFilter", "expected": 'equal to "approvd"', "actual": '"approved"'}])
        exact = self.admin("POST", "/requests/near-misses", {})["nearMisses"]
        self.assertEqual(exact, [])

    def test_numbers_are_compared_exactly(self):
        for sent, equal, other in (("-1", "-1.0", "18446744073709551615"), ("1", "1e0", "1.5"),
                                   ("9007199254740993", "9007199254740993", "9007199254740992.0"),
                                   ("18446744073709551616", None, "1"), ("4.0", "4", "5"),
                                   ("20.0000000000000001", "20.0000000000000001", "20"), ("1e-400", None, "0"),
                                   ("20", "2e1", "20.0000000000000001"), ("0", "0.0", "1e-400"),
                                   ("9007199254740993.0", "9007199254740993", "9007199254740992"),
                                   ("9007199254740992", "9007199254740992.0", "9007199254740993.0"),
                                   ("9007199254740992.5", None, "9007199254740992")):
            key = fresh_key()
            shoot = f'{{"config": {{"product": {{"id": "rec_product_001"}}}}, "n": {sent}}}'
            self.assertEqual(self.server.post(REGISTER, shoot, key=key).status, 200)
            for value, count in ((equal, 1), (other, 0)):
                if value is None:
                    continue
                text = f'{{"bodyPatterns": [{{"equalToJson": {{"n": {value}}}, "ignoreExtraElements": true}}]}}'
                path = {"bodyPatterns": [{"matchesJsonPath": {"expression": "$.n", "equalTo": value}}]}
                place = {"bodyPatterns": [{"matchesJsonPath": f"$[?(@.n == {value})]"}]}
                for pattern in (text, path, place):
                    with self.subTest(sent=sent, pattern=pattern):
                        counted = self.server.admin("POST", "/requests/count", pattern, key=key)
                        self.assertEqual(counted["count"], count)

    def test_a_difference_in_a_body_points_at_the_member(self):
        pattern = body({"equalToJson": {**SHOOT, "count": 5}})
        misses = self.admin("POST", "/requests/near-misses", pattern)["nearMisses"]
        self.assertEqual(misses[0]["differences"], [{"pointer": "/body/count", "expected": "5", "actual": "4"}])


class Filters(ServerCase):
    def test_a_listing_is_filtered_and_a_wrong_filter_refused(self):
        self.get(MODELS)
        self.get("/api/external/nothing")
        self.get(MODELS + "?x=1")
        entries = self.admin("GET", "/requests")["requests"]
        first = entries[0]["sequence"]
        for filters, picked in (("", [0, 1, 2]), ("operation=listModels", [0, 2]), ("status=404", [1]),
                                ("path=" + MODELS, [0, 2]), (f"since={first}", [1, 2]), ("limit=1", [2]),
                                ("limit=0", []), ("unmatched=true", [1]), ("unmatched", [1]), ("findings=1", [2]),
                                ("operation=listModels&findings=false&limit=5", [0, 2]), ("status=500", [])):
            with self.subTest(filters=filters):
                listed = self.admin("GET", "/requests?" + filters)
                self.assertEqual(listed["requests"], [entries[index] for index in picked])
                self.assertEqual(listed["meta"], {"total": len(picked)})
                lines = self.get("/__admin/requests.ndjson?" + filters).body.decode().splitlines()
                self.assertEqual([json.loads(line) for line in lines], listed["requests"])
        for filters, pointer in (("oops=1", "/query/oops"), ("status=abc", "/query/status"),
                                 ("since=-1", "/query/since"), ("operation=listModel", "/query/operation"),
                                 ("findings=maybe", "/query/findings"), ("limit=", "/query/limit")):
            for path in ("/requests", "/requests.ndjson", "/requests.har", "/requests/unmatched"):
                self.assertEqual(self.admin("GET", f"{path}?{filters}", status=400)["pointer"], pointer, path)

    def test_deleting_empties_one_workspace_and_its_count_of_what_is_gone(self):
        self.get(MODELS)
        self.assertEqual(self.admin("DELETE", "/requests"), {"removed": 1})
        self.assertEqual(self.admin("GET", "/requests")["requests"], [])


class Findings(ServerCase):
    def test_the_report_groups_by_operation_and_kind_with_an_example_each(self):
        self.get(MODELS + "?oops=1")
        self.get(MODELS + "?oops=2")
        self.get("/api/external/nothing")
        report = self.admin("GET", "/findings")
        self.assertEqual((report["findings"], report["unmatched"], report["evicted"]), (2, 1, 0))
        group, = report["groups"]
        self.assertEqual((group["operation"], group["kind"], group["count"]),
                         ("listModels", "unknown-query-parameter", 2))
        self.assertEqual((group["example"]["request"], group["example"]["pointer"]),
                         (f"GET {MODELS}?oops=1", "/query/oops"))
        self.assertEqual(report["unmatchedRequests"][0]["request"], "GET /api/external/nothing")
        reply = self.get("/__admin/findings", headers={"Accept": "text/plain"})
        self.assertTrue(reply.header("Content-Type").startswith("text/plain"))
        lines = reply.body.decode().splitlines()
        self.assertEqual(lines[0], "2 findings, 1 unmatched request")
        self.assertIn("  listModels  unknown-query-parameter  2x", lines)

    def test_without_findings_the_report_is_empty(self):
        self.get(MODELS)
        report = self.admin("GET", "/findings")
        self.assertEqual((report["findings"], report["groups"], report["unmatchedRequests"]), (0, [], []))
        text = self.get("/__admin/findings", headers={"Accept": "text/plain"}).body.decode()
        self.assertEqual(text, "0 findings, 0 unmatched requests\n")

    def test_fail_on_ends_with_1_and_the_report_on_stderr_whatever_was_cleared(self):
        server = Server("--fail-on", "findings,unmatched", "--quiet", expected_exit=1)
        server.get(MODELS + "?oops=1", key=self.key)
        server.get("/api/external/nothing", key=self.key)
        server.admin("DELETE", "/requests")
        log = server.stop()
        self.assertIn("--fail-on findings: some occurred", log)
        self.assertIn("--fail-on unmatched: some occurred", log)
        self.assertIn("1 finding, 1 unmatched request", log)
        self.assertIn(f"e.g. req_000001  GET {MODELS}?oops=1", log)
        self.assertNotIn(self.key, log)


class Bounds(unittest.TestCase):
    def test_an_evicting_journal_says_how_many_it_forgot(self):
        with Server("--journal-entries", "2") as server:
            key = fresh_key()
            for _ in range(5):
                server.get(MODELS, key=key)
            listed = server.admin("GET", "/requests", key=key)
            self.assertEqual((listed["meta"]["total"], listed["recorded"], listed["dropped"]), (2, 5, 3))
            self.assertEqual(server.admin("GET", "/findings", key=key)["evicted"], 3)
            server.admin("GET", "/requests/req_000001", status=404)
            workspace = listed["requests"][0]["workspace"]
            for call in CALLS:
                refused = refusal(server.admin("POST", call, {"status": 500}, 409, key=key))
                self.assertIn("3 requests of this workspace were evicted", refused["error"])
                self.assertIn(f"DELETE /__admin/requests?workspace={workspace} clears it", refused["error"])
                self.assertIn("of all workspaces", refusal(server.admin("POST", call, {}, 409))["error"])
            self.assertEqual(server.admin("DELETE", f"/requests?workspace={workspace}"), {"removed": 2})
            for asked in (key, None):
                counted = server.admin("POST", "/requests/count", {}, key=asked)
                self.assertEqual(counted, {"count": 0, "requestJournalDisabled": False})

    def test_a_loud_key_does_not_evict_a_quiet_ones_requests(self):
        with Server("--journal-entries", "20") as server:
            quiet, loud = fresh_key(), fresh_key()
            server.get(MODELS, key=quiet)
            server.get(MODELS)  # of no workspace
            for _ in range(100):
                server.get(MODELS, key=loud)
            self.assertEqual(server.admin("POST", "/requests/count", {}, key=quiet)["count"], 1)
            self.assertEqual([entry["sequence"] for entry in server.admin("GET", "/requests")["requests"]],
                             [1, 2, *range(85, 103)])
            report = server.admin("POST", "/verify", {"expect": [
                {"count": {"exactly": 1}}, {"sequence": [{"request": {}}], "gaps": False}]}, key=quiet)
            self.assertEqual(report["window"], {"entries": 1, "evicted": 0})
            server.admin("POST", "/requests/count", {}, 409, key=loud)
            server.admin("POST", "/requests/count", {}, 409)
            # Of all workspaces together, others may have come between the two.
            between = {"expect": [{"sequence": [{"request": {"status": 401}}, {"request": {"status": 200}}],
                                   "gaps": False}]}
            self.assertIn("come between", server.admin("POST", "/verify", between, 409)["results"][0]["reason"])

    def test_a_large_body_is_kept_as_prefix_length_and_hash(self):
        with Server() as server:
            key = fresh_key()
            big = json.dumps({"preferences": "p" * 200_000, "count": 1})
            server.post("/api/external/models/register-ideas", big, key=key)
            request = server.admin("GET", "/requests", key=key)["requests"][0]["request"]
            self.assertTrue(request["bodyTruncated"])
            self.assertEqual(request["bodyLength"], len(big))
            self.assertRegex(request["bodyHash"], "^fnv1a:[0-9a-f]{16}$")
            self.assertTrue(big.startswith(request["body"]))
            for call in ("count", "find", "remove"):
                refused = refusal(server.admin("POST", "/requests/" + call, body({"contains": "\"count\": 1"}), 409,
                                               key=key))
                self.assertIn("1 request may match too, but only the beginning of the body was kept", refused["error"])
                server.admin("POST", "/requests/" + call, body({"contains": "pppp"}) | {"status": 500}, key=key)
            self.assertEqual(server.admin("POST", "/requests/count", body({"contains": "pppp"}), key=key)["count"], 1)


class Redaction(ServerCase):
    def test_no_view_of_the_journal_shows_a_whole_key(self):
        secret = self.key.split(".", 1)[1] + "withalongsecret"
        key = "mk_live_happy-path." + secret
        self.get(MODELS, key=key)
        self.get(f"{MODELS}?note={key}", key=key, headers={"X-Note": f"see {key}", "Cookie": f"session={secret}"})
        self.post(REGISTER, {**SHOOT, "note": key}, key=key, headers={"Authorization": f"Bearer {secret}"})
        pattern = {"headers": {"X-Note": {"contains": key}}, "queryParameters": {"note": {"equalTo": key}}}
        self.assertEqual(self.admin("POST", "/requests/count", pattern, key=key)["count"], 1)
        missed = {"headers": {"X-Note": {"equalTo": key}}}
        verify = {"expect": [{"count": {**missed, "exactly": 7}}, {"noFindings": True}]}
        texts = [self.get("/__admin" + path, key=key).body for path in
                 ("/requests", "/requests.ndjson", "/requests.har", "/requests/unmatched", "/findings")]
        texts += [self.post("/__admin" + path, sent, key=key).body for path, sent in
                  (("/requests/find", {}), ("/requests/near-misses", missed), ("/verify", verify))]
        texts.append(self.post("/__admin/verify", verify, key=key, headers={"Accept": "text/plain"}).body)
        for text in texts:
            self.assertGreater(len(text), 2)
            self.assertNotIn(secret.encode(), text)
        self.assertIn(b"mk_live_happy-path.***", texts[0])
        self.assertNotIn(secret, self.server.log())

    def test_a_key_that_is_percent_encoded_in_the_url_is_redacted_where_it_is_shown_decoded(self):
        self.get(MODELS + "?note=" + self.key.replace("_", "%5F"))
        for path in ("/requests", "/requests.ndjson", "/requests.har"):
            self.assertNotIn(self.key.encode(), self.get("/__admin" + path).body, path)

    def test_the_name_of_an_expectation_is_redacted_as_well(self):
        reply = self.post("/__admin/verify", {"expect": [{"name": f"of {self.key}", "noFindings": True}]})
        self.assertEqual(reply.json()["results"][0]["name"], "of mk_live_happy-path.***")


if __name__ == "__main__":
    unittest.main()
