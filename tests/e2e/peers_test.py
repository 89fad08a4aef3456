"""Bugs that users of other mock servers and HAR tools reported in public, tried here. Each test names the report."""

import base64
import gzip
import json
import socket
import tempfile
import unittest
from pathlib import Path

from server import SAFETY_SECONDS, ServerCase, run_binary

API = "/api/external"
REGISTER = API + "/models/register-ideas"
VOTE = API + "/packshots/update-packshot"


class Peers(ServerCase):
    FLAGS = ("--clock", "manual", "--quiet")

    def matches(self, body, **matcher):
        """Whether the request with this body is found by the matcher."""
        self.assertLess(self.post(REGISTER, body.encode()).status, 500)
        pattern = {"operation": "registerModels", "bodyPatterns": [matcher]}
        found = self.admin("POST", "/requests/count", pattern)["count"]
        self.admin("DELETE", "/requests")
        return found == 1

    def exchange(self, data):
        with socket.create_connection((self.server.host, self.server.port), timeout=SAFETY_SECONDS) as connection:
            connection.sendall(data)
            received = b""
            while part := connection.recv(65536):
                received += part
            return received

    def test_wiremock_1372_an_empty_object_equals_an_empty_object_with_every_leniency(self):
        lenient = {"ignoreArrayOrder": True, "ignoreExtraElements": True}
        self.assertTrue(self.matches("{}", equalToJson="{}", **lenient))
        self.assertTrue(self.matches('{"a": 1}', equalToJson="{}", **lenient))
        self.assertFalse(self.matches("[]", equalToJson="{}", **lenient))

    def test_wiremock_1028_an_empty_list_equals_an_empty_list(self):
        for lenient in (True, False):
            self.assertTrue(self.matches("[]", equalToJson="[]", ignoreArrayOrder=lenient))
            self.assertFalse(self.matches("[1]", equalToJson="[]", ignoreArrayOrder=lenient))

    def test_wiremock_2610_zeros_at_the_end_of_a_fraction_do_not_count(self):
        self.assertTrue(self.matches('{"f": 1.2000}', equalToJson={"f": 1.2}))
        self.assertTrue(self.matches('{"f": 1.2}', equalToJson='{"f": 1.2000}'))
        self.assertFalse(self.matches('{"f": 1.2001}', equalToJson={"f": 1.2}))

    def test_wiremock_1779_a_number_with_a_zero_fraction_equals_itself(self):
        for written in ("123.0", "123", "123.00", "1.23e2"):
            self.assertTrue(self.matches('{"f": %s}' % written, equalToJson='{"f": 123.0}'), written)

    def test_mockserver_1345_a_whole_number_equals_the_same_with_a_point_but_not_its_text(self):
        self.assertTrue(self.matches('{"n": 1.0}', equalToJson={"n": 1}))
        self.assertFalse(self.matches('{"n": "1"}', equalToJson={"n": 1}))

    def test_mockserver_601_a_verification_with_another_body_fails(self):
        self.post(REGISTER, {"preferences": "tall"})
        for pattern in ({"equalToJson": {"preferences": "short"}}, {"contains": "this is not there"}):
            body = {"expect": [{"count": {"operation": "registerModels", "bodyPatterns": [pattern], "exactly": 1}}]}
            self.assertEqual(self.server.post("/__admin/verify", body, key=self.key).status, 422)

    def test_mockserver_987_a_verification_of_what_nobody_knows_is_refused(self):
        for body in ({"expectationId": {"id": "d9cb1c8a"}}, {"expect": [{"expectationId": "d9cb1c8a"}]},
                     {"expect": [{"count": {"operatoin": "listModels", "exactly": 0}}]}, {"expect": []}, {}):
            reply = self.server.post("/__admin/verify", body, key=self.key)
            self.assertIn(reply.status, (400, 422), (body, reply))
            self.assertTrue(reply.json()["error"])

    def test_pact_jvm_55_a_chunked_body_in_gzip_is_a_body(self):
        packed = gzip.compress(b'{"preferences": "tall", "count": 1}')
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (packed[:7], packed[7:])) + b"0\r\n\r\n"
        reply = self.exchange(f"POST {REGISTER} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Api-Key: {self.key}\r\n"
                              "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
        self.assertTrue(reply.startswith(b"HTTP/1.1 200 "), reply)
        entry = self.admin("GET", "/requests?limit=1")["requests"][0]["request"]
        # MockServer 269: the journal has the fields that came, and none that did not.
        self.assertEqual(json.loads(entry["body"])["preferences"], "tall")
        self.assertEqual(entry["headers"]["Transfer-Encoding"], "chunked")
        self.assertNotIn("Content-Length", entry["headers"])

    def test_mockserver_1151_expect_100_continue_is_answered_and_in_the_journal(self):
        body = b'{"preferences": "tall", "count": 1}'
        with socket.create_connection((self.server.host, self.server.port), timeout=SAFETY_SECONDS) as connection:
            connection.sendall(f"POST {REGISTER} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Api-Key: {self.key}\r\n"
                               f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                               "Expect: 100-continue\r\n\r\n".encode())
            self.assertEqual(connection.recv(25), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(body)
            self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 200 "))
        pattern = {"headers": {"Expect": {"equalTo": "100-continue"}}}
        self.assertEqual(self.admin("POST", "/requests/count", pattern)["count"], 1)

    def test_mockttp_38_the_length_of_a_reply_counts_bytes_not_characters(self):
        made = self.post(REGISTER, {"preferences": "🐶 ž", "count": 1}).json()["createdRecordIds"][0]
        reply = self.get(API + "/models")
        self.assertEqual(int(reply.header("Content-Length")), len(reply.body))
        self.assertIn("🐶 ž", next(one["name"] for one in reply.json()["models"] if one["id"] == made))

    def test_stripe_mock_749_a_refused_value_is_told_by_its_name_and_what_is_expected(self):
        error = self.post(VOTE, {"recordId": "img_001", "Voting": "MAYBE"}).error()
        for word in ("'Voting'", "'APPROVED'", "'REJECTED'"):
            self.assertIn(word, error)
        self.assertNotIn("0x", error)

    def test_prism_807_a_400_says_what_is_wrong_also_where_its_form_is_documented(self):
        reply = self.post(REGISTER, {"preferences": 5})
        self.assertEqual((reply.status, reply.json()),
                         (400, {"error": "Validation failed: 'preferences' must be a non-empty string."}))

    def test_mockserver_92_a_scripted_content_length_is_refused_not_sent_beside_the_true_one(self):
        rule = {"when": {"operation": "listModels"}, "respond": {"status": 200, "headers": {"Content-Length": "1"}}}
        reply = self.server.post("/__admin/rules", {"rules": [rule]}, key=self.key)
        self.assertEqual(reply.status, 400, reply)


class Recordings(unittest.TestCase):
    """What `check` makes of HAR files of which other programs made nothing."""

    GOOD = {"request": {"method": "GET", "url": "https://h/api/external/products", "headers": []},
            "response": {"status": 500, "headers": [], "content": {"text": '{"error": "x"}'}}}

    def check(self, text, *flags):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "traffic.har"
            file.write_text(text, encoding="utf-8")
            run = run_binary("check", "--format", "json", str(file), *flags)
            return run, json.loads(run.stdout) if run.stdout else None

    def test_httptoolkit_880_a_malformed_version_keeps_nothing_from_being_read(self):
        odd = json.loads(json.dumps(self.GOOD))
        odd["request"]["httpVersion"] = "HTTP/Q}T3X\f\u000b0Q}T3"
        run, report = self.check(json.dumps({"log": {"entries": [odd, self.GOOD]}}))
        self.assertEqual((run.returncode, report["judged"]), (0, 2), run.stderr)

    def test_mitmproxy_7377_a_number_that_is_none_keeps_nothing_from_being_read(self):
        text = json.dumps({"log": {"entries": [{**self.GOOD, "time": float("nan"),
                                                "timings": {"wait": float("inf"), "send": -1e999}}, self.GOOD]}})
        self.assertIn("NaN", text)
        run, report = self.check(text)
        self.assertEqual((run.returncode, report["judged"], run.stderr), (0, 2, ""))

    def test_yapi_278_a_har_of_version_1_1_without_pages_is_read(self):
        entry = {"pageref": "page_1", "startedDateTime": "2018-04-26T14:15:01.012+08:00", **self.GOOD}
        run, report = self.check(json.dumps({"log": {"version": "1.1", "creator": {"name": "Firefox"},
                                                     "entries": [entry]}}))
        self.assertEqual((run.returncode, report["judged"]), (0, 1), run.stderr)

    def test_zaproxy_8500_a_har_without_anything_to_judge_is_told(self):
        for text in ('{"log": {}}', '{"log": {"entries": [{}]}}', '{"log": {"entries": {}}}', "{}", '{"log"'):
            run, _ = self.check(text)
            self.assertEqual(run.returncode, 2, text)
            self.assertIn("traffic.har", run.stderr)

    def test_playwright_19948_a_post_without_its_body_is_not_judged_and_counted(self):
        entry = {"request": {"method": "POST", "url": "https://h/api/external/models/register-ideas", "headers": [],
                             "bodySize": -1},
                 "response": {"status": 400, "headers": [], "content": {"size": -1, "text": '{"error": "x"}'}}}
        run, report = self.check(json.dumps({"log": {"entries": [entry]}}))
        self.assertEqual((run.returncode, report["count"], report["bodiesNotJudged"]), (0, 0, 1), run.stdout)

    def test_compressed_bytes_that_no_header_names_are_judged_once_unpacked_and_counted(self):
        entry = json.loads(json.dumps(self.GOOD))
        for body, count in (('{"error": "x"}', 0), ('{"fault": "x"}', 2)):
            entry["response"]["content"] = {"text": base64.b64encode(gzip.compress(body.encode())).decode(),
                                            "encoding": "base64", "mimeType": "application/json"}
            run, report = self.check(json.dumps({"log": {"entries": [entry]}}))
            self.assertEqual((report["unnamedCodings"], report["count"]), (1, count), run.stdout)


if __name__ == "__main__":
    unittest.main()
