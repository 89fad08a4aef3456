"""A photo shoot from the first listing to the last vote; then the same as a test in CI would do it.

Environment: QAMERA_BASE_URL, QAMERA_API_KEY, QAMERA_POLL_SECONDS. Python 3.9 or newer, standard library only:
    python3 workflow.py
"""

import json
import os
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

BASE_URL = os.environ.get("QAMERA_BASE_URL", "http://127.0.0.1:4010")
API_KEY = os.environ.get("QAMERA_API_KEY", "mk_live_abc123.secret456")
POLL_SECONDS = float(os.environ.get("QAMERA_POLL_SECONDS", "1"))
MOST_POLLS = 120
REPLY_SECONDS = 60


class Studio:
    """The client under test: all it knows of its surroundings are a base URL and a key."""

    def __init__(self, key):
        self.key = key

    def call(self, method, path, body=None, **query):
        url = BASE_URL + path + ("?" + urllib.parse.urlencode(query) if query else "")
        request = urllib.request.Request(url, method=method, headers={"X-Api-Key": self.key})
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=REPLY_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {json.load(error)['error']}") from error

    def choose(self):
        """What to shoot: the first product with the first approved model in the first approved scenery."""
        product = self.call("GET", "/api/external/products")["products"][0]
        model = self.call("GET", "/api/external/models", statusFilter="approved")["models"][0]
        scenery = self.call("GET", "/api/external/sceneries", statusFilter="approved")["sceneries"][0]
        return product["id"], model["id"], scenery["id"]

    def shoot(self, product, model, scenery, count):
        config = {
            "product": {"id": product},
            "model": {"id": model},
            "scenery": {"id": scenery},
            "industry": "fashion",
            "suggestions": "soft morning light",
        }
        return self.call("POST", "/api/external/image-picker/register-ideas", {"config": config, "count": count})

    def images(self, product, ids, **query):
        """The images of `ids` that a listing of the product shows."""
        listing = self.call("GET", "/api/external/image-picker", productId=product, **query)
        return [image for image in listing["images"] if image["id"] in ids]

    def vote(self, record, voting):
        body = {"recordId": record, "Voting": voting}
        return self.call("POST", "/api/external/packshots/update-packshot", body)


def is_mock():
    try:
        with urllib.request.urlopen(BASE_URL + "/__admin/health", timeout=REPLY_SECONDS):
            return True
    except OSError:
        return False


class PhotoShoot(unittest.TestCase):
    def test_register_poll_approve_one_image_and_reject_another(self):
        studio = Studio(API_KEY)
        product, model, scenery = studio.choose()
        registration = studio.shoot(product, model, scenery, 4)
        ids = registration["createdRecordIds"]
        self.assertEqual(len(ids), 4)
        self.assertGreater(registration["creditsReserved"], 0)

        done = []
        for _ in range(MOST_POLLS):
            done = [image for image in studio.images(product, ids) if image["status"] == "DONE"]
            if len(done) == 4:
                break
            time.sleep(POLL_SECONDS)
        self.assertEqual(len(done), 4, f"the images are not DONE after {MOST_POLLS} polls")
        self.assertTrue(all(image["thumbnail"].startswith("http") for image in done))

        studio.vote(ids[0], "APPROVED")
        studio.vote(ids[1], "REJECTED")
        approved = studio.images(product, ids, statusFilter="approved")
        self.assertEqual([image["id"] for image in approved], [ids[0]])
        left = studio.images(product, ids)
        self.assertEqual([image["id"] for image in left], [ids[0], ids[2], ids[3]])


class InContinuousIntegration(unittest.TestCase):
    """Needs qamera-mock: the control API moves the clock, so that the test waits for nothing."""

    def setUp(self):
        if not is_mock():
            self.skipTest(f"{BASE_URL} is no qamera-mock")
        # A key of its own is an account of its own: this test disturbs no other, and no other disturbs it.
        self.studio = Studio(f"mk_live_happy-path.{uuid.uuid4()}")
        self.studio.call("PUT", "/__admin/clock", {"mode": "manual"})

    def test_the_clock_is_moved_by_hand_and_the_ledger_is_looked_at(self):
        studio = self.studio
        product, model, scenery = studio.choose()
        ids = studio.shoot(product, model, scenery, 4)["createdRecordIds"]
        self.assertEqual([image["status"] for image in studio.images(product, ids)], ["INPROGRESS"] * 4)

        fired = studio.call("POST", "/__admin/clock/advance", {"until": "idle"})["fired"]
        self.assertEqual(sorted(transition["record"] for transition in fired), ids)

        self.assertEqual([image["status"] for image in studio.images(product, ids)], ["DONE"] * 4)
        credits = studio.call("GET", "/__admin/credits")
        self.assertEqual((credits["consumed"], credits["reserved"]), (40, 0))


if __name__ == "__main__":
    unittest.main()
