#include "contract/request_findings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>

#include "base/spelling.h"
#include "contract/expectation.h"
#include "http/content_coding.h"
#include "http/field_syntax.h"

namespace qamera::contract {
namespace {

/// The file fields of `createPreset`, the only multipart operation.
constexpr std::array<std::string_view, 2> kFileFields = {"cover", "gallery"};
/// The one that may be repeated.
constexpr std::string_view kListField = "gallery";

/// Headers of which a second could mean something else to another server.
constexpr std::array<std::string_view, 3> kSingleHeaders = {"X-Api-Key", "Authorization", "Content-Type"};
constexpr std::size_t kMaxRepetitions = 100;

/// The names that several of `all` have, each once, the first hundred.
template <typename Named>
std::vector<std::string_view> repeated_names(const std::vector<Named>& all) {
  constexpr std::size_t kFew = 8;  // of these no set is made, since most requests repeat nothing
  std::vector<std::string_view> repeated;
  const auto is_alone = [&](const Named& one) {
    return std::none_of(&one + 1, all.data() + all.size(), [&](const Named& other) { return other.name == one.name; });
  };
  if (all.size() <= kFew && std::all_of(all.begin(), all.end(), is_alone)) return repeated;
  std::map<std::string_view, int> times;
  for (const Named& one : all) {
    if (repeated.size() < kMaxRepetitions && ++times[one.name] == 2) repeated.push_back(one.name);
  }
  return repeated;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  const std::string near = suggestion(word, known, kSuggestion);
  return near.empty() ? "." : near;
}

bool positive_whole_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos &&
         text.find_first_not_of('0') != std::string_view::npos;
}

std::string expected_value(const QueryRule& rule) {
  std::string expected = rule.values.empty() ? "a positive whole number" : quoted_list(rule.values);
  if (!rule.fallback.empty()) expected += " (default: " + std::string(rule.fallback) + ")";
  return expected;
}

bool documented_value(const QueryRule& rule, const std::string& value) {
  if (!rule.values.empty()) return std::find(rule.values.begin(), rule.values.end(), value) != rule.values.end();
  return rule.type != "number" || positive_whole_number(value);
}

Finding unknown_parameter(const Operation& operation, const std::string& name) {
  std::vector<std::string_view> known;
  for (const QueryRule& rule : operation.query) known.push_back(rule.name);
  std::string message = "Query parameter '" + name + "' is not documented for " + std::string(operation.name);
  return {finding_kind::kUnknownQueryParameter, child_pointer("/query", name), message + did_you_mean(name, known)};
}

void add_content_type_finding(std::string_view expected, const Request& request, std::vector<Finding>& findings) {
  const std::string* sent = request.headers.find("Content-Type");
  if (sent != nullptr && equal_ignoring_case(http::media_type(*sent), expected)) return;
  const std::string found = sent == nullptr ? "is missing" : "is '" + *sent + "'";
  findings.push_back({finding_kind::kWrongContentType, "/headers/content-type",
                      "Content-Type " + found + "; documented is " + std::string(expected) + "."});
}

void add_file_findings(const Request& request, std::vector<Finding>& findings) {
  for (const Part& part : request.parts) {
    if (!part.is_file || std::find(kFileFields.begin(), kFileFields.end(), part.name) != kFileFields.end()) continue;
    findings.push_back({finding_kind::kUnknownField, child_pointer("/body", part.name),
                        "File field '" + part.name + "' is not documented" + did_you_mean(part.name, kFileFields)});
  }
}

void add_unknown_members(const SchemaNode& schema, const Json& value, const std::string& pointer,
                         std::vector<Finding>& findings) {
  if (schema.properties.empty() || !value.is_object()) return;
  for (auto member = value.begin(); member != value.end(); ++member) {
    if (const SchemaNode::Property* known = schema.find(member.key())) {
      if (member->is_object())
        add_unknown_members(*known->schema, *member, child_pointer(pointer, member.key()), findings);
      continue;
    }
    std::vector<std::string_view> names;
    for (const SchemaNode::Property& property : schema.properties) names.push_back(property.name);
    std::string at = child_pointer(pointer, member.key());
    std::string message = "Field '" + dotted_pointer(at.substr(std::string_view("/body").size())) +
                          "' is not documented" + did_you_mean(member.key(), names);
    findings.push_back({finding_kind::kUnknownField, std::move(at), std::move(message)});
  }
}

}  // namespace

void add_query_findings(const Operation& operation, const Request& request, std::vector<Finding>& findings) {
  for (const QueryParameter& parameter : request.query) {
    const auto rule = std::find_if(operation.query.begin(), operation.query.end(),
                                   [&](const QueryRule& candidate) { return candidate.name == parameter.name; });
    if (rule == operation.query.end()) {
      findings.push_back(unknown_parameter(operation, parameter.name));
    } else if (!documented_value(*rule, parameter.value)) {
      findings.push_back({finding_kind::kUndocumentedValue, child_pointer("/query", parameter.name),
                          "Query parameter '" + parameter.name + "' is '" + parameter.value + "'; documented is " +
                              expected_value(*rule) + "."});
    }
  }
}

void add_repetition_findings(const Request& request, std::vector<Finding>& findings) {
  const auto add = [&](std::string_view kind, std::string_view what, std::string_view name, std::string pointer) {
    findings.push_back(
        {kind, std::move(pointer), std::string(what) + " '" + std::string(name) + "' is given more than once."});
  };
  for (const std::string_view name : repeated_names(request.query)) {
    add(finding_kind::kDuplicateParameter, "Query parameter", name, child_pointer("/query", name));
  }
  for (const std::string_view name : kSingleHeaders) {
    const auto same = [&](const Header& field) { return equal_ignoring_case(field.name, name); };
    if (std::count_if(request.headers.begin(), request.headers.end(), same) < 2) continue;
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    add(finding_kind::kDuplicateHeader, "Header", name, "/headers/" + lower);
  }
  for (const std::string_view name : repeated_names(request.parts)) {
    if (name != kListField) add(finding_kind::kDuplicateField, "Form field", name, child_pointer("/body", name));
  }
}

void add_repeated_members(std::string_view body, std::vector<Finding>& findings) {
  for (const std::string& pointer : repeated_members(body, kMaxRepetitions)) {
    findings.push_back({finding_kind::kDuplicateMember, "/body" + pointer,
                        "Field '" + dotted_pointer(pointer) + "' is given more than once in its object."});
  }
}

void add_body_findings(const Operation& operation, const Request& request, std::vector<Finding>& findings) {
  if (const std::string codings = http::content_codings(request.headers); !codings.empty()) {
    findings.push_back({finding_kind::kContentEncoding, "/headers/content-encoding",
                        "Content-Encoding is '" + codings + "'; no content coding is documented for requests."});
  }
  if (request.body.empty()) return;
  switch (operation.body) {
    case BodyFormat::kNone:
      findings.push_back({finding_kind::kUnexpectedBody, "/body",
                          std::string(operation.name) + " documents no body; " + std::to_string(request.body.size()) +
                              " bytes were sent."});
      break;
    case BodyFormat::kJson: add_content_type_finding("application/json", request, findings); break;
    case BodyFormat::kMultipart:
      add_content_type_finding("multipart/form-data", request, findings);
      add_file_findings(request, findings);
      break;
  }
}

void add_unknown_fields(const SchemaNode& schema, const Json& body, std::vector<Finding>& findings) {
  add_unknown_members(schema, body, "/body", findings);
}

}  // namespace qamera::contract
