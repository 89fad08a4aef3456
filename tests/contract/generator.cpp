#include "contract/generator.h"

#include <iterator>
#include <string>
#include <utility>

namespace qamera::contract {
namespace {

const Json kValues = Json::array({nullptr,
                                  true,
                                  false,
                                  0,
                                  1,
                                  20,
                                  21,
                                  50,
                                  51,
                                  -1,
                                  -0.0,
                                  0.5,
                                  2.5,
                                  5.0,
                                  1e30,
                                  9007199254740993,
                                  INT64_MAX,
                                  "",
                                  "x",
                                  "APPROVED",
                                  "approved",
                                  "DONE",
                                  "5s",
                                  "\u00e9",
                                  std::string("a\0b", 3),
                                  std::string("\0", 1),
                                  std::string(30, 'y'),
                                  "2026-03-27T12:00:00.000Z",
                                  Json::array(),
                                  {"a"},
                                  {1, ""},
                                  {"1s", "2s"},
                                  Json::object(),
                                  {{"id", "x"}},
                                  {{"id", 5}},
                                  {{"uniform", {"1s", "2s"}}},
                                  {{"product", {{"id", "x"}}}}});
const Json kNames = Json::array({"extra", "id", "count", "name", "config", "imageId", "generatedImageId", "$comment",
                                 "a/b", "~", "", "constructor", "\u017c"});

bool lists(const OrderedJson& schema, const char* keyword, const std::string& name) {
  if (!schema.contains(keyword)) return false;
  for (const auto& one : schema[keyword]) {
    if (one == name) return true;
  }
  return false;
}

}  // namespace

Json Generator::next() {
  const bool exemplary = schema_.contains("examples") && one_in(4);
  Json document = exemplary ? Json(any_of(schema_["examples"])) : document_of(schema_);
  for (std::size_t changes = one_in(3) ? 0 : below(4); changes > 0; --changes) change(document);
  return document;
}

std::size_t Generator::below(std::size_t bound) {
  state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
  return static_cast<std::size_t>(state_ >> 33) % bound;
}

Json Generator::document_of(const OrderedJson& given) {
  if (one_in(80)) return any_of(kValues);
  if (given.contains("$ref")) {
    return document_of(schema_.at(OrderedJson::json_pointer(given["$ref"].get<std::string>().substr(1))));
  }
  if (given.contains("const")) return Json(given["const"]);
  if (given.contains("enum")) return Json(any_of(given["enum"]));
  for (const char* alternatives : {"oneOf", "anyOf"}) {
    if (given.contains(alternatives) && !given.contains("type")) return document_of(any_of(given[alternatives]));
  }
  const OrderedJson types = given.value("type", OrderedJson());
  const OrderedJson type = types.is_array() ? any_of(types) : types;
  if (type == "object") return object_of(given);
  if (type == "array") {
    Json items = Json::array();
    const OrderedJson item = given.value("items", OrderedJson::object());
    for (std::size_t count = one_in(10) ? 11 : below(4); count > 0; --count) items.push_back(document_of(item));
    return items;
  }
  if (type == "string") {
    std::string text;
    for (std::size_t left = below(30); left > 0; --left) text.push_back(static_cast<char>('a' + below(26)));
    return text;
  }
  if (type == "boolean") return one_in(2);
  return type == "integer" || type == "number" ? number_of(given) : any_of(kValues);
}

Json Generator::object_of(const OrderedJson& schema) {
  Json object = Json::object();
  const OrderedJson properties = schema.value("properties", OrderedJson::object());
  for (const auto& [name, property] : properties.items()) {
    const bool given = lists(schema, "required", name) ? !one_in(50) : one_in(3);
    if (given) object[name] = document_of(property);
  }
  const OrderedJson others = schema.value("additionalProperties", OrderedJson());
  if (others.is_object()) object[any_of(kNames).get<std::string>()] = document_of(others);
  return object;
}

Json Generator::number_of(const OrderedJson& schema) {
  const auto least = schema.value("minimum", -3.0);
  const auto most = schema.value("maximum", 100.0);
  switch (below(8)) {
    case 0: return least;
    case 1: return most;
    case 2: return least - 1;
    case 3: return most < 1e15 ? most + 1 : most;
    case 4: return least + 0.5;
    default: return static_cast<std::int64_t>(least) + static_cast<std::int64_t>(below(25));
  }
}

void Generator::change(Json& value) {
  if (!value.is_structured() || value.empty() || one_in(5)) {
    if (value.is_object() && one_in(2)) {
      value[any_of(kNames).get<std::string>()] = any_of(kValues);
    } else {
      change_scalar(value);
    }
    return;
  }
  auto child = value.begin();
  std::advance(child, static_cast<std::ptrdiff_t>(below(value.size())));
  if (one_in(8)) {
    value.erase(child);
  } else if (value.is_array() && one_in(6)) {
    const Json copy = *child;
    for (std::size_t count = below(12); count > 0; --count) value.push_back(copy);
  } else if (value.is_object() && one_in(8)) {
    rename_member(value, child.key());
  } else {
    change(*child);
  }
}

/// The member under another name.
void Generator::rename_member(Json& object, std::string name) {
  Json member = std::move(object[name]);
  object.erase(name);
  object[one_in(2) ? name + "s" : "x" + name] = std::move(member);
}

void Generator::change_scalar(Json& value) {
  if (value.is_string() && one_in(3)) {
    value = value.get<std::string>() + "x";
  } else if (value.is_number() && one_in(2)) {
    const auto number = value.get<double>();
    value = one_in(3) ? number : one_in(2) ? number + 0.5 : -number;
  } else {
    value = any_of(kValues);
  }
}

}  // namespace qamera::contract
