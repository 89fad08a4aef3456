// The published schemas complete and check files in editors, the parsers read them: both must draw the same lines.

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>

#include "base/embedded.h"
#include "contract/contract.h"
#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

using Place = Json::json_pointer;
using Leaf = std::function<void(const Place&, const Json& schema)>;

/// Every place that `schema` says something of by itself, lists by their first element.
void each_leaf(const Json& root, const Json& schema, const Place& at, const Leaf& leaf) {
  if (schema.contains("$ref")) {
    return each_leaf(root, root.at(Place(schema["$ref"].get<std::string>().substr(1))), at, leaf);
  }
  for (const char* choice : {"oneOf", "anyOf"}) {
    for (const Json& one : schema.value(choice, Json::array())) each_leaf(root, one, at, leaf);
  }
  const Json members = schema.value("properties", Json::object());
  for (const auto& [name, inner] : members.items()) {
    if (name.starts_with('$')) continue;  // for editors and readers
    each_leaf(root, inner, at / name, leaf);
  }
  if (schema.contains("items")) each_leaf(root, schema["items"], at / 0, leaf);
  if (schema.contains("type")) leaf(at, schema);
}

/// Values on both sides of every line that the schema draws, and of other types.
Json probes(const Json& schema) {
  Json out = {nullptr, true, -1, 0, 1, 1.5, "", "x", Json::array(), Json::object(), {""}, {{"x", 1}}};
  for (const char* bound : {"minimum", "maximum"}) {
    if (!schema.contains(bound)) continue;
    const Json& value = schema[bound];
    out.push_back(value);
    if (value.is_number_float()) {
      out.push_back(value.get<double>() * 0.99);
      out.push_back(value.get<double>() * 1.01);
    } else if (value != INT64_MAX) {
      out.push_back(value.get<std::int64_t>() - 1);
      out.push_back(value.get<std::int64_t>() + 1);
    }
  }
  return out;
}

/// Puts each probe into each place of `base`, and checks that the parser refuses what the schema refuses. `says` gives
/// the pointer of the parser's error, "-" for none. Returns for how many places it named them, or what holds them.
std::size_t agree(const std::string& file, const Json& base, const std::function<std::string(const Json&)>& says) {
  static const contract::Contract contract;
  const Json schema = parsed(*embedded_file("schemas/" + file));
  std::set<std::string> named;
  each_leaf(schema, schema, Place(), [&](const Place& at, const Json& part) {
    if (at.empty()) return;
    CAPTURE(at.to_string());
    for (const Json& value : probes(part)) {
      CAPTURE(value.dump());
      Json document = base;
      document[at] = value;
      if (!contract.check_document(file, document)) continue;
      const std::string said = says(document);
      CHECK(said != "-");
      if (at.to_string().starts_with(said) && !said.empty()) named.insert(at.to_string());
    }
  });
  return named.size();
}

}  // namespace

TEST_CASE("schemas: what fixture.schema.json refuses the parser refuses") {
  Json base =
      parsed(R"({"name": "f", "products": [{"id": "p", "name": "P", "createdAt": "2026-03-27T12:00:00.000Z"}]})");
  for (const char* list : {"models", "sceneries", "images", "packshots", "videos", "presets"}) {
    base[list] = {{{"id", list}, {"name", "N"}, {"createdAt", "2026-03-27T12:00:00.000Z"}}};
  }
  for (std::string_view kind : kNames<RecordKind>) {
    base["expected"][std::string(kind)] = {{{"id", "e" + std::string(kind)}, {"polls", 1}}};
  }
  const auto says = [](const Json& document) {
    const auto fixture = parse_fixture(document);
    return fixture.ok() ? "-" : fixture.error().pointer;
  };
  REQUIRE(says(base) == "-");
  const auto named = agree("fixture.schema.json", base, says);
  CHECK(named > 200);
}

TEST_CASE("schemas: what scenario.schema.json refuses the parser refuses") {
  const Json base = parsed(R"({"name": "s", "rules": [{"name": "r", "when": {"first": 1}, "setState": "x"}],
    "timeline": [{"at": "1s", "set": {"credits": 1}}], "jobs": {"default": {"immediate": true}},
    "keys": [{"id": "k"}]})");
  const auto says = [](const Json& document) {
    const auto scenario = parse_scenario(document, shipped_fixtures(), "test");
    return scenario.ok() ? "-" : scenario.error().pointer;
  };
  REQUIRE(says(base) == "-");
  const auto named = agree("scenario.schema.json", base, says);
  CHECK(named > 250);
}

}  // namespace qamera::sim
