"""`serve --upstream` among other proxies, and with more to do than it may do at once."""

import resource
import threading
import unittest

from hostile import HAS_PROC
from proxy_test import KEY, LIST, MODELS, proxy, raw_request
from raw_upstream import RawUpstream, held, ok


class Fields(unittest.TestCase):
    def test_a_length_said_twice_goes_out_once_and_with_204_not_at_all(self):
        twice = b"Content-Length: 23\r\nX-Between: 1\r\nContent-Length: 23\r\n"
        replies = [b"HTTP/1.1 200 OK\r\n" + twice + b"\r\n" + MODELS,
                   b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nX-Between: 1\r\n\r\n",
                   b"HTTP/1.1 304 Not Modified\r\n" + twice + b"\r\n"]
        with RawUpstream(*replies) as upstream, proxy(upstream.url) as front:
            for status, lengths in ((200, ["23"]), (204, []), (304, ["23"])):
                reply = front.get(LIST, key=KEY)
                found = [value for name, value in reply.headers if name == "Content-Length"]
                self.assertEqual((reply.status, found, reply.header("X-Between")), (status, lengths, "1"))

    def test_a_tunnel_is_refused_and_nothing_is_sent_on(self):
        with RawUpstream() as upstream, proxy(upstream.url) as front, front.raw() as connection:
            connection.send(b"CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n\r\n")
            reply = connection.reply()
            self.assertEqual((reply.status, reply.header("Allow")), (405, "GET, POST"))
            self.assertEqual(upstream.requests, [])

    def test_via_is_added_to_and_a_loop_is_named(self):
        with RawUpstream(*[ok(MODELS)] * 2) as upstream, proxy(upstream.url) as front, proxy(front.url) as outer:
            self.assertEqual(outer.get(LIST, key=KEY, headers={"Via": "1.0 fred, 1.1 p.example (x, y)"}).status, 200)
            fields = [line for line in upstream.requests[0].split(b"\r\n") if line.startswith(b"Via: ")]
            self.assertEqual(fields[0], b"Via: 1.0 fred, 1.1 p.example (x, y)")
            self.assertEqual(len(set(fields)), 3, "two proxies of this program are two")
            for via in (fields[2].decode()[5:], "1.0 fred, " + fields[2].decode()[5:].upper() + " (again)"):
                reply = front.get(LIST, key=KEY, headers={"Via": via})
                self.assertEqual(reply.status, 508)
                self.assertIn("Loop detected", reply.error())
                entry = front.admin("GET", "/requests")["requests"][-1]
                self.assertEqual([one["kind"] for one in entry["findings"]], ["upstream-failed"])
            self.assertEqual(len(upstream.requests), 1)


class Crowded(unittest.TestCase):
    def crowd(self, upstream_flags, requests, release_after):
        """Statuses of `requests` at once, of which the upstream holds all it gets until `release_after` have come."""
        release, wait = held(self, ok(MODELS))
        with RawUpstream(*[wait] * requests) as upstream, proxy(upstream.url, *upstream_flags) as front:
            replies = []
            threads = [threading.Thread(target=lambda: replies.append(front.get(LIST, key=KEY)))
                       for _ in range(requests)]
            for thread in threads:
                thread.start()
            upstream.wait_for_requests(min(requests, 32))
            if release_after is not None:
                release.set()
            for thread in threads:
                thread.join()
            return replies

    def test_more_than_32_exchanges_wait_for_their_turn(self):
        self.assertEqual([reply.status for reply in self.crowd((), 70, 32)], [200] * 70)

    def test_those_that_waited_in_vain_are_told_of_the_bound(self):
        replies = self.crowd(("--upstream-timeout", "1s"), 40, None)
        statuses = sorted(reply.status for reply in replies)
        self.assertEqual(statuses, [503] * 8 + [504] * 32)
        for reply in replies:
            if reply.status == 503:
                self.assertIn("32", reply.error())
                self.assertIn("1s", reply.error())

    @unittest.skipUnless(HAS_PROC, "no /proc here")
    def test_without_descriptors_clients_wait_and_the_upstream_is_reached(self):
        limit = 64
        with RawUpstream(*[ok(MODELS)] * 200) as upstream:
            def before():
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            with proxy(upstream.url, before=before) as front:
                first = [front.raw() for _ in range(4)]
                crowd = [front.raw() for _ in range(2 * limit)]
                for connection in first:
                    connection.send(raw_request("GET", LIST))
                for connection in first:
                    self.assertEqual(connection.reply().status, 200)
                for connection in first:
                    connection.__exit__()
                # Each client that leaves makes room for one that waits.
                for connection in crowd:
                    connection.send(raw_request("GET", LIST))
                    self.assertEqual(connection.reply().status, 200)
                    connection.__exit__()


if __name__ == "__main__":
    unittest.main()
