#include <algorithm>
#include <array>

#include "base/json_compare.h"
#include "base/json_reader.h"
#include "base/spelling.h"
#include "journal/entry.h"
#include "patterns/matcher.h"

namespace qamera::patterns {
namespace {

constexpr std::array<std::string_view, 11> kMatchers = {
    "equalTo", "contains",    "doesNotContain",  "matches", "doesNotMatch",
    "absent",  "equalToJson", "matchesJsonPath", "and",     "or",
    "not"};
constexpr std::size_t kMaxParts = 100;

Error invalid(std::string message, std::string pointer) {
  return {ErrorCode::kInvalid, std::move(message), std::move(pointer)};
}

/// The options that go with a matcher.
std::vector<std::string_view> options_of(std::string_view name) {
  if (name == "equalTo") return {"caseInsensitive"};
  if (name == "equalToJson") return {"ignoreArrayOrder", "ignoreExtraElements"};
  return {};
}

Error unknown_key(std::string_view key, std::string_view chosen, const std::string& pointer) {
  std::string message = "\"" + std::string(key) + "\" is no matcher or option supported here";
  const auto options = options_of(chosen);
  std::vector<std::string_view> known(kMatchers.begin(), kMatchers.end());
  known.insert(known.end(), options.begin(), options.end());
  const std::string near = suggestion(key, known, kQuestion);
  message += near.empty() ? "; matchers are " + quoted_list(kMatchers) : near;
  return {ErrorCode::kUnsupported, std::move(message), child_pointer(pointer, key)};
}

Result<std::string> text_of(const Json& value, const std::string& pointer) {
  if (!value.is_string()) return invalid(expected_got("text", value), pointer);
  std::string text = value.get<std::string>();
  journal::redact_keys(text);
  return text;
}

Result<bool> option(const Json& object, std::string_view name, const std::string& pointer) {
  const auto member = object.find(name);
  if (member == object.end() || member->is_null()) return false;
  if (!member->is_boolean()) return invalid(expected_got("true or false", *member), child_pointer(pointer, name));
  return member->get<bool>();
}

bool has_large_array(const Json& value) {
  if (!value.is_structured()) return false;
  if (value.is_array() && value.size() > kMaxUnorderedElements) return true;
  return std::any_of(value.begin(), value.end(), has_large_array);
}

/// WireMock's placeholders would otherwise be compared as plain text.
bool has_placeholder(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().find("${json-unit.") != std::string::npos;
  return value.is_structured() && std::any_of(value.begin(), value.end(), has_placeholder);
}

Result<ValueMatcher> parse_equal_to_json(const Json& object, const Json& value, const std::string& pointer) {
  const std::string here = child_pointer(pointer, "equalToJson");
  auto expected = value.is_string() ? parse_written_json(value.get_ref<const std::string&>()) : Result<Json>(value);
  if (!expected) return invalid("not JSON: " + expected.error().message, here);
  if (auto inexact = refuse_inexact_numbers(*expected, value.is_string() ? "" : here)) {
    const std::string place = value.is_string() && !inexact->pointer.empty() ? inexact->pointer + ": " : "";
    return invalid(place + inexact->message, value.is_string() ? here : inexact->pointer);
  }
  const auto order = option(object, "ignoreArrayOrder", pointer);
  if (!order) return order.error();
  const auto extra = option(object, "ignoreExtraElements", pointer);
  if (!extra) return extra.error();
  if (has_placeholder(*expected)) {
    return Error{ErrorCode::kUnsupported, "placeholders such as \"${json-unit.ignore}\" are not supported", here};
  }
  if (*order && *extra && has_large_array(*expected)) {
    return Error{ErrorCode::kUnsupported,
                 "with both order and extra elements ignored an array has at most " +
                     std::to_string(kMaxUnorderedElements) + " elements",
                 here};
  }
  journal::redact_keys(*expected);
  return ValueMatcher{matcher::EqualToJson{*std::move(expected), {*order, *extra}}};
}

Result<ValueMatcher> parse_json_path(const Json& value, const std::string& pointer) {
  const bool in_object = value.is_object();
  const std::string here = in_object ? child_pointer(pointer, "expression") : pointer;
  if (in_object && !value.contains("expression")) return invalid("\"expression\" is required", here);
  const Json& expression = in_object ? value["expression"] : value;
  if (!expression.is_string()) return invalid(expected_got("a JSON path", expression), here);
  auto path = JsonPath::parse(expression.get_ref<const std::string&>());
  if (!path) return Error{path.error().code, path.error().message, here};
  matcher::MatchesJsonPath found{std::move(*path), {}};
  if (in_object && value.size() > 1) {
    Json rest = value;
    rest.erase("expression");
    auto inner = parse_matcher(rest, pointer);
    if (!inner) return inner;
    found.value.push_back(std::move(*inner));
  }
  return ValueMatcher{std::move(found)};
}

Result<std::vector<ValueMatcher>> parse_parts(const Json& value, const std::string& pointer) {
  if (!value.is_array() || value.empty() || value.size() > kMaxParts) {
    return invalid(expected_got("an array of 1 to 100 matchers", value), pointer);
  }
  std::vector<ValueMatcher> parts;
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto part = parse_matcher(value[i], child_pointer(pointer, i));
    if (!part) return part.error();
    parts.push_back(std::move(*part));
  }
  return parts;
}

Result<ValueMatcher> parse_combination(std::string_view name, const Json& value, const std::string& pointer) {
  if (name == "not") {
    auto part = parse_matcher(value, pointer);
    if (!part) return part;
    return ValueMatcher{matcher::Not{{*std::move(part)}}};
  }
  auto parts = parse_parts(value, pointer);
  if (!parts) return parts.error();
  if (name == "and") return ValueMatcher{matcher::AllOf{std::move(*parts)}};
  return ValueMatcher{matcher::AnyOf{std::move(*parts)}};
}

Result<ValueMatcher> parse_text_matcher(std::string_view name, const Json& object, const Json& value,
                                        const std::string& pointer) {
  auto text = text_of(value, child_pointer(pointer, name));
  if (!text) return text.error();
  if (name == "equalTo") {
    const auto ignore_case = option(object, "caseInsensitive", pointer);
    if (!ignore_case) return ignore_case.error();
    return ValueMatcher{matcher::EqualTo{std::move(*text), *ignore_case}};
  }
  if (name == "contains" || name == "doesNotContain") {
    return ValueMatcher{matcher::Contains{std::move(*text), name == "contains"}};
  }
  auto regex = Regex::compile(*text);
  if (!regex) return Error{regex.error().code, regex.error().message, child_pointer(pointer, name)};
  return ValueMatcher{matcher::Matches{std::move(*text), std::move(*regex), name == "matches"}};
}

}  // namespace

// Recursion is bounded by the nesting that `parse_json` accepts.
Result<ValueMatcher> parse_matcher(const Json& value, const std::string& pointer) {
  if (!value.is_object()) return invalid(expected_got("a matcher such as {\"equalTo\": \"x\"}", value), pointer);
  std::string name;
  for (const auto& [key, member] : value.items()) {
    if (member.is_null() || std::find(kMatchers.begin(), kMatchers.end(), key) == kMatchers.end()) continue;
    if (!name.empty()) {
      return invalid("one matcher at a time: \"" + name + "\" and \"" + key + "\" go together in an \"and\"", pointer);
    }
    name = key;
  }
  const auto options = options_of(name);
  for (const auto& [key, member] : value.items()) {
    const bool known = key == name || std::find(options.begin(), options.end(), key) != options.end();
    if (!known && !member.is_null()) return unknown_key(key, name, pointer);
  }
  if (name.empty()) return invalid("expected one of " + quoted_list(kMatchers), pointer);
  const Json& argument = value.at(name);
  if (name == "absent") {
    if (argument != true) return invalid(expected_got("true", argument), child_pointer(pointer, name));
    return ValueMatcher{matcher::Absent{}};
  }
  if (name == "equalToJson") return parse_equal_to_json(value, argument, pointer);
  if (name == "matchesJsonPath") return parse_json_path(argument, child_pointer(pointer, name));
  if (name == "and" || name == "or" || name == "not") {
    return parse_combination(name, argument, child_pointer(pointer, name));
  }
  return parse_text_matcher(name, value, argument, pointer);
}

}  // namespace qamera::patterns
