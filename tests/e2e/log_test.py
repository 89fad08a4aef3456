"""What the server says on stderr: a line a request with its findings, JSON, control calls, warnings; a terminal."""

import fcntl
import http.client
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import unittest
import urllib.request
from pathlib import Path

from server import BINARY, SAFETY_SECONDS, Server, clean_environment, fresh_key

MODELS = "/api/external/models"
REGISTER = MODELS + "/register-ideas"


def lines_of(flags, requests, **options):
    """What a server of these flags logs while it answers, line by line."""
    with Server(*flags, **options) as server:
        for method, target, key, *body in requests:
            server.request(method, target, *body, key=key)
    return server.log().splitlines()


def objects_of(flags, requests):
    return [json.loads(line) for line in lines_of(("--log", "json", *flags), requests)]


class Unread(unittest.TestCase):
    def test_a_reader_that_stops_reading_holds_up_neither_serving_nor_the_end(self):
        for flags in ((), ("--log", "json")):
            process = subprocess.Popen((BINARY, "serve", "--port", "0", "--fail-on", "unmatched", *flags),
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
            with self.subTest(flags=flags), process:
                ready = process.stdout.readline().decode()
                url = json.loads(ready)["url"] if flags else ready.split()[-1]
                connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=SAFETY_SECONDS)

                def ask(times, connection=connection):
                    for _ in range(times):
                        connection.request("GET", "/" + "x" * 300)
                        connection.getresponse().read()

                ask(400)
                told = b""
                while len(told) < 40_000:
                    told += os.read(process.stderr.fileno(), 4096)
                ask(1)
                ask(400)
                process.terminate()
                self.assertEqual(process.wait(SAFETY_SECONDS), 1)
                connection.close()
                told += process.stderr.read()
                self.assertRegex(told.decode(), r"\n[^\n]*warning[^\n]*\d+ lines lost: nobody read the log")


class Lines(unittest.TestCase):
    def test_a_line_has_what_was_asked_what_came_of_it_and_the_findings_below(self):
        key = "mk_live_credit-exhaustion.t"
        idea = {"preferences": "athletic build"}
        lines = lines_of((), [("POST", REGISTER, key, {**idea, "count": 2, "cuont": 2}),
                              ("POST", REGISTER, key, {**idea, "count": 3}), ("GET", "/api/models", key)])
        time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
        whose = r"credit-exhaustion  ws_[0-9a-f]{16}"
        self.assertRegex(lines[0], f"^{time} POST {REGISTER}        200 registerModels    {whose}  "
                                   "20 credits reserved$")
        self.assertEqual(lines[1], "  finding unknown-field /body/cuont: Field 'cuont' is not documented; "
                                   "did you mean 'count'?")
        self.assertRegex(lines[2], " 402 registerModels .*  Insufficient credits. Required: 30, available: 5.$")
        self.assertRegex(lines[3], r" GET  /api/models +404 - +credit-\S+  ws_\S+  Not found. "
                                   r"\(path: no documented endpoint \(did you mean /api/external/models\?\)\)$")

    def test_json_is_an_object_a_line_with_numbers_as_numbers(self):
        key = fresh_key()
        first, second, third = objects_of((), [("GET", MODELS + "?x=1", key), ("GET", "/x", None),
                                               ("POST", REGISTER, key, {"count": 0})])[:3]
        self.assertEqual(list(first), ["time", "level", "message", "method", "target", "status", "operation",
                                       "scenario", "workspace", "error", "reason", "findings", "durationMicros",
                                       "request", "correlationId"])
        self.assertEqual((first["message"], first["method"], first["target"], first["status"], first["operation"]),
                         (f"GET {MODELS}?x=1 200", "GET", MODELS + "?x=1", 200, "listModels"))
        self.assertEqual((first["scenario"], first["error"], first["request"]), ("happy-path", None, "req_000001"))
        self.assertIsInstance(first["durationMicros"], int)
        self.assertEqual([(one["kind"], one["pointer"]) for one in first["findings"]],
                         [("unknown-query-parameter", "/query/x")])
        self.assertEqual((second["operation"], second["scenario"], second["workspace"], second["error"]),
                         (None, None, None, "Not found."))
        self.assertTrue(third["error"].startswith("Validation failed: "))

    def test_control_calls_are_logged_on_demand_alone(self):
        requests = [("GET", "/__admin/health", None), ("GET", "/__admin/requests?x=1", None),
                    ("GET", MODELS, fresh_key()), ("POST", "/__admin/verify", None, {"expect": [], "within": "1s"})]
        self.assertEqual([one["target"] for one in objects_of((), requests) if "target" in one], [MODELS])
        logged = objects_of(("--log-control",), requests)
        self.assertEqual([(one["target"], one["status"]) for one in logged if "target" in one][:3],
                         [("/__admin/health", 200), ("/__admin/requests?x=1", 400), (MODELS, 200)])
        self.assertIn("unknown filter", logged[1]["error"])
        self.assertEqual(logged[3]["target"], "/__admin/verify")

    def test_rate_limit_exceeded_is_told_once_a_window(self):
        key = fresh_key()
        with Server("--speed", "0.001") as server:
            for _ in range(65):
                server.get(MODELS, key=key)
            kinds = [one["kind"] for one in server.admin("GET", "/requests", key=key)["requests"][-1]["findings"]]
            self.assertEqual(kinds, ["rate-limit-exceeded"])
        self.assertEqual(server.log().count("rate-limit-exceeded"), 1)

    def test_a_stopped_clock_with_jobs_says_so_once(self):
        key = fresh_key()
        with Server("--clock", "manual") as server:
            server.post(REGISTER, {"preferences": "athletic build", "count": 4}, key=key)
            server.get(MODELS, key=key)
            server.admin("POST", "/clock/advance", {"until": "idle"}, key=key)
            server.get(MODELS, key=key)
            server.post(REGISTER, {"preferences": "athletic build", "count": 1}, key=key)
        said = [line for line in server.log().splitlines() if "the clock is stopped" in line]
        self.assertEqual([line.split(" info ")[1].split(" workspace=")[0] for line in said],
                         ["4 jobs wait: the clock is stopped", "1 job waits: the clock is stopped"])

    def test_a_key_that_misspells_a_scenario_is_warned_of_once(self):
        requests = [("GET", MODELS, f"mk_live_credit-exhaustoin.{name}") for name in "aab"]
        warnings = [line for line in lines_of(("--quiet",), requests)]
        self.assertEqual(len(warnings), 1)
        self.assertIn('warning there is no scenario "credit-exhaustoin" (did you mean "credit-exhaustion"?): '
                      "happy-path serves such keys", warnings[0])

    def test_a_patch_that_does_not_fit_is_warned_of_once_a_rule(self):
        rule = {"name": "drift", "when": {"operation": "listModels"}, "patch": [{"op": "remove", "path": "/nothing"}]}
        with Server("--quiet") as server:
            for key in (fresh_key(), fresh_key()):
                server.admin("POST", "/rules", rule, 201, key=key)
                for _ in range(3):
                    self.assertIn("patch not applied", server.get(MODELS, key=key).reason)
        self.assertEqual(server.log().count("a rule's patch does not fit"), 1)

    def test_no_key_and_no_control_character_gets_into_a_line(self):
        key = "mk_live_a.topsecret"
        for flags in ((), ("--log", "json"), ("--log-control",)):
            with Server(*flags) as server:
                server.get(f"{MODELS}?{key}=1&k={key}", key=key)
                server.get(f"/__admin/nothing?k={key}")
                with server.raw() as raw:
                    raw.send(b"GET /\x1b[2J HTTP/1.1\r\nHost: x\r\n\r\n").reply()
                    raw.send(b"")
            self.assertNotIn("topsecret", server.log())
            self.assertNotRegex(server.log(), r"[^\n -~]")


class Documentation(unittest.TestCase):
    def test_the_lines_in_the_documentation_are_the_ones_of_these_requests(self):
        happy, poor = "mk_live_happy-path.try1", "mk_live_credit-exhaustion.try1"
        idea = {"preferences": "athletic build"}
        lines = lines_of((), [("GET", "/api/external/products", happy), ("POST", REGISTER, happy, {**idea, "cuont": 2}),
                              ("POST", REGISTER, poor, {**idea, "count": 3}), ("GET", "/api/models", happy)])
        lines = [re.sub(r"^[-0-9]+T[0-9:.]+Z", "10:15:00.000Z", line) for line in lines]
        root = Path(__file__).resolve().parents[2]
        shown = {name: re.search(r"```text log\n(.*?)\n```", (root / name).read_text(encoding="utf-8"), re.S)[1]
                 for name in ("docs/terminal.md", "README.md")}
        self.assertEqual(shown["docs/terminal.md"].split("\n"), lines[:5])
        self.assertEqual(shown["README.md"].split("\n"), lines[1:3])


class Terminal(unittest.TestCase):
    def start(self, *flags, env=None, columns=None):
        """A server whose stderr is a terminal; gives what it writes there up to a text that is awaited."""
        own, its = pty.openpty()
        if columns:
            fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([BINARY, "serve", "--port", "0", *flags], stdout=subprocess.PIPE, stderr=its,
                                   env=clean_environment({"TERM": "xterm", **(env or {})}))
        os.close(its)
        self.addCleanup(self.end, process, own)
        url = process.stdout.readline().decode().rsplit(" ", 1)[-1].strip()
        return url, own

    @staticmethod
    def end(process, own):
        process.kill()
        process.wait(SAFETY_SECONDS)
        process.stdout.close()
        os.close(own)

    def read_until(self, own, text):
        seen = b""
        while text.encode() not in seen:
            self.assertTrue(select.select([own], [], [], SAFETY_SECONDS)[0], seen)
            seen += os.read(own, 65536)
        return seen.decode().replace("\r\n", "\n")

    def line_of(self, own):
        """That of the request, which may come before the last of the start's lines."""
        return next(line for line in self.read_until(own, "ws_").splitlines() if "ws_" in line)

    def ask(self, url, target, key="mk_live_happy-path.t"):
        with urllib.request.urlopen(urllib.request.Request(url + target, headers={"X-Api-Key": key})) as reply:
            reply.read()

    def test_the_start_tells_where_to_go(self):
        url, own = self.start("--scenario", "slow-jobs")
        said = self.read_until(own, "products\r\n")
        self.assertEqual(said.splitlines(), [
            f"  dashboard  {url}/__admin/ui/", "  scenario   slow-jobs, for keys that name none",
            f"  try        curl -H 'X-Api-Key: mk_live_slow-jobs.try1' {url}/api/external/products"])
        url, own = self.start("--no-ui", "--auth", "listed")
        said = self.read_until(own, "products\r\n")
        self.assertNotIn("dashboard", said)
        self.assertIn(f"curl {url}/__admin/workspaces -d '{{\"key\": \"mk_live_happy-path.try1\"}}'", said)

    def test_lines_are_coloured_on_a_terminal_unless_asked_otherwise(self):
        for flags, env, coloured in (((), None, True), ((), {"NO_COLOR": "1"}, False), ((), {"NO_COLOR": ""}, True),
                                     ((), {"TERM": "dumb"}, False), (("--color", "never"), None, False),
                                     (("--color", "always"), {"NO_COLOR": "1"}, True)):
            with self.subTest(flags=flags, env=env):
                url, own = self.start(*flags, env=env)
                self.ask(url, MODELS)
                line = self.line_of(own)
                self.assertEqual("\x1b[32m200\x1b[0m" in line, coloured, line)
                self.assertRegex(line, r"^(\x1b\[2m)?\d\d:\d\d:\d\d\.\d{3}Z")
        request = ("GET", MODELS, fresh_key())
        self.assertIn("\x1b[32m200", lines_of(("--color", "always"), [request])[0])
        self.assertNotIn("\x1b", lines_of((), [request])[0])

    def test_a_narrow_terminal_gets_long_targets_cut_in_the_middle(self):
        url, own = self.start("--color", "never", columns=80)
        self.ask(url, "/api/external/image-picker?productId=rec_product_001&statusFilter=all")
        line = self.line_of(own)
        self.assertTrue(re.match(r"\S+ GET  /api/external\.\.\.usFilter=all 200 listImages ", line), line)


if __name__ == "__main__":
    unittest.main()
