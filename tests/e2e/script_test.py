"""Rules, script state and timelines, seen through HTTP: conditions, actions, control calls, determinism."""

import json
import unittest

from server import Server, ServerCase, fresh_key

PRODUCTS = "/api/external/products"
IMAGES = "/api/external/image-picker"
REGISTER = "/api/external/image-picker/register-ideas"
TEAPOT = {"respond": {"status": 418, "body": {"error": "teapot"}}}


def shoot(count=1, **config):
    return {"config": {"product": {"id": "rec_product_001"}, **config}, "count": count}


class Scripted(ServerCase):
    def enter(self, *rules, **members):
        """A workspace of its own with these rules and a manual clock."""
        scenario = {"name": "scripted", "clock": {"mode": "manual"}, "rules": list(rules), **members}
        made = self.server.admin("POST", "/workspaces", {"scenario": scenario}, 201)
        self.key, self.id = made["key"], made["id"]

    def statuses_of(self, count, target=PRODUCTS, **options):
        return [self.get(target, **options).status for _ in range(count)]

    def entries(self):
        return sorted(self.admin("GET", "/requests")["requests"], key=lambda entry: entry["sequence"])

    def hits(self):
        return {rule["name"]: (rule["matched"], rule["hits"]) for rule in self.admin("GET", "/rules")["rules"]}


class Conditions(Scripted):
    def test_a_header_may_have_several_values_and_every_status_has_its_phrase(self):
        several = {"X-Several": ["one", "two"], "content-type": ["text/plain"]}
        for status, phrase in ((205, b"Reset Content"), (451, b"Unavailable For Legal Reasons")):
            self.admin("POST", "/rules", {"respond": {"status": status, "headers": several}}, 201)
            with self.server.raw() as raw:
                raw.send(f"GET /x HTTP/1.1\r\nHost: x\r\nX-Api-Key: {self.key}\r\n\r\n".encode())
                self.assertEqual(raw.file.readline(), b"HTTP/1.1 %d %s\r\n" % (status, phrase))
            reply = self.get("/x")
            self.assertEqual([value for name, value in reply.headers if name == "X-Several"], ["one", "two"])
            self.assertEqual((reply.header("Content-Type"), reply.header("Content-Length")), ("text/plain", "0"))
        entry = self.admin("GET", "/requests")["requests"][-1]
        self.assertEqual(entry["response"]["headers"]["X-Several"], ["one", "two"])

    def test_a_partial_body_on_its_third_call_only(self):
        self.enter({"name": "third", "when": {"operation": "registerImages", "nth": 3,
                                              "body": {"config": {"industry": "fashion"}}}, **TEAPOT})
        seen = []
        for industry in ("fashion", "food", "fashion", "fashion", "food", "fashion"):
            seen.append(self.post(REGISTER, shoot(industry=industry)).status)
        self.assertEqual(seen, [200, 200, 200, 418, 200, 200])
        self.assertEqual(self.hits(), {"third": (4, 1)})

    def test_a_body_that_is_no_json_or_lacks_a_member_does_not_match(self):
        self.enter({"when": {"body": {"count": 2}}, **TEAPOT})
        self.assertEqual(self.post(REGISTER, "{no json").status, 400)
        self.assertEqual(self.post(REGISTER, {"config": shoot()["config"]}).status, 200)
        self.assertEqual(self.get(PRODUCTS).status, 200)
        self.assertEqual(self.post(REGISTER, shoot(2)).status, 418)

    def test_text_fields_of_a_form_match_as_a_body(self):
        self.enter({"when": {"operation": "createPreset", "body": {"name": "Studio"}}, **TEAPOT})
        for name, status in (("Other", 200), ("Studio", 418)):
            fields = {"name": name, "quantityGuidelines": "many", "qualityGuidelines": "high"}
            parts = [f'--b\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
                     for field, value in fields.items()]
            reply = self.post("/api/external/presets", ("".join(parts) + "--b--\r\n").encode(),
                              headers={"Content-Type": "multipart/form-data; boundary=b"})
            self.assertEqual(reply.status, status, reply)

    def test_path_query_headers_and_method_with_wildcards(self):
        self.enter({"when": {"path": "/api/*/image-picker", "method": "GET", "query": {"productId": "rec_*"},
                             "headers": {"x-run": "ci-*"}}, **TEAPOT})
        target = IMAGES + "?productId=rec_product_001"
        self.assertEqual(self.get(target, headers={"X-Run": "ci-7"}).status, 418)
        self.assertEqual(self.get(target, headers={"X-Run": "local"}).status, 200)
        self.assertEqual(self.get(target).status, 200)
        self.assertEqual(self.get(IMAGES + "?productId=other", headers={"X-Run": "ci-7"}).status, 200)
        self.assertEqual(self.post(REGISTER, shoot(), headers={"X-Run": "ci-7"}).status, 200)

    def test_first_every_and_nth_count_the_requests_that_meet_the_rest(self):
        self.enter({"when": {"operation": "listProducts", "first": 2}, **TEAPOT},
                   {"when": {"operation": "listModels", "every": 3}, **TEAPOT},
                   {"when": {"operation": "listImages", "nth": [1, 4]}, **TEAPOT})
        for target, seen in ((PRODUCTS, [418, 418, 200, 200, 200, 200]),
                             ("/api/external/models", [200, 200, 418, 200, 200, 418]),
                             (IMAGES, [418, 200, 200, 418, 200, 200])):
            self.assertEqual(self.statuses_of(6, target), seen)

    def test_the_first_rule_that_matches_wins_each_stage_by_itself(self):
        self.enter({"name": "a", "when": {"nth": 1}, "alter": {"status": 201}},
                   {"name": "b", "alter": {"status": 202}, "patch": [{"op": "add", "path": "/b", "value": 1}]},
                   {"name": "c", "patch": [{"op": "add", "path": "/c", "value": 1}]})
        first, second = self.get(PRODUCTS), self.get(PRODUCTS)
        self.assertEqual((first.status, second.status), (201, 202))
        self.assertTrue(all("b" in one.json() and "c" not in one.json() for one in (first, second)))
        self.assertEqual([entry["rule"] for entry in self.entries()], ["a, b", "b"])
        self.assertIn("rule: a, b", first.reason)
        self.assertEqual(self.hits(), {"a": (2, 1), "b": (2, 2), "c": (2, 0)})

    def test_a_misspelt_operation_is_refused_with_the_nearest_name(self):
        rule = {"when": {"operation": "listImage"}, **TEAPOT}
        for path, body, pointer in (("/rules", rule, "/when/operation"),
                                    ("/workspaces", {"scenario": {"name": "x", "rules": [rule]}},
                                     "/scenario/rules/0/when/operation")):
            refused = self.server.admin("POST", path, body, 400, key=None)
            self.assertEqual(refused["pointer"], pointer)
            self.assertIn('did you mean "listImages"?', refused["error"])


class Actions(Scripted):
    def test_a_scripted_reply_has_its_status_headers_and_body_and_takes_no_effect(self):
        self.enter({"when": {"operation": "registerImages", "first": 1},
                    "respond": {"status": 429, "headers": {"Retry-After": "2"}, "body": {"error": "slow down"}}},
                   {"when": {"operation": "listProducts"}, "respond": {"status": 200, "text": "<html>"}})
        reply = self.post(REGISTER, shoot())
        self.assertEqual((reply.status, reply.header("Retry-After"), reply.error()), (429, "2", "slow down"))
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 0)
        text = self.get(PRODUCTS)
        self.assertEqual((text.body, text.header("Content-Type")), (b"<html>", "text/plain; charset=utf-8"))

    def test_an_undocumented_path_is_answered_by_a_rule(self):
        self.enter({"name": "webhooks", "when": {"path": "/api/external/webhooks", "method": "PUT"},
                    "respond": {"status": 202, "body": {"queued": True}}})
        reply = self.server.request("PUT", "/api/external/webhooks", {"url": "x"}, key=self.key)
        self.assertEqual((reply.status, reply.json()), (202, {"queued": True}))
        self.assertEqual(self.get("/api/external/webhooks").status, 404)
        self.assertEqual(self.server.request("PUT", "/api/external/webhooks", {}).status, 404)

    def test_a_patch_changes_the_genuine_reply(self):
        genuine = self.get(PRODUCTS).json()
        self.enter({"patch": [{"op": "test", "path": "/count", "value": genuine["count"]},
                              {"op": "remove", "path": "/products/0/name"},
                              {"op": "move", "from": "/products/1/id", "path": "/products/1/key"},
                              {"op": "copy", "from": "/products/2", "path": "/products/-"},
                              {"op": "replace", "path": "/count", "value": "many"}]})
        body = self.get(PRODUCTS).json()
        self.assertEqual(body["count"], "many")
        self.assertNotIn("name", body["products"][0])
        self.assertEqual(body["products"][1]["key"], genuine["products"][1]["id"])
        self.assertEqual(body["products"][3], genuine["products"][2])

    def test_a_patch_that_does_not_fit_is_told_and_the_genuine_reply_served(self):
        genuine = self.get(PRODUCTS)
        misfits = ({"op": "remove", "path": "/products/99"}, {"op": "replace", "path": "/none", "value": 1},
                   {"op": "remove", "path": ""}, {"op": "test", "path": "/count", "value": -1},
                   {"op": "add", "path": "/products/0/id/below", "value": 1},
                   {"op": "add", "path": "/products/x", "value": 1},
                   {"op": "add", "path": "/products/99", "value": 1},
                   {"op": "remove", "path": "/products/0/id/below"},
                   {"op": "move", "from": "/products/0", "path": "/products/0/id/x"},
                   {"op": "move", "from": "", "path": "/a"}, {"op": "copy", "from": "/none", "path": "/a"})
        for step in misfits:
            self.enter({"patch": [{"op": "add", "path": "/extra", "value": 1}, step]})
            reply = self.get(PRODUCTS)
            self.assertEqual((reply.status, reply.body), (200, genuine.body), step)
            self.assertIn("patch not applied", reply.reason, step)

    def test_a_patch_on_a_reply_that_is_an_error_does_not_fit_it(self):
        self.enter({"patch": [{"op": "remove", "path": "/createdRecordIds"}]})
        reply = self.post(REGISTER, {})
        self.assertEqual(reply.status, 400)
        self.assertIn("patch not applied", reply.reason)

    def test_a_header_that_would_end_early_is_refused(self):
        for name, value in (("X-A", "a\r\nX-B: b"), ("X-A\r\nX-B", "a"), ("X A", "a"), ("", "a"), ("X-A", "\u0000")):
            headers = {"headers": {name: value}}
            for action in ({"respond": {"status": 200, **headers}}, {"alter": headers}):
                refused = self.server.admin("POST", "/rules", action, 400, key=self.key)
                self.assertIn("/headers/", refused["pointer"])

    def test_a_throttled_reply_arrives_after_a_later_one_that_is_not(self):
        self.enter({"name": "thin", "when": {"operation": "listProducts"}, "throttle": 50})
        with self.server.raw() as slow:
            slow.send(f"GET {PRODUCTS} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {self.key}\r\n\r\n".encode())
            first = slow.socket.recv(1)  # its head has begun
            self.assertEqual(self.get("/api/external/models").status, 200)
            slow.socket.setblocking(False)
            try:
                rest = slow.socket.recv(65536)
            except BlockingIOError:
                rest = b""
            self.assertTrue((first + rest).startswith(b"HTTP/1."[:len(first + rest)]))
            self.assertNotIn(b"\r\n\r\n", first + rest)


class Delays(Scripted):
    def test_a_delayed_reply_arrives_after_a_later_one_and_its_draw_is_recorded(self):
        self.enter({"name": "lag", "when": {"operation": "listProducts"},
                    "delay": {"uniform": ["300ms", "400ms"]}},
                   {"name": "long", "when": {"operation": "listModels"}, "delay": "10m"})
        with self.server.raw() as slow:
            slow.send(f"GET {PRODUCTS} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {self.key}\r\n\r\n".encode())
            decided = any(self.entries() for _ in range(10000))  # at once; only the reply waits
            self.assertTrue(decided)
            self.assertEqual(self.get(IMAGES).status, 200)
            self.assertEqual(slow.reply().status, 200)
        drawn = self.entries()[0]["draws"]["lag"]["delay"]
        self.assertRegex(drawn, r"^(3\d\d|400)ms$")

    def test_a_client_gives_up_on_a_delay_and_the_server_serves_on(self):
        self.enter({"delay": "1h"})
        with self.server.raw() as slow:
            slow.send(f"GET {PRODUCTS} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {self.key}\r\n\r\n".encode())
            slow.socket.settimeout(0.2)
            self.assertRaises(TimeoutError, slow.socket.recv, 1)
        self.assertEqual(self.server.admin("GET", "/health")["status"], "ok")


class StateMachine(Scripted):
    RULES = ({"name": "login", "when": {"state": "", "operation": "listPresets"}, "setState": "ready"},
             {"name": "start", "whenState": "ready", "when": {"operation": "registerImages"}, "setState": "busy"},
             {"name": "end", "when": {"state": "busy", "operation": "listImages", "nth": 2}, "setState": "ready"},
             {"name": "closed", "when": {"state": "", "operation": "registerImages"}, "respond": {"status": 409}},
             {"name": "occupied", "when": {"state": "busy", "operation": "registerImages"}, "respond": {"status": 423}})

    def test_three_states_lead_from_one_to_the_next(self):
        self.enter(*self.RULES)
        steps = [(REGISTER, 409, ""), ("/api/external/presets", 200, "ready"), (REGISTER, 200, "busy"),
                 (REGISTER, 423, "busy"), (IMAGES, 200, "busy"), (IMAGES, 200, "ready"), (REGISTER, 200, "busy")]
        for target, status, state in steps:
            reply = self.post(target, shoot()) if target == REGISTER else self.get(target)
            self.assertEqual((reply.status, self.admin("GET", "/script")["state"]), (status, state), target)

    def test_the_state_is_set_and_shown_by_control_calls(self):
        self.enter(*self.RULES, state="busy")
        self.assertEqual(self.admin("GET", "/script"), {"state": "busy", "maintenance": False})
        self.assertEqual(self.post(REGISTER, shoot()).status, 423)
        self.assertEqual(self.admin("PUT", "/script", {"state": "ready"})["state"], "ready")
        self.assertEqual(self.post(REGISTER, shoot()).status, 200)
        self.assertTrue(self.admin("PUT", "/script", {"maintenance": True})["maintenance"])
        self.assertEqual(self.get(PRODUCTS).status, 503)
        self.assertEqual(self.admin("PUT", "/script", {"stat": "x"}, 400)["pointer"], "/stat")
        self.admin("POST", "/reset", {})
        self.assertEqual(self.admin("GET", "/script"), {"state": "busy", "maintenance": False})

    def test_a_new_state_is_for_the_requests_that_follow(self):
        self.enter({"when": {"state": ""}, "setState": "a"}, {"when": {"state": "a"}, **TEAPOT})
        self.assertEqual(self.statuses_of(3), [200, 418, 418])


class RunTime(Scripted):
    def test_rules_are_added_before_the_scenarios_listed_with_hits_and_removed(self):
        self.enter({"name": "base", "respond": {"status": 500}})
        added = self.admin("POST", "/rules", {"rules": [{"name": "one", "when": {"nth": 1}, **TEAPOT},
                                                        {"name": "two", "when": {"nth": 2}, **TEAPOT}]}, 201)
        self.assertEqual(len({line["id"] for line in added["added"]}), 2)
        self.assertEqual(self.statuses_of(3), [418, 418, 500])
        listed = self.admin("GET", "/rules")["rules"]
        self.assertEqual([(rule["name"], rule["added"], rule["matched"], rule["hits"]) for rule in listed],
                         [("one", True, 3, 1), ("two", True, 3, 1), ("base", False, 3, 1)])
        self.assertEqual(self.admin("DELETE", "/rules/base")["removed"], 1)
        self.assertEqual(self.statuses_of(1), [200])
        self.assertEqual(self.admin("DELETE", "/rules/" + listed[0]["id"])["removed"], 1)
        self.assertEqual(self.admin("DELETE", "/rules")["removed"], 1)
        self.assertEqual(self.admin("GET", "/rules")["rules"], [])
        self.admin("DELETE", "/rules/base", status=404)

    def test_rules_that_share_a_name_keep_their_draws_apart(self):
        self.enter()
        for _ in range(2):
            self.admin("POST", "/rules", {"when": {"probability": 0.5}, "alter": {"headers": {"X-A": "1"}}}, 201)
        self.get(PRODUCTS)
        self.assertEqual(len(self.entries()[0]["draws"]), 2)

    def test_a_patch_that_copies_the_reply_into_itself_is_stopped(self):
        self.enter()
        copies = [{"op": "copy", "from": "", "path": "/again"} for _ in range(70)]
        doubled = [{"op": "copy", "from": "/products", "path": "/products/0"} for _ in range(70)]
        for steps in (copies, doubled):
            self.admin("POST", "/rules", {"name": "grow", "when": {"operation": "listProducts"}, "patch": steps}, 201)
            reply = self.get(PRODUCTS)
            self.assertEqual(reply.status, 200)
            self.assertIn("patch not applied", reply.header("X-Qamera-Mock-Reason"))
            self.assertLess(len(reply.body), 10_000)
            self.admin("DELETE", "/rules")

    def test_a_rule_goes_by_a_name_that_holds_a_slash(self):
        self.enter()
        self.admin("POST", "/rules", {"name": "a/b", **TEAPOT}, 201)
        self.assertEqual(self.admin("DELETE", "/rules/a%2Fb")["removed"], 1)

    def test_a_rule_does_not_set_the_headers_of_the_server(self):
        self.enter()
        for name in ("content-length", "Transfer-Encoding", "Connection", "X-Qamera-Mock-Reason",
                     "X-Qamera-Mock-Findings"):
            refused = self.admin("POST", "/rules", {"respond": {"status": 200, "headers": {name: "5"}}}, 400)
            self.assertEqual(refused["pointer"], "/respond/headers/" + name)

    def test_the_body_of_a_scripted_reply_keeps_the_order_of_its_members(self):
        body = {"z": 1, "a": {"y": [{"d": 1, "b": 2}], "c": 3}}
        rule = {"name": "ordered", "respond": {"status": 409, "body": body}}
        text = json.dumps(body, separators=(",", ":")).encode()

        def check():
            reply = self.get(PRODUCTS)
            self.assertEqual((reply.status, reply.body), (409, text))
            self.assertEqual(reply.header("Content-Type"), "application/json")

        self.enter()
        self.admin("POST", "/rules", {"rules": [rule]}, 201)
        check()
        self.assertEqual(self.admin("GET", "/rules")["rules"][0]["rule"], rule)
        state = self.admin("GET", "/state")
        self.admin("DELETE", "/rules")
        self.assertEqual(self.get(PRODUCTS).status, 200)
        self.admin("PUT", "/state", state)
        check()
        self.enter(rule)
        check()
        self.admin("PUT", "/scenario", {"scenario": {"name": "other", "rules": [rule]}})
        check()
        self.admin("PUT", "/state", self.admin("GET", "/state"))
        self.admin("POST", "/reset", {})
        check()

    def test_a_number_beyond_64_bits_is_refused_with_its_place_and_others_compare_exactly(self):
        self.enter({"when": {"body": {"n": -1}}, **TEAPOT})
        for number, status in (("-1", 418), ("-1.0", 418), ("18446744073709551615", 200)):
            body = json.dumps({**shoot(), "n": 0})[:-2] + number + "}"
            self.assertEqual(self.post(REGISTER, body).status, status, number)
        for rule, pointer in (({"when": {"body": {"n": 2**64}}, **TEAPOT}, "/when/body/n"),
                              ({"respond": {"status": 200, "body": [-2**63 - 1025]}}, "/respond/body/0")):
            self.assertEqual(self.admin("POST", "/rules", rule, 400)["pointer"], pointer)

    def test_a_broken_rule_adds_none_of_its_list(self):
        self.enter()
        refused = self.admin("POST", "/rules", {"rules": [TEAPOT, {"throttle": 0}]}, 400)
        self.assertEqual(refused["pointer"], "/rules/1/throttle")
        self.assertEqual(self.admin("GET", "/rules")["rules"], [])

    def test_rules_without_a_key_are_for_workspaces_to_come_until_the_reset(self):
        with Server() as server:
            old, new = fresh_key(), fresh_key()
            self.assertEqual(server.get(PRODUCTS, key=old).status, 200)
            server.admin("POST", "/rules", {"name": "all", **TEAPOT}, 201)
            self.assertEqual([server.get(PRODUCTS, key=key).status for key in (old, new)], [418, 418])
            self.assertEqual([rule["name"] for rule in server.admin("GET", "/rules")["default"]], ["all"])
            server.admin("POST", "/reset", {})
            self.assertEqual([server.get(PRODUCTS, key=key).status for key in (old, new, fresh_key())], [200] * 3)
            for removal in ("/rules", "/rules/all"):
                server.admin("POST", "/rules", {"name": "all", **TEAPOT}, 201)
                server.admin("DELETE", removal)
                self.assertEqual(server.get(PRODUCTS, key=fresh_key()).status, 200)

    def test_a_rule_for_workspaces_to_come_goes_by_its_name_before_there_is_one(self):
        with Server() as server:
            server.admin("POST", "/rules", {"name": "all", **TEAPOT}, 201)
            self.assertEqual(server.admin("DELETE", "/rules/all")["removed"], 1)
            server.admin("DELETE", "/rules/all", status=404)
            self.assertEqual(server.get(PRODUCTS, key=fresh_key()).status, 200)


if __name__ == "__main__":
    unittest.main()
