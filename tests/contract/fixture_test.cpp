#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/embedded.h"
#include "base/time.h"
#include "contract/test_data.h"

namespace qamera::contract {
namespace {

constexpr std::string_view kShipped[] = {"fixtures/default.json", "fixtures/docs-examples.json", "fixtures/empty.json",
                                         "fixtures/large.json"};

/// A fixture's record as its listing shows it with `--assets documented`.
Json shown(Collection collection, Json record) {
  for (const char* name : {"label", "productId", "kind"}) record.erase(name);
  for (const char* name : {"thumbnail", "videoUrl"}) {
    const std::string path = record.value(name, "");
    if (path.starts_with("/assets/")) record[name] = "https://cdn.example.com/" + path.substr(sizeof "/assets/" - 1);
  }
  if (collection == Collection::kProducts) record["status"] = "UPLOADED";
  return record;
}

/// Every string of `value` that stands where the API has record ids.
void collect_ids(const Json& value, const std::string& name, std::set<std::string>& ids) {
  static const std::set<std::string> kIdFields = {"id",       "imageId",  "generatedImageId", "imagesIds",
                                                  "recordId", "presetId", "createdRecordIds"};
  if (value.is_string() && kIdFields.contains(name)) ids.insert(value.get<std::string>());
  if (value.is_array()) {
    for (const Json& item : value) collect_ids(item, name, ids);
  }
  if (value.is_object()) {
    for (const auto& [member, inner] : value.items()) collect_ids(inner, member, ids);
  }
}

std::set<std::string> fixture_ids(const Json& fixture) {
  std::set<std::string> ids;
  for (std::string_view collection : kNames<Collection>) {
    for (const Json& record : fixture.value(std::string(collection), Json::array())) ids.insert(record["id"]);
  }
  return ids;
}

const Json* record_of(const Json& fixture, std::string_view collection, const std::string& id) {
  for (const Json& record : fixture.at(std::string(collection))) {
    if (record["id"] == id) return &record;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("fixtures: the shipped ones conform to the schema and are named as their files") {
  for (std::string_view path : kShipped) {
    CAPTURE(path);
    const Json fixture(embedded_json(path));
    CHECK(message_of(shared_contract().check_document("fixture.schema.json", fixture)) == "");
    CHECK("fixtures/" + fixture["name"].get<std::string>() + ".json" == path);
    CHECK(fixture["$schema"] == "../schemas/fixture.schema.json");
  }
}

TEST_CASE("fixtures: each record conforms to its listing, with an id of its own and in order of time") {
  for (std::string_view path : kShipped) {
    const Json fixture(embedded_json(path));
    for (std::size_t i = 0; i < kCollectionCount; ++i) {
      const auto collection = static_cast<Collection>(i);
      std::set<std::string> ids;
      Instant last{};
      for (const Json& record : fixture.value(std::string(name_of(collection)), Json::array())) {
        const std::string id = record["id"];
        CAPTURE(path);
        CAPTURE(id);
        CHECK(message_of(shared_contract().check_record(collection, shown(collection, record))) == "");
        CHECK(ids.insert(id).second);
        const auto created = parse_instant(record["createdAt"].get<std::string>());
        REQUIRE(created.ok());
        CHECK(format_instant(*created) == record["createdAt"].get<std::string>());
        CHECK(*created >= last);
        last = *created;
      }
    }
  }
}

TEST_CASE("fixtures: a record's product is one of the fixture's") {
  for (std::string_view path : kShipped) {
    const Json fixture(embedded_json(path));
    for (const char* collection : {"images", "packshots"}) {
      for (const Json& record : fixture[collection]) {
        if (record.contains("productId")) CHECK(record_of(fixture, "products", record["productId"]) != nullptr);
      }
    }
  }
}

TEST_CASE("fixtures: default holds every record id of every documented example") {
  std::set<std::string> documented = {"ps_abc123", "preset_abc123"};
  for (const Json& example : documented_examples()) {
    if (example.contains("request")) collect_ids(example["request"], "", documented);
    if (example.contains("response")) collect_ids(example["response"], "", documented);
  }
  CHECK(documented.size() == 29);
  const std::set<std::string> held = fixture_ids(Json(embedded_json("fixtures/default.json")));
  for (const std::string& id : documented) {
    CAPTURE(id);
    CHECK(held.contains(id));
  }
}

TEST_CASE("fixtures: default shows documented records as documented, once they are done") {
  const Json fixture(embedded_json("fixtures/default.json"));
  for (const Json& example : documented_examples()) {
    const Operation& operation = row(example["operation"].get<std::string>());
    if (operation.action != Action::kList) continue;
    const std::string_view collection = name_of(operation.collection());
    for (const Json& expected : example["response"][std::string(collection)]) {
      const std::string id = expected["id"];
      CAPTURE(id);
      const Json* record = record_of(fixture, collection, id);
      REQUIRE(record != nullptr);
      if (expected["status"] == "INPROGRESS") {
        CHECK((*record)["name"] == expected["name"]);
        CHECK((*record)["createdAt"] == expected["createdAt"]);
        CHECK((*record)["status"] == "DONE");
      } else {
        CHECK(shown(operation.collection(), *record) == expected);
      }
    }
  }
}

TEST_CASE("fixtures: default has something for statusFilter to leave out, and something to keep") {
  const Json fixture(embedded_json("fixtures/default.json"));
  for (const char* collection : {"models", "sceneries", "images", "packshots"}) {
    CAPTURE(collection);
    int approved = 0;
    int others = 0;
    for (const Json& record : fixture[collection]) ++(record["voting"] == "APPROVED" ? approved : others);
    CHECK(approved > 0);
    CHECK(others > 0);
  }
}

TEST_CASE("fixtures: docs-examples is the account of the examples page before the photo shoot") {
  const Json fixture(embedded_json("fixtures/docs-examples.json"));
  for (const Json& example : documented_examples()) {
    const Operation& operation = row(example["operation"].get<std::string>());
    if (example["page"] != "examples.txt" || operation.action != Action::kList) continue;
    const std::string collection(name_of(operation.collection()));
    CAPTURE(collection);
    Json listed = Json::array();
    for (const Json& record : fixture[collection]) listed.push_back(shown(operation.collection(), record));
    if (operation.kind == RecordKind::kImage) {
      CHECK(listed.empty());
    } else {
      CHECK(listed == example["response"][collection]);
    }
  }
  CHECK(fixture["ids"]["image"]["prefix"] == "rec_gen_");
  CHECK(fixture["ids"]["image"]["first"] == 301);
  CHECK(fixture["ids"]["order"] == Json{{"prefix", "ord_"}, {"given", {"xyz789"}}});
  CHECK(fixture["ids"]["batch"] == Json{{"prefix", "batch_"}, {"given", {"abc123"}}});
  CHECK(fixture["ids"]["reservation"] == Json{{"prefix", "res_"}, {"given", {"def456"}}});
}

TEST_CASE("fixtures: empty holds nothing and large makes 10,000 records of each listing") {
  const Json empty(embedded_json("fixtures/empty.json"));
  const Json large(embedded_json("fixtures/large.json"));
  CHECK_FALSE(empty.contains("generate"));
  for (std::string_view name : kNames<Collection>) {
    const std::string collection(name);
    CHECK(empty[collection].empty());
    CHECK(large[collection].empty());
    CHECK(large["generate"][collection] == 10000);
  }
}

}  // namespace qamera::contract
