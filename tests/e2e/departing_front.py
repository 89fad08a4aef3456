"""Services that break the contract as no rule can: each is a front before a mock, and one twist.

Used by verify_departures_test.py and by bench/departures, as departures.py is.
"""

import http.server
import itertools
import json
import re
import threading
from urllib.parse import parse_qs, urlsplit

KEY_NUMBERS = itertools.count(1)


class Front:
    """Passes requests on to the mock; `twist(front, exchange)` gives the status and body of the reply."""

    def __init__(self, server, twist):
        self.kept = {}  # for the twist
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # head and body in one segment

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                headers = {name: value for name, value in self.headers.items() if name not in ("Host", "Connection")}

                def ask():
                    reply = server.request(self.command, self.path, body or None, headers=headers)
                    return reply.status, reply.body.decode()

                status, text = twist(front, Exchange(self.command, self.path, body, ask))
                content = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("X-Qamera-Mock-Request", "req_1")  # it is a mock that takes any key
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # A command that is interrupted leaves before its reply comes.
        self.http.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


class Exchange:
    def __init__(self, method, target, body, ask):
        self.method = method
        self.target = target
        self.path = urlsplit(target).path.removeprefix("/api/external/")
        self.query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        self.body = body
        self.ask = ask

    def creates(self):
        """Whether this is a request that `verify` means to succeed, no probe."""
        none = "qamera-mock-none" in self.body or '"n1"' in self.body
        meant = r'"count":1[,}]|"imageId":"|"imagesIds":\["|"recordId":"|"preferences":"|name="qualityGuidelines"'
        return self.method == "POST" and not none and re.search(meant, self.body) is not None


def acknowledging(path):
    """Takes what is sent to this path, says so, and does nothing."""
    def twist(front, exchange):
        if exchange.path != path or not exchange.creates():
            return exchange.ask()
        number = next(KEY_NUMBERS)
        if path == "presets":
            reply = {"success": True, "presetId": f"preset_none{number}"}
        elif path == "packshots/update-packshot":
            reply = {"success": True, "message": "Packshot voting updated successfully",
                     "recordId": json.loads(exchange.body)["recordId"]}
        else:
            figure = 15 if path == "reel/register-reel" else 10
            reply = {"createdRecordIds": [f"none_{number}"], "batchId": f"batch_none{number}",
                     "orderId": f"order_none{number}", "reservationId": f"res_none{number}",
                     "creditsReserved": figure}
        return 200, json.dumps(reply)
    return twist


def ignoring_vote(voting):
    """Takes this vote without counting it."""
    def twist(front, exchange):
        if exchange.path != "packshots/update-packshot" or f'"Voting":"{voting}"' not in exchange.body \
                or not exchange.creates():
            return exchange.ask()
        return 200, json.dumps({"success": True, "message": "Packshot voting updated successfully",
                                "recordId": json.loads(exchange.body)["recordId"]})
    return twist


def previous_reply(only):
    """Answers each request of those that `only` picks with the reply to the one before."""
    def twist(front, exchange):
        reply = exchange.ask()
        if not only(exchange):
            return reply
        previous = front.kept.get("reply", reply)
        front.kept["reply"] = reply
        return previous
    return twist


def first_reply(only):
    """Answers each request of those that `only` picks with the reply to the first of them."""
    def twist(front, exchange):
        reply = exchange.ask()
        return front.kept.setdefault("reply", reply) if only(exchange) else reply
    return twist


def stale(only):
    """Answers each listing that `only` picks with what it was at first."""
    def twist(front, exchange):
        if exchange.method != "GET" or not only(exchange):
            return exchange.ask()
        # Keyless requests and refusals are no listing.
        status, text = exchange.ask()
        return (200, front.kept.setdefault(exchange.target, text)) if status == 200 else (status, text)
    return twist


def listing(change, only):
    """Changes the body of each listing that `only` picks."""
    def twist(front, exchange):
        status, text = exchange.ask()
        if exchange.method != "GET" or status != 200 or not only(exchange):
            return status, text
        body = json.loads(text)
        collection = next(name for name, value in body.items() if isinstance(value, list))
        change(front, body, collection, exchange)
        return status, json.dumps(body)
    return twist


def keep_total(front, body, collection, exchange):
    """`count` is that of the whole listing, whatever this page shows."""
    if not exchange.query:
        front.kept[collection] = len(body[collection])
    body["count"] = front.kept.get(collection, body["count"])


def drop_all(front, body, collection, exchange):
    body[collection], body["count"] = [], 0


def grow(front, body, collection, exchange):
    """More presets than are listed by default."""
    body[collection] += [{**body[collection][0], "id": f"preset_more{i}"} for i in range(20)]
    body["count"] = len(body[collection])


def forget_guidelines(front, body, collection, exchange):
    body[collection][-1]["qualityGuidelines"] = "others"


def ignoring_filter(name):
    """Answers as if the parameter were not there."""
    def twist(front, exchange):
        if name not in exchange.query:
            if exchange.method == "GET":
                status, text = exchange.ask()
                front.kept[exchange.target] = text
                return status, text
            return exchange.ask()
        parts = urlsplit(exchange.target).query.split("&")
        rest = "&".join(part for part in parts if not part.startswith(name + "="))
        target = urlsplit(exchange.target).path + ("?" + rest if rest else "")
        return (200, front.kept[target]) if target in front.kept else exchange.ask()
    return twist


def path_is(*paths):
    return lambda exchange: exchange.path in paths


def posts(exchange):
    return exchange.method == "POST" and exchange.creates()


# Name, twist, and the checks of which at least one must fail.
FRONTS = [(f"{path}: acknowledged, and nothing done", acknowledging(path), checks) for path, checks in {
    "models/register-ideas": ("registerModels: the record becomes DONE",),
    "sceneries/register-ideas": ("registerSceneries: the record becomes DONE",),
    "image-picker/register-ideas": ("registerImages: the record becomes DONE",
                                    "registerImages: productId and the new image"),
    "packshots/register-ideas": ("registerPackshots: the record becomes DONE",),
    "video-picker/register-videos": ("registerVideo: the record becomes DONE",),
    "reel/register-reel": ("registerReel: the record becomes DONE",),
    "packshots/update-packshot": ("updatePackshot: APPROVED for the image", "updatePackshot: APPROVED for the packshot",
                                  "updatePackshot: REJECTED for the image",
                                  "updatePackshot: REJECTED for the packshot"),
    "presets": ("createPreset: creates a preset",),
}.items()] + [
    ("REJECTED ignored", ignoring_vote("REJECTED"), ("updatePackshot: REJECTED for the packshot",
                                                     "updatePackshot: REJECTED for the image")),
    ("APPROVED ignored", ignoring_vote("APPROVED"), ("updatePackshot: APPROVED for the packshot",
                                                     "updatePackshot: APPROVED for the image")),
    ("the previous request's reply", previous_reply(lambda exchange: True), ("listModels: the listing",)),
    ("the previous registration's reply", previous_reply(posts), ("registerSceneries: the record becomes DONE",)),
    ("one reply for every registration", first_reply(lambda exchange: posts(exchange) and "register" in exchange.path),
     ("registerSceneries: registers one record", "registerVideo: registers one record")),
    ("a stale listing of all", stale(lambda exchange: not exchange.query),
     ("registerModels: the record becomes DONE", "registerReel: the record becomes DONE")),
    ("a stale listing of the approved", stale(lambda exchange: "statusFilter" in exchange.query),
     ("updatePackshot: APPROVED for the image", "updatePackshot: APPROVED for the packshot")),
    ("a stale listing of statusFilter=all", stale(lambda exchange: exchange.query.get("statusFilter") == "all"),
     ("registerModels: the filters and the new record", "registerPackshots: the filters and the new record")),
    ("a stale listing of a product", stale(lambda exchange: list(exchange.query) == ["productId"]),
     ("registerImages: productId and the new image",)),
    ("a stale listing of presets", stale(path_is("presets")), ("createPreset: creates a preset",)),
    ("count of all pages", listing(keep_total, lambda exchange: True),
     ("listModels: statusFilter=approved", "listImages: productId", "listPresets: maxRecords=1")),
    ("productId shows nothing", listing(drop_all, lambda exchange: "productId" in exchange.query),
     ("registerImages: productId and the new image",)),
    ("approved of a product shows nothing", listing(drop_all, lambda exchange: len(exchange.query) == 2),
     ("listImages: statusFilter and productId",)),
    ("maxRecords shows nothing", listing(drop_all, lambda exchange: "maxRecords" in exchange.query),
     ("listPresets: maxRecords=1",)),
    ("more presets than the default", listing(grow, lambda exchange: exchange.path == "presets" and not exchange.query),
     ("listPresets: the listing",)),
    ("a preset forgets its guidelines", listing(forget_guidelines, path_is("presets")),
     ("createPreset: creates a preset",)),
    ("statusFilter ignored", ignoring_filter("statusFilter"),
     ("listModels: statusFilter=approved", "listSceneries: statusFilter=approved")),
    ("productId ignored", ignoring_filter("productId"), ("listImages: productId",)),
    ("maxRecords ignored", ignoring_filter("maxRecords"), ("listPresets: maxRecords=1",)),
]
