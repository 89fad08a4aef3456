"""Delays cost a timer, not a thread: 10,000 replies wait while others are served."""

import resource
import select
import socket
import unittest
from pathlib import Path

from server import SAFETY_SECONDS, Server, fresh_key

PENDING = 10000
SPARE = 500  # descriptors that are not pending replies
MOST_MEGABYTES = 400  # of the server: 40 KB for each pending reply


def descriptors():
    """Raises the limit for this process and the server it starts; whether there are enough."""
    wanted = PENDING + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted or soft == resource.RLIM_INFINITY:
        return True
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, OSError):
        return False
    return True


class Pending(unittest.TestCase):
    def test_health_answers_at_once_while_10000_delayed_replies_wait(self):
        if not Path("/proc/self/status").is_file():
            self.skipTest("there is no /proc to read thread count and memory from")
        if not descriptors():
            self.skipTest(f"the limit of open files cannot be raised to {PENDING + SPARE}")
        key = fresh_key()
        request = f"GET /api/external/products HTTP/1.1\r\nHost: a\r\nX-Api-Key: {key}\r\n\r\n".encode()
        with Server("--quiet", "--journal-entries", "20000") as server:
            server.admin("POST", "/rules", {"when": {"operation": "listProducts"}, "delay": "1h"}, 201, key=key)
            self.assertEqual(server.get("/api/external/models", key=key).status, 200)
            threads = server.figure("Threads")
            waiting = []
            for _ in range(PENDING):
                wire = socket.create_connection((server.host, server.port), timeout=SAFETY_SECONDS)
                self.addCleanup(wire.close)
                wire.sendall(request)
                waiting.append(wire)
            for _ in range(10000):  # each call takes a round trip; all but the last few are decided by now
                if server.admin("GET", "/requests?limit=1", key=key)["recorded"] > PENDING:
                    break
            else:
                self.fail("not every request was decided")
            self.assertEqual(server.admin("GET", "/health")["status"], "ok")
            self.assertEqual(server.get("/api/external/models", key=key).status, 200)
            poll = select.poll()
            for wire in waiting:
                poll.register(wire, select.POLLIN)
            self.assertEqual(poll.poll(0), [])
            self.assertEqual(server.figure("Threads"), threads)
            megabytes = server.figure("VmRSS") / 1024
            print(f"{PENDING} pending replies: {threads} threads, {megabytes:.0f} MB resident")
            self.assertLess(megabytes, MOST_MEGABYTES)
            for wire in waiting:  # or the end would wait for them
                wire.close()


if __name__ == "__main__":
    unittest.main()
