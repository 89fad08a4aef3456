#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/embedded.h"
#include "contract/test_data.h"

namespace qamera::contract {

TEST_CASE("operations: the table lists the documented operations in order") {
  const std::vector<std::string_view> expected = {
      "listProducts", "listModels",     "registerModels", "listSceneries",     "registerSceneries",
      "listImages",   "registerImages", "listPackshots",  "registerPackshots", "updatePackshot",
      "listVideos",   "registerVideo",  "registerReel",   "listPresets",       "createPreset"};
  std::vector<std::string_view> names;
  for (const Operation& operation : operations()) {
    if (std::find(expected.begin(), expected.end(), operation.name) != expected.end()) names.push_back(operation.name);
  }
  CHECK(names == expected);
}

TEST_CASE("operations: each row is complete and consistent") {
  for (const Operation& operation : operations()) {
    CAPTURE(operation.name);
    CHECK(find_operation(operation.name) == &operation);
    CHECK(operation.path.starts_with("/api/external/"));
    CHECK_FALSE(operation.summary.empty());
    CHECK((operation.method == "GET") == (operation.body == BodyFormat::kNone));
    if (operation.action == Action::kList) CHECK(operation.method == "GET");
    if (operation.action == Action::kRegister) CHECK(operation.scope == "content.register");
    CHECK(std::is_sorted(operation.errors.begin(), operation.errors.end()));
    const auto documents = [&](int status) {
      return std::find(operation.errors.begin(), operation.errors.end(), status) != operation.errors.end();
    };
    CHECK(documents(401));
    CHECK(documents(500));
    CHECK(documents(400) == (operation.body != BodyFormat::kNone));
    CHECK(documents(402) == (operation.action == Action::kRegister));
  }
  CHECK(find_operation("listmodels") == nullptr);
  CHECK(find_operation("") == nullptr);
}

TEST_CASE("operations: only the documented query parameters are there, with their defaults") {
  const auto names = [](std::string_view operation) {
    std::string out;
    for (const QueryRule& rule : row(operation).query) {
      out += std::string(rule.name) + "=" + std::string(rule.fallback) + " ";
    }
    return out;
  };
  CHECK(names("listProducts").empty());
  CHECK(names("listModels") == "statusFilter=all ");
  CHECK(names("listSceneries") == "statusFilter=all ");
  CHECK(names("listImages") == "statusFilter=all productId= ");
  CHECK(names("listPackshots") == "statusFilter=all ");
  CHECK(names("listVideos").empty());
  CHECK(names("listPresets") == "maxRecords=20 ");
  CHECK(names("registerModels").empty());
}

TEST_CASE("operations: each row has its schemas, and no schema is left without a row") {
  std::set<std::string> expected = {"schemas/error.response.json"};
  for (const Operation& operation : operations()) {
    expected.insert("schemas/" + std::string(operation.name) + ".response.json");
    if (operation.body != BodyFormat::kNone) {
      expected.insert("schemas/" + std::string(operation.name) + ".request.json");
    }
  }
  std::set<std::string> found;
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path.ends_with(".request.json") || file.path.ends_with(".response.json")) found.emplace(file.path);
  }
  CHECK(found == expected);
  // Any other schema describes a file format.
  for (const EmbeddedFile& file : embedded_files()) {
    CAPTURE(file.path);
    const bool described = !file.path.starts_with("schemas/") || expected.contains(std::string(file.path)) ||
                           file.path.ends_with(".schema.json") || file.path == "schemas/control/api.json";
    CHECK(described);
  }
}

TEST_CASE("route: every row is found by its method and path") {
  for (const Operation& operation : operations()) {
    CAPTURE(operation.name);
    const Route found = route(operation.method, operation.path);
    CHECK(found.operation == &operation);
    CHECK(found.allow.empty());
  }
}

TEST_CASE("route: HEAD is served as GET") {
  CHECK(route("HEAD", "/api/external/models").operation == &row("listModels"));
  CHECK(route("HEAD", "/api/external/presets").operation == &row("listPresets"));
  const Route refused = route("HEAD", "/api/external/models/register-ideas");
  CHECK(refused.operation == nullptr);
  CHECK(refused.allow == "POST");
}

TEST_CASE("route: an unknown method of a known path names the documented ones") {
  const auto allow = [](std::string_view method, std::string_view path) {
    const Route found = route(method, path);
    CHECK(found.operation == nullptr);
    return found.allow;
  };
  CHECK(allow("POST", "/api/external/models") == "GET");
  CHECK(allow("GET", "/api/external/models/register-ideas") == "POST");
  CHECK(allow("DELETE", "/api/external/presets") == "GET, POST");
  CHECK(allow("OPTIONS", "/api/external/products") == "GET");
  CHECK(allow("get", "/api/external/products") == "GET");
  CHECK(allow("", "/api/external/products") == "GET");
}

TEST_CASE("route: a path that is near a documented one is told which") {
  const auto meant = [](const char* path) {
    const std::string text = path_suggestion(path);
    const auto start = text.find('/');
    return text.empty() ? text : text.substr(start, text.find('?') - start);
  };
  for (const char* path :
       {"/api/products", "/products", "/external/products/", "/api/external/products/", "//api//external//products//",
        "/api/external/product", "/api/externl/Products", "/api/v1/products", "products", "/api/external/poducts?x"}) {
    CAPTURE(path);
    CHECK(meant(path) == "/api/external/products");
  }
  CHECK(meant("/api/external/models/register-idea") == "/api/external/models/register-ideas");
  CHECK(meant("/api/external/imagepicker") == "/api/external/image-picker");
  for (const char* path : {"", "/", "///", "*", "/api", "/api/external/", "/api/external/nothing", "/index.html"}) {
    CAPTURE(path);
    CHECK(path_suggestion(path) == "");
  }
  CHECK(path_suggestion(std::string(100'000, '/')) == "");
  CHECK(path_suggestion("/api/external/" + std::string(5'000, 'p')) == "");
}

TEST_CASE("route: an unknown path has neither operation nor methods") {
  for (const char* path : {"", "/", "/api/external", "/api/external/", "/api/external/models/", "//api/external/models",
                           "/api/external/Models", "/api/external/models/register-idea", "/api/external/model",
                           "/api/external/models?statusFilter=all", "/api/external/models/../models", "*"}) {
    CAPTURE(path);
    const Route found = route("GET", path);
    CHECK(found.operation == nullptr);
    CHECK(found.allow.empty());
  }
}

}  // namespace qamera::contract
