"""Single departures from the contract, planted in a running mock one at a time, and what `verify` must say of each.

Used by verify_test.py and by bench/departures.
"""

import itertools
import json

from server import run_binary

KEY_NUMBERS = itertools.count(1)


class Planted:
    """One departure. `rules` plant it; `found` are the operation and the pointer that must be named."""

    def __init__(self, name, operation, pointer, *rules, scenario="happy-path", generates=False):
        self.name = name
        self.operation = operation
        self.pointer = pointer
        self.rules = rules
        self.scenario = scenario
        self.generates = generates


def patch(operation, *steps, query=None):
    when = {"operation": operation}
    if query:
        when["query"] = query
    return {"when": when, "patch": list(steps)}


def remove(path):
    return {"op": "remove", "path": path}


def put(path, value):
    return {"op": "replace", "path": path, "value": value}


def add(path, value):
    return {"op": "add", "path": path, "value": value}


def move(old, new):
    return {"op": "move", "from": old, "path": new}


def alter(operation, status=None, content_type=None):
    change = {}
    if status:
        change["status"] = status
    if content_type:
        change["headers"] = {"Content-Type": content_type}
    return {"when": {"operation": operation}, "alter": change}


def respond(when, status, body):
    return {"when": when, "respond": {"status": status, "body": body}}


def listed(name, operation, pointer, *steps, **options):
    return Planted(f"{operation}: {name}", operation, pointer, patch(operation, *steps, **options))


def made(name, operation, pointer, *steps):
    return Planted(f"{operation}: {name}", operation, pointer, patch(operation, *steps), generates=True)


RECORD = {"id": "img_other", "name": "Other", "thumbnail": "https://cdn.example.com/o.jpg", "status": "DONE",
          "voting": "APPROVED", "createdAt": "2026-03-20T16:00:00.000Z"}

DEPARTURES = [
    # A field removed, renamed, retyped, nulled, added.
    listed("name removed", "listProducts", "/body/products/0/name", remove("/products/0/name")),
    listed("id removed", "listModels", "/body/models/1/id", remove("/models/1/id")),
    listed("voting removed", "listSceneries", "/body/sceneries/0/voting", remove("/sceneries/0/voting")),
    listed("videoUrl removed", "listVideos", "/body/videos/0/videoUrl", remove("/videos/0/videoUrl")),
    listed("count removed", "listPackshots", "/body/count", remove("/count")),
    listed("thumbnail renamed", "listModels", "/body/models/0/thumbnailUrl",
           move("/models/0/thumbnail", "/models/0/thumbnailUrl")),
    listed("createdAt renamed", "listImages", "/body/images/0/created",
           move("/images/0/createdAt", "/images/0/created")),
    listed("presets renamed", "listPresets", "/body/presets", move("/presets", "/items")),
    listed("guidelines removed", "listPresets", "/body/presets/0/guidelines", remove("/presets/0/guidelines")),
    listed("count a string", "listSceneries", "/body/count", put("/count", "3")),
    listed("name a number", "listVideos", "/body/videos/0/name", put("/videos/0/name", 7)),
    listed("voting a boolean", "listPackshots", "/body/packshots/0/voting", put("/packshots/0/voting", True)),
    listed("records an object", "listProducts", "/body/products", put("/products", {})),
    listed("status nulled", "listImages", "/body/images/0/status", put("/images/0/status", None)),
    listed("id nulled", "listProducts", "/body/products/0/id", put("/products/0/id", None)),
    listed("a field added", "listProducts", "/body/products/0/sku", add("/products/0/sku", "A1")),
    listed("a page cursor added", "listImages", "/body/nextCursor", add("/nextCursor", "x")),
    listed("an undocumented status text", "listModels", "/body/models/0/status", put("/models/0/status", "READY")),
    # Counts, ids, dates, URLs.
    listed("count one too many", "listModels", "/body/count", put("/count", 7)),
    listed("count one too few", "listPresets", "/body/count", put("/count", 1)),
    listed("an id twice", "listModels", "/body/models/1/id", put("/models/1/id", "rec_model_101")),
    listed("a date without time", "listProducts", "/body/products/0/createdAt",
           put("/products/0/createdAt", "2026-03-20")),
    listed("seconds since 1970 as a date", "listVideos", "/body/videos/0/createdAt",
           put("/videos/0/createdAt", "1774000000")),
    listed("a date with an offset", "listImages", "/body/images/0/createdAt",
           put("/images/0/createdAt", "2026-03-20T16:00:00.000+02:00")),
    listed("no thumbnail though DONE", "listImages", "/body/images/0/thumbnail", put("/images/0/thumbnail", "")),
    listed("a path for a URL", "listVideos", "/body/videos/0/videoUrl", put("/videos/0/videoUrl", "/videos/1.mp4")),
    # Status and content type.
    Planted("listProducts: status 206", "listProducts", "/status", alter("listProducts", 206)),
    Planted("listModels: status 500", "listModels", "/status",
            respond({"operation": "listModels"}, 500, {"error": "Internal server error"})),
    Planted("listVideos: HTML", "listVideos", "/headers/Content-Type",
            alter("listVideos", content_type="text/html; charset=utf-8")),
    Planted("listPresets: plain text", "listPresets", "/headers/Content-Type",
            alter("listPresets", content_type="text/plain")),
    # Filters.
    Planted("listModels: statusFilter ignored", "listModels", "/body/models/0/voting",
            patch("listModels", put("/models/0/voting", None), query={"statusFilter": "approved"})),
    Planted("listSceneries: an approved record is left out", "listSceneries", "/body/sceneries",
            patch("listSceneries", remove("/sceneries/0"), put("/count", 2), query={"statusFilter": "approved"})),
    Planted("listPackshots: statusFilter=all leaves one out", "listPackshots", "/body/packshots",
            patch("listPackshots", remove("/packshots/0"), put("/count", 1), query={"statusFilter": "all"})),
    Planted("listImages: productId ignored", "listImages", "/body/images",
            respond({"operation": "listImages", "query": {"productId": "*"}}, 200, {"images": [RECORD], "count": 1})),
    Planted("listPresets: maxRecords ignored", "listPresets", "/body/presets",
            patch("listPresets", add("/presets/-", {"id": "preset_x", "name": "X", "guidelines": "g",
                                                   "quantityGuidelines": "q", "qualityGuidelines": "q",
                                                   "createdAt": "2026-03-20T16:00:00.000Z"}),
                  put("/count", 2), query={"maxRecords": "1"})),
    # Authentication, errors, validation.
    Planted("authentication: bearer refused", "listProducts", "/status",
            respond({"operation": "listProducts", "headers": {"Authorization": "Bearer mk_live*"}}, 401,
                    {"error": "Invalid API key."})),
    Planted("an error body with a code", "registerModels", "/body/code",
            patch("registerModels", add("/code", "invalid_body"))),
    Planted("an error body with a message", "updatePackshot", "/body/error",
            respond({"operation": "updatePackshot"}, 400, {"message": "Validation failed."})),
    Planted("an error that is an object", "registerReel", "/body/error",
            respond({"operation": "registerReel"}, 400, {"error": {"text": "Validation failed."}})),
    Planted("an error in plain text", "registerVideo", "/body",
            respond({"operation": "registerVideo"}, 400, "Validation failed.")),
    Planted("422 in place of 400", "registerSceneries", "/status", alter("registerSceneries", 422)),
    Planted("404 for a missing field", "registerImages", "/status", alter("registerImages", 404)),
    Planted("an invalid form accepted", "createPreset", "/status",
            respond({"operation": "createPreset"}, 200, {"success": True, "presetId": "preset_1"})),
    Planted("an unknown path answers 200", "", "/status",
            respond({"path": "/api/external/qamera-mock-none"}, 200, {"error": "none"})),
    Planted("an unknown path answers HTML", "", "/body",
            respond({"path": "/api/external/qamera-mock-none"}, 404, "<html></html>")),
    # Generation.
    Planted("registerModels: status 201", "registerModels", "/status", alter("registerModels", 201), generates=True),
    made("creditsReserved a string", "registerSceneries", "/body/creditsReserved", put("/creditsReserved", "10")),
    made("creditsReserved another figure", "registerVideo", "/body/creditsReserved", put("/creditsReserved", 11)),
    made("creditsReserved negative", "registerReel", "/body/creditsReserved", put("/creditsReserved", -15)),
    made("createdRecordIds renamed", "registerImages", "/body/createdRecordIds",
         move("/createdRecordIds", "/recordIds")),
    made("two records for one", "registerPackshots", "/body/createdRecordIds", add("/createdRecordIds/-", "ps_999")),
    made("orderId nulled", "registerReel", "/body/orderId", put("/orderId", None)),
    made("a vote for another record", "updatePackshot", "/body/recordId", put("/recordId", "rec_other")),
    made("success false", "updatePackshot", "/body/success", put("/success", False)),
    made("presetId removed", "createPreset", "/body/presetId", remove("/presetId")),
    made("a record that never shows", "listModels", "/body/models",
         put("/models", [{**RECORD, "id": "model_x"}]), put("/count", 1)),
    Planted("listModels: a stuck job", "listModels", "/body/models", scenario="stuck-job", generates=True),
]


def run_verify(server, key, generates=True, *flags):
    """The exit code and the JSON report of a contract run."""
    spending = ("--max-credits", "100", "--create-preset", "--timeout", "1s") if generates else ()
    run = run_binary("verify", "--target", server.url, "--api-key", key, "--rps", "0", "--format", "json", *spending,
                     *flags)
    assert run.returncode in (0, 1), run.stderr
    return run.returncode, json.loads(run.stdout)


def plant_and_verify(server, planted):
    """The departures that a run reports with this one planted."""
    key = f"mk_live_{planted.scenario}.planted{next(KEY_NUMBERS)}"
    if planted.rules:
        server.admin("POST", "/rules", {"rules": list(planted.rules)}, status=201, key=key)
    code, report = run_verify(server, key, planted.generates)
    assert (code == 0) == (not report["departures"]), report
    return report["departures"]


def is_found(planted, departures):
    return any(one["operation"] == planted.operation and one["pointer"] == planted.pointer for one in departures)
