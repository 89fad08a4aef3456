"""The assertion of a test in CI: what did the client really send? qamera-mock's journal answers, and explains a no.

Environment: QAMERA_BASE_URL, QAMERA_API_KEY. Python 3.9 or newer, standard library only:
    python3 assertions.py
"""

import json
import os
import unittest
import urllib.error
import urllib.request
import uuid

BASE_URL = os.environ.get("QAMERA_BASE_URL", "http://127.0.0.1:4010")
# A key of its own is an account and a journal of its own: this test disturbs no other, and no other disturbs it.
API_KEY = os.environ.get("QAMERA_API_KEY", f"mk_live_happy-path.{uuid.uuid4()}")
REPLY_SECONDS = 60

EXPECTATIONS = {"expect": [
    {"name": "four images are registered once", "count": {
        "operation": "registerImages", "status": 200, "exactly": 1,
        "bodyPatterns": [{"matchesJsonPath": {"expression": "$.count", "equalTo": "4"}}]}},
    {"name": "the first of them is approved", "sequence": [
        {"request": {"operation": "registerImages"}, "capture": {"image": "$.createdRecordIds[0]"}},
        {"request": {"operation": "updatePackshot", "bodyPatterns": [
            {"equalToJson": {"recordId": "{{image}}", "Voting": "APPROVED"}}]}}]},
    {"name": "polls are at least two seconds apart", "pollInterval": {"operation": "listImages", "atLeast": "2s"}},
    {"name": "nothing undocumented is sent", "noFindings": True},
    {"name": "every path exists", "noUnmatched": True},
    {"name": "the account paid for four images", "ledger": {"reserved": 0, "consumed": 40}},
]}


def send(method, path, body=None, accept="application/json"):
    """Status and text of the reply."""
    request = urllib.request.Request(BASE_URL + path, method=method, headers={"X-Api-Key": API_KEY, "Accept": accept})
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=REPLY_SECONDS) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def run_client():
    """Stands for the client under test: registers images, polls until they are done, approves the first."""
    shoot = {"config": {"product": {"id": "rec_product_001"}}, "count": 4}
    status, text = send("POST", "/api/external/image-picker/register-ideas", shoot)
    if status != 200:
        return
    for step in ({"by": "3s"}, {"until": "idle"}):
        send("GET", "/api/external/image-picker?productId=rec_product_001")
        send("POST", "/__admin/clock/advance", step)  # in place of sleeping
    vote = {"recordId": json.loads(text)["createdRecordIds"][0], "Voting": "APPROVED"}
    send("POST", "/api/external/packshots/update-packshot", vote)


class WhatTheClientSent(unittest.TestCase):
    def test_it_is_what_was_agreed(self):
        send("PUT", "/__admin/clock", {"mode": "manual"})
        run_client()
        status, report = send("POST", "/__admin/verify", EXPECTATIONS, accept="text/plain")
        self.assertEqual(status, 200, report)


if __name__ == "__main__":
    unittest.main()
