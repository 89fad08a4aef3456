"""Each fault on the wire, as a client with time-outs sees it, and what is left behind in the workspace."""

import http.client
import json
import os
import socket
import subprocess
import unittest
from pathlib import Path

from server import SAFETY_SECONDS, ServerCase

ROOT = Path(__file__).resolve().parents[2]
PRODUCTS = "/api/external/products"
REGISTER = "/api/external/image-picker/register-ideas"
SHOOT = {"config": {"product": {"id": "rec_product_001"}}, "count": 1}
OWN_TIMEOUT = 0.3  # only for requests that get no reply: a slow machine cannot make them fail

# What the standard client makes of each fault that keeps the reply from it.
SEEN = {
    "connection-reset": "ECONNRESET",
    "empty-response": "closed without a byte",
    "truncated-body": "incomplete body",
    "malformed-chunk": "incomplete chunked body",
    "garbage": "bad status line",
    "stall": "own timeout",
}
DELIVERED = ("slow-headers", "slow-body")
# The same through another client. Its parser names the faults of form.
SEEN_BY_NODE = {
    "connection-reset": "ECONNRESET read ECONNRESET",
    "empty-response": "ECONNRESET socket hang up",
    "truncated-body": "ECONNRESET aborted after some body",
    "malformed-chunk": "HPE_INVALID_CHUNK_SIZE",
    "garbage": "HPE_",
    "stall": "own timeout",
}


def observe(server, key, method="GET", target=PRODUCTS, body=None, timeout=SAFETY_SECONDS):
    """What became of one request: a status, or how it failed."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=timeout)
    sent = None if body is None else json.dumps(body)
    response = None
    try:
        connection.request(method, target, sent, {"X-Api-Key": key, "Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        return str(response.status)
    except http.client.RemoteDisconnected:
        return "closed without a byte"
    except ConnectionResetError:
        return "ECONNRESET"
    except http.client.BadStatusLine:
        return "bad status line"
    except http.client.IncompleteRead:
        return "incomplete chunked body" if response.chunked else "incomplete body"
    except socket.timeout:
        return "own timeout"
    finally:
        connection.close()


def pieces(server, key, target=PRODUCTS):
    """A whole reply as it arrives: what each read of the socket gave."""
    with server.raw() as wire:
        wire.send(f"GET {target} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {key}\r\nConnection: close\r\n\r\n".encode())
        parts = []
        while True:
            part = wire.socket.recv(65536)
            if not part:
                return parts
            parts.append(part)


class Faults(ServerCase):
    def enter(self, rules, **members):
        """A workspace of its own that runs these rules; its key."""
        scenario = {"name": "faults", "clock": {"mode": "manual"}, "rules": rules, **members}
        self.key = self.server.admin("POST", "/workspaces", {"scenario": scenario}, 201)["key"]
        return self.key

    def see(self, **options):
        return observe(self.server, self.key, **options)

    def register_once(self, kind):
        return self.see(method="POST", target=REGISTER, body=SHOOT,
                        timeout=OWN_TIMEOUT if kind == "stall" else SAFETY_SECONDS)

    def last_entry(self):
        entries = self.admin("GET", "/requests")["requests"]
        return max(entries, key=lambda entry: entry["sequence"])

    def test_each_fault_of_the_schema_is_tried_here_and_told_of_in_the_documentation(self):
        schema = json.loads((ROOT / "schemas" / "scenario.schema.json").read_text(encoding="utf-8"))
        kinds = schema["definitions"]["rule"]["properties"]["fault"]["properties"]["kind"]["enum"]
        self.assertEqual(sorted(kinds), sorted([*SEEN, *DELIVERED]))
        page = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
        self.assertEqual([kind for kind in kinds if f"\n| `{kind}` |" not in page], [])

    def test_before_the_commit_a_lost_registration_reserves_nothing(self):
        for kind, seen in SEEN.items():
            self.enter([{"name": "spoil", "when": {"nth": 1}, "fault": {"kind": kind, "before": "commit"}}])
            self.assertEqual(self.register_once(kind), seen, kind)
            entry = self.last_entry()
            self.assertEqual((entry["rule"], entry["fault"], entry["operation"]), ("spoil", kind, "registerImages"))
            self.assertEqual(self.admin("GET", "/credits")["reserved"], 0, kind)
            self.assertEqual(self.admin("GET", "/clock")["scheduled"], 0, kind)
            # The retry then is the first registration.
            self.assertEqual(self.register_once(kind), "200", kind)
            self.assertEqual(self.admin("GET", "/credits")["reserved"], 10, kind)

    def test_after_the_commit_the_job_exists_and_a_blind_retry_pays_twice(self):
        for kind, seen in SEEN.items():
            self.enter([{"name": "spoil", "when": {"nth": 1}, "fault": {"kind": kind, "after": "commit"}}])
            before = self.get("/api/external/image-picker", key=self.server_key_without_rules()).json()["count"]
            self.assertEqual(self.register_once(kind), seen, kind)
            self.assertEqual(self.admin("GET", "/credits")["reserved"], 10, kind)
            self.assertEqual(self.get("/api/external/image-picker").json()["count"], before + 1, kind)
            self.assertEqual(self.register_once(kind), "200", kind)
            self.assertEqual(self.admin("GET", "/credits")["reserved"], 20, kind)
            self.assertEqual(len(self.advance(until="idle")), 2, kind)
            self.assert_balanced(self.admin("GET", "/credits"))

    def server_key_without_rules(self):
        return self.server.admin("POST", "/workspaces", {"scenario": "happy-path"}, 201)["key"]

    def test_a_fault_is_before_the_commit_unless_it_says_otherwise(self):
        self.enter([{"when": {"nth": 1}, "fault": {"kind": "connection-reset"}}])
        self.assertEqual(self.register_once("connection-reset"), "ECONNRESET")
        self.assertEqual(self.admin("GET", "/credits")["reserved"], 0)

    def test_slow_replies_arrive_whole_and_in_pieces(self):
        plain = b"".join(pieces(self.server, self.key)).partition(b"\r\n\r\n")[2]
        for fault in ({"kind": "slow-headers", "every": "2ms"}, {"kind": "slow-body", "every": "5ms", "bytes": 40}):
            self.enter([{"fault": fault}])
            parts = pieces(self.server, self.key)
            head, _, body = b"".join(parts).partition(b"\r\n\r\n")
            self.assertEqual(body, plain)
            self.assertGreater(len(parts), 3)
            at_once = b"\r\n\r\n" in parts[0]
            self.assertEqual(at_once, fault["kind"] == "slow-body", parts[0])
            self.assertTrue(head.startswith(b"HTTP/1.1 200 "))

    def test_slow_replies_follow_the_commit_even_when_the_client_gives_up(self):
        for kind in DELIVERED:
            self.enter([{"when": {"operation": "register*"}, "fault": {"kind": kind, "every": "10m"}}])
            self.assertEqual(self.see(method="POST", target=REGISTER, body=SHOOT, timeout=OWN_TIMEOUT), "own timeout")
            self.assertEqual(self.admin("GET", "/credits")["reserved"], 10, kind)

    def test_a_truncated_body_keeps_the_share_asked_for(self):
        whole = len(self.get(PRODUCTS, headers={"Host": "a"}).body)  # URLs begin with it
        for keep in (0, 0.25, 0.5, 0.999):
            self.enter([{"fault": {"kind": "truncated-body", "keep": keep}}])
            head, _, body = b"".join(pieces(self.server, self.key)).partition(b"\r\n\r\n")
            self.assertIn(f"Content-Length: {whole}\r\n".encode(), head + b"\r\n")
            self.assertEqual(len(body), int(whole * keep))

    def test_a_malformed_chunk_is_a_whole_chunk_and_then_a_size_that_is_no_number(self):
        self.enter([{"fault": {"kind": "malformed-chunk"}}])
        head, _, body = b"".join(pieces(self.server, self.key)).partition(b"\r\n\r\n")
        self.assertIn(b"Transfer-Encoding: chunked", head)
        size, _, rest = body.partition(b"\r\n")
        second = rest[int(size, 16):].lstrip(b"\r\n").partition(b"\r\n")[0]
        with self.assertRaises(ValueError):
            int(second, 16)

    def test_garbage_is_noise_of_the_seed(self):
        noise = []
        for seed in (1, 1, 2):
            self.enter([{"name": "n", "fault": {"kind": "garbage", "bytes": 200}}], seed=seed)
            noise.append(b"".join(pieces(self.server, self.key)))
            self.assertIn("noise", self.last_entry()["draws"]["n"])
        self.assertEqual([len(one) for one in noise], [200] * 3)
        self.assertEqual(noise[0], noise[1])
        self.assertNotEqual(noise[0], noise[2])
        self.assertFalse(noise[0].startswith(b"HTTP/"))

    def test_ten_runs_of_one_script_are_observed_alike(self):
        kinds = [*SEEN, *DELIVERED]
        rules = [{"name": kind, "when": {"nth": number}, "fault": {"kind": kind}}
                 for number, kind in enumerate(kinds, 1)]
        for rule in rules[-2:]:
            rule["fault"]["every"] = "1ms"
        runs = []
        for _ in range(10):
            self.enter(rules)
            runs.append([self.see(timeout=OWN_TIMEOUT if kind == "stall" else SAFETY_SECONDS) for kind in kinds])
            noted = [entry.get("fault") for entry in self.admin("GET", "/requests")["requests"]]
            self.assertEqual(sorted(noted), sorted(kinds))
        self.assertEqual(runs, [[*SEEN.values(), "200", "200"]] * 10)

    def test_ten_runs_of_one_seed_are_observed_alike_and_another_seed_is_not(self):
        chances = {"connection-reset": 0.2, "empty-response": 0.2, "truncated-body": 0.3, "garbage": 0.3}
        rules = [{"name": kind, "when": {"probability": chance}, "fault": {"kind": kind}}
                 for kind, chance in chances.items()]
        runs, draws = [], []
        for seed in [7] * 10 + [8]:
            self.enter(rules, seed=seed)
            runs.append([self.see() for _ in range(24)])
            entries = sorted(self.admin("GET", "/requests")["requests"], key=lambda entry: entry["sequence"])
            draws.append([entry["draws"] for entry in entries])
        self.assertEqual(runs[1:10], [runs[0]] * 9)
        self.assertEqual(draws[1:10], [draws[0]] * 9)
        self.assertEqual(set(runs[0]), {SEEN[kind] for kind in chances} | {"200"})
        self.assertNotEqual(runs[10], runs[0])
        for seen, drawn in zip(runs[0], draws[0]):
            first = next((kind for kind, chance in chances.items() if drawn[kind]["probability"] < chance), None)
            self.assertEqual(seen, SEEN.get(first, "200"))

    def test_a_client_in_javascript_observes_the_same(self):
        node = os.environ.get("NODE_BINARY", "")
        if not Path(node).is_file():
            self.skipTest("node was not found")
        rules = [{"when": {"nth": number}, "fault": {"kind": kind}} for number, kind in enumerate(SEEN_BY_NODE, 1)]
        runs = []
        for _ in range(3):
            self.enter(rules)
            client = [node, str(Path(__file__).with_name("faults_client.mjs")), self.server.url, self.key,
                      str(len(rules) + 1), "1000"]
            run = subprocess.run(client, capture_output=True, text=True, timeout=SAFETY_SECONDS, check=True)
            runs.append(json.loads(run.stdout))
        for seen, expected in zip(runs[0], SEEN_BY_NODE.values()):
            self.assertTrue(seen.startswith(expected), (seen, expected))
        self.assertEqual(runs[0][-1], "200")
        self.assertEqual(runs[1:], [runs[0]] * 2)

    def test_a_connection_serves_on_after_a_slow_reply(self):
        self.enter([{"when": {"nth": 1}, "fault": {"kind": "slow-body", "every": "1ms", "bytes": 100}}])
        connection = self.server.connect()
        self.addCleanup(connection.close)
        first = self.get(PRODUCTS, connection=connection)
        wire = connection.sock
        self.assertEqual(self.get(PRODUCTS, connection=connection).body, first.body)
        self.assertIs(connection.sock, wire)

    def test_a_fault_spoils_a_scripted_reply_too(self):
        self.enter([{"respond": {"status": 418, "text": "short and stout"}, "fault": {"kind": "truncated-body"}}])
        head, _, body = b"".join(pieces(self.server, self.key)).partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 418 "))
        self.assertEqual(body, b"short a")


if __name__ == "__main__":
    unittest.main()
