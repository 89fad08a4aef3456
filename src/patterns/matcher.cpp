#include "patterns/matcher.h"

#include <algorithm>
#include <deque>

#include "base/json_compare.h"
#include "journal/entry.h"

namespace qamera::patterns {
namespace {

constexpr std::size_t kMaxDifferences = 8;

std::string shown_subject(const SubjectText& subject) {
  if (subject.absent()) return subject.present() ? "(empty)" : "(absent)";
  if (subject.truncated()) return in_quotes(shortened(subject.text(), 60)) + " (only the beginning was kept)";
  return in_quotes(subject.text());
}

bool wants_json(const ValueMatcher& matcher) { return std::holds_alternative<matcher::EqualToJson>(matcher.what); }

/// What a path leads to: of an array each element, unless it is asked for as JSON. One that is absent for nothing, and
/// for null; an empty array is there.
struct Subjects {
  Subjects(const matcher::MatchesJsonPath& m, const Json& document) : found(m.path.find(document)) {
    for (const Json* value : found.values) {
      const bool whole = wants_json(m.value.front()) || !value->is_array() || value->empty();
      if (value->is_null())
        all.emplace_back();
      else if (whole)
        add(*value, wants_json(m.value.front()) ? dump_json(*value) : plain_text(*value));
      else
        for (const Json& element : *value) add(element, plain_text(element));
    }
    if (all.empty()) all.emplace_back();
  }

  JsonPath::Found found;
  std::deque<std::string> texts;
  std::vector<SubjectText> all;

 private:
  void add(const Json& value, std::string text) { all.emplace_back(texts.emplace_back(std::move(text)), value); }
};

/// The number that a text is, written as JSON has it; null for any other.
Json number_in(std::string_view text) {
  auto value = parse_json(text);
  return value && value->is_number() ? *std::move(value) : Json();
}

struct Match {
  const SubjectText& subject;

  Truth operator()(const matcher::EqualTo& m) const {
    if (!subject.present()) return Truth::kNo;
    if (subject.number()) return truth_of(qamera::equal_json(number_in(m.text), *subject.number()));
    if (!subject.truncated()) {
      return truth_of(m.ignore_case ? equal_ignoring_case(m.text, subject.text()) : m.text == subject.text());
    }
    if (m.ignore_case) {
      const auto beginning = std::string_view(m.text).substr(0, subject.text().size());
      return equal_ignoring_case(beginning, subject.text()) ? Truth::kUnknown : Truth::kNo;
    }
    return truth_of(m.text.starts_with(subject.text()) && journal::body_hash(m.text) == subject.hash());
  }
  Truth operator()(const matcher::Contains& m) const {
    const bool found = subject.present() && subject.text().find(m.text) != std::string_view::npos;
    const Truth contains = found ? Truth::kYes : subject.truncated() ? Truth::kUnknown : Truth::kNo;
    return m.wanted ? contains : negate(contains);
  }
  Truth operator()(const matcher::Matches& m) const {
    if (subject.truncated()) return Truth::kUnknown;
    const Truth matches = truth_of(subject.present() && m.regex.matches(subject.text()));
    return m.wanted ? matches : negate(matches);
  }
  Truth operator()(const matcher::Absent&) const { return truth_of(subject.absent()); }
  Truth operator()(const matcher::EqualToJson& m) const {
    if (subject.truncated()) return Truth::kUnknown;
    const Json* json = subject.json();
    return truth_of(json && equal_json(m.value, *json, m.how));
  }
  Truth operator()(const matcher::MatchesJsonPath& m) const {
    if (subject.truncated()) return Truth::kUnknown;
    const Json* json = subject.json();
    if (!json) return Truth::kNo;
    if (m.value.empty()) {
      const auto found = m.path.find(*json);
      return truth_of(std::any_of(found.values.begin(), found.values.end(), [](const Json* value) {
        return !value->is_null() && !(value->is_structured() && value->empty());
      }));
    }
    const Subjects subjects(m, *json);
    Truth any = Truth::kNo;
    for (const SubjectText& there : subjects.all) any = either(any, match(m.value.front(), there));
    return any;
  }
  Truth operator()(const matcher::AllOf& m) const {
    Truth all = Truth::kYes;
    for (const ValueMatcher& part : m.parts) all = both(all, match(part, subject));
    return all;
  }
  Truth operator()(const matcher::AnyOf& m) const {
    Truth any = Truth::kNo;
    for (const ValueMatcher& part : m.parts) any = either(any, match(part, subject));
    return any;
  }
  Truth operator()(const matcher::Not& m) const { return negate(match(m.part.front(), subject)); }
};

/// How far off a subject is that does not match.
struct Measure {
  const SubjectText& subject;

  double operator()(const matcher::EqualTo& m) const {
    return subject.present() ? text_distance(m.text, subject.text()) : 1;
  }
  double operator()(const matcher::EqualToJson& m) const {
    const Json* json = subject.json();
    if (!json) return 1;
    std::vector<Difference> differences;
    json_differences(m.value, *json, m.how, "", 1'000, differences);
    const std::size_t leaves = std::max({leaf_count(m.value), leaf_count(*json), differences.size()});
    return static_cast<double>(differences.size()) / static_cast<double>(leaves);
  }
  double operator()(const matcher::MatchesJsonPath& m) const {
    const Json* json = subject.json();
    if (!json || m.value.empty()) return 1;
    const Subjects subjects(m, *json);
    double nearest = 1;
    for (const SubjectText& there : subjects.all) nearest = std::min(nearest, distance(m.value.front(), there));
    return nearest;
  }
  double operator()(const matcher::AllOf& m) const {
    double sum = 0;
    for (const ValueMatcher& part : m.parts) sum += distance(part, subject);
    return sum / static_cast<double>(m.parts.size());
  }
  double operator()(const matcher::AnyOf& m) const {
    double nearest = 1;
    for (const ValueMatcher& part : m.parts) nearest = std::min(nearest, distance(part, subject));
    return nearest;
  }
  template <typename Other>
  double operator()(const Other&) const {
    return 1;
  }
};

struct Describe {
  std::string operator()(const matcher::EqualTo& m) const {
    return "equal to " + in_quotes(m.text) + (m.ignore_case ? " (ignoring case)" : "");
  }
  std::string operator()(const matcher::Contains& m) const {
    return (m.wanted ? "text that contains " : "text that does not contain ") + in_quotes(m.text);
  }
  std::string operator()(const matcher::Matches& m) const {
    return (m.wanted ? "text that matches " : "text that does not match ") + in_quotes(m.pattern);
  }
  std::string operator()(const matcher::Absent&) const { return "absent"; }
  std::string operator()(const matcher::EqualToJson& m) const {
    std::string text = "JSON equal to " + shortened(dump_json(m.value));
    if (m.how.ignore_array_order) text += ", array order ignored";
    if (m.how.ignore_extra_elements) text += ", extra elements ignored";
    return text;
  }
  std::string operator()(const matcher::MatchesJsonPath& m) const {
    if (m.value.empty()) return "JSON with something at " + m.path.text();
    return "JSON whose " + m.path.text() + " is " + describe(m.value.front());
  }
  std::string operator()(const matcher::AllOf& m) const { return joined(m.parts, " and ", bracketed); }
  std::string operator()(const matcher::AnyOf& m) const { return joined(m.parts, " or ", bracketed); }
  std::string operator()(const matcher::Not& m) const { return "not " + bracketed(m.part.front()); }

  static std::string bracketed(const ValueMatcher& part) { return "(" + describe(part) + ")"; }
};

struct Explain {
  const ValueMatcher& matcher;
  const SubjectText& subject;
  const std::string& pointer;
  std::vector<Difference>& out;

  void operator()(const matcher::EqualToJson& m) const {
    if (subject.truncated()) return plain();
    const Json* json = subject.json();
    if (!json) {
      out.push_back(
          {pointer, describe(matcher), subject.present() ? shown_subject(subject) + ", which is no JSON" : "(absent)"});
      return;
    }
    json_differences(m.value, *json, m.how, pointer, out.size() + kMaxDifferences, out);
  }
  void operator()(const matcher::MatchesJsonPath& m) const {
    const Json* json = subject.truncated() ? nullptr : subject.json();
    if (!json) return plain();
    const auto found = m.path.find(*json);
    const std::string expected = m.value.empty() ? "something other than null or empty" : describe(m.value.front());
    const std::string actual =
        joined(found.values, ", ", [](const Json* value) { return shortened(dump_json(*value), 100); });
    out.push_back({pointer + m.path.pointer(), expected, found.values.empty() ? "(absent)" : shortened(actual)});
  }
  void operator()(const matcher::AllOf& m) const {
    for (const ValueMatcher& part : m.parts) explain(part, subject, pointer, out);
  }
  template <typename Other>
  void operator()(const Other&) const {
    plain();
  }

  void plain() const { out.push_back({pointer, describe(matcher), shown_subject(subject)}); }
};

/// Of `actual` only what `expected` mentions, so that a suggestion stays as short as what was asked.
Json projected(const Json& expected, const Json& actual) {
  if (!expected.is_object() || !actual.is_object()) return actual;
  Json out = Json::object();
  for (const auto& [name, value] : expected.items()) {
    if (const auto member = actual.find(name); member != actual.end()) out[name] = projected(value, *member);
  }
  return out;
}

}  // namespace

SubjectText SubjectText::body(std::string_view text, std::string_view hash) {
  SubjectText subject(text);
  subject.hash_ = hash;
  subject.is_body_ = true;
  return subject;
}

const Json* SubjectText::json() const {
  if (!parsed_) {
    parsed_ = true;
    if (text_ && !truncated()) {
      if (auto parsed = parse_json(*text_)) json_ = std::move(*parsed);
    }
  }
  return json_ ? &*json_ : nullptr;
}

Truth match(const ValueMatcher& matcher, const SubjectText& subject) {
  return std::visit(Match{subject}, matcher.what);
}

double distance(const ValueMatcher& matcher, const SubjectText& subject) {
  if (match(matcher, subject) == Truth::kYes) return 0;
  return std::visit(Measure{subject}, matcher.what);
}

void explain(const ValueMatcher& matcher, const SubjectText& subject, const std::string& pointer,
             std::vector<Difference>& out) {
  if (match(matcher, subject) == Truth::kYes) return;
  std::visit(Explain{matcher, subject, pointer, out}, matcher.what);
}

std::string describe(const ValueMatcher& matcher) { return std::visit(Describe{}, matcher.what); }

Json suggest(const ValueMatcher& matcher, const SubjectText& subject) {
  if (subject.absent()) return {{"absent", true}};
  const std::string_view text = subject.text();
  if (subject.truncated()) return {{"contains", std::string(text.substr(0, 100))}};
  const Json* json = subject.json();
  if (const auto* equal = std::get_if<matcher::EqualToJson>(&matcher.what); equal && json) {
    const Json part = projected(equal->value, *json);
    if (part == *json) return {{"equalToJson", part}};
    return {{"equalToJson", part}, {"ignoreExtraElements", true}};
  }
  if (const auto* path = std::get_if<matcher::MatchesJsonPath>(&matcher.what); path && json) {
    const auto found = path->path.find(*json);
    const Json* value = found.values.empty() ? nullptr : found.values.front();
    Json inner = !value || value->is_null() ? Json{{"absent", true}}
                 : value->is_structured()   ? Json{{"equalToJson", *value}}
                                            : Json{{"equalTo", plain_text(*value)}};
    inner["expression"] = path->path.text();
    return {{"matchesJsonPath", std::move(inner)}};
  }
  if (json && json->is_structured()) return {{"equalToJson", *json}};
  return {{"equalTo", std::string(text)}};
}

}  // namespace qamera::patterns
