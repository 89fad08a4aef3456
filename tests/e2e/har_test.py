"""The HAR export: judged by a validator from the npm registry, and compared with the journal."""

import base64
import json
import random
import unittest

from npm_packages import PackageCase, main
from own_recordings_test import drawn_request, talk
from server import Server, fresh_key

MODELS = "/api/external/models"
REGISTER = "/api/external/image-picker/register-ideas"
SHOOT = {"config": {"product": {"id": "rec_product_001"}}, "count": 2}

# The name of the part to validate is an argument, its JSON the standard input. Prints the errors.
VALIDATE = """
const validate = require("har-validator");
const har = JSON.parse(require("fs").readFileSync(0, "utf8"));
validate[process.argv[2]](har).then(() => console.log("[]"), (error) => console.log(JSON.stringify(error.errors)));
"""


def fill(server, key):
    """Every shape of an exchange that HAR has to take."""
    server.get(MODELS + "?statusFilter=approved&a=1&a=2", key=key, headers={"Cookie": "session=1"})
    server.post(REGISTER, SHOOT, key=key)
    server.post(REGISTER, b"\xff\xfe\x00 no text", key=key, headers={"Content-Type": "application/octet-stream"})
    server.post("/api/external/models/register-ideas", {"preferences": "p" * 90_000}, key=key)
    server.get("/api/external/nothing")
    with server.raw() as wire:
        wire.send(b"GET /api/external/products HTTP/1.0\r\n\r\n").reply()
    with server.raw() as wire:
        wire.send(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").reply()


class Export(unittest.TestCase):
    def test_the_export_has_each_entry_with_its_request_response_and_key_redacted(self):
        with Server() as server:
            key = fresh_key()
            fill(server, key)
            reply = server.get("/__admin/requests.har")
            self.assertEqual((reply.status, reply.header("Content-Type")), (200, "application/json"))
            self.assertNotIn(key.encode(), reply.body)
            log = reply.json()["log"]
            self.assertEqual((log["version"], log["creator"]["name"]), ("1.2", "qamera-mock"))
            entries = server.admin("GET", "/requests")["requests"]
            self.assertEqual([one["_id"] for one in log["entries"]], [entry["id"] for entry in entries])
            self.assertEqual([one["response"]["status"] for one in log["entries"]],
                             [entry["response"]["status"] for entry in entries])
            first, shoot, binary, large = log["entries"][:4]
            self.assertEqual(first["request"]["url"], f"{server.url}{MODELS}?statusFilter=approved&a=1&a=2")
            self.assertEqual(first["request"]["queryString"], [
                {"name": "statusFilter", "value": "approved"},
                {"name": "a", "value": "1"}, {"name": "a", "value": "2"}])
            self.assertEqual(json.loads(shoot["request"]["postData"]["text"]), SHOOT)
            self.assertEqual(shoot["startedDateTime"], entries[1]["receivedAt"])
            self.assertEqual(base64.b64decode(binary["request"]["postData"]["text"]), b"\xff\xfe\x00 no text")
            self.assertEqual(large["request"]["bodySize"], entries[3]["request"]["bodyLength"])
            self.assertEqual(large["request"]["postData"]["_truncated"], entries[3]["request"]["bodyHash"])

    def test_a_filtered_export_and_an_empty_one_are_whole_documents(self):
        with Server() as server:
            key = fresh_key()
            fill(server, key)
            log = server.get("/__admin/requests.har?operation=registerImages&limit=1", key=key).json()["log"]
            self.assertEqual([one["_operation"] for one in log["entries"]], ["registerImages"])
            self.assertEqual(server.get("/__admin/requests.har?status=599", key=key).json()["log"]["entries"], [])

    def test_a_large_export_is_streamed_whole_while_requests_come_in(self):
        with Server("--quiet") as server:
            key = fresh_key()
            connection = server.connect()
            for _ in range(1000):
                server.get(MODELS, key=key, connection=connection)
            stream = server.connect()
            stream.request("GET", "/__admin/requests.har")
            response = stream.getresponse()
            beginning = response.read(1000)
            for _ in range(100):
                server.get(MODELS, key=key, connection=connection)
            server.admin("DELETE", "/requests")
            har = json.loads(beginning + response.read())
            stream.close()
            connection.close()
            self.assertEqual([one["_sequence"] for one in har["log"]["entries"]], list(range(1, 1001)))


class Validated(PackageCase):
    PACKAGES = ("har-validator@5.1.5",)

    def errors(self, har, part="har"):
        return json.loads(self.run_node(VALIDATE, part, text=json.dumps(har)))

    def test_the_validator_accepts_the_export_full_and_empty(self):
        with Server() as server:
            self.assertEqual(self.errors(server.get("/__admin/requests.har").json()), [])
            fill(server, fresh_key())
            har = server.get("/__admin/requests.har").json()
            self.assertEqual(len(har["log"]["entries"]), 7)
            self.assertEqual(self.errors(har), [])

    def test_the_validator_accepts_whatever_traffic_was_met(self):
        for seed in range(5):
            rng = random.Random(seed)
            with Server("--quiet") as server:
                for _ in range(40):
                    talk(server, drawn_request(rng, fresh_key()))
                self.assertEqual(self.errors(server.get("/__admin/requests.har").json()), [])

    def test_the_validator_refuses_a_broken_one(self):
        with Server() as server:
            fill(server, fresh_key())
            har = server.get("/__admin/requests.har").json()
            del har["log"]["entries"][0]["request"]["headersSize"]
            har["log"]["entries"][1]["startedDateTime"] = "yesterday"
            self.assertNotEqual(self.errors(har), [])


if __name__ == "__main__":
    main()
