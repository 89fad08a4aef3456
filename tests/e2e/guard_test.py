"""Who may drive the control API: no page in a browser, no stranger, nobody without the token."""

import json
import unittest

from server import Server, ServerCase, run_binary

# A call of every kind: reading, exporting, following, changing, ending.
CALLS = (("GET", "/findings", None), ("GET", "/state", None), ("GET", "/requests.ndjson", None),
         ("GET", "/requests.har", None), ("GET", "/events", None), ("GET", "/openapi.json", None),
         ("POST", "/workspaces", {}), ("POST", "/reset", {}), ("PUT", "/clock", {"mode": "manual"}),
         ("PATCH", "/credits", {"available": 1}), ("PUT", "/state", {}), ("PUT", "/scenario", {"name": "all-fail"}),
         ("POST", "/rules", {"respond": {"status": 500}}), ("PATCH", "/keys", {"state": "revoked"}),
         ("DELETE", "/requests", None), ("POST", "/verify", {"expect": []}), ("POST", "/shutdown", None),
         ("GET", "/nowhere", None), ("OPTIONS", "/reset", None), ("HEAD", "/state", None), ("BREW", "/health", None),
         ("POST", "/health", None))


class Guard(ServerCase):
    def call(self, server=None, **headers):
        return (server or self.server).get("/__admin/scenarios", headers=headers)

    def test_its_own_host_names_are_served(self):
        for host in (f"127.0.0.1:{self.server.port}", "localhost", "LocalHost:80", "[::1]:4010"):
            self.assertEqual(self.call(Host=host).status, 200, host)

    def test_a_foreign_host_is_refused(self):
        for host in ("evil.example", "evil.example:4010", "127.0.0.1.evil.example", "localhost.evil.example",
                     "0.0.0.0",
                     "192.168.0.1"):
            reply = self.call(Host=host)
            self.assertEqual(reply.status, 403, host)
            self.assertIn("--allow-host", reply.json()["error"])

    def test_a_foreign_origin_is_refused_and_its_own_is_served(self):
        own = f"http://127.0.0.1:{self.server.port}"
        self.assertEqual(self.call(Origin=own).status, 200)
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example",
                       f"http://evil.example?{own}"):
            self.assertEqual(self.call(Origin=origin).status, 403, origin)
        for site in ("cross-site", "same-site"):
            self.assertEqual(self.call(**{"Sec-Fetch-Site": site}).status, 403)
            self.assertEqual(self.call(**{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}).status, 403)

    def test_a_refused_stranger_changes_nothing(self):
        self.register(1)
        for path, method in (("/reset", "POST"), ("/shutdown", "POST"), ("/requests", "DELETE")):
            reply = self.server.request(method, "/__admin" + path, headers={"Origin": "http://evil.example"})
            self.assertEqual(reply.status, 403)
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 10)
        self.assertEqual(len(self.admin("GET", "/requests")["requests"]), 1)

    def test_an_allowed_host_is_served(self):
        with Server("--allow-host", "mock.test", "--allow-host", "other.test:81") as server:
            for host, status in [("mock.test", 200), ("mock.test:4010", 200), ("other.test:81", 200),
                                 ("other.test:82", 403), ("third.test", 403)]:
                self.assertEqual(self.call(server, Host=host).status, status, host)

    def test_wildcards_and_ranges_are_served(self):
        with Server("--allow-host", "*.svc,10.0.0.0/8", "--allow-host", "fd00::/8") as server:
            for host, status in [("mock.team.svc", 200), ("mock.SVC:4010", 200), ("svc", 403), ("mock.svc.test", 403),
                                 ("10.1.2.3:4010", 200), ("11.0.0.1", 403), ("10.0.0.1.test", 403),
                                 ("[fd12::1]:80", 200), ("[fe80::1]", 403), ("[::ffff:10.9.9.9]", 200)]:
                self.assertEqual(self.call(server, Host=host).status, status, host)

    def test_an_allowed_host_that_is_none_stops_the_start(self):
        for host in ("10.0.0.0/33", "10.0.0/8", "fd00::/129", "*", "a*.svc", "http://mock", "mock/8", "mock:port"):
            run = run_binary("serve", "--port", "0", "--allow-host", host)
            self.assertEqual((run.returncode, run.stdout), (2, ""), host)
            self.assertIn(f'--allow-host: expected a host such as mock', run.stderr)
            self.assertIn(f'got "{host}"', run.stderr)

    def test_health_tells_anybody_status_and_version_and_nothing_else(self):
        with Server("--admin-token", "s3cret", "--quiet") as server:
            for headers in ({}, {"Host": "10.0.0.7:4010"}, {"Authorization": "Bearer wrong"}, {"X-Api-Key": "nonsense"},
                            {"Origin": "http://evil.example"}, {"X-Api-Key": "mk_live_a.b"}):
                for path in ("/__admin/health", "/__admin/health?workspace=none"):
                    reply = server.get(path, headers=headers)
                    self.assertEqual((reply.status, list(reply.json())), (200, ["status", "version"]), headers)
                    self.assertIsNone(reply.header("Access-Control-Allow-Origin"))
                    self.assertEqual(server.request("HEAD", path, headers=headers).status, 200)
            own = {"Authorization": "Bearer s3cret"}
            self.assertIn("uptimeSeconds", server.get("/__admin/health", headers=own).json())
            self.assertEqual(server.admin("GET", "/workspaces", headers=own)["workspaces"], [])
        for host, members in (("evil.example", 2), ("localhost", 5)):
            self.assertEqual(len(self.server.get("/__admin/health", headers={"Host": host}).json()), members)

    def test_with_a_token_every_call_needs_it_and_the_host_is_free(self):
        with Server("--admin-token", "s3cret") as server:
            for value in (None, "Bearer wrong", "Bearer s3cre", "Bearer s3cret2", "Basic s3cret", "s3cret",
                          "Bearer "):
                headers = {"Authorization": value} if value else {}
                reply = self.call(server, **headers)
                self.assertEqual(reply.status, 401, value)
                self.assertEqual(list(reply.json()), ["error"])
                self.assertTrue(reply.header("WWW-Authenticate").startswith("Bearer "))
            self.assertEqual(self.call(server, Authorization="Bearer s3cret").status, 200)
            self.assertEqual(self.call(server, Authorization="Bearer s3cret", Host="far.example").status, 200)
            self.assertEqual(server.get("/api/external/products", key=self.key).status, 200)
            self.assertNotIn("s3cret", json.dumps(server.admin("GET", "/requests", headers={
                "Authorization": "Bearer s3cret"})))

    def test_the_product_api_serves_any_host_and_origin(self):
        reply = self.get("/api/external/products", headers={"Host": "app.qamera.ai", "Origin": "http://shop.example"})
        self.assertEqual(reply.status, 200)
        self.assertIsNone(reply.header("Access-Control-Allow-Origin"))

    def test_a_public_address_without_a_token_is_refused_and_both_ways_out_are_named(self):
        run = run_binary("serve", "--port", "0", "--host", "0.0.0.0")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("--admin-token TOKEN", run.stderr)
        self.assertIn("--admin-token none", run.stderr)

    def test_a_public_address_is_served_with_a_token_and_with_none(self):
        for token, headers in (("s3cret", {"Authorization": "Bearer s3cret"}), ("none", {"Host": "localhost"})):
            with Server("--host", "0.0.0.0", "--admin-token", token) as server:
                server.host = "127.0.0.1"
                self.assertEqual(self.call(server, **headers).status, 200)

    def test_without_a_token_the_name_of_a_container_is_served_once_it_is_allowed(self):
        public = ("--host", "0.0.0.0", "--admin-token", "none")
        for flags, status in ((public, 403), ((*public, "--allow-host", "qamera-mock"), 200)):
            with Server(*flags) as server:
                server.host = "127.0.0.1"
                self.assertEqual(self.call(server, Host="qamera-mock:4010").status, status)

    def test_browser_clients_are_served_from_an_allowed_origin(self):
        with Server("--allow-origin", "http://shop.example") as server:
            ask = {"Origin": "http://shop.example", "Access-Control-Request-Method": "POST"}
            reply = server.request("OPTIONS", "/api/external/models/register-ideas", headers=ask)
            self.assertEqual(reply.status, 204)
            self.assertEqual(reply.header("Access-Control-Allow-Origin"), "http://shop.example")
            reply = server.get("/api/external/products", key=self.key, headers={"Origin": "http://shop.example"})
            self.assertEqual(reply.header("Access-Control-Allow-Origin"), "http://shop.example")
            other = server.get("/api/external/products", key=self.key, headers={"Origin": "http://evil.example"})
            self.assertIsNone(other.header("Access-Control-Allow-Origin"))


class Strangers(ServerCase):
    """Each kind of call by each kind of stranger: refused, and nothing has happened."""

    FLAGS = ("--quiet",)

    def refused(self, status, headers, server=None):
        server = server or self.server
        for method, path, body in CALLS:
            with self.subTest(call=(method, path), headers=headers):
                reply = server.request(method, "/__admin" + path, body, headers=headers)
                self.assertEqual(reply.status, status)
                self.assertIsNone(reply.header("Access-Control-Allow-Origin"))
                if method != "HEAD":
                    self.assertEqual(list(reply.json()), ["error"])

    def setUp(self):
        super().setUp()
        self.register(1)
        self.before = self.facts()

    def tearDown(self):
        self.assertEqual(self.facts(), self.before)

    def facts(self):
        credits = self.admin("GET", "/credits")
        return (credits["granted"], credits["available"], self.admin("GET", "/clock")["mode"],
                self.admin("GET", "/requests")["recorded"], self.admin("GET", "/rules")["rules"],
                len(self.server.admin("GET", "/workspaces")["workspaces"]))

    def test_after_dns_was_rebound_a_page_asks_for_its_own_host_and_is_refused(self):
        for host in ("evil.example", f"evil.example:{self.server.port}"):
            self.refused(403, {"Host": host})
            self.refused(403, {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"})

    def test_a_page_of_another_site_is_refused_whatever_its_browser_tells(self):
        own = f"127.0.0.1:{self.server.port}"
        self.refused(403, {"Host": own, "Origin": "http://evil.example"})
        self.refused(403, {"Host": own, "Origin": "null"})
        self.refused(403, {"Host": own, "Sec-Fetch-Site": "cross-site"})
        self.refused(403, {"Host": own, "Origin": "http://127.0.0.1:3000", "Content-Type": "text/plain"})

    def test_a_request_without_a_host_is_refused(self):
        for line in (b"GET /__admin/scenarios HTTP/1.0\r\n\r\n", b"GET /__admin/scenarios HTTP/1.0\r\nHost:\r\n\r\n"):
            with self.server.raw() as raw:
                self.assertEqual(raw.send(line).reply().status, 403)

    def test_an_origin_allowed_for_the_api_may_not_drive_the_control_api(self):
        for origins in ("http://shop.example", "*"):
            with Server("--quiet", "--allow-origin", origins) as server:
                self.refused(403, {"Origin": "http://shop.example"}, server)
                ask = {"Origin": "http://shop.example", "Access-Control-Request-Method": "POST"}
                reply = server.request("OPTIONS", "/__admin/reset", headers=ask)
                self.assertEqual((reply.status, reply.header("Access-Control-Allow-Origin")), (403, None))


class Token(unittest.TestCase):
    TOKEN = "s3cret-Token.42"

    def test_every_call_needs_the_whole_token(self):
        wrong = [self.TOKEN[:at] + "x" + self.TOKEN[at + 1:] for at in range(len(self.TOKEN))]
        wrong += [self.TOKEN[:at] for at in range(len(self.TOKEN))]
        wrong += [self.TOKEN * 2, self.TOKEN + "x", "x" + self.TOKEN, self.TOKEN.upper(), self.TOKEN * 2000]
        with Server("--quiet", "--admin-token", self.TOKEN) as server:
            for token in wrong:
                reply = server.get("/__admin/scenarios", headers={"Authorization": f"Bearer {token}"})
                self.assertEqual(reply.status, 401, token[:40])
                self.assertNotIn(self.TOKEN, reply.body.decode())
            for method, path, body in CALLS:
                reply = server.request(method, "/__admin" + path, body)
                self.assertEqual(reply.status, 401, (method, path))
            reply = server.get("/__admin/scenarios", headers={"Authorization": f"bearer {self.TOKEN}"})
            self.assertEqual(reply.status, 200)

    def test_a_page_of_another_site_is_refused_even_with_the_token(self):
        with Server("--quiet", "--admin-token", self.TOKEN) as server:
            headers = {"Authorization": f"Bearer {self.TOKEN}", "Origin": "http://evil.example"}
            self.assertEqual(server.get("/__admin/scenarios", headers=headers).status, 403)

    def test_the_token_may_come_from_the_environment_and_stands_in_no_log_or_journal(self):
        with Server(env={"QAMERA_MOCK_ADMIN_TOKEN": self.TOKEN}) as server:
            self.assertEqual(server.get("/__admin/scenarios").status, 401)
            headers = {"Authorization": f"Bearer {self.TOKEN}"}
            self.assertEqual(server.get("/__admin/scenarios", headers=headers).status, 200)
            # Sent to the wrong API by mistake, it is hidden too.
            self.assertEqual(server.get("/api/external/products", headers=headers).status, 401)
            server.get("/nowhere", headers=headers)
            for export in ("/requests", "/requests.ndjson", "/requests.har", "/findings"):
                self.assertNotIn(self.TOKEN.encode(), server.get("/__admin" + export, headers=headers).body)
        self.assertNotIn(self.TOKEN, server.log())


    def test_a_token_that_no_client_could_send_stops_the_start(self):
        for token in ("", " ", " a", "a ", "a\tb", "a\nb", "a\x1bb", "t\u00f6ken", "\x7f"):
            for arguments in (["--admin-token", token], ["--admin-token=" + token]):
                run = run_binary("serve", "--port", "0", *arguments)
                self.assertEqual((run.returncode, run.stdout), (2, ""), arguments)
                self.assertRegex(run.stderr, "the token|required T.none missing")
            run = run_binary("serve", "--port", "0", env={"QAMERA_MOCK_ADMIN_TOKEN": token})
            self.assertEqual((run.returncode, run.stdout), (2, ""), token)
            self.assertIn("ADMIN_TOKEN" if not token else "the token", run.stderr)
        with Server("--quiet", "--admin-token", "a b!~", env={"QAMERA_MOCK_ADMIN_TOKEN": ""}) as server:
            self.assertEqual(server.get("/__admin/state", headers={"Authorization": "Bearer a b!~"}).status, 200)


class Addresses(unittest.TestCase):
    def test_whatever_others_may_reach_is_refused_without_a_token(self):
        for host in ("0.0.0.0", "::", "[::]", "0", "192.0.2.1", "localhost.example.com", "127.0.0.1.example.com",
                     "127.example", "::ffff:127.0.0.1", "mock"):
            run = run_binary("serve", "--port", "0", "--host", host)
            self.assertEqual((run.returncode, run.stdout), (2, ""), host)
            self.assertIn(f"--host {host} lets other machines reach the control API", run.stderr)
        run = run_binary("serve", "--port", "0", env={"QAMERA_MOCK_HOST": "0.0.0.0"})
        self.assertEqual((run.returncode, run.stdout), (2, ""))

    def test_loopback_needs_no_token(self):
        for host in ("127.0.0.1", "localhost", "127.0.0.2"):
            with Server("--quiet", "--host", host) as server:
                self.assertEqual(server.get("/__admin/scenarios").status, 200)


if __name__ == "__main__":
    unittest.main()
