"""A stock WireMock client from the npm registry, unchanged, asks this server what was requested."""

import json

from npm_packages import PackageCase, main
from server import Server, fresh_key

MODELS = "/api/external/models"
REGISTER = "/api/external/image-picker/register-ideas"
SHOOT = {"config": {"product": {"id": "rec_product_001"}}, "count": 2}

# Runs each call of the list on standard input, as [name, argument], and prints the answers.
ASK = """
const { WireMockRestClient } = require("wiremock-rest-client");
const [, , url, key] = process.argv;
const client = new WireMockRestClient(url, {
  headers: key ? { "X-Api-Key": key } : {}, logLevel: "silent", continueOnFailure: true,
});
const calls = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {
  const answers = [];
  for (const [name, argument] of calls) answers.push(await client.requests[name](argument));
  console.log(JSON.stringify(answers));
})();
"""


class StockClient(PackageCase):
    PACKAGES = ("wiremock-rest-client@1.11.0",)

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.abandon)
        self.key = fresh_key()
        self.server.get(MODELS + "?statusFilter=approved", key=self.key)
        self.server.post(REGISTER, SHOOT, key=self.key)
        self.server.get("/api/external/nothing", key=self.key)

    def ask(self, *calls, key=None):
        return json.loads(self.run_node(ASK, self.server.url, key or "", text=json.dumps(calls)))

    def test_it_counts(self):
        patterns = [({"method": "GET", "urlPath": MODELS}, 1), ({"method": "POST", "urlPath": MODELS}, 0),
                    ({"urlPathPattern": "/api/external/.*", "method": "ANY"}, 3),
                    ({"urlPath": MODELS, "queryParameters": {"statusFilter": {"equalTo": "approved"}}}, 1),
                    ({"url": REGISTER, "headers": {"Content-Type": {"contains": "json"}},
                      "bodyPatterns": [{"equalToJson": json.dumps(SHOOT)}]}, 1),
                    ({"url": REGISTER, "bodyPatterns": [{"matchesJsonPath": "$.config.model"}]}, 0)]
        answers = self.ask(*[("getCount", pattern) for pattern, _ in patterns])
        self.assertEqual([answer["count"] for answer in answers], [count for _, count in patterns])

    def test_it_finds_with_the_members_of_a_logged_request(self):
        found, nothing = self.ask(("findRequests", {"method": "POST", "url": REGISTER}),
                                  ("findRequests", {"method": "PUT"}))
        self.assertEqual(nothing["requests"], [])
        request, = found["requests"]
        self.assertEqual((request["method"], request["url"]), ("POST", REGISTER))
        self.assertEqual(request["absoluteUrl"], self.server.url + REGISTER)
        self.assertEqual(json.loads(request["body"]), SHOOT)
        self.assertEqual(request["headers"]["Content-Type"], "application/json")
        self.assertNotIn(self.key, json.dumps(found))

    def test_it_asks_for_one_workspace_with_the_key_as_a_header(self):
        answers = self.ask(("getCount", {"method": "ANY"}), key=fresh_key())
        self.assertEqual(answers[0]["count"], 0)

    def test_it_lists_unmatched_requests_and_removes_and_deletes(self):
        unmatched, removed, left, _, none = self.ask(
            ("getUnmatchedRequests", None), ("removeRequests", {"urlPath": MODELS}), ("getCount", {"method": "ANY"}),
            ("deleteAllRequests", None), ("getAllRequests", None))
        self.assertEqual([one["url"] for one in unmatched["requests"]], ["/api/external/nothing"])
        self.assertEqual([one["request"]["url"] for one in removed["serveEvents"]], [MODELS + "?statusFilter=approved"])
        self.assertEqual(left["count"], 2)
        self.assertEqual((none["requests"], none["meta"]["total"]), ([], 0))

    def test_it_gets_a_request_that_it_found_by_its_id(self):
        found, = self.ask(("findRequests", {"method": "POST"}))
        shown, = self.ask(("getRequest", found["requests"][0]["id"]))
        self.assertEqual(shown["request"]["url"], REGISTER)

    def test_a_matcher_that_is_not_supported_is_an_error_and_no_count(self):
        answer, = self.ask(("getCount", {"bodyPatterns": [{"equalToXml": "<a/>"}]}))
        self.assertIn("equalToXml", answer["errors"][0]["detail"])
        self.assertNotIn("count", answer)


if __name__ == "__main__":
    main()
