"""`qamera-mock check`: recordings are judged by the contract, requests and replies both."""

import json
import os
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

from hostile import memory_is_its_own
from server import BINARY, Server, clean_environment, fresh_key, run_binary

RECORDINGS = Path(__file__).parent / "recordings"


def send_form(server, key, **files):
    """Creates a preset; `files` are sent as files, in place of the text fields of their names where there are any."""
    fields = {"name": "", "quantityGuidelines": "", "qualityGuidelines": "", **files}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file else "") +
             "\r\n\r\ntext\r\n" for name, file in fields.items()]
    return server.post("/api/external/presets", ("".join(parts) + "--b--\r\n").encode(), key=key,
                       headers={"Content-Type": "multipart/form-data; boundary=b"})


def drive(server, key):
    """A workflow within the contract."""
    def ask(method, path, body=None):
        return server.request(method, "/api/external" + path, body, key=key)

    ask("GET", "/products")
    ask("GET", "/models?statusFilter=approved")
    made = ask("POST", "/image-picker/register-ideas", {"config": {"product": {"id": "rec_product_001"}}, "count": 2})
    server.admin("POST", "/clock/advance", {"until": "idle"}, key=key)
    ask("GET", "/image-picker?productId=rec_product_001")
    ask("POST", "/packshots/update-packshot", {"recordId": made.json()["createdRecordIds"][0], "Voting": "APPROVED"})
    send_form(server, key)


class Check(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.ndjson = Path(cls.folder.name) / "traffic.ndjson"
        cls.har = Path(cls.folder.name) / "traffic.har"
        with Server("--clock", "manual", "--record", str(cls.ndjson), "--quiet") as server:
            drive(server, fresh_key())
            cls.har.write_bytes(server.get("/__admin/requests.har").body)
        cls.lines = cls.ndjson.read_text(encoding="utf-8").splitlines()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, *arguments):
        return run_binary("check", *arguments)

    def judged(self, line, change):
        """The departures of the recording when `change` was made to one of its entries."""
        entries = [json.loads(text) for text in self.lines]
        change(entries[line])
        file = Path(self.folder.name) / "changed.ndjson"
        file.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
        run = self.check("--format", "json", str(file))
        report = json.loads(run.stdout)
        self.assertEqual(run.returncode, 1 if report["count"] else 0)
        self.assertEqual(report["count"], len(report["departures"]))
        for one in report["departures"]:
            self.assertEqual(one["place"], f"{file}:{line + 1}")
            self.assertTrue(one["page"] or not one["operation"], one)
        return [(one["side"], one["pointer"]) for one in report["departures"]]

    def test_a_reply_whose_status_is_none_is_counted_as_not_judged(self):
        for status in ("-1", "1e30", "200.5", "1000", "null"):
            entry = ('{"request":{"method":"GET","url":"http://h/api/external/models","headers":[]},'
                     '"response":{"status":%s,"headers":[],"content":{"text":"{}"}}}' % status)
            path = Path(self.folder.name) / "status.har"
            path.write_text('{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[%s]}}' % entry)
            run = self.check(str(path))
            with self.subTest(status=status):
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn("1 bodies not judged", run.stdout)
                self.assertIn("reply without a status (1)", run.stdout)
                self.assertIn("response.status not recorded", run.stderr)

    def test_a_recording_and_its_har_keep_the_contract(self):
        run = self.check(str(self.ndjson), str(self.har))
        self.assertEqual((run.returncode, run.stdout),
                         (0, "12 exchanges, 12 of the API, 0 bodies not judged, 0 departures\n"))

    def test_each_planted_fault_is_found_where_it_is(self):
        def body(side, pointer, value):
            def change(entry):
                document = json.loads(entry[side]["body"])
                *parents, last = pointer.strip("/").split("/")
                holder = document
                for token in parents:
                    holder = holder[int(token)] if isinstance(holder, list) else holder[token]
                holder[last] = value
                entry[side]["body"] = json.dumps(document)
            return change

        def status(entry):
            entry["response"]["status"] = 302

        def content_type(entry):
            entry["response"]["headers"]["Content-Type"] = "text/html"

        def path(entry):
            entry["request"]["url"] = "/api/external/productz"

        def query(entry):
            entry["request"]["url"] += "&page=2"

        def form(entry):
            entry["request"]["body"] = entry["request"]["body"].replace("qualityGuidelines", "quality")

        cases = [
            (0, body("response", "/count", 9), [("response", "/body/count")]),
            (0, body("response", "/products/0/createdAt", "yesterday"), [("response", "/body/products/0/createdAt")]),
            (1, body("response", "/models/0/voting", "REJECTED"), [("response", "/body/models/0/voting")]),
            (0, status, [("response", "/status"), ("response", "/body/count")]),
            (0, content_type, [("response", "/headers/Content-Type")]),
            (0, path, [("request", "/path")]),
            (1, query, [("request", "/query/page")]),
            (2, body("request", "/count", 21), [("request", "/body/count"), ("response", "/body/createdRecordIds")]),
            (2, body("request", "/styling", "x"), [("request", "/body/styling")]),
            (2, body("response", "/creditsReserved", None), [("response", "/body/creditsReserved")]),
            (4, body("request", "/Voting", "MAYBE"), [("request", "/body/Voting")]),
            (4, body("response", "/recordId", "rec_other"), [("response", "/body/recordId")]),
            (5, form, [("request", "/body/quality"), ("request", "/body/qualityGuidelines")]),
        ]
        for line, change, expected in cases:
            with self.subTest(expected=expected, line=line):
                found = self.judged(line, change)
                if change is status:
                    self.assertEqual(found[0], expected[0])
                else:
                    self.assertEqual(found, expected)

    def test_a_file_under_a_text_fields_name_is_refused_by_server_and_check_alike(self):
        har = Path(self.folder.name) / "forms.har"
        for files in ({}, {"cover": "c.png", "gallery": "g.png"}, {"name": "n.txt"}, {"qualityGuidelines": "q.txt"}):
            with self.subTest(files=files), Server("--clock", "manual", "--quiet") as server:
                reply = send_form(server, fresh_key(), **files)
                har.write_bytes(server.get("/__admin/requests.har").body)
                run = self.check("--format", "json", str(har))
                rule = "a non-empty string"
                refused = [name for name in files if f"'{name}' must be {rule}" in reply.json().get("error", "")]
                self.assertEqual(reply.status, 400 if refused else 200, reply)
                self.assertEqual(run.returncode, 1 if refused else 0, run.stdout)
                told = {(one["pointer"], one["expected"]) for one in json.loads(run.stdout)["departures"]}
                for name in refused:
                    self.assertIn((f"/body/{name}", rule), told)

    def test_har_of_a_browser_is_judged_by_its_path(self):
        entries = [
            {"request": {"method": "GET", "url": "https://example.com/style.css", "headers": []},
             "response": {"status": 200, "headers": [], "content": {"text": ""}}},
            {"request": {"method": "GET", "url": "https://example.com/base/api/external/models?statusFilter=done#top",
                         "headers": [{"name": ":path", "value": "/"}]},
             "response": {"status": 200, "headers": [{"name": "content-type", "value": "application/json"}],
                          "content": {"text": "eyJtb2RlbHMiOltdLCJjb3VudCI6MX0=", "encoding": "base64"}}},
        ]
        file = Path(self.folder.name) / "browser.har"
        pages = [{"id": "page_1", "entries": [{"x": 1}]}]
        file.write_text(json.dumps({"log": {"version": "1.2", "pages": pages, "entries": entries}}, indent=2))
        run = self.check("--format", "json", str(file))
        report = json.loads(run.stdout)
        self.assertEqual((report["exchanges"], report["judged"]), (2, 1))
        self.assertEqual([one["pointer"] for one in report["departures"]], ["/query/statusFilter", "/body/count"])
        self.assertEqual({one["place"] for one in report["departures"]}, {f"{file} entry 2"})

    def summary(self, name, *flags):
        """Exit code, departures and numbers for a recording of another program."""
        run = self.check("--format", "json", *flags, str(RECORDINGS / name))
        self.assertNotIn("exception", run.stderr)
        report = json.loads(run.stdout)
        return (run.returncode, [(one["side"], one["pointer"]) for one in report["departures"]],
                [report[number] for number in ("exchanges", "judged", "bodiesNotJudged", "preflights")])

    def test_recordings_of_other_programs_are_judged_as_far_as_they_go(self):
        count = [("request", "/body/count")]
        for name, expected in (
                ("chrome-har_json_as_params_count99.har", (1, count, [1, 1, 2, 0])),
                ("cors_preflight_then_get.har", (0, [], [2, 1, 0, 1])),
                ("foreign.har", (0, [], [2, 1, 1, 0])),
                ("insomnia_queryString_not_in_url.har", (1, [("request", "/query/colour")], [1, 1, 0, 0])),
                ("other_entry_without_response_then_good.har", (0, [], [2, 1, 0, 0])),
                ("playwright_attach_min.har", (0, [], [1, 1, 2, 0])),
                ("request_only_k6.har", (1, count, [1, 1, 0, 0])),
                ("resp_headers_empty_mimeType_given.har", (0, [], [1, 1, 0, 0])),
                ("text_empty_but_size540.har", (0, [], [1, 1, 1, 0])),
                ("top_comment_first.har", (0, [], [1, 1, 0, 0]))):
            with self.subTest(name=name):
                self.assertEqual(self.summary(name), expected)

    def test_what_is_missing_is_named_and_counted(self):
        run = self.check(str(RECORDINGS / "request_only_k6.har"))
        self.assertIn("entry 1: response not recorded", run.stderr)
        run = self.check(str(RECORDINGS / "text_empty_but_size540.har"))
        self.assertEqual(run.stdout, "1 exchanges, 1 of the API, 1 bodies not judged, 0 departures\n"
                                     "  not judged: not recorded (1)\n")

    def test_a_body_in_a_file_beside_the_har_is_judged(self):
        folder = Path(self.folder.name) / "attached"
        folder.mkdir()
        har = folder / "page.har"
        har.write_bytes((RECORDINGS / "playwright_attach_min.har").read_bytes())
        (folder / "0123.json").write_text('{"preferences": "x", "count": 99}')
        run = self.check("--format", "json", str(har))
        report = json.loads(run.stdout)
        self.assertEqual((run.returncode, report["bodiesNotJudged"]), (1, 1))
        self.assertEqual([one["pointer"] for one in report["departures"]], ["/body/count"])
        for elsewhere in ("../attached/0123.json", str(folder / "0123.json")):
            har.write_text((RECORDINGS / "playwright_attach_min.har").read_text().replace("0123.json", elsewhere))
            self.assertEqual(json.loads(self.check("--format", "json", str(har)).stdout)["bodiesNotJudged"], 2)

    def test_a_coding_that_nobody_reads_is_not_judged_and_named(self):
        har = Path(self.folder.name) / "zstd.har"
        har.write_text((RECORDINGS / "top_comment_first.har").read_text().replace(
            '"headers": [{"name": "Content-Type"', '"headers": [{"name": "Content-Encoding", "value": "zstd"}, '
            '{"name": "Content-Type"').replace('"text": "{', '"encoding": "base64", "text": "KLUv/SQA", "_was": "{'))
        run = self.check(str(har))
        self.assertEqual((run.returncode, run.stdout), (0, "1 exchanges, 1 of the API, 1 bodies not judged, "
                                                           "0 departures\n  not judged: content coding zstd (1)\n"))

    def test_a_recording_without_the_api_is_nothing_to_judge(self):
        folder = Path(self.folder.name)
        entry = json.loads(self.lines[0])
        entry["request"]["url"] = "/elsewhere"
        (folder / "elsewhere.ndjson").write_text(json.dumps(entry) + "\n")
        (folder / "empty.har").write_text('{"log": {"entries": []}}')
        (folder / "elsewhere.har").write_text((RECORDINGS / "top_comment_first.har").read_text().replace(
            "/api/external", ""))
        (folder / "preflight.har").write_text((RECORDINGS / "cors_preflight_then_get.har").read_text().replace(
            "/api/external/products", "/elsewhere", 2).replace("/elsewhere", "/api/external/products", 1))
        for name in ("elsewhere.ndjson", "empty.har", "elsewhere.har", "preflight.har"):
            with self.subTest(name=name):
                run = self.check(str(folder / name))
                self.assertEqual(run.returncode, 2, run.stdout)
                self.assertIn(f"{name}: no exchange with the API, so there is nothing to judge", run.stderr)
                self.assertEqual(self.check("--allow-empty", str(folder / name)).returncode, 0)
                with_another = self.check(str(self.ndjson), str(folder / name))
                self.assertEqual(with_another.returncode, 2)
                replay = run_binary("replay", str(folder / name), "--target", "http://127.0.0.1:1", "--api-key", "k")
                self.assertEqual(replay.returncode, 2)
                self.assertRegex(replay.stderr, "nothing to (judge|send)")
                allowed = run_binary("replay", str(folder / name), "--target", "http://127.0.0.1:1", "--api-key", "k",
                                     "--allow-empty")
                self.assertEqual(allowed.returncode, 0)

    def test_what_is_quoted_is_short(self):
        long = "x" * 5000
        file = Path(self.folder.name) / "long.ndjson"
        entry = json.loads(self.lines[1])
        entry["request"]["url"] = f"/api/external/{long}?{long}"
        other = json.loads(self.lines[1])
        other["request"]["url"] += f"&colour={long}"
        other["response"]["headers"]["Content-Type"] = long
        file.write_text(json.dumps(entry) + "\n" + json.dumps(other) + "\n")
        run = self.check("--format", "json", str(file))
        departures = json.loads(run.stdout)["departures"]
        self.assertGreater(len(departures), 1)
        for one in departures:
            self.assertLessEqual(len(one["actual"]), 203)
        har = Path(self.folder.name) / "long_token.har"
        har.write_text('{"log": {"entries": [' + "z" * 5000)
        run = self.check(str(har))
        self.assertEqual(run.returncode, 2)
        self.assertLess(len(run.stderr), 400 + len(str(har)))
        self.assertNotIn("json.exception", run.stderr)

    def test_one_side_can_be_judged_alone(self):
        file = Path(self.folder.name) / "one.ndjson"
        entry = json.loads(self.lines[1])
        entry["request"]["url"] += "&page=2"
        entry["response"]["status"] = 418
        file.write_text(json.dumps(entry) + "\n")
        for side in ("request", "response"):
            departures = json.loads(self.check("--only", side, "--format", "json", str(file)).stdout)["departures"]
            self.assertTrue(departures)
            self.assertEqual({one["side"] for one in departures}, {side})

    def test_what_cannot_be_read_is_a_set_up_error(self):
        for name, text in (("broken.ndjson", '{"sequence": 1}\n{}\n'), ("broken.har", '{"log": {"entries": [{}]}}'),
                           ("torn.har", '{"log": {"entries": ['), ("none.har", '{"log": {"version": "1.2"}}'),
                           ("number.har", '{"log": {"entries": [5]}}'), ("array.har", '{"log": {"entries": [[{}]]}}')):
            file = Path(self.folder.name) / name
            file.write_text(text)
            run = self.check(str(file))
            self.assertEqual(run.returncode, 2, (name, run.stdout))
            self.assertIn(name, run.stderr)
        self.assertEqual(self.check(str(Path(self.folder.name) / "missing")).returncode, 2)

    def test_standard_input_is_a_recording_too(self):
        for data in (self.ndjson.read_bytes(), self.har.read_bytes()):
            run = subprocess.run([BINARY, "check", "-"], input=data, capture_output=True, env=clean_environment(),
                                 check=False)
            self.assertEqual((run.returncode, run.stdout),
                             (0, b"6 exchanges, 6 of the API, 0 bodies not judged, 0 departures\n"))
        run = subprocess.run([BINARY, "check", "-"], input=b"", capture_output=True, env=clean_environment(),
                             check=False)
        self.assertEqual(run.returncode, 2)

    def test_a_pipe_is_a_recording_too(self):
        for data in (self.ndjson.read_bytes(), self.har.read_bytes()):
            reading, writing = os.pipe()
            with subprocess.Popen([BINARY, "check", str(self.ndjson), f"/dev/fd/{reading}"], pass_fds=(reading,),
                                  stdout=subprocess.PIPE, env=clean_environment()) as run:
                os.close(reading)
                with open(writing, "wb") as pipe:
                    pipe.write(data)
                self.assertEqual(run.stdout.read(), b"12 exchanges, 12 of the API, 0 bodies not judged, 0 departures\n")
            self.assertEqual(run.returncode, 0)

    def test_a_long_recording_needs_no_more_memory_than_a_short_one(self):
        def peak(file):
            code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL,"
                    " check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
            run = subprocess.run(["python3", "-c", code, BINARY, "check", str(file)], capture_output=True, text=True,
                                 env=clean_environment(), check=True)
            return int(run.stdout)

        long_ndjson = Path(self.folder.name) / "long.ndjson"
        long_har = Path(self.folder.name) / "long.har"
        copies = 2000
        with long_ndjson.open("w", encoding="utf-8") as out:
            for _ in range(copies):
                out.write("\n".join(self.lines) + "\n")
        har = json.loads(self.har.read_text(encoding="utf-8"))
        text = ",".join(json.dumps(entry) for entry in har["log"]["entries"])
        with long_har.open("w", encoding="utf-8") as out:
            out.write('{"log":{"version":"1.2","entries":[' + ",".join([text] * copies) + "]}}")
        with Server("--quiet") as server:
            if not memory_is_its_own(server):
                self.skipTest("a sanitizer keeps what is freed")
        for short, long in ((self.ndjson, long_ndjson), (self.har, long_har)):
            self.assertGreater(long.stat().st_size, 10_000_000)
            # Page size units differ between systems; the ratio does not.
            self.assertLess(peak(long), peak(short) * 1.5)


class Junit(unittest.TestCase):
    def test_a_case_a_file(self):
        with Server("--quiet") as server, tempfile.TemporaryDirectory() as folder:
            paths = {"fine": "/api/external/models", "bad": "/api/external/models?oops=1", "other": "/elsewhere"}
            files = []
            for name, path in paths.items():
                key = fresh_key()
                server.get(path, key=key)
                file = Path(folder) / (name + ".ndjson")
                file.write_bytes(server.get("/__admin/requests.ndjson", key=key).body)
                files.append(str(file))
            run = run_binary("check", *files, str(Path(folder) / "missing"), "--format", "junit")
        self.assertEqual(run.returncode, 2)
        suite = xml.etree.ElementTree.fromstring(run.stdout).find("testsuite")
        self.assertEqual([[child.tag for child in case] for case in suite.findall("testcase")],
                         [[], ["failure"], ["error"], ["error"]])
        self.assertIn("nothing outside the documentation", suite.find(".//failure").text)
        self.assertEqual(suite.find(".//failure").get("type"), "departure")
        properties = {one.get("name"): one.get("value") for one in suite.find("properties")}
        self.assertEqual(properties["departures"], "1")
        self.assertTrue(suite.get("timestamp") and suite.get("time"))


if __name__ == "__main__":
    unittest.main()
