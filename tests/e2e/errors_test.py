"""Refusals of the product API: which comes first, what each says, and that it says nothing else."""

import json
import unittest

from server import Server, ServerCase, fresh_key

IMAGES = "/api/external/image-picker/register-ideas"
MODELS = "/api/external/models/register-ideas"
VOTE = "/api/external/packshots/update-packshot"
GOOD_IMAGES = {"config": {"product": {"id": "rec_product_001"}}, "count": 1}
INVALID_KEY = "Invalid API key."


class OrderOfChecks(ServerCase):
    def test_an_unknown_path_is_404_before_method_and_key_are_looked_at(self):
        for method, path in [("GET", "/"), ("POST", "/api/external"), ("GET", "/api/external/product"),
                             ("DELETE", "/api/external/products/"), ("GET", "/api/external/Products"),
                             ("PUT", "/api/external/models/model_abc123"), ("GET", "/api/external//products")]:
            with self.subTest(method=method, path=path):
                reply = self.server.request(method, path)
                self.assertEqual((reply.status, reply.error()), (404, "Not found."))

    def test_a_wrong_method_is_405_with_allow_before_the_key_is_looked_at(self):
        for method, path, allow in [("DELETE", "/api/external/products", "GET"), ("GET", IMAGES, "POST"),
                                    ("POST", "/api/external/videos", "GET"),
                                    ("PUT", "/api/external/presets", "GET, POST"),
                                    ("OPTIONS", "/api/external/products", "GET"), ("BREW", VOTE, "POST")]:
            with self.subTest(method=method, path=path):
                reply = self.server.request(method, path)
                self.assertEqual((reply.status, reply.error()), (405, "Method not allowed."))
                self.assertEqual(reply.header("Allow"), allow)

    def test_a_missing_key_is_401_before_the_body_is_looked_at(self):
        reply = self.server.post(IMAGES, "{")
        self.assertEqual((reply.status, reply.error()), (401, INVALID_KEY))

    def test_a_missing_scope_is_403_before_the_body_is_looked_at(self):
        reply = self.post(IMAGES, "{", key=fresh_key("read-only-key"))
        self.assertEqual((reply.status, reply.error()), (403, "Missing required scope: 'content.register'."))

    def limited(self, **more):
        scenario = {"name": "tight", "clock": {"mode": "manual"}, "rateLimit": {"requests": 1, "window": "60s"},
                    **more}
        self.key = fresh_key("tight")
        self.server.admin("POST", "/workspaces", {"key": self.key, "scenario": scenario}, 201)

    def test_the_rate_limit_is_429_before_the_body_is_looked_at(self):
        self.limited()
        self.assertEqual(self.post(IMAGES, "{").status, 400)
        reply = self.post(IMAGES, "{")
        self.assertEqual((reply.status, reply.error()), (429, "Too many requests. Please retry after a short delay."))
        self.advance(by="60s")
        self.assertEqual(self.post(IMAGES, "{").status, 400)

    def test_a_missing_scope_is_403_before_the_rate_limit_counts(self):
        self.limited(keys=[{"id": "*", "scopes": []}])
        for _ in range(3):
            self.assertEqual(self.post(IMAGES, GOOD_IMAGES).status, 403)

    def test_a_bad_body_is_400_before_existence_and_credits(self):
        self.admin("PATCH", "/credits", {"available": 0})
        reply = self.post(IMAGES, {"config": {"product": {"id": "nowhere"}}, "count": 21})
        self.assertEqual(reply.status, 400)

    def test_an_unknown_record_is_404_before_credits(self):
        self.admin("PATCH", "/credits", {"available": 0})
        reply = self.post(IMAGES, {"config": {"product": {"id": "nowhere"}}})
        self.assertEqual((reply.status, reply.error()), (404, "Product not found."))
        reply = self.post(IMAGES, GOOD_IMAGES)
        self.assertEqual((reply.status, reply.error()), (402, "Insufficient credits. Required: 10, available: 0."))

    def test_each_reason_is_told_in_a_header_beside_the_vendors_body(self):
        for reply, word in [(self.server.get("/nowhere"), "path"),
                            (self.server.post("/api/external/videos"), "method"),
                            (self.server.get("/api/external/videos"), "key"), (self.post(IMAGES, {}), "body"),
                            (self.get("/api/external/videos"), "ok")]:
            self.assertTrue(reply.reason.startswith(word), reply)
            self.assertTrue(reply.header("X-Correlation-Id") and reply.header("X-Qamera-Mock-Request"))
            self.assertEqual(reply.header("Content-Type"), "application/json")


class Authentication(ServerCase):
    def status(self, **headers):
        names = {"x_api_key": "X-Api-Key", "authorization": "Authorization"}
        reply = self.server.get("/api/external/products",
                                headers={names[name]: text for name, text in headers.items()})
        if reply.status != 200:
            self.assertEqual(reply.error(), INVALID_KEY)
        return reply.status

    def test_both_headers_are_equivalent(self):
        for key in ("mk_live_abc123.secret456", "mk_live_x.y", "mk_live_A-b_9.a.b.c"):
            self.assertEqual(self.status(x_api_key=key), 200)
            self.assertEqual(self.status(authorization="Bearer " + key), 200)
            self.assertEqual(self.status(authorization="bearer " + key), 200)

    def test_both_headers_lead_to_one_account(self):
        self.register(1)
        credits = self.server.admin("GET", "/credits", key=self.key)
        self.server.post(MODELS, {"preferences": "p", "count": 1}, headers={"Authorization": "Bearer " + self.key})
        self.assertEqual(self.server.admin("GET", "/credits", key=self.key)["reserved"], credits["reserved"] + 10)

    def test_x_api_key_wins_when_both_are_present(self):
        good, bad = "mk_live_happy-path.both", "nonsense"
        self.assertEqual(self.status(x_api_key=good, authorization="Bearer " + bad), 200)
        self.assertEqual(self.status(x_api_key=bad, authorization="Bearer " + good), 401)
        self.assertEqual(self.status(x_api_key="", authorization="Bearer " + good), 401)

    def test_malformed_keys_are_refused(self):
        for key in ("mk_live_", "mk_live_a", "mk_live_a.", "mk_live_.b", "mk_test_a.b", "MK_LIVE_a.b", "a.b",
                    "mk_live_a b.c", "mk_live_a/b.c", "mk_live_" + "a" * 65 + ".b", "mk_live_a." + "b" * 129,
                    "Bearer mk_live_a.b", "mk_live_a.b,mk_live_a.b", "mk_live_ä.b".encode().decode("latin-1")):
            with self.subTest(key=key):
                self.assertEqual(self.status(x_api_key=key), 401)
        for value in ("mk_live_a.b", "Basic bWs6Yg==", "Bearer", "Bearer ", "Token mk_live_a.b"):
            with self.subTest(value=value):
                self.assertEqual(self.status(authorization=value), 401)

    def test_only_declared_keys_are_valid_with_auth_listed(self):
        with Server("--auth", "listed") as server:
            self.assertEqual(server.get("/api/external/products", key=self.key).status, 401)
            made = server.admin("POST", "/workspaces", {}, 201)
            self.assertEqual(server.get("/api/external/products", key=made["key"]).status, 200)


class Findings(ServerCase):
    """What the documents do not describe is served, and noted."""

    def findings(self):
        (entry,) = self.admin("GET", "/requests?findings=true")["requests"]
        return [(one["kind"], one["pointer"]) for one in entry["findings"]]

    def test_an_unknown_status_filter_is_served_as_all(self):
        everything = self.get("/api/external/models").body
        self.assertEqual(self.get("/api/external/models?statusFilter=done").body, everything)
        self.assertEqual(self.findings(), [("undocumented-value", "/query/statusFilter")])
        approved = self.get("/api/external/models?statusFilter=approved").json()
        self.assertEqual({one["voting"] for one in approved["models"]}, {"APPROVED"})
        self.assertLess(approved["count"], self.get("/api/external/models?statusFilter=all").json()["count"])

    def test_an_unknown_query_parameter_is_served(self):
        self.assertEqual(self.get("/api/external/products?page=2").status, 200)
        self.assertEqual(self.findings(), [("unknown-query-parameter", "/query/page")])

    def test_an_unknown_field_is_served(self):
        body = {"config": {"product": {"id": "rec_product_001", "colour": "red"}}, "count": 1, "a/b": 1}
        self.assertEqual(self.post(IMAGES, body).status, 200)
        self.assertEqual(sorted(self.findings()), [("unknown-field", "/body/a~1b"),
                                                   ("unknown-field", "/body/config/product/colour")])

    def test_a_wrong_content_type_is_served(self):
        self.assertEqual(self.post(MODELS, {"preferences": "p"}, headers={"Content-Type": "text/plain"}).status, 200)
        self.assertEqual(self.findings(), [("wrong-content-type", "/headers/content-type")])

    def test_more_than_sixty_requests_a_minute_are_served(self):
        self.admin("PUT", "/clock", {"mode": "real", "speed": 0.001})
        self.assertEqual({self.get("/api/external/products").status for _ in range(61)}, {200})
        self.assertEqual(self.findings(), [("rate-limit-exceeded", "")])

    def test_with_a_stopped_clock_the_rate_is_not_judged_unless_the_scenario_enforces_it(self):
        self.admin("PUT", "/clock", {"mode": "manual"})
        for _ in range(100):
            self.get("/api/external/products")
        self.admin("POST", "/verify", {"expect": [{"noFindings": True}]})
        self.admin("PUT", "/clock", {"mode": "real", "speed": 0.001})
        self.get("/api/external/products")  # what came under the stopped clock is not held against it
        self.assertEqual(self.admin("GET", "/requests?findings=true")["requests"], [])
        limited = fresh_key("rate-limited")
        self.server.admin("PUT", "/clock", {"mode": "manual"}, key=limited)
        self.assertEqual([self.server.get("/api/external/products", key=limited).status for _ in range(61)],
                         [200] * 60 + [429])

    def repeated(self):
        """Requests that give something twice: how, and the finding."""
        models = json.dumps({"preferences": "p", "count": 1})
        part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\nx\r\n'
        names = ("name", "quantityGuidelines", "qualityGuidelines", "name")
        form = "".join(part.format(name) for name in names) + "--b--\r\n"
        head = f"Host: {self.server.host}\r\nX-Api-Key: {self.key}\r\n"
        typed = "Content-Type: application/json\r\n"
        return [
            ("GET", "/api/external/models?statusFilter=all&statusFilter=all", head, "",
             ("duplicate-parameter", "/query/statusFilter")),
            ("GET", "/api/external/models", head + f"X-API-KEY: {self.key}\r\n", "",
             ("duplicate-header", "/headers/x-api-key")),
            ("POST", MODELS, head + typed * 2, models, ("duplicate-header", "/headers/content-type")),
            ("POST", MODELS, head + typed, models[:-1] + ', "count": 2}', ("duplicate-member", "/body/count")),
            ("POST", "/api/external/presets", head + "Content-Type: multipart/form-data; boundary=b\r\n", form,
             ("duplicate-field", "/body/name")),
        ]

    @staticmethod
    def send(server, method, target, head, body):
        with server.raw() as connection:
            text = f"{method} {target} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}"
            return connection.send(text.encode()).reply()

    def test_what_is_given_twice_is_served_and_a_finding_and_400_in_strict_mode(self):
        with Server("--strict") as strict:
            for method, target, head, body, finding in self.repeated():
                with self.subTest(finding=finding):
                    reply = self.send(self.server, method, target, head, body)
                    self.assertEqual(reply.status, 200, reply)
                    found = self.admin("GET", "/requests?findings=true")["requests"][-1]["findings"]
                    self.assertIn(finding, [(one["kind"], one["pointer"]) for one in found])
                    pattern = {"findings": finding[0], "method": method}
                    self.assertGreater(self.admin("POST", "/requests/count", pattern)["count"], 0)
                    refused = self.send(strict, method, target, head, body)
                    self.assertEqual(refused.status, 400, refused)
                    self.assertIn("is given more than once", refused.error())

    def test_strict_mode_answers_400_and_names_what_is_undocumented(self):
        with Server("--strict") as server:
            for method, target, body, named in [
                    ("GET", "/api/external/models?statusFilter=done", None, "'statusFilter'"),
                    ("GET", "/api/external/products?page=2", None, "'page'"),
                    ("POST", MODELS, {"preferences": "p", "style": "x"}, "'style'")]:
                reply = server.request(method, target, body, key=self.key)
                self.assertEqual(reply.status, 400, reply)
                self.assertTrue(reply.error().startswith("Validation failed: "), reply)
                self.assertIn(named, reply.error())
            self.assertEqual(server.admin("GET", "/credits", key=self.key)["reserved"], 0)
            self.assertEqual(server.get("/api/external/models?statusFilter=all", key=self.key).status, 200)


if __name__ == "__main__":
    unittest.main()
