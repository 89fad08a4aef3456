"""A key's secret stands nowhere that outlives the request: no log, journal, export, event, recording or error text."""

import os
import tempfile
import unittest
from pathlib import Path

from server import Server

SECRET = "topsecret987654321"
KEY = "mk_live_abc123." + SECRET
PERCENT = "".join(f"%{ord(character):02X}" for character in KEY)
ESCAPED = "".join(f"\\u{ord(character):04x}" for character in KEY)
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
MODELS = "/api/external/models"
REGISTER = MODELS + "/register-ideas"
VOTE = "/api/external/packshots/update-packshot"


def form(**fields):
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()]
    cover = f'--b\r\nContent-Disposition: form-data; name="cover"; filename="{KEY}"\r\n\r\nx\r\n--b--\r\n'
    return "".join(parts) + cover


def spread(server):
    """Sends the key everywhere that a careless client could put it. The replies."""
    marked = {"Authorization": "Bearer " + KEY, "X-Note": "see " + KEY, "Cookie": "k=" + KEY,
              "Referer": "http://x/?" + KEY, "X-Percent": PERCENT, "X-Link": "http://x/?k=" + PERCENT}
    yield server.get("/api/external/products", key=KEY)
    yield server.get(f"/api/external/products?key={KEY}&k={KEY.replace('.', '%2E')}&l={PERCENT}", key=KEY)
    yield server.get("/nowhere/" + KEY, headers=marked)
    yield server.get("/nowhere/" + PERCENT, headers=marked)
    yield server.request(KEY, "/api/external/products")
    yield server.post(REGISTER, {"preferences": "p", KEY: 1}, key=KEY)
    yield server.post(REGISTER, {"preferences": 5, "count": KEY}, key=KEY)
    yield server.post(REGISTER, "{" + KEY, key=KEY)
    yield server.post(REGISTER, '{"count": "' + ESCAPED + '"}', key=KEY)
    shoot = {"config": {"product": {"id": KEY}}, "count": 4}
    yield server.post("/api/external/image-picker/register-ideas", shoot, key=KEY)
    yield server.post(VOTE, {"recordId": KEY, "Voting": "APPROVED"}, key=KEY)
    yield server.post(VOTE, {"recordId": "rec_gen_301", "Voting": KEY}, key=KEY)
    yield server.post("/api/external/presets", form(name="n"), key=KEY, headers=FORM)
    yield server.get(f"{MODELS}?{KEY}=1", key=KEY)
    yield server.get(MODELS + "?statusFilter=" + KEY, headers={"X-Api-Key": "junk" + SECRET})
    yield server.get(MODELS + "?maxRecords=" + KEY, key=KEY)
    for broken in (f"GET /{KEY} HTTP/1.1\r\nBroken {KEY}\r\n\r\n", f"{KEY}\r\n\r\n", f"GET {KEY} HTTP/1.1\r\n\r\n",
                   f"GET / HTTP/1.1\r\nHost: {KEY}\r\nExpect: {KEY}\r\n\r\n", f"GET / {KEY}\r\n\r\n"):
        with server.raw() as raw:
            yield raw.send(broken.encode()).reply()


def control(server):
    """Control calls that get the key as an argument where it does not belong. The replies."""
    def call(method, path, body=None, **options):
        return server.request(method, "/__admin" + path, body, **options)

    for path in (f"/{KEY}", f"/workspaces/{KEY}", f"/credits?workspace={KEY}", f"/requests?colour={KEY}",
                 f"/requests?{KEY}=1", f"/requests?status={KEY}", f"/requests/{KEY}", f"/requests?path={KEY}"):
        yield call("GET", path)
    yield call("PUT", f"/workspaces/{KEY}")
    yield call("DELETE", f"/workspaces/{KEY}")
    yield call("POST", f"/workspaces/{KEY}/fork", {})
    yield call("POST", "/workspaces", {"key": KEY})
    yield call("POST", "/workspaces", "{" + KEY)
    for body in ({"key": KEY + "!"}, {"scenario": KEY}, {KEY: 1}, {"clock": {"mode": KEY}}, {"seed": KEY},
                 {"scenario": {"name": "x", KEY: 1}}, {"scenario": {"name": "x", "fixture": KEY}}):
        yield call("POST", "/workspaces", body)
    for path, body in (("/clock", {"mode": KEY}), ("/clock", {KEY: 1}), ("/state", {KEY: 1}),
                       ("/scenario", {"name": KEY}), ("/script", {"state": 5, KEY: 1})):
        yield call("PUT", path, body, key=KEY)
    for path, body in (("/clock/advance", {"to": KEY}), ("/rules", {"when": {"operation": KEY}}),
                       ("/rules", {"when": {"headers": {KEY: 5}}}), (f"/records/{KEY}", {"status": "DONE"}),
                       ("/records/rec_gen_301", {"status": KEY})):
        yield call("POST", path, body, key=KEY)
    yield call("PATCH", "/keys", {"id": "abc123", "state": KEY}, key=KEY)
    yield call("PATCH", "/keys", {"id": KEY}, key=KEY)
    yield call("PATCH", "/credits", {KEY: 1}, key=KEY)
    yield call("DELETE", f"/rules/{KEY}", key=KEY)
    wanted = {"headers": {"X-Api-Key": {"equalTo": KEY}, "X-Note": {"contains": KEY}}, "url": f"/x?{KEY}"}
    for path in ("/requests/find", "/requests/count", "/requests/near-misses"):
        yield call("POST", path, wanted)
        yield call("POST", path, {KEY: 1})
        yield call("POST", path, {"urlPattern": KEY + "("})
        yield call("POST", path, {"urlPattern": f"(?<{KEY}>a)"})
    for accept in ("application/json", "text/plain"):
        for expectation in ({"count": {**wanted, "exactly": 99}}, {KEY: 1}, {"noFindings": True}, {"noUnmatched": True},
                            {"sequence": [wanted, wanted]}):
            yield call("POST", "/verify", {"expect": [expectation]}, headers={"Accept": accept})


EXPORTS = ("/workspaces", "/requests", "/requests/unmatched", "/requests.ndjson", "/requests.har", "/findings")


def views(server, paths=(*EXPORTS, "/clock", "/credits", "/state", "/scenarios", "/rules", "/script")):
    """Whatever can be read of what has happened."""
    for path in paths:
        yield server.get("/__admin" + path)
        yield server.get("/__admin" + path, key=KEY)


def events(server, until):
    """The event stream from its start up to the entry with that id."""
    with server.raw() as raw:
        raw.send(b"GET /__admin/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 0\r\n\r\n")
        seen = b""
        while until not in seen:
            piece = raw.socket.recv(65536)
            assert piece, "the stream ended"
            seen += piece
        return seen


class Secrets(unittest.TestCase):
    def absent(self, text, what):
        if isinstance(text, str):
            text = text.encode()
        for spelling in (SECRET, PERCENT[-30:], ESCAPED[-30:]):
            at = text.find(spelling.encode())
            self.assertEqual(at, -1, f"{what}: {text[max(0, at - 200):at + 40]!r}")

    def absent_in(self, replies):
        count = 0
        for count, reply in enumerate(replies, 1):
            self.absent(reply.body, (count, reply.status))
            self.absent(repr(reply.headers), (count, reply.status))
        self.assertGreater(count, 0)

    def test_the_secret_is_nowhere(self):
        for log in ("text", "json"):
            with self.subTest(log=log), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "out.ndjson")
                flags = ("--record", path, "--log", log, "--fail-on", "findings,unmatched")
                with Server(*flags, expected_exit=1) as server:
                    self.absent_in(spread(server))
                    # A rule whose name is a key shows up in journal and exports whenever it applies.
                    rule = {"name": KEY, "when": {"operation": "listVideos", "probability": 0.999999},
                            "respond": {"status": 503, "body": {"error": KEY}}}
                    server.admin("POST", "/rules", rule, 201, key=KEY)
                    last = server.get("/api/external/videos", key=KEY).header("X-Qamera-Mock-Request")
                    self.absent_in(views(server, EXPORTS))  # elsewhere stands the rule itself, as it was given
                    self.absent(events(server, last.encode()), "events")
                    server.admin("DELETE", "/rules", key=KEY)
                    self.absent_in(control(server))
                    self.absent_in(views(server))
                self.assertIn("mk_live_abc123.***", server.log())
                self.absent(server.log(), "log")
                self.absent(Path(path).read_bytes(), "recording")

    def test_a_proxy_sends_the_key_on_and_keeps_it_nowhere(self):
        with tempfile.TemporaryDirectory() as folder:
            path, saved = os.path.join(folder, "out.ndjson"), Path(folder, "saved.json")
            with Server() as upstream:
                with Server("--upstream", upstream.url, "--record", path, "--save-scenario", str(saved)) as server:
                    self.absent_in(spread(server))
                    last = server.get("/api/external/videos", key=KEY)
                    self.assertEqual(last.status, 200)
                    self.absent_in(views(server, EXPORTS))
                # It arrived there whole: with another secret it is another workspace.
                (workspace,) = upstream.admin("GET", "/workspaces")["workspaces"]
                self.assertEqual(upstream.get("/api/external/videos", key=KEY).body, last.body)
                self.assertEqual(len(upstream.admin("GET", "/workspaces")["workspaces"]), 1, workspace)
            self.assertIn("mk_live_abc123.***", server.log())
            self.absent(server.log(), "log")
            self.absent(Path(path).read_bytes(), "recording")
            self.absent(saved.read_bytes(), "saved scenario")

    def test_a_key_that_cannot_be_parsed_is_hidden_whole(self):
        with Server() as server:
            for junk in (SECRET, "mk_live_" + SECRET, "Bearer " + SECRET, "mk_test_a." + SECRET,
                         f"mk_live_a.b {SECRET}"):
                reply = server.get("/api/external/products", headers={"X-Api-Key": junk})
                self.assertEqual(reply.status, 401, junk)
                self.absent(reply.body, junk)
                self.absent(repr(reply.headers), junk)
            self.absent_in(server.get("/__admin" + path) for path in ("/requests", "/requests.ndjson", "/requests.har"))
        self.absent(server.log(), "log")


if __name__ == "__main__":
    unittest.main()
