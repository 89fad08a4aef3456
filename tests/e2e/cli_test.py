"""The command line: help, exit codes, environment, set-up errors and how a server ends."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from server import BINARY, SAFETY_SECONDS, Server, clean_environment, run_binary

COMMANDS = ("serve", "exec", "health", "lint", "scenarios")
SERVE_FLAGS = ("--port", "--host", "--scenario", "--speed", "--clock", "--auth", "--strict", "--seed", "--record",
               "--journal-entries", "--journal-bytes", "--max-workspaces", "--admin-token", "--allow-host",
               "--allow-origin", "--ready-file", "--scenarios", "--fail-on", "--log", "--quiet", "--upstream",
               "--upstream-timeout", "--ca-file", "--insecure", "--save-scenario", "--color", "--log-control")


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)


class Usage(unittest.TestCase):
    def test_help_lists_the_commands_and_ends_with_0(self):
        for flag in ("--help", "-h"):
            run = run_binary(flag)
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            for command in COMMANDS:
                self.assertIn(f"  {command} ", run.stdout)

    def test_a_number_is_decimal(self):
        for flag, number in (("--port", "010"), ("--port", "0x1F90"), ("--seed", "010"), ("--journal-entries", "0x10")):
            run = run_binary("serve", flag, number)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn(f"{flag}: expected a decimal number without a zero in front, got {number}", run.stderr)

    def test_every_command_has_help_of_its_own(self):
        for command in COMMANDS:
            run = run_binary(command, "--help")
            self.assertEqual((run.returncode, run.stderr), (0, ""))
            self.assertIn("Exit codes:", run.stdout)

    def test_the_help_of_serve_names_every_flag_with_its_variable(self):
        text = run_binary("serve", "--help").stdout
        for flag in SERVE_FLAGS:
            self.assertIn(flag, text)
            self.assertIn("QAMERA_MOCK_" + flag[2:].upper().replace("-", "_"), text)

    def test_version_commit_compiler_and_libraries_are_told(self):
        text = run_binary("--version").stdout
        self.assertRegex(text, r"\Aqamera-mock \d+\.\d+\.\d+\ncommit: ([0-9a-f]{40}|unknown)\n"
                               r"compiler: \w+ \d[^\n]*\nlibraries: (\S[^,\n]* \d\S*, )+[^,\n]* \S+\n\Z")
        for library in ("nlohmann/json", "CLI11", "RE2", "cpp-httplib"):
            self.assertIn(f"{library} ", text)

    def test_an_unknown_command_is_refused_with_a_suggestion(self):
        run = run_binary("scenrios")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn('did you mean "scenarios"?', run.stderr)
        self.assertIn('"serve"', run_binary("zzzzzzzz").stderr)

    def test_wrong_flags_and_values_are_refused_with_2(self):
        for arguments in (["--prt", "1"], ["serve", "--port", "65536"], ["--port", "x"], ["--port"], ["--speed", "0"],
                          ["--speed", "-1"], ["--clock", "fast"], ["--auth", "none"], ["--log", "xml"],
                          ["--seed", "-1"],
                          ["--max-workspaces", "0"], ["--fail-on", "everything"], ["serve", "extra"], ["lint"]):
            with self.subTest(arguments=arguments):
                run = run_binary(*arguments)
                self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
                self.assertTrue(run.stderr)

    def test_a_wrong_flag_gets_a_suggestion_and_names_its_command(self):
        for arguments, said in ((["--prt", "1"], 'serve: there is no option "--prt" (did you mean "--port"?)'),
                                (["serve", "--prt=1"], 'serve: there is no option "--prt" (did you mean "--port"?)'),
                                (["tail", "--bodys"], 'tail: there is no option "--bodys" (did you mean "--bodies"?)'),
                                (["tail", "--zzzzzz"], 'tail: there is no option "--zzzzzz"\n'),
                                (["serve", "extra"], 'serve: unexpected argument "extra"'),
                                (["serve", "--port", "x"], "serve: "), (["verify"], "verify: --target is required")):
            run = run_binary(*arguments)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn("qamera-mock: " + said, run.stderr)
            command = said.partition(":")[0]
            self.assertTrue(run.stderr.endswith(f"`qamera-mock {command} --help` tells what there is.\n"), run.stderr)

    def test_a_speed_that_is_no_number_is_refused(self):
        for speed in ("nan", "inf", "-nan", "1e999"):
            with self.subTest(speed=speed), self.assertRaisesRegex(RuntimeError, r"did not start \(2\)"):
                Server("--speed", speed).abandon()

    def test_an_unknown_scenario_is_refused_with_a_suggestion(self):
        run = run_binary("serve", "--port", "0", "--scenario", "hapy-path")
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn('did you mean "happy-path"?', run.stderr)


class Environment(unittest.TestCase):
    def test_a_variable_sets_what_its_flag_sets(self):
        settings = {"QAMERA_MOCK_SCENARIO": "empty-account", "QAMERA_MOCK_CLOCK": "manual",
                    "QAMERA_MOCK_STRICT": "true",
                    "QAMERA_MOCK_SEED": "42", "QAMERA_MOCK_ALLOW_HOST": "a.test,b.test"}
        with Server(env=settings) as server:
            (workspace,) = self.visit(server)
            self.assertEqual((workspace["scenario"], workspace["seed"], workspace["clock"]["mode"]),
                             ("empty-account", 42, "manual"))
            self.assertEqual(server.get("/api/external/products?x=1", key="mk_live_a.b").status, 400)
            for host in ("a.test", "b.test"):
                self.assertEqual(server.get("/__admin/clock", headers={"Host": host}).status, 200)

    def test_flags_win_over_variables(self):
        settings = {"QAMERA_MOCK_SCENARIO": "empty-account", "QAMERA_MOCK_SEED": "42"}
        with Server("--scenario", "slow-jobs", "--seed", "7", env=settings) as server:
            (workspace,) = self.visit(server)
            self.assertEqual((workspace["scenario"], workspace["seed"]), ("slow-jobs", 7))

    def test_a_false_variable_leaves_a_switch_off(self):
        for value in ("false", "0"):
            with Server(env={"QAMERA_MOCK_STRICT": value}) as server:
                self.assertEqual(server.get("/api/external/products?x=1", key="mk_live_a.b").status, 200)

    def test_a_wrong_variable_is_refused(self):
        run = run_binary("serve", "--port", "0", env={"QAMERA_MOCK_CLOCK": "fast"})
        self.assertEqual((run.returncode, run.stdout), (2, ""))

    def test_what_kubernetes_sets_for_a_service_of_this_name_is_ignored_with_a_warning(self):
        others = {"QAMERA_MOCK_SERVICE_HOST": "10.0.0.1", "QAMERA_MOCK_SERVICE_PORT": "4010",
                  "QAMERA_MOCK_PORT_4010_TCP": "tcp://10.0.0.1:4010", "QAMERA_MOCK_PORT_4010_TCP_PORT": "4010"}
        for value in ("tcp://10.0.0.1:4010", "udp://10.0.0.1:4010", "tcp://[fd00::1]:4010"):
            with Server("--quiet", env={**others, "QAMERA_MOCK_PORT": value}) as server:
                self.assertEqual(server.get("/__admin/health").status, 200)
            self.assertEqual(server.log().count("\n"), 1)
            self.assertIn(f"warning: QAMERA_MOCK_PORT={value} is ignored", server.log())
        run = run_binary("lint", "nowhere.json", env={"QAMERA_MOCK_PORT": "tcp://10.0.0.1:4010"})
        self.assertNotIn("QAMERA_MOCK_PORT", run.stderr)
        for value in ("http://10.0.0.1:4010", "tcp:4010", "x"):
            run = run_binary("serve", env={"QAMERA_MOCK_PORT": value})
            self.assertEqual((run.returncode, run.stdout), (2, ""))

    def visit(self, server):
        server.get("/api/external/products", key="mk_live_a.b")
        return server.admin("GET", "/workspaces")["workspaces"]


class Serving(Folder):
    def test_the_ready_line_is_the_only_line_on_stdout(self):
        with Server() as server:
            self.assertRegex(server.ready_line, r"^qamera-mock listening on http://127\.0\.0\.1:\d+\n$")

    def test_with_json_logs_the_ready_line_and_every_log_line_are_json(self):
        with Server("--log", "json") as server:
            ready = json.loads(server.ready_line)
            self.assertEqual((ready["url"], ready["pid"]), (server.url, server.process.pid))
            with server.raw() as raw:
                raw.send(b'GET /"\\\xff%0a HTTP/1.1\r\nHost: x\r\n\r\n').reply()
        lines = [json.loads(line) for line in server.log().splitlines()]
        self.assertTrue(any(line["message"].startswith("GET ") for line in lines))
        self.assertTrue(all({"time", "level", "message"} <= set(line) for line in lines))

    def test_quiet_logs_no_requests(self):
        with Server("--quiet") as server:
            server.get("/api/external/products", key="mk_live_a.b")
        self.assertEqual(server.log(), "")

    def test_no_command_is_serve(self):
        run = run_binary("--port", "0", "--host", "0.0.0.0")
        self.assertIn("--admin-token", run.stderr)

    def test_a_port_in_use_is_refused(self):
        with Server() as server:
            run = run_binary("serve", "--port", str(server.port))
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn(str(server.port), run.stderr)
            self.assertIn("in use; --port 0 picks a free one", run.stderr)

    def test_a_port_is_free_again_at_once(self):
        with Server() as server:
            server.get("/api/external/products", key="mk_live_a.b")
            port = server.port
        with Server(port=port) as again:
            self.assertEqual(again.port, port)

    def test_the_ready_file_holds_the_url(self):
        path = self.folder / "ready"
        with Server("--ready-file", str(path)) as server:
            self.assertEqual(path.read_text(encoding="utf-8"), server.url + "\n")
        self.assertFalse(path.exists(), "a later run would take it for its own")
        with Server("--ready-file", str(path)):
            path.write_text("http://127.0.0.1:1\n", encoding="utf-8")
        self.assertTrue(path.exists(), "it is another server's by now")

    def test_the_ready_file_has_the_mode_of_the_umask_and_follows_no_link(self):
        path = self.folder / "ready"
        precious = self.write("precious", "precious")
        (self.folder / "ready.tmp").symlink_to(precious)
        before = os.umask(0o022)
        self.addCleanup(os.umask, before)
        with Server("--ready-file", str(path)):
            self.assertEqual(path.stat().st_mode & 0o777, 0o644)
            self.assertEqual(Path(precious).read_text(encoding="utf-8"), "precious")
        self.assertEqual(sorted(one.name for one in self.folder.iterdir()), ["precious", "ready.tmp"])

    def test_a_ready_file_that_cannot_be_written_stops_the_start(self):
        run = run_binary("serve", "--port", "0", "--ready-file", str(self.folder / "no" / "ready"))
        self.assertEqual((run.returncode, run.stdout), (2, ""))
        self.assertIn("ready file", run.stderr)
        (self.folder / "taken").mkdir()
        run = run_binary("serve", "--port", "0", "--ready-file", str(self.folder / "taken"))
        self.assertIn("cannot write the ready file", run.stderr)
        self.assertEqual([one.name for one in self.folder.iterdir()], ["taken"], "what was written aside goes again")

    def test_it_runs_from_another_directory(self):
        with Server(cwd=str(self.folder)) as server:
            self.assertEqual(server.get("/api/external/products",
                                        key="mk_live_large-account.b").json()["count"], 10000)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_name_and_the_wildcard_are_served_in_both_families(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("no IPv6 here")
        for flags in (("--host", "localhost"), ("--host", "::", "--admin-token", "none")):
            with Server(*flags) as server:
                for host in ("127.0.0.1", "::1"):
                    server.host = host
                    self.assertEqual(server.admin("GET", "/health", headers={"Host": "localhost"})["status"], "ok")
                run = run_binary("serve", "--host", "127.0.0.1", "--port", str(server.port))
                self.assertEqual(run.returncode, 2, run.stderr)

    def test_an_ipv6_address_is_served(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("no IPv6 here")
        with Server("--host", "::1") as server:
            self.assertTrue(server.url.startswith("http://[::1]:"))
            self.assertEqual(server.admin("GET", "/health")["status"], "ok")

    def test_a_recording_has_a_line_for_each_request(self):
        path = self.folder / "journal.ndjson"
        with Server("--record", str(path)) as server:
            server.get("/api/external/products", key="mk_live_a.b")
            server.get("/nowhere")
            entries = server.admin("GET", "/requests")["requests"]
        self.assertTrue(path.exists(), "--record wrote no file")
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        self.assertEqual(lines, entries)


class Ending(unittest.TestCase):
    def test_sigterm_and_sigint_end_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = Server()
            server.get("/api/external/products", key="mk_live_a.b")
            server.stop(number)

    def test_an_idle_connection_does_not_hold_up_the_end(self):
        server = Server()
        with server.raw() as idle, server.raw() as partial:
            partial.send(b"GET / HTT")
            idle.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertEqual(idle.reply().status, 404)
            server.stop()
            self.assertTrue(idle.at_end())

    def test_fail_on_ends_with_1_when_it_occurred_and_with_0_otherwise(self):
        for what, target, code in [("unmatched", "/nowhere", 1), ("unmatched", "/api/external/products", 0),
                                   ("findings", "/api/external/products?x=1", 1), ("findings", "/nowhere", 0),
                                   ("findings,unmatched", "/nowhere", 1)]:
            with self.subTest(what=what, target=target), Server("--fail-on", what, expected_exit=code) as server:
                server.get(target, key="mk_live_a.b")

    def test_control_calls_are_neither_unmatched_nor_findings(self):
        with Server("--fail-on", "findings,unmatched") as server:
            server.admin("GET", "/nowhere", status=404)


class Files(Folder):
    BAD = '{\n  "name": "mine",\n  "credits": {\n    "available": -5\n  }\n}\n'

    def test_a_scenario_file_is_served(self):
        path = self.write("mine.json", '{"name": "mine", "credits": {"available": 7}}')
        with Server("--scenario", path) as server:
            self.assertEqual(server.admin("GET", "/credits", key="mk_live_abc123.a")["available"], 7)
            self.assertEqual(server.admin("GET", "/credits", key="mk_live_mine.a")["available"], 7)

    def test_a_bad_scenario_file_stops_the_start_with_file_line_pointer_and_reason(self):
        path = self.write("mine.json", self.BAD)
        for arguments in (("--scenario", path), ("--scenarios", str(self.folder))):
            run = run_binary("serve", "--port", "0", *arguments)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn(f"{path}:4:", run.stderr)
            self.assertIn("/credits/available", run.stderr)
            self.assertIn("-5", run.stderr)

    def test_files_that_are_missing_or_no_json_stop_the_start(self):
        for path in (str(self.folder / "none.json"), str(self.folder), self.write("half.json", '{"name": "half",\n')):
            run = run_binary("serve", "--port", "0", "--scenario", path + ("/" if path == str(self.folder) else ""))
            self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
            self.assertIn(path, run.stderr)
        run = run_binary("serve", "--port", "0", "--scenarios", str(self.folder / "no"))
        self.assertEqual(run.returncode, 2)

    @unittest.skipUnless(Path("/dev/full").exists(), "there is no /dev/full")
    def test_a_ready_line_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "wb") as full:
            run = subprocess.run([BINARY, "serve", "--port", "0"], stdout=full, stderr=subprocess.PIPE, text=True,
                                 env=clean_environment(), timeout=SAFETY_SECONDS, check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn("cannot write the ready line", run.stderr)

    def test_a_directory_brings_its_scenarios_and_fixtures(self):
        self.write("fixtures/tiny.json", json.dumps({"name": "tiny", "products": [
            {"id": "p1", "name": "Cup", "thumbnail": "https://cdn.example.com/p1.jpg",
             "createdAt": "2026-03-20T14:30:00.000Z"}]}))
        self.write("small.json", '{"name": "small", "fixture": "tiny"}')
        with Server("--scenarios", str(self.folder)) as server:
            products = server.get("/api/external/products", key="mk_live_small.a").json()["products"]
            self.assertEqual([one["id"] for one in products], ["p1"])
        listed = run_binary("scenarios", "--scenarios", str(self.folder)).stdout
        self.assertIn("small", [line.split()[0] for line in listed.splitlines()])

    def test_lint_tells_good_files_from_bad_ones(self):
        good = self.write("good.json", '{"name": "good"}')
        run = run_binary("lint", good)
        self.assertEqual((run.returncode, run.stdout), (0, f"{good}: ok\n"))
        bad = self.write("bad.json", self.BAD)
        run = run_binary("lint", good, bad)
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"{good}: ok\n", run.stdout)
        self.assertIn(f"{bad}:4:", run.stdout)
        self.assertIn("/credits/available", run.stdout)

    def test_control_characters_are_shown_escaped(self):
        odd = "\x1b]0;title\x07\r\x9b31m"
        path = self.write("bad.json", json.dumps({"name": "x", odd: 1}))
        for run in (run_binary("lint", path), run_binary("serve", "--port", "0", "--scenario", path),
                    run_binary("serve", "--scenario", odd), run_binary(odd), run_binary("serve", "--port", odd),
                    run_binary("serve", "--clock", odd), run_binary("serve", "--" + odd), run_binary("lint", odd),
                    run_binary("serve", "--allow-host", odd), run_binary("check", odd)):
            shown = run.stdout + run.stderr
            self.assertNotEqual(run.returncode, 0, shown)
            self.assertNotRegex(shown, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")
            self.assertRegex(shown, r"\\x1b|\\u001b", run.args)

    def test_lint_reads_fixtures_as_well(self):
        fixture = self.write("f.json", json.dumps({"name": "f", "products": [{"id": "p1"}]}))
        run = run_binary("lint", fixture)
        self.assertEqual(run.returncode, 1, run.stdout)
        self.assertIn("/products/0", run.stdout)

    def test_lint_refuses_every_misspelt_member(self):
        for member in ("nam", "fixtures", "clocks", "credit", "job"):
            path = self.write("x.json", json.dumps({"name": "x", member: {}}))
            run = run_binary("lint", path)
            self.assertEqual(run.returncode, 1)
            self.assertIn("/" + member, run.stdout)


if __name__ == "__main__":
    unittest.main()
