#include <algorithm>
#include <array>

#include "assertions/matcher.h"
#include "base/json_reader.h"
#include "base/spelling.h"
#include "journal/entry.h"

namespace qamera::assertions {
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
  matcher::EqualToJson equal;
  const std::string here = child_pointer(pointer, "equalToJson");
  if (value.is_string()) {
    auto parsed = parse_json(value.get_ref<const std::string&>());
    if (!parsed) return invalid("not JSON: " + parsed.error().message, here);
    equal.value = std::move(*parsed);
  } else {
    equal.value = value;
  }
  const auto order = option(object, "ignoreArrayOrder", pointer);
  if (!order) return order.error();
  const auto extra = option(object, "ignoreExtraElements", pointer);
  if (!extra) return extra.error();
  equal.how = {*order, *extra};
  if (has_placeholder(equal.value)) {
    return Error{ErrorCode::kUnsupported, "placeholders such as \"${json-unit.ignore}\" are not supported", here};
  }
  if (*order && *extra && has_large_array(equal.value)) {
    return Error{ErrorCode::kUnsupported,
                 "with both order and extra elements ignored an array has at most " +
                     std::to_string(kMaxUnorderedElements) + " elements",
                 here};
  }
  journal::redact_keys(equal.value);
  return ValueMatcher{std::move(equal)};
}

Result<ValueMatcher> parse_json_path(const Json& value, const std::string& pointer) {
  const Json* expression = &value;
  Json rest;
  std::string expression_at = pointer;
  if (value.is_object()) {
    rest = value;
    const auto member = value.find("expression");
    if (member == value.end()) return invalid("\"expression\" is required", child_pointer(pointer, "expression"));
    expression = &*member;
    expression_at = child_pointer(pointer, "expression");
    rest.erase("expression");
  }
  if (!expression->is_string()) return invalid(expected_got("a JSON path", *expression), expression_at);
  auto path = JsonPath::parse(expression->get_ref<const std::string&>());
  if (!path) return Error{path.error().code, path.error().message, expression_at};
  matcher::MatchesJsonPath found{std::move(*path), {}};
  if (!rest.empty()) {
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
    matcher::Not negation;
    negation.part.push_back(std::move(*part));
    return ValueMatcher{std::move(negation)};
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
      std::string message = "one matcher at a time: \"";
      message.append(name).append("\" and \"").append(key).append("\" go together in an \"and\"");
      return invalid(std::move(message), pointer);
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

}  // namespace qamera::assertions
