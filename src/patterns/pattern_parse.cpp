#include <algorithm>
#include <array>

#include "base/finding.h"
#include "base/json_reader.h"
#include "base/spelling.h"
#include "journal/redact.h"
#include "patterns/pattern.h"

namespace qamera::patterns {
namespace {

constexpr std::array<std::string_view, 12> kMembers = {
    "method",  "url",          "urlPath",   "urlPattern", "urlPathPattern", "queryParameters",
    "headers", "bodyPatterns", "operation", "status",     "workspace",      "findings"};
constexpr std::size_t kMaxMatchers = 100;
constexpr std::array<std::string_view, 7> kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};

bool left_out(const Json& value) { return value.is_null() || (value.is_structured() && value.empty()); }

class PatternParser {
 public:
  PatternParser(const Json& value, const std::string& pointer, const PatternOptions& options)
      : value_(value), pointer_(pointer), options_(options) {}

  Result<Pattern> parse() {
    if (!value_.is_object())
      fail("", expected_got("a request pattern (an object)", value_));
    else
      refuse_unknown();
    journal::redact_keys(pattern_.source);
    if (errors_.ok()) {
      read_method();
      read_url();
      read_named("queryParameters", pattern_.query);
      read_named("headers", pattern_.headers);
      refuse_hidden_values();
      read_body();
      read_operation();
      read_status();
      pattern_.workspace = text("workspace");
      read_findings();
    }
    if (!errors_.ok()) return errors_.error();
    return std::move(pattern_);
  }

 private:
  void fail(std::string_view name, std::string message, ErrorCode code = ErrorCode::kInvalid) {
    errors_.fail({code, std::move(message), name.empty() ? pointer_ : child_pointer(pointer_, name)});
  }

  void refuse_unknown() {
    for (const auto& [name, member] : value_.items()) {
      const bool own = std::find(kMembers.begin(), kMembers.end(), name) != kMembers.end();
      const bool other = std::find(options_.others.begin(), options_.others.end(), name) != options_.others.end();
      // `operation: null` means something; other nulls and empty containers are what clients send for "unset".
      if (own && (!left_out(member) || name == "operation")) pattern_.source[name] = member;
      if (own || other || left_out(member)) continue;
      std::vector<std::string_view> known(kMembers.begin(), kMembers.end());
      known.insert(known.end(), options_.others.begin(), options_.others.end());
      const std::string near = suggestion(name, known, kQuestion);
      fail(name,
           "request patterns have no \"" + name + "\" here" +
               (near.empty() ? "; they have " + quoted_list(known) : near),
           ErrorCode::kUnsupported);
    }
  }

  /// The member, or null when it is left out.
  const Json* member(std::string_view name) const {
    const auto found = pattern_.source.find(name);
    return found == pattern_.source.end() ? nullptr : &*found;
  }

  std::optional<std::string> text(std::string_view name) {
    const Json* value = member(name);
    if (!value) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    fail(name, expected_got("text", *value));
    return std::nullopt;
  }

  /// Any method or kind can be asked about (a recording may hold those of other versions), but not by a slip.
  void refuse_slip(std::string_view name, const std::string& what, const std::string& word,
                   std::span<const std::string_view> known) {
    if (std::find(known.begin(), known.end(), word) != known.end()) return;
    const std::string near = suggestion(word, known, kQuestion);
    if (!near.empty()) fail(name, "no " + what + " \"" + word + "\"" + near);
  }

  void read_method() {
    auto method = text("method");
    if (!method) return;
    std::transform(method->begin(), method->end(), method->begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; });
    if (*method == "ANY") return;
    refuse_slip("method", "method", *method, kMethods);
    pattern_.method = std::move(method);
  }

  void read_url() {
    for (const Pattern::UrlKind kind : kAll<Pattern::UrlKind>) {
      const std::string_view name = name_of(kind);
      auto url = text(name);
      if (!url) continue;
      if (pattern_.url) return fail(name, "at most one of url, urlPath, urlPattern and urlPathPattern");
      pattern_.url = Pattern::Url{kind, *url, {}};
      if (kind != Pattern::UrlKind::kUrlPattern && kind != Pattern::UrlKind::kPathPattern) continue;
      auto regex = Regex::compile(*url);
      if (!regex) return fail(name, regex.error().message, regex.error().code);
      pattern_.url->regex = std::move(*regex);
    }
  }

  void read_named(std::string_view name, std::vector<Pattern::Named>& out) {
    const Json* members = member(name);
    if (!members) return;
    if (!members->is_object() || members->size() > kMaxMatchers) {
      return fail(name, expected_got("an object of at most 100 matchers", *members));
    }
    for (const auto& [key, value] : members->items()) {
      Pattern::Named named{key, {}};
      const std::string here = child_pointer(child_pointer(pointer_, name), key);
      if (!read_several(value, here, named)) add_matcher(value, here, named.matchers);
      out.push_back(std::move(named));
    }
  }

  void add_matcher(const Json& value, const std::string& pointer, std::vector<ValueMatcher>& out) {
    auto matcher = parse_matcher(value, pointer);
    if (!matcher) return errors_.fail(matcher.error());
    out.push_back(std::move(*matcher));
  }

  /// Whether it is `{"hasExactly": [...]}` or `{"includes": [...]}`.
  bool read_several(const Json& value, const std::string& pointer, Pattern::Named& named) {
    using enum Pattern::Named::Several;
    for (const auto several : {kExactly, kIncludes}) {
      const std::string_view name = name_of(several);
      if (!value.is_object() || !value.contains(name) || value[name].is_null()) continue;
      named.several = several;
      const Json& list = value[name];
      const std::string here = child_pointer(pointer, name);
      for (const auto& [other, member] : value.items()) {
        if (other == name || member.is_null()) continue;
        errors_.fail(
            {ErrorCode::kInvalid, "\"" + std::string(name) + "\" stands alone", child_pointer(pointer, other)});
      }
      if (!list.is_array() || list.empty() || list.size() > kMaxMatchers) {
        errors_.fail({ErrorCode::kInvalid, expected_got("an array of 1 to 100 matchers", list), here});
        return true;
      }
      for (std::size_t i = 0; i < list.size(); ++i) add_matcher(list[i], child_pointer(here, i), named.matchers);
      return true;
    }
    return false;
  }

  /// A value that is not kept cannot be compared, only whether it was sent.
  void refuse_hidden_values() {
    const Json* headers = member("headers");
    if (!headers || !headers->is_object()) return;
    for (const auto& [name, matcher] : headers->items()) {
      if (!journal::hides_value(name) || !matcher.is_object() || matcher.contains("absent")) continue;
      const std::string text = dump_json(matcher);
      if (text.find("***") != std::string::npos || text.find("mk_live_") != std::string::npos) continue;
      return fail(
          "headers",
          "the journal keeps \"***\" in place of the value of " + name + ": ask for {\"absent\": true} or for that",
          ErrorCode::kUnsupported);
    }
  }

  void read_body() {
    const Json* matchers = member("bodyPatterns");
    if (!matchers) return;
    if (!matchers->is_array() || matchers->size() > kMaxMatchers) {
      return fail("bodyPatterns", expected_got("an array of at most 100 matchers", *matchers));
    }
    for (std::size_t i = 0; i < matchers->size(); ++i) {
      add_matcher((*matchers)[i], child_pointer(child_pointer(pointer_, "bodyPatterns"), i), pattern_.body);
    }
  }

  void read_operation() {
    const Json* value = member("operation");
    if (!value) return;
    pattern_.operation = value->is_null() ? "" : text("operation");
    const auto& known = options_.operations;
    if (value->is_null() || !pattern_.operation || known.empty()) return;
    if (std::find(known.begin(), known.end(), *pattern_.operation) != known.end()) return;
    const std::string near = suggestion(*pattern_.operation, known, kQuestion);
    fail("operation",
         "no operation \"" + *pattern_.operation + "\"" + (near.empty() ? "; there are " + quoted_list(known) : near));
  }

  void read_status() {
    const Json* value = member("status");
    if (!value) return;
    const std::string_view name = value->is_string() ? value->get_ref<const std::string&>() : std::string_view();
    if (value->is_number_integer() && *value >= 0 && *value <= 999) {
      const int status = value->get<int>();
      pattern_.status = Pattern::Status{status, status};
    } else if (name.size() == 3 && name.ends_with("xx") && name[0] >= '1' && name[0] <= '5') {
      const int hundred = (name[0] - '0') * 100;
      pattern_.status = Pattern::Status{hundred, hundred + 99};
    } else {
      fail("status", expected_got("a status such as 429 or a class such as \"5xx\"", *value));
    }
  }

  void read_findings() {
    const Json* value = member("findings");
    if (!value) return;
    if (value->is_boolean()) {
      pattern_.findings = value->get<bool>();
    } else if (value->is_string()) {
      refuse_slip("findings", "kind of finding", value->get<std::string>(), finding_kind::kAll);
      pattern_.findings = value->get<std::string>();
    } else {
      fail("findings", expected_got("true, false or a kind of finding", *value));
    }
  }

  const Json& value_;
  const std::string& pointer_;
  const PatternOptions& options_;
  Pattern pattern_;
  ReadErrors errors_;
};

}  // namespace

Result<Pattern> parse_pattern(const Json& value, const std::string& pointer, const PatternOptions& options) {
  return PatternParser(value, pointer, options).parse();
}

}  // namespace qamera::patterns
