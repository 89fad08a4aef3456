"""Every curl line of the documentation, with only the host changed."""

import json
import unittest
from pathlib import Path

from server import DOCUMENTED_KEY, Server, ServerCase

REQUESTS = json.loads((Path(__file__).parent / "documented_requests.json").read_text(encoding="utf-8"))
EXAMPLES_PAGE = [request for request in REQUESTS if request["page"] == "examples.txt"]


def send(server, request, key=DOCUMENTED_KEY):
    return server.request(request["method"], request["target"], request.get("body"), key=key)


class FreshServer(unittest.TestCase):
    def test_every_curl_line_answers_200_page_after_page(self):
        with Server() as server:
            for request in REQUESTS:
                with self.subTest(page=request["page"], target=request["target"]):
                    reply = send(server, request)
                    self.assertEqual(reply.status, 200, reply)

    def test_strict_mode_finds_nothing_undocumented_in_any_curl_line(self):
        with Server("--strict", "--fail-on", "findings,unmatched") as server:
            for request in REQUESTS:
                reply = send(server, request)
                self.assertEqual(reply.status, 200, reply)
            journal = server.admin("GET", "/requests?findings=true")
            self.assertEqual(journal["requests"], [])

    def test_the_journal_knows_the_operation_of_every_curl_line(self):
        with Server() as server:
            for request in REQUESTS:
                send(server, request)
            entries = server.admin("GET", "/requests")["requests"]
            self.assertEqual(len(entries), len(REQUESTS))
            self.assertTrue(all(entry["operation"] for entry in entries))


class EachAlone(ServerCase):
    def test_every_curl_line_answers_200_as_the_first_of_its_workspace(self):
        for number, request in enumerate(REQUESTS):
            with self.subTest(page=request["page"], target=request["target"]):
                reply = send(self.server, request, f"mk_live_abc123.alone{number}")
                self.assertEqual(reply.status, 200, reply)

    def test_bearer_authentication_serves_every_curl_line_as_well(self):
        for request in REQUESTS:
            reply = self.server.request(request["method"], request["target"], request.get("body"),
                                        headers={"Authorization": "Bearer mk_live_abc123.bearer"})
            self.assertEqual(reply.status, 200, reply)


class ExamplesPage(ServerCase):
    """The scenario docs-examples replays the examples page figure for figure."""

    FLAGS = ("--scenario", "docs-examples")

    def setUp(self):
        super().setUp()
        self.server.admin("POST", "/reset")

    def replay(self, number):
        reply = send(self.server, EXAMPLES_PAGE[number])
        self.assertEqual(reply.status, 200, reply)
        return reply.json()

    def test_products_models_and_sceneries_are_those_of_the_page(self):
        self.assertEqual(self.replay(0), {
            "products": [
                {"id": "rec_product_001", "name": "White T-Shirt Front",
                 "thumbnail": "https://cdn.example.com/products/thumb_001.jpg", "status": "UPLOADED",
                 "createdAt": "2026-03-20T14:30:00.000Z"},
                {"id": "rec_product_002", "name": "Leather Handbag",
                 "thumbnail": "https://cdn.example.com/products/thumb_002.jpg", "status": "UPLOADED",
                 "createdAt": "2026-03-21T09:15:00.000Z"}],
            "count": 2})
        self.assertEqual(self.replay(1), {
            "models": [
                {"id": "rec_model_101", "name": "Sophie — Casual",
                 "thumbnail": "https://cdn.example.com/models/thumb_101.jpg", "status": "DONE", "voting": "APPROVED",
                 "createdAt": "2026-03-18T10:00:00.000Z"}],
            "count": 1})
        self.assertEqual(self.replay(2), {
            "sceneries": [
                {"id": "rec_scenery_201", "name": "Bright Studio",
                 "thumbnail": "https://cdn.example.com/sceneries/thumb_201.jpg", "status": "DONE",
                 "voting": "APPROVED", "createdAt": "2026-03-19T11:45:00.000Z"}],
            "count": 1})

    def test_the_registration_has_the_ids_of_the_page_and_reserves_120_credits(self):
        self.assertEqual(self.replay(3), {
            "createdRecordIds": ["rec_gen_301", "rec_gen_302", "rec_gen_303", "rec_gen_304"],
            "batchId": "batch_abc123",
            "orderId": "ord_xyz789",
            "reservationId": "res_def456",
            "creditsReserved": 120})

    def test_the_images_are_inprogress_at_the_first_poll_and_done_at_the_second(self):
        self.replay(3)
        first = self.replay(4)
        self.assertEqual(first["images"][0], {
            "id": "rec_gen_301", "name": "White T-Shirt — Variant 1", "thumbnail": "", "status": "INPROGRESS",
            "voting": None, "createdAt": "2026-03-27T12:00:00.000Z"})
        self.assertEqual([image["status"] for image in first["images"]], ["INPROGRESS"] * 4)
        second = self.replay(4)
        self.assertEqual([image["status"] for image in second["images"]], ["DONE"] * 4)
        self.assertTrue(all(image["thumbnail"] for image in second["images"]))
        self.assertEqual(second["count"], 4)

    def test_the_votes_answer_as_on_the_page_and_change_the_listings(self):
        self.replay(3)
        self.replay(4)
        self.assertEqual(self.replay(5), {"success": True, "message": "Packshot voting updated successfully",
                                          "recordId": "rec_gen_301"})
        self.assertEqual(self.replay(6), {"success": True, "message": "Packshot voting updated successfully",
                                          "recordId": "rec_gen_302"})
        left = self.replay(4)["images"]
        self.assertEqual([(image["id"], image["voting"]) for image in left],
                         [("rec_gen_301", "APPROVED"), ("rec_gen_303", None), ("rec_gen_304", None)])

    def test_the_scenario_is_chosen_by_the_key_alone_as_well(self):
        with Server() as server:
            reply = send(server, EXAMPLES_PAGE[3], "mk_live_docs-examples.mine")
            self.assertEqual(reply.json()["creditsReserved"], 120)


if __name__ == "__main__":
    unittest.main()
