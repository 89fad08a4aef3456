#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/embedded.h"
#include "contract/schema.h"
#include "contract/test_data.h"

namespace qamera::contract {
namespace {

// The keywords that mean the same in draft-07 and 2020-12, so that the files serve validators of both.
const std::set<std::string> kCommonKeywords = {
    "type",        "properties", "required", "items",      "enum",
    "const",       "minimum",    "maximum",  "multipleOf", "minLength",
    "minItems",    "maxItems",   "oneOf",    "anyOf",      "additionalProperties",
    "description", "default",    "examples", "title",      "format"};

/// Keywords at fault and properties without a description, one a line.
std::string faults(const OrderedJson& schema, const std::string& at) {
  std::string out;
  if (!schema.is_object()) return out;
  for (const auto& [keyword, value] : schema.items()) {
    const bool of_the_file = at.empty() && (keyword == "$schema" || keyword == "$id");
    if (!of_the_file && !kCommonKeywords.contains(keyword)) out += at + ": keyword " + keyword + "\n";
    if (keyword == "items" && !value.is_object()) out += at + ": items is not one schema\n";
  }
  if (schema.contains("properties")) {
    for (const auto& [name, property] : schema["properties"].items()) {
      const std::string below = at + "/" + name;
      if (property.value("description", "").empty()) out += below + ": no description\n";
      out += faults(property, below);
    }
  }
  if (schema.contains("items")) out += faults(schema["items"], at + "/*");
  for (const char* branches : {"oneOf", "anyOf"}) {
    if (!schema.contains(branches)) continue;
    for (const auto& branch : schema[branches]) out += faults(branch, at + "/" + branches);
  }
  return out;
}

/// Every keyword of the schema and of those within it, where it is not judged.
std::string unknown_keywords(const OrderedJson& schema, const std::string& at) {
  std::string out;
  if (!schema.is_object()) return out;
  for (const auto& [keyword, value] : schema.items()) {
    const std::string below = at + "/" + keyword;
    if (!Schema::knows(keyword)) out += below + "\n";
    const bool named = keyword == "properties" || keyword == "definitions";
    if (keyword == "items" || keyword == "additionalProperties") out += unknown_keywords(value, below);
    if (!named && keyword != "oneOf" && keyword != "anyOf") continue;
    for (const auto& [name, child] : value.items()) out += unknown_keywords(child, below + "/" + name);
  }
  return out;
}

bool of_the_contract(std::string_view path) {
  return path.ends_with(".request.json") || path.ends_with(".response.json") || path == "schemas/fixture.schema.json";
}

}  // namespace

TEST_CASE("schemas: only common keywords are used and every property is described") {
  int seen = 0;
  for (const EmbeddedFile& file : embedded_files()) {
    if (!of_the_contract(file.path)) continue;
    ++seen;
    CAPTURE(file.path);
    const OrderedJson schema = embedded_json(file.path);
    CHECK(faults(schema, "") == "");
    CHECK(schema.value("$schema", "") == "http://json-schema.org/draft-07/schema#");
    CHECK("schemas/" + schema.value("$id", "") == file.path);
    CHECK_FALSE(schema.value("title", "").empty());
    CHECK_FALSE(schema.value("description", "").empty());
  }
  CHECK(seen >= 25);
}

TEST_CASE("schemas: no file has a keyword that is not judged") {
  for (const EmbeddedFile& file : embedded_files()) {
    if (!file.path.starts_with("schemas/") || file.path.starts_with("schemas/control/")) continue;
    CAPTURE(file.path);
    CHECK(unknown_keywords(embedded_json(file.path), "") == "");
  }
  CHECK(unknown_keywords(OrderedJson{{"properties", {{"a", {{"items", {{"allOf", 1}}}}}}}}, "") ==
        "/properties/a/items/allOf\n");
}

TEST_CASE("schemas: the hygiene check sees a strange keyword and a missing description") {
  CHECK(faults(OrderedJson{{"pattern", "x"}}, "") == ": keyword pattern\n");
  CHECK(faults(OrderedJson{{"properties", {{"id", {{"type", "string"}}}}}}, "") == "/id: no description\n");
}

TEST_CASE("schemas: requests leave room for unknown fields, replies do not") {
  for (const EmbeddedFile& file : embedded_files()) {
    CAPTURE(file.path);
    if (file.path.ends_with(".request.json")) {
      CHECK(file.text.find("additionalProperties") == std::string_view::npos);
    } else if (file.path.ends_with(".response.json")) {
      CHECK(embedded_json(file.path)["additionalProperties"] == false);
    }
  }
}

TEST_CASE("schemas: the example of each request schema conforms and shows nothing undocumented") {
  for (const Operation& operation : operations()) {
    if (operation.body == BodyFormat::kNone) continue;
    CAPTURE(operation.name);
    const OrderedJson schema = embedded_json("schemas/" + std::string(operation.name) + ".request.json");
    REQUIRE(schema.contains("examples"));
    for (const auto& example : schema["examples"]) {
      const Json body(example);
      CHECK(message_of(shared_contract().check_request(operation, body)) == "");
      CHECK(shared_contract().request_findings(operation, Request{}, &body).empty());
    }
  }
}

TEST_CASE("schemas: count defaults to 10 where it is documented") {
  for (const char* name : {"registerModels", "registerSceneries", "registerImages", "registerPackshots"}) {
    CHECK(shared_contract().default_count(row(name)) == 10);
  }
  for (const char* name : {"registerVideo", "registerReel", "updatePackshot", "createPreset", "listModels"}) {
    CHECK(shared_contract().default_count(row(name)) == -1);
  }
}

}  // namespace qamera::contract
