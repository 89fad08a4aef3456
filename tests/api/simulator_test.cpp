// The order in which a request is judged, and what each judgement leaves behind.

#include <doctest/doctest.h>

#include "base/embedded.h"
#include "contract/operation.h"
#include "control/served.h"

namespace qamera::api {

using namespace control;
namespace {

constexpr std::string_view kShoot = "/api/external/image-picker/register-ideas";
constexpr std::string_view kModels = "/api/external/models";
constexpr std::string_view kUnknownProduct = R"({"config": {"product": {"id": "nothing"}}, "count": 1})";

std::string shoot(int count) {
  return R"({"config": {"product": {"id": "rec_product_001"}}, "count": )" + std::to_string(count) + "}";
}

/// The text fields as a form of boundary `b`.
std::string form_of(const Json& fields) {
  std::string form;
  for (const auto& [name, value] : fields.items()) {
    if (!value.is_string()) continue;
    form += "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value.get<std::string>() + "\r\n";
  }
  return form + "--b--\r\n";
}

std::string credits(Served& served) {
  const Json ledger = body_of(served.control("GET", "/credits", "", {{"X-Api-Key", std::string(kKey)}}));
  return ledger["available"].dump() + "/" + ledger["reserved"].dump();
}

}  // namespace

TEST_CASE(
    "simulator: of several mistakes the first of path, method, key, scope, limit, body, existence, credits is told") {
  Served served;
  served.workspace_of(R"("fixture": "docs-examples", "credits": {"available": 0},
    "keys": [{"id": "test", "scopes": []}], "rateLimit": {"requests": 1, "window": "60s", "mode": "enforce"})");
  const Headers no_key{{"X-Api-Key", "nonsense"}};
  CHECK(shown(served.ask("PUT", "/api/external/nothing", "{", no_key)) == "404 Not found.");
  const Reply method = served.ask("PUT", kShoot, "{", no_key);
  CHECK(shown(method) == "405 Method not allowed.");
  CHECK(header(method, "Allow") == "POST");
  CHECK(shown(served.ask("POST", kShoot, "{", no_key)) == "401 Invalid API key.");
  CHECK(shown(served.ask("POST", kShoot, "{")) == "403 Missing required scope: 'content.register'.");
  const Headers this_one{{"X-Api-Key", std::string(kKey)}};
  REQUIRE(
      served.control("PATCH", "/keys", R"({"id": "test", "scopes": ["content.register"]})", this_one).response.status ==
      200);
  CHECK(shown(served.ask("GET", kModels)) == "200");
  CHECK(shown(served.ask("POST", kShoot, "{")) == "429 Too many requests. Please retry after a short delay.");
  const auto later = [&] {
    REQUIRE(served.control("POST", "/clock/advance", R"({"by": "61s"})").response.status == 200);
  };
  later();
  CHECK(
      shown(served.ask("POST", kShoot, "{")).starts_with("400 Validation failed: the request body is not valid JSON"));
  later();
  CHECK(shown(served.ask("POST", kShoot, R"({"count": 0})")).starts_with("400 Validation failed: "));
  later();
  CHECK(shown(served.ask("POST", kShoot, kUnknownProduct)) == "404 Product not found.");
  later();
  CHECK(shown(served.ask("POST", kShoot, shoot(2))) == "402 Insufficient credits. Required: 20, available: 0.");
}

TEST_CASE("simulator: every operation of the table performs the example of its schema") {
  Served served({.scenario = "happy-path"});
  for (const contract::Operation& operation : contract::operations()) {
    CAPTURE(operation.name);
    Headers headers{{"X-Api-Key", std::string(kKey)}};
    std::string body;
    if (operation.body != contract::BodyFormat::kNone) {
      const auto schema = embedded_file("schemas/" + std::string(operation.name) + ".request.json");
      REQUIRE(schema);
      const Json example = parse_json(*schema)->at("examples").at(0);
      const bool form = operation.body == contract::BodyFormat::kMultipart;
      body = form ? form_of(example) : dump_json(example);
      headers.add("Content-Type", form ? "multipart/form-data; boundary=b" : "application/json");
    }
    const Reply reply = served.ask(operation.method, operation.path, body, std::move(headers));
    CHECK(shown(reply) == "200");
    CHECK(header(reply, "X-Qamera-Mock-Reason") == "ok");
  }
}

TEST_CASE("simulator: every reply names its journal entry, its correlation and its reason") {
  Served served;
  const Reply reply = served.ask("GET", kModels);
  CHECK(header(reply, "X-Qamera-Mock-Request") == "req_000001");
  CHECK(header(reply, "X-Qamera-Mock-Reason") == "ok");
  const auto entry = served.journal.find("req_000001");
  REQUIRE(entry != nullptr);
  CHECK(header(reply, "X-Correlation-Id") == entry->correlation_id);
  CHECK(entry->operation == "listModels");
  CHECK(*entry->request_headers.find("X-Api-Key") == "mk_live_test.***");
  CHECK(header(served.ask("GET", "/nothing"), "X-Qamera-Mock-Reason") == "path: no documented endpoint");
  CHECK(header(served.ask("GET", "/api/products"), "X-Qamera-Mock-Reason") ==
        "path: no documented endpoint (did you mean /api/external/products?)");
  CHECK(served.journal.find("req_000002")->operation == "");
}

TEST_CASE("simulator: a fault before the commit leaves the workspace as it was, one after it does not") {
  for (const bool after : {false, true}) {
    CAPTURE(after);
    Served served;
    served.workspace_of(R"("fixture": "docs-examples", "credits": {"available": 100}, "clock": {"mode": "manual"},
      "rules": [{"when": {"operation": "registerImages"}, "fault": {"kind": "connection-reset", ")" +
                        std::string(after ? "after" : "before") + R"(": "commit"}}])");
    const Reply reply = served.ask("POST", kShoot, shoot(3));
    REQUIRE(reply.delivery.fault.has_value());
    CHECK(credits(served) == (after ? "70/30" : "100/0"));
    CHECK(served.journal.find("req_000001")->fault == "connection-reset");
  }
}

TEST_CASE("simulator: a scripted reply is not performed, a patched one is, and a patch that does not fit is told of") {
  Served served;
  served.workspace_of(
      R"("fixture": "docs-examples", "credits": {"available": 100}, "clock": {"mode": "manual"}, "rules": [
    {"name": "busy", "when": {"operation": "registerImages", "nth": 1}, "respond": {"status": 503, "body": {"a": 1}}},
    {"name": "odd", "when": {"operation": "registerImages", "nth": 2},
     "patch": [{"op": "remove", "path": "/batchId"}]},
    {"name": "unfit", "when": {"operation": "registerImages", "nth": 3}, "patch": [{"op": "remove", "path": "/x"}]}])");
  const Reply busy = served.ask("POST", kShoot, shoot(1));
  CHECK(busy.response.status == 503);
  CHECK(busy.response.body == R"({"a":1})");
  CHECK(header(busy, "X-Qamera-Mock-Reason") == "rule: busy");
  CHECK(credits(served) == "100/0");
  const Reply odd = served.ask("POST", kShoot, shoot(1));
  CHECK(odd.response.status == 200);
  CHECK_FALSE(body_of(odd).contains("batchId"));
  CHECK(credits(served) == "90/10");
  const Reply unfit = served.ask("POST", kShoot, shoot(1));
  CHECK(body_of(unfit).contains("batchId"));
  CHECK(header(unfit, "X-Qamera-Mock-Reason").find("patch not applied") != std::string_view::npos);
}

TEST_CASE("simulator: what the documents do not describe is served and found, or refused when strict") {
  Served lenient;
  const Reply found = lenient.ask("GET", "/api/external/models?colour=red&k=mk_live_a.b");
  CHECK(found.response.status == 200);
  CHECK(header(found, "X-Qamera-Mock-Findings") ==
        "unknown-query-parameter /query/colour, unknown-query-parameter /query/k");
  CHECK(header(lenient.ask("GET", kModels), "X-Qamera-Mock-Findings") == "");
  CHECK(header(lenient.ask("GET", "/api/external/models?mk_live_a.b=1%0d%0a"), "X-Qamera-Mock-Findings") ==
        "unknown-query-parameter /query/mk_live_a.***");
  REQUIRE(lenient.journal.find("req_000001")->findings.size() == 2);
  CHECK(lenient.journal.find("req_000001")->findings[0].kind == finding_kind::kUnknownQueryParameter);
  Served::Overrides overrides;
  overrides.options.strict = true;
  Served strict(std::move(overrides));
  CHECK(shown(strict.ask("GET", "/api/external/models?colour=red")).starts_with("400 Validation failed: "));
  CHECK(strict.ask("GET", kModels).response.status == 200);
}

TEST_CASE("simulator: in a maintenance window everything answers 503, until its end") {
  Served served;
  served.workspace_of(R"("fixture": "empty", "clock": {"mode": "manual"}, "timeline": [
    {"at": "1s", "set": {"maintenance": true}}, {"at": "2s", "set": {"maintenance": false}}])");
  CHECK(served.ask("GET", kModels).response.status == 200);
  for (const int status : {503, 200}) {
    REQUIRE(served.control("POST", "/clock/advance", R"({"by": "1s"})").response.status == 200);
    CHECK(served.ask("GET", kModels).response.status == status);
  }
}

TEST_CASE("simulator: browsers of allowed origins get what they need to read a reply, others do not") {
  Served::Overrides overrides;
  overrides.options.allow_origins = {"https://app.example"};
  Served served(std::move(overrides));
  const Headers preflight{{"Origin", "https://app.example"}, {"Access-Control-Request-Method", "GET"}};
  CHECK(served.ask("OPTIONS", kModels, "", preflight).response.status == 204);
  const Reply ours = served.ask("GET", kModels, "", {{"Origin", "https://app.example"}});
  CHECK(header(ours, "Access-Control-Allow-Origin") == "https://app.example");
  const Reply foreign = served.ask("GET", kModels, "", {{"Origin", "https://evil.example"}});
  CHECK(foreign.response.headers.find("Access-Control-Allow-Origin") == nullptr);
}

TEST_CASE(
    "simulator: a form without a readable part says what a form needs, and one without the fields which is missing") {
  Served served;
  constexpr std::string_view kPresets = "/api/external/presets";
  const auto ask = [&](std::string_view body, std::string type) {
    return shown(
        served.ask("POST", kPresets, body, {{"X-Api-Key", std::string(kKey)}, {"Content-Type", std::move(type)}}));
  };
  const std::string broken =
      "400 Validation failed: the request body is not a valid form (Content-Type needs a boundary, the body a closing "
      "delimiter and at most 1,000 parts, and each part a name).";
  CHECK(ask("--b\r\n", "multipart/form-data; boundary=b") == broken);
  CHECK(ask("--b\r\n", "Multipart/Form-Data") == broken);
  CHECK(ask("--b\r\n\r\n--b--\r\n", "multipart/form-data; boundary=b") == broken);
  CHECK(ask("--b--\r\n", "multipart/form-data; boundary=b") == "400 Validation failed: 'name' is required.");
  CHECK(ask("--b--", "multipart/form-data; boundary=b") == "400 Validation failed: 'name' is required.");
  CHECK(ask("", "multipart/form-data; boundary=b") == "400 Validation failed: 'name' is required.");
  CHECK(ask("{}", "application/json") == "400 Validation failed: 'name' is required.");
}

TEST_CASE("simulator: a listing that would break the contract answers 500 until its record is right") {
  Served served;
  served.workspace_of(R"("fixture": "empty", "jobs": {"default": {"manual": true}}, "clock": {"mode": "manual"})");
  REQUIRE(served.ask("POST", "/api/external/models/register-ideas", R"({"preferences": "p", "count": 2})")
              .response.status == 200);
  CHECK(served.ask("GET", kModels).response.status == 200);
  const WorkspaceHandle handle = served.application.workspaces().for_key(kKey).value();
  const std::string id = handle->workspace.records(Collection::kModels)[0]->id;
  std::vector<sim::ClockEvent> fired;
  // No model is ever UPLOADED.
  REQUIRE(handle->workspace.settle(id, sim::RecordStatus::kUploaded, fired));
  for (const char* request : {"req_000003", "req_000004"}) {
    const Reply reply = served.ask("GET", kModels);
    CHECK(shown(reply) == "500 Internal server error.");
    CHECK(header(reply, "X-Qamera-Mock-Reason").starts_with("bug in qamera-mock: " + id + ": /status: "));
    const auto entry = served.journal.find(request);
    REQUIRE(entry != nullptr);
    REQUIRE(entry->findings.size() == 1);
    CHECK(entry->findings[0].kind == finding_kind::kResponseBreach);
  }
  CHECK(handle->workspace.vote(id, sim::Voting::kRejected));
  CHECK(served.ask("GET", kModels).response.status == 200);
}

}  // namespace qamera::api
