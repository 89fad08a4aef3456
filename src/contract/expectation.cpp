#include "contract/expectation.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace qamera::contract {
namespace {

constexpr std::size_t kLongestQuote = 60;
constexpr int kMaxReferences = 16;
constexpr double kMinInexact = 9007199254740992.0;  // 2^53

const OrderedJson* keyword(const OrderedJson& schema, const char* name) {
  if (!schema.is_object()) return nullptr;
  const auto found = schema.find(name);
  return found == schema.end() ? nullptr : &*found;
}

bool is_type(std::string_view type, const Json& value) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "number") return value.is_number();
  return type == "integer" && is_whole_number(value);
}

bool number_in_bounds(const OrderedJson& schema, double number) {
  if (const auto* least = keyword(schema, "minimum"); least && number < least->get<double>()) return false;
  if (const auto* most = keyword(schema, "maximum"); most && number > most->get<double>()) return false;
  if (const auto* above = keyword(schema, "exclusiveMinimum"); above && number <= above->get<double>()) return false;
  if (const auto* below = keyword(schema, "exclusiveMaximum"); below && number >= below->get<double>()) return false;
  const auto* divisor = keyword(schema, "multipleOf");
  return !divisor || std::remainder(number, divisor->get<double>()) == 0.0;
}

bool size_in_bounds(const OrderedJson& schema, const char* least_name, const char* most_name, std::size_t size) {
  if (const auto* least = keyword(schema, least_name); least && size < least->get<std::size_t>()) return false;
  const auto* most = keyword(schema, most_name);
  return !most || size <= most->get<std::size_t>();
}

/// Length in code points, as JSON Schema counts.
std::size_t text_length(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string number_text(const OrderedJson& number) {
  const double value = number.get<double>();
  if (std::fmod(value, 1.0) == 0.0 && std::abs(value) < 1e15) return std::to_string(static_cast<long long>(value));
  return dump_json(number);
}

std::string literal(const OrderedJson& value) {
  if (value.is_string()) return "'" + value.get<std::string>() + "'";
  return dump_json(value);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " or " : ", ";
    out += parts[i];
  }
  return out;
}

std::string count_of(const std::string& number, std::string_view unit) {
  return number + " " + std::string(unit) + (number == "1" ? "" : "s");
}

/// " of 1 to 10 items", " of at least 1 item", or "" without bounds.
std::string size_text(const OrderedJson& schema, const char* least_name, const char* most_name, std::string_view unit) {
  const auto* least = keyword(schema, least_name);
  const auto* most = keyword(schema, most_name);
  if (least && most) return " of " + number_text(*least) + " to " + count_of(number_text(*most), unit);
  if (least) return " of at least " + count_of(number_text(*least), unit);
  if (most) return " of at most " + count_of(number_text(*most), unit);
  return "";
}

std::string number_expectation(const OrderedJson& schema, std::string_view type) {
  const auto* divisor = keyword(schema, "multipleOf");
  const bool whole = type == "integer" || (divisor && divisor->get<double>() == 1.0);
  std::string out = whole ? "a whole number" : "a number";
  const auto* least = keyword(schema, "minimum");
  const auto* most = keyword(schema, "maximum");
  const auto* above = keyword(schema, "exclusiveMinimum");
  const auto* below = keyword(schema, "exclusiveMaximum");
  if (least && most) {
    out += " from " + number_text(*least) + " to " + number_text(*most);
  } else {
    std::vector<std::string> bounds;
    if (least) bounds.push_back("of at least " + number_text(*least));
    if (above) bounds.push_back("above " + number_text(*above));
    if (most) bounds.push_back("of at most " + number_text(*most));
    if (below) bounds.push_back("below " + number_text(*below));
    for (std::size_t i = 0; i < bounds.size(); ++i) out += (i == 0 ? " " : " and ") + bounds[i];
  }
  if (divisor && !whole) out += ", a multiple of " + number_text(*divisor);
  return out;
}

std::string string_expectation(const OrderedJson& schema) {
  const auto* least = keyword(schema, "minLength");
  const auto* most = keyword(schema, "maxLength");
  if (least && number_text(*least) == "1") {
    return "a non-empty string" + (most ? " of at most " + count_of(number_text(*most), "character") : "");
  }
  return "a string" + size_text(schema, "minLength", "maxLength", "character");
}

std::string type_expectation(const OrderedJson& schema, const std::string& type) {
  if (type == "object") return "an object" + size_text(schema, "minProperties", "maxProperties", "member");
  if (type == "array") return "an array" + size_text(schema, "minItems", "maxItems", "item");
  if (type == "string") return string_expectation(schema);
  if (type == "boolean") return "true or false";
  if (type == "null") return "null";
  return number_expectation(schema, type);
}

void add_distinct(std::vector<std::string>& parts, std::string part) {
  if (!part.empty() && std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(std::move(part));
}

}  // namespace

const OrderedJson& resolve(const OrderedJson& root, const OrderedJson& schema) {
  const OrderedJson* node = &schema;
  for (int step = 0; step < kMaxReferences; ++step) {
    const auto* reference = keyword(*node, "$ref");
    if (!reference || !reference->is_string()) return *node;
    const auto& text = reference->get_ref<const std::string&>();
    if (text.empty() || text.front() != '#') return *node;
    const OrderedJson::json_pointer target(text.substr(1));
    if (!root.contains(target)) return *node;
    node = &root.at(target);
  }
  return *node;
}

bool is_whole_number(const Json& value) {
  if (!value.is_number_float()) return value.is_number_integer();
  const double number = value.get<double>();
  return std::abs(number) < kMinInexact && std::trunc(number) == number;
}

bool admits_type(const OrderedJson& schema, const Json& value) {
  const auto* type = keyword(schema, "type");
  if (!type) return true;
  if (type->is_string()) return is_type(type->get_ref<const std::string&>(), value);
  return std::any_of(type->begin(), type->end(),
                     [&](const OrderedJson& one) { return is_type(one.get_ref<const std::string&>(), value); });
}

bool meets_own_keywords(const OrderedJson& schema, const Json& value) {
  if (schema.is_boolean()) return schema.get<bool>();
  if (!admits_type(schema, value)) return false;
  if (const auto* fixed = keyword(schema, "const"); fixed && Json(*fixed) != value) return false;
  if (const auto* listed = keyword(schema, "enum")) {
    if (std::none_of(listed->begin(), listed->end(), [&](const auto& one) { return Json(one) == value; })) return false;
  }
  if (value.is_number()) return number_in_bounds(schema, value.get<double>());
  if (value.is_string()) {
    return size_in_bounds(schema, "minLength", "maxLength", text_length(value.get_ref<const std::string&>()));
  }
  if (value.is_array()) return size_in_bounds(schema, "minItems", "maxItems", value.size());
  if (value.is_object()) return size_in_bounds(schema, "minProperties", "maxProperties", value.size());
  return true;
}

std::string expectation(const OrderedJson& root, const OrderedJson& node) {
  const OrderedJson& schema = resolve(root, node);
  std::vector<std::string> parts;
  if (const auto* fixed = keyword(schema, "const")) return literal(*fixed);
  if (const auto* listed = keyword(schema, "enum")) {
    for (const auto& one : *listed) parts.push_back(literal(one));
    return joined(parts);
  }
  if (const auto* type = keyword(schema, "type")) {
    if (type->is_string()) return type_expectation(schema, type->get<std::string>());
    for (const auto& one : *type) parts.push_back(type_expectation(schema, one.get<std::string>()));
    return joined(parts);
  }
  for (const char* name : {"oneOf", "anyOf"}) {
    const auto* branches = keyword(schema, name);
    if (!branches) continue;
    for (const auto& branch : *branches) add_distinct(parts, expectation(root, branch));
  }
  return joined(parts);
}

std::string described_value(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array of " + count_of(std::to_string(value.size()), "item");
  if (!value.is_string()) return dump_json(value);
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() <= kLongestQuote) return dump_json(value);
  std::size_t cut = kLongestQuote;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return dump_json(Json(text.substr(0, cut) + "..."));
}

}  // namespace qamera::contract
