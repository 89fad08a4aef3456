"""The control API: workspaces, scenarios and the journal."""

import json
import unittest

from server import Server, ServerCase, fresh_key


class Calls(ServerCase):
    def test_health_tells_status_version_and_uptime(self):
        health = self.server.admin("GET", "/health")
        self.assertEqual(health["status"], "ok")
        self.assertRegex(health["version"], r"^\d+\.\d+\.\d+$")
        self.assertGreaterEqual(health["uptimeSeconds"], 0)

    def test_unknown_paths_and_methods_are_404_with_a_suggestion_and_405_with_allow(self):
        self.assertIn("did you mean /__admin/clock?", self.server.admin("GET", "/clok", status=404)["error"])
        self.server.admin("GET", "/workspaces/", status=404)
        reply = self.server.request("DELETE", "/__admin/clock")
        self.assertEqual((reply.status, reply.header("Allow")), (405, "GET, PUT"))
        self.assertEqual(self.server.get("/__administration").status, 404)

    def test_malformed_bodies_and_keys_are_refused(self):
        reply = self.server.post("/__admin/workspaces", "{")
        self.assertEqual(reply.status, 400)
        self.server.admin("GET", "/credits", key="nonsense", status=401)
        self.server.admin("GET", "/credits?workspace=ws_nowhere", status=404)
        self.server.post("/__admin/workspaces", "[" * 200_000)
        self.assertEqual(self.server.admin("GET", "/health")["status"], "ok")

    def test_shutdown_ends_the_server_with_exit_code_0(self):
        server = Server()
        self.assertEqual(server.admin("POST", "/shutdown")["status"], "stopping")
        server.wait()


class WorkspaceCalls(ServerCase):
    def test_a_workspace_is_created_listed_shown_and_deleted(self):
        wishes = {"scenario": "credit-exhaustion", "clock": {"mode": "manual", "now": "2030-01-01T00:00:00.000Z"},
                  "credits": 77, "seed": 5}
        made = self.server.admin("POST", "/workspaces", wishes, 201)
        self.assertEqual(made["url"], self.server.url)
        self.assertRegex(made["key"], r"^mk_live_credit-exhaustion\.\w+$")
        self.assertEqual((made["scenario"], made["seed"], made["credits"]["available"]), ("credit-exhaustion", 5, 77))
        self.assertEqual((made["clock"]["mode"], made["clock"]["now"]), ("manual", "2030-01-01T00:00:00.000Z"))
        self.register(2, key=made["key"])

        shown = self.server.admin("GET", "/workspaces/" + made["id"])
        self.assertEqual((shown["pendingJobs"], shown["credits"]["reserved"], shown["requests"]), (2, 20, 1))
        self.assertNotIn(made["key"], json.dumps(shown))
        listed = self.server.admin("GET", "/workspaces")
        self.assertIn(made["id"], [one["id"] for one in listed["workspaces"]])

        self.server.admin("DELETE", "/workspaces/" + made["id"])
        self.server.admin("GET", "/workspaces/" + made["id"], status=404)
        self.server.admin("DELETE", "/workspaces/" + made["id"], status=404)

    def test_a_workspace_can_be_named_by_its_id_in_place_of_its_key(self):
        made = self.server.admin("POST", "/workspaces", {"key": self.key}, 201)
        self.server.admin("PATCH", "/credits?workspace=" + made["id"], {"available": 3})
        self.assertEqual(self.admin("GET", "/credits")["available"], 3)

    def test_impossible_wishes_are_refused_with_a_pointer(self):
        self.server.admin("POST", "/workspaces", {"key": self.key}, 201)
        for wishes, status, pointer in [({"key": self.key}, 409, "/key"), ({"key": "x"}, 400, "/key"),
                                        ({"scenario": "happy-pth"}, 400, "/scenario"),
                                        ({"scenario": 5}, 400, "/scenario"),
                                        ({"credits": -1}, 400, "/credits"), ({"seed": "x"}, 400, "/seed"),
                                        ({"clock": {"mode": "fast"}}, 400, "/clock/mode"),
                                        ({"clock": {"now": "noon"}}, 400, "/clock/now"), ({"keys": []}, 400, "/keys"),
                                        ({"scenario": {"name": "x", "jobs": {"image": {"duration": "soon"}}}}, 400,
                                         "/scenario/jobs/image/duration")]:
            with self.subTest(wishes=wishes):
                self.assertEqual(self.server.admin("POST", "/workspaces", wishes, status)["pointer"], pointer)
        self.assertIn("happy-path", self.server.admin("POST", "/workspaces", {"scenario": "happy-pth"}, 400)["error"])

    def test_the_least_recently_used_workspace_goes_first(self):
        with Server("--max-workspaces", "3") as server:
            keys = [fresh_key() for _ in range(4)]
            for key in keys[:3]:
                self.assertEqual(server.get("/api/external/products", key=key).status, 200)
                server.admin("PATCH", "/credits", {"available": 1}, key=key)
            server.get("/api/external/products", key=keys[0])
            server.get("/api/external/products", key=keys[3])
            listed = server.admin("GET", "/workspaces")
            self.assertEqual((listed["count"], listed["evicted"]), (3, 1))
            self.assertEqual(server.admin("GET", "/credits", key=keys[0])["available"], 1)
            self.assertEqual(server.admin("GET", "/credits", key=keys[2])["available"], 1)
            self.assertEqual(server.admin("GET", "/credits", key=keys[1])["available"], 100000)

    def test_a_scenario_is_switched_by_name_and_inline(self):
        self.get("/api/external/products")
        self.admin("PUT", "/scenario", {"name": "empty-account"})
        self.assertEqual(self.get("/api/external/products").json()["count"], 0)
        inline = {"name": "mine", "credits": {"available": 12}}
        self.assertEqual(self.admin("PUT", "/scenario", {"scenario": inline})["scenario"]["name"], "mine")
        self.assertEqual(self.admin("GET", "/credits")["available"], 12)
        self.admin("PUT", "/scenario", json.dumps("happy-path"))
        self.assertEqual(self.admin("GET", "/credits")["available"], 100000)

    def test_a_bad_scenario_is_refused_with_a_pointer_and_changes_nothing(self):
        self.admin("PATCH", "/credits", {"available": 5})
        bad = {"name": "mine", "credits": {"available": -1}}
        self.assertEqual(self.admin("PUT", "/scenario", {"scenario": bad}, 400)["pointer"],
                         "/scenario/credits/available")
        self.assertEqual(self.admin("PUT", "/scenario", bad, 400)["pointer"], "/credits/available")
        self.admin("PUT", "/scenario", {"name": "nowhere"}, 400)
        self.admin("PUT", "/scenario", {}, 400)
        self.assertEqual(self.admin("GET", "/credits")["available"], 5)

    def test_a_scenario_without_a_key_becomes_the_default_of_new_keys(self):
        with Server() as server:
            server.admin("PUT", "/scenario", {"name": "empty-account"})
            self.assertEqual(server.get("/api/external/products", key="mk_live_new.one").json()["count"], 0)
            self.assertEqual(server.admin("GET", "/scenarios")["default"], "empty-account")


class Journal(ServerCase):
    def setUp(self):
        super().setUp()
        self.get("/api/external/products")
        self.get("/api/external/models?statusFilter=done")
        self.post("/api/external/models/register-ideas", {"count": 1})
        self.register(1)

    def operations(self, query="", **options):
        return [entry["operation"] for entry in self.admin("GET", "/requests" + query, **options)["requests"]]

    def test_each_filter_selects_what_it_says(self):
        everything = ["listProducts", "listModels", "registerModels", "registerImages"]
        last = self.admin("GET", "/requests")["requests"][-2]["sequence"]
        for query, wanted in [("", everything), ("?operation=listModels", ["listModels"]),
                              ("?status=400", ["registerModels"]), ("?status=404", []),
                              ("?path=/api/external/products", ["listProducts"]), ("?findings=true", ["listModels"]),
                              ("?findings=false", everything), ("?unmatched=true", []),
                              ("?unmatched=false", everything),
                              (f"?since={last}", ["registerImages"]), ("?limit=2", everything[2:]), ("?limit=0", []),
                              ("?operation=listModels&status=400", [])]:
            with self.subTest(query=query):
                self.assertEqual(self.operations(query), wanted)

    def test_unmatched_requests_belong_to_no_workspace(self):
        self.server.get("/api/external/nowhere")
        entries = self.server.admin("GET", "/requests?unmatched=true")["requests"]
        self.assertEqual({entry["request"]["path"] for entry in entries}, {"/api/external/nowhere"})

    def test_bad_filters_are_refused_with_a_pointer(self):
        for query, pointer in [("?status=x", "/query/status"), ("?limit=-1", "/query/limit"),
                               ("?since=1.5", "/query/since"),
                               ("?findings=maybe", "/query/findings"), ("?colour=red", "/query/colour")]:
            self.assertEqual(self.admin("GET", "/requests" + query, status=400)["pointer"], pointer)

    def test_an_entry_is_found_by_the_id_that_the_reply_carries(self):
        reply = self.get("/api/external/products?x=1")
        entry = self.server.admin("GET", "/requests/" + reply.header("X-Qamera-Mock-Request"))
        self.assertEqual(entry["request"]["url"], "/api/external/products?x=1")
        self.assertEqual(entry["correlationId"], reply.header("X-Correlation-Id"))
        self.assertEqual((entry["response"]["status"], entry["response"]["body"]), (200, reply.body.decode()))
        self.server.admin("GET", "/requests/req_999999999", status=404)

    def test_entries_of_one_workspace_are_deleted_and_no_others(self):
        other = fresh_key()
        self.server.get("/api/external/products", key=other)
        self.assertEqual(self.admin("DELETE", "/requests")["removed"], 4)
        self.assertEqual(self.operations(), [])
        self.assertEqual(self.operations(key=other), ["listProducts"])

    def test_a_bounded_journal_drops_the_oldest_and_counts_them(self):
        with Server("--journal-entries", "3") as server:
            for number in range(5):
                server.get(f"/api/external/products?n={number}", key=self.key)
            journal = server.admin("GET", "/requests")
            self.assertEqual([entry["request"]["query"]["n"] for entry in journal["requests"]], ["2", "3", "4"])
            self.assertEqual((journal["dropped"], journal["recorded"]), (2, 5))


if __name__ == "__main__":
    unittest.main()
