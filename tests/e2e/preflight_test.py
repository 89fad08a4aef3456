"""A browser's preflights are not the client's doing: no report counts them as requests that reached no operation."""

import unittest

from server import Server, fresh_key

PREFLIGHT = {"Origin": "http://a", "Access-Control-Request-Method": "GET"}
PATH = "/api/external/products"


class Preflights(unittest.TestCase):
    def test_they_are_passed_over_and_counted(self):
        with Server("--quiet", "--fail-on", "findings,unmatched") as server:
            for key in (None, fresh_key()):
                server.request("OPTIONS", PATH, key=key, headers=PREFLIGHT)
            report = server.admin("GET", "/findings")
            self.assertEqual((report["findings"], report["unmatched"], report["preflights"]), (0, 0, 2))
            text = server.get("/__admin/findings", headers={"Accept": "text/plain"}).body.decode()
            self.assertEqual(text, "0 findings, 0 unmatched requests; 2 preflights passed over\n")
            verdict = server.admin("POST", "/verify", {"expect": [{"noUnmatched": True}, {"noFindings": True}]})
            self.assertEqual(verdict["verdict"], "passed")
            self.assertEqual(server.admin("GET", "/requests/unmatched")["requests"], [])

    def test_another_request_with_that_method_is_not_one(self):
        with Server("--quiet", "--fail-on", "unmatched", expected_exit=1) as server:
            server.request("OPTIONS", PATH, key=fresh_key(), headers={"Origin": "http://a"})
            self.assertEqual(server.admin("GET", "/findings")["unmatched"], 1)


if __name__ == "__main__":
    unittest.main()
