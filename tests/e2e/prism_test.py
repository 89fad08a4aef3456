"""Prism, driven by the published OpenAPI document, as a validating proxy in front of the mock: no violation."""

import json
import os
import subprocess
import threading

from npm_packages import PackageCase, main
from server import SAFETY_SECONDS, Server, fresh_key, run_binary

API = "/api/external"
FORM = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\ntext\r\n'
               for name in ("name", "quantityGuidelines", "qualityGuidelines")) + "--b--\r\n"


class Prism(Server):
    """A Prism process with the interface of a Server: its own errors instead of replies that break the document."""

    def __init__(self, node, folder, target):  # pylint: disable=super-init-not-called
        document = os.path.join(folder, "openapi.json")
        with open(document, "w", encoding="utf-8") as file:
            file.write(run_binary("openapi").stdout)
        program = os.path.join(folder, "node_modules/@stoplight/prism-cli/dist/index.js")
        self.process = subprocess.Popen([node, program, "proxy", document, target, "--errors", "--port", "0"],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8")
        watchdog = threading.Timer(SAFETY_SECONDS, self.process.kill)
        watchdog.start()
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line)
            if "listening on http://" in line:
                break
        watchdog.cancel()
        assert self.lines and "listening on" in self.lines[-1], self.lines
        self.host, port = self.lines[-1].split("http://")[1].strip().split(":")
        self.port = int(port)
        # Its log must be read, or the pipe fills and it stops.
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join(SAFETY_SECONDS)
        self.process.stdout.close()


class ThroughPrism(PackageCase):
    PACKAGES = ("@stoplight/prism-cli@5.14.2",)

    def ask(self, prism, key, method, path, body=None, **options):
        reply = prism.request(method, API + path, body, key=key, **options)
        self.assertNotIn("problem+json", reply.header("Content-Type"), reply)
        self.assertIsNone(reply.header("sl-violations"), reply)
        return reply

    def test_the_whole_workflow_breaks_no_rule_of_the_document(self):
        with Server("--clock", "manual", "--quiet") as server, Prism(self.node, self.folder.name, server.url) as prism:
            key = fresh_key()

            def ask(method, path, body=None, status=200, **options):
                reply = self.ask(prism, options.pop("key", key), method, path, body, **options)
                self.assertEqual(reply.status, status, reply)
                return reply.json()

            paths = json.loads(run_binary("openapi").stdout)["paths"]
            lists = [path.removeprefix(API) for path, methods in paths.items() if "get" in methods]
            for path in lists:
                ask("GET", path)
            shoot = {"config": {"product": {"id": "rec_product_001"}}, "count": 2}
            images = ask("POST", "/image-picker/register-ideas", shoot)["createdRecordIds"]
            packshots = ask("POST", "/packshots/register-ideas",
                            {"config": {"product": {"id": "rec_product_001"}}, "count": 1})["createdRecordIds"]
            ask("POST", "/models/register-ideas", {"preferences": "tall"})
            ask("POST", "/sceneries/register-ideas", {"preferences": "beach"})
            ask("GET", f"/image-picker?productId=rec_product_001&statusFilter=all")
            server.admin("POST", "/clock/advance", {"until": "idle"}, key=key)
            ask("POST", "/packshots/update-packshot", {"recordId": packshots[0], "Voting": "REJECTED"})
            ask("POST", "/packshots/update-packshot", {"recordId": images[0], "Voting": "APPROVED"})
            ask("POST", "/video-picker/register-videos", {"generatedImageId": images[0]})
            ask("POST", "/reel/register-reel", {"imagesIds": images})
            ask("POST", "/presets", FORM, headers={"Content-Type": "multipart/form-data; boundary=b"})
            for path in lists:
                ask("GET", path)
            server.admin("POST", "/clock/advance", {"until": "idle"}, key=key)
            for path in lists:
                ask("GET", path)
            # Documented errors are part of the document as well.
            ask("POST", "/image-picker/register-ideas", {**shoot, "count": 10}, 402, key=fresh_key("credit-exhaustion"))
            ask("GET", "/models", None, 401, key=fresh_key("invalid-key"))
            ask("POST", "/packshots/update-packshot", {"recordId": "none", "Voting": "APPROVED"}, 404)
            seen = server.admin("GET", "/requests?limit=1000", key=key)["requests"]
            self.assertEqual({entry["operation"] for entry in seen},
                             {row["operationId"] for path in paths.values() for row in path.values()})

    def test_prism_would_have_said_so(self):
        with Server("--quiet") as server, Prism(self.node, self.folder.name, server.url) as prism:
            drifted = prism.get(API + "/products", key=fresh_key("contract-drift"))
            self.assertIn("problem+json", drifted.header("Content-Type"), drifted)
            self.assertIn("validation", json.dumps(drifted.json()))
            refused = prism.post(API + "/models/register-ideas", {"preferences": 5}, key=fresh_key())
            self.assertIn("problem+json", refused.header("Content-Type"), refused)


if __name__ == "__main__":
    main()
