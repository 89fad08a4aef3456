#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "contract/test_data.h"

namespace qamera::contract {
namespace {

Request get(std::string target) {
  Request request;
  request.method = "GET";
  request.target = std::move(target);
  parse_target(request);
  return request;
}

Request post(const std::string& body, const char* content_type) {
  Request request;
  request.method = "POST";
  request.body = body;
  if (content_type != nullptr) request.headers.add("Content-Type", content_type);
  return request;
}

/// Findings as "kind pointer: message", one a line.
std::string lines(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    if (!out.empty()) out += "\n";
    out += std::string(finding.kind) + " " + finding.pointer + ": " + finding.message;
  }
  return out;
}

std::string of_get(std::string_view operation, std::string query) {
  return lines(shared_contract().request_findings(row(operation), get("/x?" + std::move(query)), nullptr));
}

std::string of_body(std::string_view operation, const char* text) {
  bool repeats = false;
  const Json body = parse_json(text, &repeats).value();
  return lines(shared_contract().request_findings(row(operation), post(text, "application/json"), &body, repeats));
}

std::string of_type(std::string_view operation, const char* content_type) {
  return lines(shared_contract().request_findings(row(operation), post("x", content_type), nullptr));
}

}  // namespace

TEST_CASE("findings: documented query parameters and values pass") {
  CHECK(of_get("listModels", "") == "");
  CHECK(of_get("listModels", "statusFilter=all") == "");
  CHECK(of_get("listModels", "statusFilter=approved") == "");
  CHECK(of_get("listImages", "statusFilter=approved&productId=prod_abc123") == "");
  CHECK(of_get("listImages", "productId=") == "");
  CHECK(of_get("listPresets", "maxRecords=1") == "");
  CHECK(of_get("listPresets", "maxRecords=020") == "");
  CHECK(of_get("listPresets", "maxRecords=99999999999999999999") == "");
}

TEST_CASE("findings: an unknown query parameter is named, with its nearest neighbour") {
  CHECK(of_get("listModels", "foo=1") ==
        "unknown-query-parameter /query/foo: Query parameter 'foo' is not documented for listModels.");
  CHECK(of_get("listImages", "productID=p") ==
        "unknown-query-parameter /query/productID: Query parameter 'productID' is not documented for listImages; "
        "did you mean 'productId'?");
  CHECK(
      of_get("listVideos", "statusFilter=approved") ==
      "unknown-query-parameter /query/statusFilter: Query parameter 'statusFilter' is not documented for listVideos.");
  CHECK(of_get("registerModels", "count=5") ==
        "unknown-query-parameter /query/count: Query parameter 'count' is not documented for registerModels.");
  CHECK(of_get("listModels", "a%2Fb=1").starts_with("unknown-query-parameter /query/a~1b: "));
}

TEST_CASE("findings: an undocumented value is named, with the documented ones") {
  const std::string filter = "undocumented-value /query/statusFilter: Query parameter 'statusFilter' is '";
  for (const char* value : {"foo", "", "Approved", "ALL", "approved "}) {
    CHECK(of_get("listModels", std::string("statusFilter=") + value) ==
          filter + value + "'; documented is \"all\" or \"approved\" (default: all).");
  }
  for (const char* value : {"0", "00", "-1", "2.5", "x", "", "1e3", "%2B5", " 5"}) {
    CAPTURE(value);
    const std::string found = of_get("listPresets", std::string("maxRecords=") + value);
    CHECK(found.starts_with("undocumented-value /query/maxRecords: Query parameter 'maxRecords' is '"));
    CHECK(found.ends_with("'; documented is a positive whole number (default: 20)."));
  }
}

TEST_CASE("findings: several at once are reported in the request's order") {
  CHECK(of_get("listModels", "b=1&statusFilter=x&a=2") ==
        "unknown-query-parameter /query/b: Query parameter 'b' is not documented for listModels.\n"
        "undocumented-value /query/statusFilter: Query parameter 'statusFilter' is 'x'; documented is \"all\" or "
        "\"approved\" (default: all).\n"
        "unknown-query-parameter /query/a: Query parameter 'a' is not documented for listModels.");
}

TEST_CASE("findings: unknown fields are found at any depth, known ones are not") {
  CHECK(of_body("registerModels", R"({"preferences": "p", "count": 5})") == "");
  CHECK(of_body("registerModels", R"({"preferences": "p", "coun": 5})") ==
        "unknown-field /body/coun: Field 'coun' is not documented; did you mean 'count'?");
  CHECK(of_body("registerModels", R"({"preferences": "p", "zzzzzzzz": {"deep": 1}})") ==
        "unknown-field /body/zzzzzzzz: Field 'zzzzzzzz' is not documented.");
  CHECK(of_body("registerImages", R"({"config": {"product": {"id": "p", "name": "n"}, "sugestions": "s"}})") ==
        "unknown-field /body/config/product/name: Field 'config.product.name' is not documented.\n"
        "unknown-field /body/config/sugestions: Field 'config.sugestions' is not documented; did you mean "
        "'suggestions'?");
  CHECK(of_body("registerPackshots", R"({"config": {"product": {"id": "p"}, "industry": "fashion"}})") ==
        "unknown-field /body/config/industry: Field 'config.industry' is not documented.");
  CHECK(of_body("registerModels", R"({"preferences": "p", "a/b~c": 1})") ==
        "unknown-field /body/a~1b~0c: Field 'a/b~c' is not documented.");
  // A body of the wrong shape is a refusal, which is not repeated here.
  CHECK(of_body("registerImages", R"({"config": [{"x": 1}]})") == "");
  CHECK(of_body("registerModels", "[1, 2]") == "");
}

TEST_CASE("findings: the content type of a JSON operation") {
  for (const char* type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                           "application/json ;charset=utf-8", " application/json"}) {
    CHECK(of_type("registerModels", type) == "");
  }
  const std::string at = "wrong-content-type /headers/content-type: Content-Type ";
  CHECK(of_type("registerModels", nullptr) == at + "is missing; documented is application/json.");
  CHECK(of_type("registerModels", "text/plain") == at + "is 'text/plain'; documented is application/json.");
  for (const char* type : {"", "application/x-www-form-urlencoded", "application/jsonp", "json",
                           "multipart/form-data; boundary=x", "application/problem+json"}) {
    CHECK(of_type("registerModels", type) == at + "is '" + type + "'; documented is application/json.");
  }
  CHECK(lines(shared_contract().request_findings(row("registerModels"), post("", nullptr), nullptr)) == "");
}

TEST_CASE("findings: the content type and file fields of a multipart operation") {
  CHECK(of_type("createPreset", "multipart/form-data; boundary=abc") == "");
  CHECK(of_type("createPreset", "application/json") ==
        "wrong-content-type /headers/content-type: Content-Type is 'application/json'; documented is "
        "multipart/form-data.");
  Request request = post("x", "multipart/form-data; boundary=abc");
  for (const char* name : {"cover", "gallery", "galery", "logo"}) {
    request.parts.push_back({.name = name, .filename = "f.png", .content_type = "", .content = "", .is_file = true});
  }
  request.parts.push_back({.name = "notes", .filename = "", .content_type = "", .content = "n"});
  const Json body = {{"name", "n"}, {"notes", "n"}};
  CHECK(lines(shared_contract().request_findings(row("createPreset"), request, &body)) ==
        "unknown-field /body/galery: File field 'galery' is not documented; did you mean 'gallery'?\n"
        "unknown-field /body/logo: File field 'logo' is not documented.\n"
        "unknown-field /body/notes: Field 'notes' is not documented.");
}

TEST_CASE("findings: a query parameter that is given twice is told once") {
  CHECK(of_get("listImages", "productId=a&productId=a") ==
        "duplicate-parameter /query/productId: Query parameter 'productId' is given more than once.");
  CHECK(of_get("listImages", "productId=a&statusFilter=all&product%49d=b&productId=c") ==
        "duplicate-parameter /query/productId: Query parameter 'productId' is given more than once.");
  CHECK(of_get("listImages", "productId=a&statusFilter=all") == "");
  std::string many;
  for (int i = 0; i < 3'000; ++i) many += "p" + std::to_string(i % 1'500) + "=&";
  const auto found = shared_contract().request_findings(row("listModels"), get("/x?" + many), nullptr);
  const auto is_repetition = [](const Finding& one) { return one.kind == finding_kind::kDuplicateParameter; };
  CHECK(std::count_if(found.begin(), found.end(), is_repetition) == 100);
}

TEST_CASE("findings: a header that may not repeat, and does") {
  for (const auto& [name, shown] : {std::pair("X-API-Key", "X-Api-Key"), std::pair("authorization", "Authorization")}) {
    Request request = get("/x");
    request.headers.add(name, "a");
    CHECK(lines(shared_contract().request_findings(row("listModels"), request, nullptr)) == "");
    request.headers.add(shown, "a");
    std::string pointer = "/headers/" + std::string(shown);
    std::transform(pointer.begin(), pointer.end(), pointer.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    CHECK(lines(shared_contract().request_findings(row("listModels"), request, nullptr)) ==
          "duplicate-header " + pointer + ": Header '" + shown + "' is given more than once.");
  }
  Request request = post("x", "application/json");
  request.headers.add("content-type", "text/plain");
  request.headers.add("Accept", "a");
  request.headers.add("Accept", "b");
  CHECK(lines(shared_contract().request_findings(row("registerModels"), request, nullptr)) ==
        "duplicate-header /headers/content-type: Header 'Content-Type' is given more than once.");
}

TEST_CASE("findings: a form field that is given twice, other than the gallery") {
  Request request = post("x", "multipart/form-data; boundary=abc");
  for (const char* name : {"name", "gallery", "gallery", "name"}) {
    request.parts.push_back({.name = name, .filename = "", .content_type = "", .content = "n", .is_file = false});
  }
  const Json body = {{"name", "n"}};
  CHECK(lines(shared_contract().request_findings(row("createPreset"), request, &body)) ==
        "duplicate-field /body/name: Form field 'name' is given more than once.");
}

TEST_CASE("findings: a member that its object has already, at any depth and however it is written") {
  CHECK(of_body("registerModels", R"({"preferences": "p", "preferences": "q"})") ==
        "duplicate-member /body/preferences: Field 'preferences' is given more than once in its object.");
  CHECK(of_body("registerImages", R"({"config": {"product": {"id": "p", "i\u0064": "q", "id": "r"}}, "count": 1})") ==
        "duplicate-member /body/config/product/id: Field 'config.product.id' is given more than once in its object.");
  CHECK(of_body("registerReel", R"({"imagesIds": ["a", "b"], "imagesIds": ["a", "a"]})").find("imagesIds' is given") !=
        std::string::npos);
}

TEST_CASE("findings: a body on a GET") {
  Request request = get("/api/external/models");
  CHECK(shared_contract().request_findings(row("listModels"), request, nullptr).empty());
  request.body = "{}";
  const Json body = Json::object();
  CHECK(lines(shared_contract().request_findings(row("listModels"), request, &body)) ==
        "unexpected-body /body: listModels documents no body; 2 bytes were sent.");
}

}  // namespace qamera::contract
