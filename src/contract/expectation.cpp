#include "contract/expectation.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace qamera::contract {
namespace {

constexpr std::size_t kLongestQuote = 60;

const OrderedJson* keyword(const OrderedJson& schema, const char* name) {
  const auto found = schema.find(name);
  return found == schema.end() ? nullptr : &*found;
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

std::string either(const std::vector<std::string>& parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " or " : ", ";
    out += parts[i];
  }
  return out;
}

/// "1 item", "2 items", or without a unit the number alone.
std::string count_of(const std::string& number, std::string_view unit) {
  if (unit.empty()) return number;
  return number + " " + std::string(unit) + (number == "1" ? "" : "s");
}

/// " of 1 to 10 items", " of at least 1 item", or "" without bounds. `between` stands before a least and a most.
std::string bounds_text(const OrderedJson& schema, const char* least_name, const char* most_name, std::string_view unit,
                        const char* between = " of ") {
  const auto* least = keyword(schema, least_name);
  const auto* most = keyword(schema, most_name);
  if (least && most) return between + number_text(*least) + " to " + count_of(number_text(*most), unit);
  if (least) return " of at least " + count_of(number_text(*least), unit);
  if (most) return " of at most " + count_of(number_text(*most), unit);
  return "";
}

std::string number_expectation(const OrderedJson& schema, std::string_view type) {
  const auto* divisor = keyword(schema, "multipleOf");
  const bool whole = type == "integer" || (divisor && divisor->get<double>() == 1.0);
  std::string out = whole ? "a whole number" : "a number";
  out += bounds_text(schema, "minimum", "maximum", "", " from ");
  if (divisor && !whole) out += ", a multiple of " + number_text(*divisor);
  return out;
}

std::string string_expectation(const OrderedJson& schema) {
  const auto* least = keyword(schema, "minLength");
  const auto* most = keyword(schema, "maxLength");
  if (least && number_text(*least) == "1") {
    return "a non-empty string" + (most ? " of at most " + count_of(number_text(*most), "character") : "");
  }
  return "a string" + bounds_text(schema, "minLength", "maxLength", "character");
}

std::string type_expectation(const OrderedJson& schema, const std::string& type) {
  if (type == "object") return "an object";
  if (type == "array") return "an array" + bounds_text(schema, "minItems", "maxItems", "item");
  if (type == "string") return string_expectation(schema);
  if (type == "boolean") return "true or false";
  if (type == "null") return "null";
  return number_expectation(schema, type);
}

}  // namespace

std::string expectation(const OrderedJson& schema) {
  std::vector<std::string> parts;
  if (const auto* fixed = keyword(schema, "const")) return literal(*fixed);
  if (const auto* listed = keyword(schema, "enum")) {
    for (const auto& one : *listed) parts.push_back(literal(one));
  } else if (const auto* type = keyword(schema, "type")) {
    if (type->is_string()) return type_expectation(schema, type->get<std::string>());
    for (const auto& one : *type) parts.push_back(type_expectation(schema, one.get<std::string>()));
  }
  return either(parts);
}

std::string expectation(const SchemaNode::Alternatives& alternatives) {
  std::vector<std::string> parts;
  for (const SchemaNode* branch : alternatives.branches) {
    const std::string& part = branch->expected;
    if (!part.empty() && std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
  }
  return either(parts);
}

std::string described_value(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array of " + count_of(std::to_string(value.size()), "item");
  if (!value.is_string()) return dump_json(value);
  return dump_json(Json(shortened(value.get_ref<const std::string&>(), kLongestQuote)));
}

}  // namespace qamera::contract
