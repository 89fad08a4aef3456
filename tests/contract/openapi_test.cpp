#include "contract/openapi.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "contract/test_data.h"

namespace qamera::contract {
namespace {

const OrderedJson& document() {
  static const OrderedJson made = openapi_document("1.2.3");
  return made;
}

/// The row of the document for an operation, found by its id.
OrderedJson operation_object(std::string_view id) {
  for (const auto& path : document()["paths"]) {
    for (const auto& row : path) {
      if (row["operationId"] == id) return row;
    }
  }
  return nullptr;
}

void collect_references(const OrderedJson& value, std::set<std::string>& out) {
  if (value.is_object() && value.contains("$ref")) out.insert(value["$ref"].get<std::string>());
  if (!value.is_structured()) return;
  for (const auto& child : value) collect_references(child, out);
}

}  // namespace

TEST_CASE("openapi: every operation of the table is there, once, under its path and method") {
  std::size_t found = 0;
  for (const auto& path : document()["paths"]) found += path.size();
  CHECK(found == operations().size());
  for (const Operation& operation : operations()) {
    CAPTURE(operation.name);
    const OrderedJson row = operation_object(operation.name);
    REQUIRE(row.is_object());
    std::string method(operation.method);
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    CHECK(document()["paths"].at(std::string(operation.path)).at(method) == row);
    CHECK(row["summary"] == operation.summary);
    CHECK(row.contains("requestBody") == (operation.body != BodyFormat::kNone));
    const std::size_t parameters = row.contains("parameters") ? row["parameters"].size() : 0;
    CHECK(parameters == operation.query.size());
    const OrderedJson& tags = document()["tags"];
    CHECK(std::count_if(tags.begin(), tags.end(), [&](const auto& tag) { return tag["name"] == row["tags"][0]; }) == 1);
  }
}

TEST_CASE("openapi: every documented status has a response, and no other has") {
  for (const Operation& operation : operations()) {
    CAPTURE(operation.name);
    std::set<std::string> expected = {"200", "403", "404", "429"};
    for (int status : operation.errors) expected.insert(std::to_string(status));
    std::set<std::string> found;
    const OrderedJson row = operation_object(operation.name);
    for (const auto& [status, response] : row["responses"].items()) found.insert(status);
    CHECK(found == expected);
    CHECK(documented_statuses(operation).size() == expected.size());
  }
  CHECK(operation_object("listModels")["responses"].contains("402") == false);
}

TEST_CASE("openapi: every example conforms to the contract it illustrates") {
  for (const Operation& operation : operations()) {
    CAPTURE(operation.name);
    const OrderedJson row = operation_object(operation.name);
    const OrderedJson& reply = row["responses"]["200"]["content"]["application/json"]["example"];
    CHECK(message_of(shared_contract().check_response(operation, 200, Json(reply))) == "");
    if (operation.body == BodyFormat::kNone) continue;
    const OrderedJson& request = row["requestBody"]["content"].front()["example"];
    CHECK(message_of(shared_contract().check_request(operation, Json(request))) == "");
  }
  for (const auto& response : document()["components"]["responses"]) {
    const OrderedJson& media = response["content"]["application/json"];
    if (media.contains("examples")) continue;
    CHECK(message_of(shared_contract().check_response(row("listModels"), 400, Json(media["example"]))) == "");
  }
}

TEST_CASE("openapi: the example of a registration's reply answers the example of its request") {
  for (const Operation& operation : operations()) {
    if (operation.action != Action::kRegister) continue;
    CAPTURE(operation.name);
    const OrderedJson object = operation_object(operation.name);
    const OrderedJson& asked = object["requestBody"]["content"]["application/json"]["example"];
    const OrderedJson& reply = object["responses"]["200"]["content"]["application/json"]["example"];
    const std::size_t count = asked.value("count", std::size_t{1});
    const std::size_t price = operation.kind == RecordKind::kReel ? 15 : 10;
    CHECK(reply["createdRecordIds"].size() == count);
    CHECK(reply["creditsReserved"] == price * count);
    // What the endpoint's own page does not show is no part of the mock's reply.
    CHECK_FALSE(reply.contains("status"));
  }
}

TEST_CASE("openapi: the examples of a 400 are what each operation answers an empty body with") {
  const OrderedJson& examples =
      document()["components"]["responses"]["BadRequest"]["content"]["application/json"]["examples"];
  CHECK(examples["registerImages"]["value"]["error"] == "Validation failed: 'config.product.id' is required.");
  CHECK(examples["createPreset"]["value"]["error"] == "Validation failed: 'name' is required.");
  for (const Operation& operation : operations()) {
    CAPTURE(operation.name);
    CHECK(examples.contains(std::string(operation.name)) == (operation.body != BodyFormat::kNone));
  }
}

TEST_CASE("openapi: what a request may leave out has no default, which generated types would take for always there") {
  for (const auto& [name, schema] : document()["components"]["schemas"].items()) {
    CAPTURE(name);
    if (!name.ends_with("Request")) continue;
    for (const auto& property : schema["properties"]) CHECK_FALSE(property.contains("default"));
  }
  const OrderedJson& schemas = document()["components"]["schemas"];
  CHECK(schemas["RegisterImagesRequest"]["properties"]["count"]["description"] ==
        "Number of images to generate (default: 10, max: 20)");
}

TEST_CASE("openapi: every reply may have the id that the mock sends with each") {
  for (const Operation& operation : operations()) {
    CAPTURE(operation.name);
    CHECK(operation_object(operation.name)["responses"]["200"]["headers"].contains("X-Correlation-Id"));
  }
  for (const auto& response : document()["components"]["responses"]) {
    CHECK(response["headers"].contains("X-Correlation-Id"));
  }
  CHECK(document()["components"]["headers"]["X-Correlation-Id"]["required"] == false);
}

TEST_CASE("openapi: every reference leads somewhere, and every component is used") {
  std::set<std::string> references;
  collect_references(document(), references);
  for (const std::string& reference : references) {
    CAPTURE(reference);
    CHECK(document().contains(OrderedJson::json_pointer(reference.substr(1))));
  }
  for (const char* section : {"schemas", "responses", "headers"}) {
    for (const auto& component : document()["components"][section].items()) {
      const std::string name = component.key();
      CAPTURE(name);
      CHECK(references.contains("#/components/" + std::string(section) + "/" + name));
    }
  }
}

TEST_CASE("openapi: schemas are those of the files, without draft and file name") {
  for (const Operation& operation : operations()) {
    OrderedJson file = embedded_json("schemas/" + std::string(operation.name) + ".response.json");
    CHECK(file.erase("$schema") == 1);
    CHECK(file.erase("$id") == 1);
    std::string name(operation.name);
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    CHECK(document()["components"]["schemas"].at(name + "Response") == file);
  }
}

TEST_CASE("openapi: both ways to present a key, the form's files and the links are described") {
  CHECK(document()["info"]["version"] == "1.2.3");
  CHECK(document()["security"].size() == 2);
  CHECK(document()["components"]["securitySchemes"]["apiKey"]["name"] == "X-Api-Key");
  CHECK(document()["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer");
  const OrderedJson& form = document()["components"]["schemas"]["CreatePresetRequest"]["properties"];
  CHECK(form["cover"]["format"] == "binary");
  CHECK(form["gallery"]["items"]["format"] == "binary");
  CHECK_FALSE(form["name"].contains("format"));
  const auto link = [](std::string_view from) {
    return operation_object(from)["responses"]["200"]["links"].front()["operationId"].get<std::string>();
  };
  CHECK(link("registerImages") == "listImages");
  CHECK(link("registerReel") == "listVideos");
  CHECK(link("createPreset") == "listPresets");
  CHECK_FALSE(operation_object("listImages")["responses"]["200"].contains("links"));
}

TEST_CASE("openapi: YAML is block style, with scalars and empty collections as in JSON") {
  const auto value = parse_ordered_json(R"({"a":[{"b":"x: y","c":[]},[1,null]],"d":{},"e":{"f":true}})");
  CHECK(to_yaml(*value) ==
        "\"a\":\n"
        "  - \"b\": \"x: y\"\n"
        "    \"c\": []\n"
        "  - - 1\n"
        "    - null\n"
        "\"d\": {}\n"
        "\"e\":\n"
        "  \"f\": true\n");
  CHECK(to_yaml(OrderedJson("text")) == "\"text\"\n");
}

}  // namespace qamera::contract
