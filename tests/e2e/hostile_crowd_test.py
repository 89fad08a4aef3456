"""Many hostile clients at once: idle, slow, half-closed, cut off. Nobody waits for them, and they leave nothing."""

import random
import socket
import unittest

from hostile import (BODY, GET, HAS_PROC, MODELS, POST, HostileCase, allow_open_files, chunked, memory_is_its_own,
                     reset)

IDLE = 5000
SPARE = 500  # descriptors that are not idle connections
MOST_KILOBYTES_EACH = 8  # of the server, for an idle connection
MANY = MODELS + b"Content-Length: 1000000\r\n\r\n"


class Crowd(HostileCase):
    def setUp(self):
        super().setUp()
        self.held = []

    def tearDown(self):
        self.let_go()
        super().tearDown()

    def let_go(self):
        for raw in self.held:
            raw.__exit__()
        self.held = []

    def hold(self, data=b""):
        raw = self.server.raw()
        self.held.append(raw)
        return raw.send(data) if data else raw

    def test_5000_idle_connections_cost_neither_threads_nor_much_memory_and_work_later(self):
        allow_open_files(IDLE + SPARE)
        if not HAS_PROC:
            self.skipTest("there is no /proc to read threads, descriptors and memory from")
        threads, memory = self.server.figure("Threads"), self.server.figure("VmRSS")
        for number in range(IDLE):
            self.hold()
            if number % 250 == 0:
                self.others_are_served()
        self.wait_for(lambda: self.server.descriptors() >= self.open_before + IDLE, lambda: "not all were accepted")
        self.assertEqual(self.server.figure("Threads"), threads)
        if memory_is_its_own(self.server):
            self.assertLess(self.server.figure("VmRSS") - memory, IDLE * MOST_KILOBYTES_EACH)
        for _ in range(50):
            self.others_are_served()
            self.assertEqual(self.exchange(GET).status, 200)
        for raw in self.held[::97]:
            self.assertEqual(raw.send(GET).reply().status, 200)
        self.let_go()
        self.nothing_is_left()

    def test_dribbled_heads_and_bodies_are_served_when_they_are_whole_and_hold_up_nobody(self):
        requests = [(GET, 200), (POST, 200), (MODELS + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(BODY), 200),
                    (GET.replace(b"products", b"nowhere"), 404)]
        clients = [(self.hold(), *requests[number % len(requests)]) for number in range(200)]
        longest = max(len(data) for data, _ in requests)
        for at in range(longest):
            for raw, data, _ in clients:
                if at < len(data):
                    raw.send(data[at:at + 1])
            if at % 10 == 0:
                self.others_are_served()
        for raw, _, status in clients:
            self.assertEqual(raw.reply().status, status)

    def test_bodies_that_stop_half_way_hold_up_nobody(self):
        for number in range(100):
            self.hold(MANY + b"x" * (number * 5000))
        for _ in range(50):
            self.others_are_served()
            self.assertEqual(self.exchange(POST).status, 200)

    def test_readers_that_take_nothing_hold_up_nobody(self):
        listing = b"GET /api/external/models HTTP/1.1\r\nHost: x\r\nX-Api-Key: mk_live_large-account.slow\r\n\r\n"
        self.server.get("/api/external/models", key="mk_live_large-account.slow")
        self.known_before = self.workspaces()
        for _ in range(20):
            raw = self.hold()
            raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.send(listing * 20)
        for _ in range(50):
            self.others_are_served()
            self.assertEqual(self.exchange(GET).status, 200)
        reply = self.server.get("/api/external/models", key="mk_live_large-account.slow")  # the same workspace
        self.assertEqual((reply.status, reply.json()["count"]), (200, 10000))

    def test_a_client_that_has_closed_its_sending_side_gets_what_it_asked_for(self):
        for data, replies in ((GET, [200]), (POST, [200]), (GET * 3 + POST, [200] * 4)):
            with self.server.raw() as raw:
                raw.send(data)
                self.others_are_served()
                raw.socket.shutdown(socket.SHUT_WR)
                self.assertEqual([raw.reply().status for _ in replies], replies)
                self.assertTrue(raw.at_end())

    def test_a_half_closed_client_without_a_whole_request_is_closed_without_a_word(self):
        for data in (b"", b"GET", GET[:-2], MANY + b"{", MODELS + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"):
            with self.server.raw() as raw:
                raw.send(data)
                raw.socket.shutdown(socket.SHUT_WR)
                self.assertIsNone(raw.reply(), data)

    def test_resets_at_every_byte_of_a_request_leave_nothing(self):
        before = self.server.admin("GET", "/requests?limit=1")["recorded"]
        for at in range(len(POST)):  # never whole, so never a request
            reset(self.server.raw().send(POST[:at]))
        self.others_are_served()
        entries = self.server.admin("GET", "/requests?operation=registerModels")["requests"]
        self.assertEqual(entries, [])
        self.assertGreater(self.server.admin("GET", "/requests?limit=1")["recorded"], before)  # the healthy one's

    def test_resets_while_a_large_reply_is_on_its_way_leave_nothing(self):
        key = "mk_live_large-account.cut"
        self.server.get("/api/external/models", key=key)
        self.known_before = self.workspaces()
        listing = f"GET /api/external/models HTTP/1.1\r\nHost: x\r\nX-Api-Key: {key}\r\n\r\n".encode()
        for number in range(30):
            raw = self.server.raw().send(listing)
            raw.file.read(1 + number * 1000)
            reset(raw)
            self.others_are_served()

    def test_clients_that_leave_during_a_delay_or_a_stall_leave_nothing(self):
        made = self.server.admin("POST", "/workspaces", {"scenario": {"name": "slow", "rules": [
            {"when": {"operation": "listModels"}, "delay": "1h"},
            {"when": {"operation": "listProducts"}, "fault": {"kind": "stall"}},
            {"when": {"operation": "listVideos"}, "throttle": 1}]}}, 201)
        self.known_before = self.workspaces()
        for number in range(60):
            kind = ("models", "products", "videos")[number % 3]
            request = f"GET /api/external/{kind} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {made['key']}\r\n\r\n"
            raw = self.hold(request.encode())
            if number % 2:
                reset(raw)
        self.others_are_served()
        self.let_go()
        self.nothing_is_left()

    def test_a_deep_pipeline_is_answered_in_order_and_held_back_when_nobody_reads(self):
        with self.server.raw() as raw:
            kinds = random.Random(7).choices(("products", "models", "nowhere"), k=2000)
            for kind in kinds:
                raw.send(GET.replace(b"products", kind.encode()))
            self.others_are_served()
            for kind in kinds:
                reply = raw.reply()
                if kind == "nowhere":
                    self.assertEqual(reply.status, 404)
                else:
                    self.assertIn(kind, reply.json())


class Rounds(HostileCase):
    """Leaks show when the same is done again and again."""

    ROUNDS = 30
    SETTLED = 10
    MOST_GROWTH = 4096  # KB, from the round when all caches are warm to the last; a round sends some 5 MB

    def one_round(self):
        refused = (b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 17_000, GET[:-2] + b"X: a\r\n" * 150 + b"\r\n",
                   GET[:-2] + b"X: " + b"a" * 70_000, MODELS + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
                   MODELS + b"Content-Length: 2000000\r\n\r\n", MODELS + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        for data in refused:
            self.assertGreaterEqual(self.exchange(data).status, 400)
        self.assertEqual(self.exchange(MODELS + b"Content-Length: 1000000\r\n\r\n" + b"[" * 1_000_000).status, 400)
        for data in (GET[:30], MANY + b"x" * 300_000, MODELS + b"Transfer-Encoding: chunked\r\n\r\nf4240\r\n" +
                     b"x" * 300_000):
            for _ in range(5):
                reset(self.server.raw().send(data))
                self.server.raw().send(data).__exit__()
        with self.server.raw() as raw:
            raw.send((GET + GET.replace(b"products", b"nowhere")) * 50)
            self.assertEqual([raw.reply().status for _ in range(100)], [200, 404] * 50)
        self.others_are_served()

    def test_rounds_of_everything_leave_memory_descriptors_and_workspaces_as_they_were(self):
        if not memory_is_its_own(self.server):
            self.skipTest("there is no /proc, or a sanitizer's memory")
        sizes = []
        for _ in range(self.ROUNDS):
            self.one_round()
            self.nothing_is_left()
            sizes.append(self.server.figure("VmRSS"))
        print(f"{self.ROUNDS} rounds: {sizes[0]} KB, {sizes[self.SETTLED]} KB, {sizes[-1]} KB resident")
        self.assertLess(sizes[-1] - sizes[self.SETTLED], self.MOST_GROWTH)


if __name__ == "__main__":
    unittest.main()
