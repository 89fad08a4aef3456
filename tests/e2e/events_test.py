"""GET /__admin/events: entries as they come, resuming, what was missed; and `qamera-mock tail`, which prints them."""

import json
import subprocess
import unittest

from server import BINARY, SAFETY_SECONDS, Server, ServerCase, clean_environment, fresh_key, run_binary

MODELS = "/api/external/models"


class Events:
    """An open event stream. A context manager."""

    def __init__(self, server, key=None, last=None, query=""):
        self.connection = server.connect()
        headers = {"Accept": "text/event-stream"}
        if key:
            headers["X-Api-Key"] = key
        if last is not None:
            headers["Last-Event-ID"] = last
        self.connection.request("GET", "/__admin/events" + query, headers=headers)
        self.response = self.connection.getresponse()
        # The first line says that the stream has begun: what is sent from now on is an event of it.
        self.comment = self.response.readline()
        self.response.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()
        self.connection.close()

    def next(self):
        """The next event as (id, name, data); None at the end of the stream."""
        fields = {}
        while line := self.response.readline().decode().rstrip("\n"):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        return (fields.get("id"), fields["event"], json.loads(fields["data"])) if fields else None

    def ids(self, count):
        return [self.next()[2]["id"] for _ in range(count)]


class Following(ServerCase):
    def test_an_event_is_the_journals_entry_with_an_id_in_order(self):
        self.get(MODELS)
        with Events(self.server, self.key) as events:
            self.assertEqual(events.response.getheader("Content-Type"), "text/event-stream")
            self.assertTrue(events.comment.startswith(b":"))
            self.get(MODELS + "?statusFilter=approved")
            self.get("/api/external/nothing")
            seen = [events.next() for _ in range(2)]
        entries = self.admin("GET", "/requests")["requests"]
        self.assertEqual([data for _, _, data in seen], entries[1:])
        self.assertEqual([name for _, name, _ in seen], ["entry", "entry"])
        self.assertEqual(len({number for number, _, _ in seen}), 2)

    def test_a_stream_of_a_key_has_its_requests_only_and_one_of_all_has_all(self):
        other = fresh_key()
        with Events(self.server, self.key) as own, Events(self.server) as every:
            sent = [self.get(MODELS, key=key).header("X-Qamera-Mock-Request") for key in (other, self.key, other)]
            self.assertEqual(every.ids(3), sent)
            self.assertEqual(own.ids(1), sent[1:2])

    def test_last_event_id_resumes_after_it_and_0_begins_with_everything_held(self):
        sent = [self.get(MODELS).header("X-Qamera-Mock-Request") for _ in range(4)]
        with Events(self.server, self.key, last="0") as events:
            self.assertEqual(events.ids(1), sent[:1])
            last, _, entry = events.next()
            self.assertEqual(entry["id"], sent[1])
        with Events(self.server, self.key, last=last) as events:
            self.assertEqual(events.ids(2), sent[2:])
        with Events(self.server, self.key, query=f"?since={last}") as events:
            self.assertEqual(events.ids(2), sent[2:])
            sent.append(self.get(MODELS).header("X-Qamera-Mock-Request"))
            self.assertEqual(events.ids(1), sent[4:])

    def test_without_the_replies_bodies_an_entry_is_the_same_but_for_them(self):
        self.post(MODELS + "/register-ideas", {"preferences": "athletic build", "count": 1})
        whole = self.admin("GET", "/requests")["requests"][0]
        length = len(whole["response"].pop("body").encode())
        with Events(self.server, self.key, last="0", query="?bodies=request") as events:
            entry = events.next()[2]
        self.assertEqual(entry["response"].pop("bodyLength"), length)
        self.assertEqual(entry, whole)
        with Events(self.server, self.key, last="0", query="?bodies=all") as events:
            self.assertIn("body", events.next()[2]["response"])
        refused = self.get("/__admin/events?bodies=none")
        self.assertEqual((refused.status, refused.json()["pointer"]), (400, "/query/bodies"))

    def test_an_id_that_is_not_ours_begins_with_what_comes(self):
        self.get(MODELS)
        with Events(self.server, self.key, last="nonsense") as events:
            sent = self.get(MODELS).header("X-Qamera-Mock-Request")
            self.assertEqual(events.ids(1), [sent])

    def test_an_id_of_the_future_tells_that_the_journal_is_another(self):
        with Events(self.server, self.key, last="999999999") as events:
            _, name, data = events.next()
            self.assertEqual((name, data["lastEventId"]), ("restarted", 999999999))

    def test_keys_are_redacted(self):
        with Events(self.server, self.key) as events:
            self.get(f"{MODELS}?note={self.key}")
            self.assertNotIn(self.key, json.dumps(events.next()))


class Missing(unittest.TestCase):
    def test_who_resumes_after_eviction_is_told_how_many_are_gone(self):
        with Server("--journal-entries", "3") as server:
            key = fresh_key()
            sent = [server.get(MODELS, key=key).header("X-Qamera-Mock-Request") for _ in range(10)]
            for scope in (key, None):
                with Events(server, scope, last="2.2" if scope else "2") as events:
                    _, name, data = events.next()
                    self.assertEqual((name, data), ("missed", {"missed": 5}))
                    self.assertEqual(events.ids(3), sent[7:])

    def test_a_reader_that_does_not_read_slows_nothing_and_learns_what_it_missed(self):
        with Server("--journal-entries", "5", "--quiet") as server:
            key = fresh_key()
            big = {"preferences": "p" * 50_000, "count": 1}
            with Events(server, key) as lagging:
                connection = server.connect()
                for _ in range(400):
                    reply = server.post("/api/external/models/register-ideas", big, key=key, connection=connection)
                    last = reply.header("X-Qamera-Mock-Request")
                connection.close()
                seen = missed = 0
                while True:
                    _, name, data = lagging.next()
                    if name == "missed":
                        missed += data["missed"]
                        continue
                    seen += 1
                    if data["id"] == last:
                        break
            self.assertEqual(seen + missed, 400)
            self.assertGreater(missed, 0)

    def test_open_streams_end_with_the_server(self):
        server = Server()
        with Events(server) as events:
            server.get(MODELS, key="mk_live_a.b")
            self.assertEqual(events.next()[1], "entry")
            server.process.terminate()
            self.assertIsNone(events.next())
        server.wait()


class Tail(ServerCase):
    def tail(self, *arguments):
        """A running `tail`; killed at the end of the test."""
        settings = {"QAMERA_MOCK_URL": self.server.url, "QAMERA_MOCK_API_KEY": self.key}
        process = subprocess.Popen([BINARY, "tail", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=clean_environment(settings))
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.communicate(timeout=SAFETY_SECONDS)

    def test_each_request_is_a_line_with_its_findings_below(self):
        self.get(MODELS + "?oops=1")
        self.get("/api/external/nothing")
        lines = self.tail("--since", "0").stdout
        first, finding, second = lines.readline(), lines.readline(), lines.readline()
        entries = self.admin("GET", "/requests")["requests"]
        entry = entries[0]
        wall = entry["receivedAt"].split("T")[1]
        self.assertEqual(first.split(), [wall, entry["at"], "GET", MODELS + "?oops=1", "200", "listModels",
                                         entry["workspace"], entry["id"], f"{entry['durationMicros']}us"])
        self.assertEqual(finding, "  finding unknown-query-parameter /query/oops: "
                                  + entry["findings"][0]["message"] + "\n")
        self.assertRegex(second, r" GET  /api/external/nothing +404 - .*us  Not found. "
                                 r"\(path: no documented endpoint\)")
        self.get(MODELS)
        self.assertRegex(lines.readline(), f" GET  {MODELS} +200 ")

    def test_bodies_are_shown_below_their_request_on_demand(self):
        self.post(MODELS + "/register-ideas", '{"preferences": "ath\u00e9\\u001b",\n "count": 0}')
        lines = self.tail("--since", "0", "--bodies").stdout
        self.assertIn(" 400 ", lines.readline())
        self.assertEqual(lines.readline(), '  > {"preferences": "ath\u00e9\\u001b",\n')
        self.assertEqual(lines.readline(), '  >  "count": 0}\n')
        self.assertTrue(lines.readline().startswith('  < {"error":"Validation failed: '))

    def test_what_is_no_event_id_or_parameter_is_refused_with_what_was_expected(self):
        for since in ("x", "-1", "1.", "1.x", " 1", ""):
            reply = self.get("/__admin/events?since=" + since.replace(" ", "%20"))
            self.assertEqual((reply.status, reply.json()["pointer"]), (400, "/query/since"), since)
            self.assertIn("expected the id of an event, a number such as 41", reply.json()["error"])
            run = run_binary("tail", "--url", self.server.url, "--since", since)
            self.assertEqual((run.returncode, run.stdout), (2, ""))
            self.assertIn("--since: expected the id of an event, a number such as 41", run.stderr)
        reply = self.get("/__admin/events?sinse=1")
        self.assertEqual((reply.status, reply.json()["pointer"]), (400, "/query/sinse"))
        self.assertIn('(did you mean "since"?)', reply.json()["error"])

    def test_colours_are_for_terminals_or_on_demand(self):
        self.get(MODELS)
        line = self.tail("--since", "0", "--color", "always").stdout.readline()
        self.assertIn("\x1b[32m200\x1b[0m", line)

    def test_the_end_of_the_server_ends_it_with_0(self):
        server = Server()
        process = self.tail("--url", server.url, "--api-key", "mk_live_a.b", "--since", "0")
        server.get(MODELS, key="mk_live_a.b")
        self.assertIn(" 200 listModels ", process.stdout.readline())
        server.stop()
        self.assertEqual(process.wait(SAFETY_SECONDS), 0)

    def test_who_cannot_follow_is_told_why_with_2(self):
        for arguments, said in ((["--url", "ftp://x"], "ftp://x"), (["--url", "http://127.0.0.1:1"], "127.0.0.1:1"),
                                (["--url", self.server.url, "--workspace", "ws_nowhere"], "answered 404"),
                                (["--url", self.server.url, "--api-key", "nonsense"], "answered 401")):
            run = run_binary("tail", *arguments)
            self.assertEqual((run.returncode, run.stdout), (2, ""), arguments)
            self.assertIn(said, run.stderr)


if __name__ == "__main__":
    unittest.main()
