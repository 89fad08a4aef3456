"""Independent judges from the npm registry: a strict linter, a type generator with its compiler, and ajv.

Skipped (exit code 77), saying why, when the registry cannot be reached. The packages are kept in the build tree.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from server import SAFETY_SECONDS, ServerCase, clean_environment, fresh_key, run_binary

SOURCE = Path(__file__).resolve().parents[1] / "npm"
NPM = os.environ.get("NPM_BINARY") or shutil.which("npm")
NODE = os.environ.get("NODE_BINARY") or "node"
FOLDER = Path(os.environ.get("NPM_FOLDER") or Path(tempfile.gettempdir()) / "qamera-mock-npm")
INSTALL_SECONDS = 400
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")
SKIPPED = 77


def install():
    """Installs the pinned packages, unless they are there. Returns why that cannot be done, or ""."""
    if not NPM:
        return "npm was not found"
    wanted = (SOURCE / "package.json").read_text(encoding="utf-8")
    done = FOLDER / "installed"
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text(wanted, encoding="utf-8")
        command = [NPM, "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        run = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        if run.returncode != 0 and any(word in run.stderr for word in UNREACHABLE):
            return "the npm registry cannot be reached: " + run.stderr.strip().splitlines()[-1]
        if run.returncode != 0:
            raise RuntimeError(run.stderr)
        done.write_text(wanted, encoding="utf-8")
    shutil.copy(SOURCE / "validate.mjs", FOLDER)
    return ""


def run_package(*command, text=None):
    environment = clean_environment({"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
    return subprocess.run([NODE, *command], cwd=FOLDER, env=environment, capture_output=True, text=True, input=text,
                          encoding="utf-8", timeout=SAFETY_SECONDS, check=False)


class Document(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = run_binary("openapi").stdout
        (FOLDER / "openapi.json").write_text(cls.text, encoding="utf-8")

    def lint(self, name):
        return run_package("node_modules/@redocly/cli/bin/cli.js", "lint", "--extends=recommended-strict", name)

    def test_it_passes_a_strict_linter(self):
        run = self.lint("openapi.json")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        (FOLDER / "openapi.yaml").write_text(run_binary("openapi", "--format", "yaml").stdout, encoding="utf-8")
        run = self.lint("openapi.yaml")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_the_linter_can_fail(self):
        document = json.loads(self.text)
        del document["paths"]["/api/external/models"]["get"]["operationId"]
        (FOLDER / "spoilt.json").write_text(json.dumps(document), encoding="utf-8")
        self.assertNotEqual(self.lint("spoilt.json").returncode, 0)

    def test_types_are_generated_from_it_and_compile(self):
        run = run_package("node_modules/openapi-typescript/bin/cli.js", "openapi.json", "-o", "types.ts")
        self.assertEqual(run.returncode, 0, run.stderr)
        (FOLDER / "use.ts").write_text("""import type { operations } from "./types";
type Listing = operations["listModels"]["responses"][200]["content"]["application/json"];
export const ids = (listing: Listing): string[] => listing.models.map((model) => model.id);
export const shoot: operations["registerImages"]["requestBody"]["content"]["application/json"] =
  { config: { product: { id: "prod_abc123" } } };
export const video: operations["registerVideo"]["requestBody"]["content"]["application/json"] = { imageId: "img_001" };
export const filter: operations["listModels"]["parameters"]["query"] = { statusFilter: "approved" };
""", encoding="utf-8")
        run = run_package("node_modules/typescript/bin/tsc", "--noEmit", "--strict", "types.ts", "use.ts")
        self.assertEqual((run.returncode, run.stdout), (0, ""))


class ControlDocument(unittest.TestCase):
    """The same judges for the control API; its replies are judged in the unit tests of that room."""

    @classmethod
    def setUpClass(cls):
        (FOLDER / "control.json").write_text(run_binary("openapi", "--control").stdout, encoding="utf-8")

    def test_it_passes_a_strict_linter(self):
        run = run_package("node_modules/@redocly/cli/bin/cli.js", "lint", "--extends=recommended-strict",
                          "control.json")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_types_are_generated_from_it_and_compile(self):
        run = run_package("node_modules/openapi-typescript/bin/cli.js", "control.json", "-o", "control.ts")
        self.assertEqual(run.returncode, 0, run.stderr)
        (FOLDER / "use_control.ts").write_text("""import type { components, operations } from "./control";
type Workspace = components["schemas"]["Workspace"];
export const left = (workspace: Workspace): number => workspace.credits.available;
export const advance: components["schemas"]["ClockAdvance"] = { until: "idle" };
export const rule: components["schemas"]["ScenarioRule"] = { when: { operation: "listModels" }, delay: "1s" };
export const expected: components["schemas"]["Expectations"] = {
  expect: [{ count: { operation: "listModels", exactly: 2 } }, { noFindings: true }] };
type Jobs = operations["listJobs"]["responses"][200]["content"]["application/json"];
export const due = (jobs: Jobs): (string | undefined)[] => "jobs" in jobs ? jobs.jobs.map((job) => job.dueAt) : [];
// @ts-expect-error: there is no such member
export const wrong: components["schemas"]["ClockAdvance"] = { untill: "idle" };
""", encoding="utf-8")
        run = run_package("node_modules/typescript/bin/tsc", "--noEmit", "--strict", "control.ts", "use_control.ts")
        self.assertEqual((run.returncode, run.stdout), (0, ""))


class Replies(ServerCase):
    FLAGS = ("--clock", "manual", "--quiet")

    def drive(self):
        """Replies of all operations, of success and of every documented error the mock can be brought to give."""
        document = json.loads(run_binary("openapi").stdout)
        rows = {row["operationId"]: (method.upper(), path, row) for path, methods in document["paths"].items()
                for method, row in methods.items()}
        replies = []

        def ask(operation, body=None, query="", key=self.key, headers=None):
            method, path, _ = rows[operation]
            reply = self.server.request(method, path + query, body, key=key, headers=headers)
            replies.append({"operation": operation, "status": reply.status,
                            "contentType": reply.header("Content-Type"), "body": reply.json()})
            return reply

        form = (b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nA\r\n'
                b'--b\r\nContent-Disposition: form-data; name="quantityGuidelines"\r\n\r\nB\r\n'
                b'--b\r\nContent-Disposition: form-data; name="qualityGuidelines"\r\n\r\nC\r\n--b--\r\n')
        multipart = {"Content-Type": "multipart/form-data; boundary=b"}
        for operation, (method, _, row) in rows.items():
            body = None if method == "GET" else next(iter(row["requestBody"]["content"].values()))["example"]
            headers = multipart if operation == "createPreset" else None
            ask(operation, form if operation == "createPreset" else body, headers=headers)
            ask(operation, body, key=None)
            if method == "GET":
                for parameter in row.get("parameters", []):
                    for value in parameter["schema"].get("enum", ["1"]):
                        ask(operation, query=f"?{parameter['name']}={value}")
                continue
            ask(operation, {})
            if "402" in row["responses"]:
                ask(operation, body, key=fresh_key("credit-exhaustion"))
                ask(operation, body, key=fresh_key("read-only-key"))
        ask("updatePackshot", {"recordId": "none", "Voting": "APPROVED"})
        for _ in range(2):
            ask("listModels", key=fresh_key("server-errors"))
        self.admin("POST", "/clock/advance", {"until": "idle"})
        for operation, (method, _, _) in rows.items():
            if method == "GET":
                ask(operation)
        return replies

    def validate(self, replies):
        text = "".join(json.dumps(reply) + "\n" for reply in replies)
        return run_package("validate.mjs", "openapi.json", text=text)

    def test_ajv_accepts_every_reply_of_the_mock(self):
        (FOLDER / "openapi.json").write_text(self.server.get("/__admin/openapi.json").body.decode(), encoding="utf-8")
        replies = self.drive()
        # `drive` asked each operation of the document.
        self.assertEqual({one["operation"] for one in replies if one["status"] == 200},
                         {one["operation"] for one in replies})
        self.assertLessEqual({200, 400, 401, 402, 403, 404}, {one["status"] for one in replies})
        run = self.validate(replies)
        self.assertEqual(run.stdout, f"{len(replies)} replies, 0 outside the document\n", run.stderr)
        self.assertEqual(run.returncode, 0)

    def test_ajv_refuses_what_drifts(self):
        (FOLDER / "openapi.json").write_text(self.server.get("/__admin/openapi.json").body.decode(), encoding="utf-8")
        self.key = fresh_key("contract-drift")
        reply = self.get("/api/external/products")
        run = self.validate([{"operation": "listProducts", "status": reply.status,
                              "contentType": reply.header("Content-Type"), "body": reply.json()}])
        self.assertEqual(run.returncode, 1)
        self.assertIn("must have required property 'name'", run.stdout)


if __name__ == "__main__":
    refused = install()
    if refused:
        print("skipped:", refused)
        sys.exit(SKIPPED)
    unittest.main()
