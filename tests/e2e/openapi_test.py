"""The OpenAPI documents as users get them: `qamera-mock openapi`, `GET /__admin/openapi.json`; the control API's."""

import json
import unittest

from server import ServerCase, run_binary


class OpenApi(ServerCase):
    FLAGS = ("--quiet",)

    def test_the_command_and_the_control_api_publish_the_same_document(self):
        run = run_binary("openapi")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        document = json.loads(run.stdout)
        self.assertEqual(document["openapi"], "3.1.0")
        self.assertEqual(self.server.get("/__admin/openapi.json").body.decode(), run.stdout)
        self.assertGreaterEqual(sum(len(path) for path in document["paths"].values()), 15)

    def test_so_do_they_for_the_control_api(self):
        run = run_binary("openapi", "--control")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(self.server.get("/__admin/control.openapi.json").body.decode(), run.stdout)
        calls = {f"{method.upper()} {path}" for path, methods in json.loads(run.stdout)["paths"].items()
                 for method in methods}
        listed = {f"{call['method']} {call['path']}" for call in self.server.admin("GET", "/")["calls"]}
        self.assertEqual(calls, listed)
        self.assertIn('"/__admin/clock":', run_binary("openapi", "--control", "--format", "yaml").stdout)

    def test_yaml_says_the_same(self):
        run = run_binary("openapi", "--format", "yaml")
        self.assertEqual(run.returncode, 0)
        self.assertTrue(run.stdout.startswith('"openapi": "3.1.0"\n"info":\n  "title": '), run.stdout[:100])
        names = [line.strip() for line in run.stdout.splitlines() if '"operationId": "listModels"' in line]
        # The operation itself, and the link of registerModels.
        self.assertEqual(len(names), 2)

    def test_another_format_is_wrong_usage(self):
        run = run_binary("openapi", "--format", "xml")
        self.assertEqual(run.returncode, 2)
        self.assertIn("xml", run.stderr)


if __name__ == "__main__":
    unittest.main()
