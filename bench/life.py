"""The life of one workspace: a fixed list of calls and the answer that each must get.

The clock is manual and the seed fixed, so a second life gets the same bodies, byte by byte, whatever else the server
does meanwhile. `live` checks each status and the facts; who calls it compares the bodies of two lives.
"""

import http.client
import json

PRODUCTS = "/api/external/products"
MODELS = "/api/external/models"
IMAGES = "/api/external/image-picker"
VIDEOS = "/api/external/videos"
PRESETS = "/api/external/presets"
SCENERIES = "/api/external/sceneries"
VOTE = "/api/external/packshots/update-packshot"
SHOOT = {"config": {"product": {"id": "rec_product_001"}}, "count": 4}
CASTING = {"preferences": "athletic build", "count": 3}
LOST = "no whole reply"

SCENARIO = {
    "name": "soak", "seed": 7, "clock": {"mode": "manual"}, "credits": {"available": 1000},
    "jobs": {"image": {"outcomes": [{"every": 3, "then": "fail"}]}},
    "rules": [
        {"name": "down", "when": {"operation": "listModels", "nth": [2]},
         "respond": {"status": 500, "body": {"error": "Internal server error"}}},
        {"name": "odd", "when": {"operation": "listProducts", "nth": [2]},
         "patch": [{"op": "remove", "path": "/products/0/thumbnail"}]},
        {"name": "reset", "when": {"operation": "listVideos", "nth": [1]}, "fault": {"kind": "connection-reset"}},
        {"name": "cut", "when": {"operation": "listVideos", "nth": [2]}, "fault": {"kind": "truncated-body"}},
        {"name": "noise", "when": {"operation": "listVideos", "nth": [3]}, "fault": {"kind": "garbage"}},
        {"name": "lost", "when": {"operation": "registerModels", "nth": [1]},
         "fault": {"kind": "empty-response", "after": "commit"}},
        {"name": "late", "when": {"operation": "listPresets"}, "delay": "20ms"},
        {"name": "thin", "when": {"operation": "listSceneries"}, "throttle": 100_000}]}


class Wrong(Exception):
    """An answer that is not the right one."""


class Client:
    """One connection with a key; opened again when the server ends it. Keeps a transcript of statuses and bodies."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.connection = None
        self.key = None
        self.transcript = []
        self.calls = 0

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def call(self, method, target, body=None, wanted=200, kept=True):
        """The body. `wanted` is a status, or LOST."""
        self.calls += 1
        if not self.connection:
            self.connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        headers = {"X-Api-Key": self.key} if self.key else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        try:
            self.connection.request(method, target, body, headers)
            reply = self.connection.getresponse()
            status, text = reply.status, reply.read()
        except (http.client.HTTPException, ConnectionError) as failure:
            self.close()
            if wanted != LOST:
                raise Wrong(f"{method} {target}: {type(failure).__name__}, wanted {wanted}") from failure
            status, text = LOST, b""
        if status != wanted:
            raise Wrong(f"{method} {target} answered {status}, wanted {wanted}: {text[:300]!r}")
        if kept:
            self.transcript.append((method, target, status, text))
        return text

    def json(self, *arguments, **options):
        return json.loads(self.call(*arguments, **options))


def check(fact, what, seen):
    if not fact:
        raise Wrong(f"{what}: {seen!r}"[:500])


def balanced(credits, settled):
    """Whether the ledger is; `settled` means that nothing may be reserved any more."""
    sums = credits["granted"] == credits["available"] + credits["reserved"] + credits["consumed"]
    return sums and (not settled or credits["reserved"] == 0)


def born(client, number):
    """A workspace of its own for the client. Its id."""
    client.key, client.transcript = None, []
    made = client.json("POST", "/__admin/workspaces", {"key": f"mk_live_soak.{number}", "scenario": SCENARIO},
                       wanted=201, kept=False)
    client.key = made["key"]
    return made["id"]


def live(client):
    """All of a life."""
    first = client.json("GET", PRODUCTS)
    odd = client.json("GET", PRODUCTS)
    check("thumbnail" in first["products"][0] and "thumbnail" not in odd["products"][0], "the patch", odd)
    for status in (200, 500, 200):
        client.call("GET", MODELS, wanted=status)
    started = client.json("POST", f"{IMAGES}/register-ideas", SHOOT)
    client.call("POST", f"{MODELS}/register-ideas", CASTING, wanted=LOST)
    credits = client.json("GET", "/__admin/credits")
    check(balanced(credits, False) and credits["reserved"] == 70, "reserved before", credits)
    for wanted in (LOST, LOST, LOST, 200):
        client.call("GET", VIDEOS, wanted=wanted)
    client.call("GET", PRESETS)
    client.call("GET", SCENERIES)
    client.call("POST", VOTE, {"recordId": "img_001", "Voting": "APPROVED"})
    client.call("POST", f"{MODELS}/register-ideas", {"count": "three"}, wanted=400)
    client.call("GET", "/api/external/nowhere", wanted=404)
    client.call("DELETE", PRODUCTS, wanted=405)
    fired = client.json("POST", "/__admin/clock/advance", {"until": "idle"})["fired"]
    check(sum(one["to"] == "FAILED" for one in fired) == 1, "one image of four fails", fired)
    check(len(json.dumps(started)) > 2, "a registration tells its batch", started)
    credits = client.json("GET", "/__admin/credits")
    check(balanced(credits, True) and credits["consumed"] == 60, "60 consumed after", credits)
    client.call("GET", f"{IMAGES}?productId=rec_product_001")
    switches(client)


def switches(client):
    """From scenario to scenario, each with the answer that it is known for."""
    casting = ("POST", f"{MODELS}/register-ideas", CASTING)
    for name, method, target, body, wanted in (
            ("credit-exhaustion", *casting, 402), ("invalid-key", "GET", PRODUCTS, None, 401),
            ("read-only-key", *casting, 403), ("empty-account", "GET", PRODUCTS, None, 200),
            ("all-fail", "POST", f"{IMAGES}/register-ideas", SHOOT, 200)):
        client.call("PUT", "/__admin/scenario", {"name": name}, kept=False)
        client.call(method, target, body, wanted=wanted)
        client.call("POST", "/__admin/clock/advance", {"until": "idle"})
        credits = client.json("GET", "/__admin/credits")
        check(balanced(credits, True), f"the ledger of {name}", credits)
    client.call("POST", "/__admin/reset", {}, kept=False)
    client.call("POST", f"{IMAGES}/register-ideas", SHOOT)  # left pending: the end settles it
