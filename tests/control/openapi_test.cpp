// The document of the control API beside the table of its calls. What real calls say is judged in served.cpp.

#include "control/openapi.h"
#include "system/temporary_folder.h"

#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "base/embedded.h"
#include "contract/schema.h"
#include "control/control_contract.h"
#include "control/routes.h"
#include "control/served.h"

namespace qamera::control {
namespace {

using Calls = std::set<std::string>;

Calls calls_of_table() {
  Calls calls;
  for (const Route& route : routes()) calls.insert(std::string(route.method) + " " + std::string(route.path));
  return calls;
}

Calls calls_of_document(const OrderedJson& document) {
  Calls calls;
  for (const auto& [path, methods] : document.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      calls.insert(upper + " " + path);
    }
  }
  return calls;
}

Calls calls_of_data() {
  Calls calls;
  const auto data = parse_ordered_json(*embedded_file("schemas/control/api.json"));
  for (const auto& [call, said] : data->at("calls").items()) calls.insert(call);
  return calls;
}

Calls without(Calls from, const Calls& others) {
  for (const std::string& call : others) from.erase(call);
  return from;
}

/// Calls `visit` with each object and its place.
void walk(const OrderedJson& value, const std::string& place,
          const std::function<void(const OrderedJson&, const std::string&)>& visit) {
  if (value.is_object()) visit(value, place);
  if (!value.is_structured()) return;
  for (const auto& [name, child] : value.items()) walk(child, place + "/" + name, visit);
}

/// Calls of every kind that succeed, in an order that works. Braces stand for what there is.
struct GoodCall {
  const char* method;
  const char* target;
  const char* body;
};
constexpr GoodCall kGoodCalls[] = {
    {"GET", "/health", ""},
    {"POST", "/workspaces", R"({"key": "mk_live_happy-path.good", "clock": {"mode": "manual"}, "credits": 7})"},
    {"GET", "/workspaces", ""},
    {"GET", "/workspaces/{workspace}", ""},
    {"POST", "/workspaces/{workspace}/fork", ""},
    {"POST", "/workspaces/{workspace}/send", R"({"method": "GET", "url": "/api/external/models?colour=red"})"},
    {"GET", "/state", ""},
    {"GET", "/scenarios", ""},
    {"GET", "/clock", ""},
    {"PUT", "/clock", R"({"mode": "manual"})"},
    {"GET", "/jobs", ""},
    {"POST", "/records/{record}", R"({"status": "DONE"})"},
    {"POST", "/clock/advance", R"({"until": "idle"})"},
    {"GET", "/credits", ""},
    {"PATCH", "/credits", R"({"grant": 5})"},
    {"GET", "/records?collection=images", ""},
    {"POST", "/rules", R"({"name": "mine", "when": {"operation": "listModels"}, "setState": "seen"})"},
    {"GET", "/rules", ""},
    {"DELETE", "/rules/mine", ""},
    {"DELETE", "/rules", ""},
    {"GET", "/script", ""},
    {"PUT", "/script", R"({"state": "x", "maintenance": false})"},
    {"PATCH", "/keys", R"({"scopes": ["content.register"]})"},
    {"GET", "/requests?limit=2", ""},
    {"GET", "/requests/{request}", ""},
    {"GET", "/requests/unmatched", ""},
    {"POST", "/requests/count", R"({"operation": "listModels"})"},
    {"POST", "/requests/find",
     R"({"urlPath": "/api/external/models", "queryParameters": {"colour": {"equalTo": "red"}}})"},
    {"POST", "/requests/near-misses", R"({"operation": "listModels", "method": "POST"})"},
    {"POST", "/near-misses/request-pattern", R"({"operation": "listModels", "method": "POST"})"},
    {"GET", "/requests.ndjson", ""},
    {"GET", "/requests.har", ""},
    {"GET", "/findings", ""},
    {"GET", "/events?since=0", ""},
    {"GET", "/metrics", ""},
    {"GET", "/openapi.json", ""},
    {"GET", "/control.openapi.json", ""},
    {"POST", "/verify", R"({"expect": [{"count": {"operation": "listModels", "atLeast": 1}}]})"},
    {"POST", "/requests/remove", R"({"operation": "listModels"})"},
    {"DELETE", "/requests", ""},
    {"POST", "/state/save", ""},
    {"POST", "/reset", ""},
    {"PUT", "/scenario", R"("happy-path")"},
    {"DELETE", "/workspaces/{workspace}", ""},
    {"POST", "/shutdown", ""},
};

/// Makes the good calls, for one workspace or for all; gives those that succeeded.
Calls made_calls(bool named) {
  const TemporaryFolder folder;
  Served::Overrides overrides;
  overrides.options.state_file = folder.file("state.json");
  Served served(std::move(overrides));
  const std::string key = served.workspace_of(R"("clock": {"mode": "manual"}, "fixture": "docs-examples")");
  const Reply shoot = served.ask("POST", "/api/external/image-picker/register-ideas",
                                 R"({"config": {"product": {"id": "rec_product_001"}}, "count": 2})");
  REQUIRE(shoot.response.status == 200);
  served.ask("GET", "/nowhere");
  const api::WorkspaceHandle made = served.application.workspaces().all().front();
  const std::pair<std::string_view, std::string> kNames[] = {
      {"{workspace}", made->id},
      {"{record}", made->workspace.records(Collection::kImages).back()->id},
      {"{request}", std::string(header(shoot, "X-Qamera-Mock-Request"))}};
  Calls calls;
  for (const GoodCall& call : kGoodCalls) {
    std::string target = call.target;
    for (const auto& [name, value] : kNames) {
      if (const auto at = target.find(name); at != std::string::npos) target.replace(at, name.size(), value);
    }
    const Headers headers = named ? Headers{{"X-Api-Key", key}} : Headers{};
    const Reply reply = served.control(call.method, target, call.body, headers);
    INFO(call.method << " " << target << " " << reply.response.body);
    CHECK(reply.response.status < 300);
    const auto match = match_route(call.method, "/__admin" + target.substr(0, target.find('?')));
    REQUIRE(match.route != nullptr);
    if (reply.response.status < 300) calls.insert(std::string(call.method) + " " + std::string(match.route->path));
    if (std::string_view(call.target) == "/state") {
      CHECK(served.control("PUT", "/state", reply.response.body, headers).response.status == 200);
      calls.insert("PUT /__admin/state");
    }
  }
  return calls;
}

}  // namespace

TEST_CASE("control document: it has the calls of the table, and nothing is said of others") {
  const Calls table = calls_of_table();
  const Calls document = calls_of_document(openapi_document("1.2.3"));
  for (const std::string& call : without(table, document)) {
    FAIL_CHECK(call << " is not described: it needs a line among the calls of schemas/control/api.json");
  }
  for (const std::string& call : without(calls_of_data(), table)) {
    FAIL_CHECK(call << " is described in schemas/control/api.json, and in no row of the table");
  }
  CHECK(document == table);
}

TEST_CASE("control document: every name is given once, every reference leads somewhere, every component is used") {
  const OrderedJson document = openapi_document("1.2.3");
  std::set<std::string> ids, tags, used, there;
  for (const OrderedJson& tag : document["tags"]) tags.insert(tag["name"]);
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      CAPTURE(method + " " + path);
      CHECK(ids.insert(operation.at("operationId")).second);
      CHECK(tags.count(operation.at("tags").at(0)) == 1);
      CHECK_FALSE(operation.at("summary").get<std::string>().empty());
    }
  }
  walk(document, "", [&](const OrderedJson& object, const std::string&) {
    const auto reference = object.find("$ref");
    if (reference != object.end() && reference->is_string()) used.insert(reference->get<std::string>().substr(1));
  });
  for (const auto& [section, components] : document["components"].items()) {
    for (const auto& [name, component] : components.items()) there.insert("/components/" + section + "/" + name);
  }
  there.erase("/components/securitySchemes/adminToken");  // named, not referred to
  CHECK(used == there);
}

TEST_CASE("control document: no schema has a keyword that is not judged, and each component says what it is") {
  const OrderedJson document = openapi_document("1.2.3");
  for (const auto& [name, schema] : document["components"]["schemas"].items()) {
    CAPTURE(name);
    OrderedJson root = document;
    root["$ref"] = "#/components/schemas/" + name;
    CHECK_NOTHROW(contract::Schema{root});
  }
}

TEST_CASE("control document: each call of the table replies as it says, for one workspace and for all") {
  for (const bool named : {true, false}) {
    CAPTURE(named);
    for (const std::string& call : without(calls_of_table(), made_calls(named))) {
      FAIL_CHECK(call << " is never seen to succeed: it needs a line among the good calls");
    }
  }
}

TEST_CASE("control document: what it does not describe is seen") {
  Reply reply = json_reply(200, {{"status", "ok"}, {"version", "1"}, {"more", 1}});
  CHECK(departure_from_document("GET", "/__admin/health", "", reply).find("its reply 200: /more") != std::string::npos);
  reply = json_reply(302, OrderedJson::object());
  CHECK(departure_from_document("GET", "/__admin/health", "", reply).find("nothing is said") != std::string::npos);
  reply = json_reply(200, {{"changed", OrderedJson::array()}});
  CHECK(departure_from_document("PATCH", "/__admin/keys", R"({"sate": "revoked"})", reply).find("its body: /sate") !=
        std::string::npos);
  CHECK(departure_from_document("PATCH", "/__admin/keys", R"({"state": "revoked"})", reply) == "");
  reply = json_reply(404, {{"eror", "none"}});
  CHECK(departure_from_document("GET", "/__admin/health", "", reply) != "");
}

}  // namespace qamera::control
