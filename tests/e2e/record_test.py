"""serve --record: what is in the file, what happens when it cannot be written, and SIGKILL under load.

QAMERA_MOCK_KILLS is the number of times that a server is killed; 20 when it is not set.
"""

import http.client
import json
import os
import random
import resource
import signal
import tempfile
import threading
import unittest
from pathlib import Path

from server import Server, fresh_key, run_binary

KILLS = int(os.environ.get("QAMERA_MOCK_KILLS", "20"))
CLIENTS = 4
MODELS = "/api/external/models"
REGISTER = "/api/external/image-picker/register-ideas"
SHOOT = {"config": {"product": {"id": "rec_product_001"}}, "count": 1}


def read_recording(path):
    """The entries of the file's whole lines, and how many bytes follow the last of them."""
    *lines, rest = Path(path).read_bytes().split(b"\n")
    return [json.loads(line) for line in lines], len(rest)


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "out.ndjson")


class Recording(Folder):
    def test_every_line_equals_its_journal_entry_and_is_there_before_the_reply(self):
        key = fresh_key()
        with Server("--record", self.path) as server:
            sent = [server.get(MODELS + "?statusFilter=approved&x=%C5%BC", key=key),
                    server.post(REGISTER, SHOOT, key=key),
                    server.post(REGISTER, b"\xff\xfe not text", key=key),
                    server.get("/api/external/nothing"),
                    server.post("/api/external/models/register-ideas", {"preferences": "p" * 90_000}, key=key)]
            for count, reply in enumerate(sent, 1):
                self.assertEqual(reply.header("X-Qamera-Mock-Request"), f"req_{count:06}")
            entries, rest = read_recording(self.path)
            self.assertEqual(rest, 0)
            self.assertEqual(entries, server.admin("GET", "/requests")["requests"])
            self.assertEqual(len(entries), len(sent))
            exported = server.get("/__admin/requests.ndjson")
            self.assertEqual(exported.body, Path(self.path).read_bytes())
        self.assertNotIn(key.encode(), Path(self.path).read_bytes())

    def test_the_line_of_a_reply_is_there_as_soon_as_the_reply_is(self):
        with Server("--record", self.path) as server:
            for count in range(1, 51):
                server.get(MODELS, key="mk_live_a.b")
                self.assertEqual(len(read_recording(self.path)[0]), count)

    def test_evicted_and_deleted_entries_stay_in_the_file_and_a_second_server_appends(self):
        for started in (0, 5):
            with Server("--record", self.path, "--journal-entries", "2") as server:
                for _ in range(5):
                    server.get(MODELS, key="mk_live_a.b")
                server.admin("DELETE", "/requests")
            self.assertEqual(len(read_recording(self.path)[0]), started + 5)

    def test_a_recording_is_made_for_its_owner_alone_and_one_that_is_there_keeps_its_mode(self):
        before = os.umask(0o022)
        self.addCleanup(os.umask, before)
        for mode in (0o600, 0o640):
            with Server("--record", self.path) as server:
                server.get(MODELS, key="mk_live_a.b")
                self.assertEqual(server.admin("GET", "/health")["recording"], {"lines": 1, "lost": 0})
            self.assertEqual(os.stat(self.path).st_mode & 0o777, mode)
            os.chmod(self.path, 0o640)

    def test_control_calls_are_not_recorded(self):
        with Server("--record", self.path) as server:
            server.admin("GET", "/requests")
        self.assertEqual(read_recording(self.path), ([], 0))

    def test_a_torn_last_line_of_a_killed_server_is_closed_and_marked(self):
        with Server("--record", self.path) as server:
            server.get(MODELS, key="mk_live_a.b")
        with open(self.path, "ab") as file:
            file.write(b'{"id":"req_0000')
        with Server("--record", self.path) as server:
            server.get(MODELS, key="mk_live_a.b")
        lines = Path(self.path).read_bytes().splitlines()
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[1], b'{"id":"req_0000\x18')
        self.assertEqual([json.loads(lines[index])["id"] for index in (0, 2)], ["req_000001", "req_000001"])


class Failures(Folder):
    def test_a_file_that_cannot_be_opened_stops_the_start_with_2(self):
        for path in (os.path.dirname(self.path), os.path.join(self.path, "in", "nowhere")):
            run = run_binary("serve", "--port", "0", "--record", path)
            self.assertEqual((run.returncode, run.stdout), (2, ""), path)
            self.assertIn(f"cannot open recording {path}: ", run.stderr)

    @unittest.skipUnless(os.path.exists("/dev/full"), "this system has no /dev/full")
    def test_a_full_disk_is_reported_once_and_counted_while_serving_goes_on(self):
        server = Server("--record", "/dev/full", "--quiet", expected_exit=2)
        self.addCleanup(server.abandon)
        for _ in range(20):
            self.assertEqual(server.get(MODELS, key="mk_live_a.b").status, 200)
        self.assertEqual(len(server.admin("GET", "/requests")["requests"]), 20)
        self.assertEqual(server.admin("GET", "/health")["recording"], {"lines": 0, "lost": 20})
        self.assertNotIn("recording", server.get("/__admin/health", headers={"Host": "evil.example"}).json())
        log = server.stop()
        self.assertEqual(log.count("cannot write recording /dev/full: No space left on device"), 1, log)
        self.assertIn('the recording "/dev/full" lacks 20 lines', log)

    @unittest.skipUnless(hasattr(resource, "prlimit"), "this system cannot limit a running process")
    def test_a_file_at_its_size_limit_is_reported_and_written_again_when_there_is_room(self):
        server = Server("--record", self.path, "--quiet", expected_exit=2)
        self.addCleanup(server.abandon)
        server.get(MODELS, key="mk_live_a.b")
        room = os.path.getsize(self.path) + 100
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        for _ in range(3):
            self.assertEqual(server.get(MODELS, key="mk_live_a.b").status, 200)
        self.assertEqual(read_recording(self.path)[1], 100)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        server.get(MODELS, key="mk_live_a.b")
        entries, rest = read_recording(self.path)
        self.assertEqual(([entry["sequence"] for entry in entries], rest), ([1, 2, 5], 0))
        log = server.stop()
        self.assertEqual(log.count(f"cannot write recording {self.path}: File too large"), 1, log)
        self.assertEqual(log.count("the recording is written again"), 1, log)
        self.assertIn("lacks 2 lines", log)


class Client(threading.Thread):
    """Sends requests one after the other until the server is gone; keeps what was answered, by request id."""

    def __init__(self, server, on_answer):
        super().__init__()
        self.server = server
        self.on_answer = on_answer
        self.answered = {}
        self.sent = 0

    def run(self):
        key = fresh_key()
        connection = self.server.connect()
        try:
            while True:
                self.sent += 1
                if self.sent % 3 == 0:
                    reply = self.server.post(REGISTER, SHOOT, key=key, connection=connection)
                else:
                    reply = self.server.get(f"{MODELS}?n={self.sent}", key=key, connection=connection)
                self.answered[reply.header("X-Qamera-Mock-Request")] = reply
                self.on_answer()
        except (OSError, http.client.HTTPException):
            connection.close()


class Killed(Folder):
    def kill_under_load(self, after):
        """Kills a server once clients have `after` answers; what they saw, and the number of requests sent."""
        server = Server("--record", self.path, "--quiet", expected_exit=-signal.SIGKILL)
        enough = threading.Semaphore(0)
        clients = [Client(server, enough.release) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(after):
            self.assertTrue(enough.acquire(timeout=60))
        server.stop(signal.SIGKILL)
        for client in clients:
            client.join()
        answered = {}
        for client in clients:
            answered.update(client.answered)
        return answered, sum(client.sent for client in clients)

    def test_a_killed_server_has_recorded_every_request_that_it_answered(self):
        chance = random.Random(4)
        torn = 0
        for round_number in range(KILLS):
            with self.subTest(round=round_number):
                Path(self.path).unlink(missing_ok=True)
                answered, sent = self.kill_under_load(chance.randrange(1, 400))
                entries, rest = read_recording(self.path)
                torn += rest > 0
                recorded = {entry["id"]: entry for entry in entries}
                self.assertEqual(len(recorded), len(entries))
                self.assertEqual(set(answered) - set(recorded), set())
                self.assertLessEqual(len(entries), sent)
                self.assertEqual([entry["sequence"] for entry in entries], list(range(1, len(entries) + 1)))
                for name, reply in answered.items():
                    response = recorded[name]["response"]
                    self.assertEqual((response["status"], response["body"]), (reply.status, reply.body.decode()))
        print(f"{KILLS} servers killed, {torn} left a torn last line")


if __name__ == "__main__":
    unittest.main()
