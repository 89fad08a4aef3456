#include "patterns/pattern.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace qamera::patterns {
namespace {

constexpr std::size_t kMaxLookedAt = 2'000;
constexpr double kUrlWeight = 10;
constexpr double kMethodWeight = 3;

/// A parameter or header that a pattern names, and what a request has under that name.
struct NamedValues {
  std::string_view member;  ///< of the pattern, which holds it
  std::string pointer;      ///< where a difference has such values
  const Pattern::Named& named;
  std::vector<SubjectText> values{};  ///< one that is absent when there are none
};

std::vector<NamedValues> named_values(const Pattern& pattern, const RequestView& view) {
  std::vector<NamedValues> all;
  const auto add = [&all](NamedValues one, const auto& fields, const auto& same_name) {
    for (const auto& field : fields) {
      if (same_name(field.name, one.named.name)) one.values.emplace_back(field.value);
    }
    if (one.values.empty()) one.values.emplace_back();
    all.push_back(std::move(one));
  };
  for (const auto& named : pattern.query) add({"queryParameters", "/query", named}, view.query(), std::equal_to<>());
  for (const auto& named : pattern.headers) {
    add({"headers", "/headers", named}, view.entry().request_headers, equal_ignoring_case);
  }
  return all;
}

using Several = Pattern::Named::Several;

/// Each matcher's values, by index. They are whole, so that each matches or does not.
std::vector<std::vector<std::size_t>> candidates_of(const Pattern::Named& named,
                                                    const std::vector<SubjectText>& values) {
  std::vector<std::vector<std::size_t>> candidates(named.matchers.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      if (match(named.matchers[i], values[j]) == Truth::kYes) candidates[i].push_back(j);
    }
  }
  return candidates;
}

Truth match_values(const Pattern::Named& named, const std::vector<SubjectText>& values) {
  if (named.several == Several::kNone) {
    // Of repeated fields one has to match.
    Truth any = Truth::kNo;
    for (const SubjectText& value : values) any = either(any, match(named.matchers.front(), value));
    return any;
  }
  if (!values.front().present()) return Truth::kNo;
  const auto candidates = candidates_of(named, values);
  if (named.several == Several::kExactly) {
    return truth_of(values.size() == candidates.size() && have_one_each(candidates, values.size()));
  }
  return truth_of(std::none_of(candidates.begin(), candidates.end(), [](const auto& some) { return some.empty(); }));
}

const SubjectText& nearest_value(const ValueMatcher& matcher, const std::vector<SubjectText>& values) {
  return *std::min_element(values.begin(), values.end(), [&](const SubjectText& a, const SubjectText& b) {
    return distance(matcher, a) < distance(matcher, b);
  });
}

double distance(const Pattern::Named& named, const std::vector<SubjectText>& values) {
  if (named.several == Several::kNone) {
    return distance(named.matchers.front(), nearest_value(named.matchers.front(), values));
  }
  if (match_values(named, values) == Truth::kYes) return 0;
  if (!values.front().present()) return 1;
  const auto candidates = candidates_of(named, values);
  const auto met = static_cast<double>(
      std::count_if(candidates.begin(), candidates.end(), [](const auto& some) { return !some.empty(); }));
  // One more, since all may be met by too few or too many values.
  return 1 - met / (1 + static_cast<double>(std::max(candidates.size(), values.size())));
}

void explain(const Pattern::Named& named, const std::vector<SubjectText>& values, const std::string& pointer,
             std::vector<Difference>& out) {
  if (match_values(named, values) == Truth::kYes) return;
  if (named.several == Several::kNone) {
    const ValueMatcher& matcher = named.matchers.front();
    return explain(matcher, nearest_value(matcher, values), pointer, out);
  }
  const bool exactly = named.several == Several::kExactly;
  const std::string expected = (exactly ? "exactly these values: " : "values that include: ") +
                               joined(named.matchers, ", ", [](const auto& matcher) { return describe(matcher); });
  const auto shown = [](const SubjectText& value) {
    return value.present() ? in_quotes(value.text()) : std::string("(absent)");
  };
  out.push_back({pointer, shortened(expected, 400), shortened(joined(values, ", ", shown), 400)});
}

Json suggest(const Pattern::Named& named, const std::vector<SubjectText>& values) {
  if (named.several == Several::kNone) {
    return suggest(named.matchers.front(), nearest_value(named.matchers.front(), values));
  }
  if (!values.front().present()) return {{"absent", true}};
  Json list = Json::array();
  for (const SubjectText& value : values) list.push_back({{"equalTo", std::string(value.text())}});
  return {{std::string(name_of(named.several)), std::move(list)}};
}

bool status_matches(const Pattern& pattern, const journal::Entry& entry) {
  return !pattern.status || pattern.status->holds(entry.status);
}

bool findings_match(const Pattern& pattern, const journal::Entry& entry) {
  if (!pattern.findings) return true;
  if (const bool* any = std::get_if<bool>(&*pattern.findings)) return *any != entry.findings.empty();
  const auto& kind = std::get<std::string>(*pattern.findings);
  return std::any_of(entry.findings.begin(), entry.findings.end(), [&](const Finding& f) { return f.kind == kind; });
}

/// The path as it was sent, not decoded.
std::string_view raw_path(const journal::Entry& entry) {
  return std::string_view(entry.target).substr(0, entry.target.find_first_of("?#"));
}

bool url_matches(const Pattern& pattern, const RequestView& view) {
  if (!pattern.url) return true;
  const Pattern::Url& url = *pattern.url;
  switch (url.kind) {
    case Pattern::UrlKind::kUrl: return view.entry().target == url.text;
    case Pattern::UrlKind::kPath: return view.path() == url.text || raw_path(view.entry()) == url.text;
    case Pattern::UrlKind::kUrlPattern: return url.regex->matches(view.entry().target);
    case Pattern::UrlKind::kPathPattern: return url.regex->matches(view.path());
  }
  return false;
}

bool is_path(Pattern::UrlKind kind) {
  return kind == Pattern::UrlKind::kPath || kind == Pattern::UrlKind::kPathPattern;
}

std::string operation_name(std::string_view operation) {
  return operation.empty() ? "none (unmatched)" : std::string(operation);
}

std::string kinds_of(const journal::Entry& entry) {
  if (entry.findings.empty()) return "no finding";
  return joined(entry.findings, ", ", &Finding::kind);
}

void explain_plain(const Pattern& pattern, const RequestView& view, std::vector<Difference>& out) {
  const journal::Entry& entry = view.entry();
  if (pattern.operation && entry.operation != *pattern.operation) {
    out.push_back({"/operation", operation_name(*pattern.operation), operation_name(entry.operation)});
  }
  if (pattern.method && entry.method != *pattern.method) out.push_back({"/method", *pattern.method, entry.method});
  if (!url_matches(pattern, view)) {
    const bool path = is_path(pattern.url->kind);
    const std::string expected = (pattern.url->regex ? "text that matches " : "") + in_quotes(pattern.url->text);
    out.push_back({path ? "/path" : "/url", expected, in_quotes(path ? view.path() : entry.target)});
  }
  if (!status_matches(pattern, entry)) out.push_back({"/status", pattern.status->text(), std::to_string(entry.status)});
  if (pattern.workspace && entry.workspace != *pattern.workspace) {
    out.push_back({"/workspace", in_quotes(*pattern.workspace), in_quotes(entry.workspace)});
  }
  if (!findings_match(pattern, entry)) {
    const bool* any = std::get_if<bool>(&*pattern.findings);
    out.push_back({"/findings", any ? (*any ? "a finding" : "no finding") : std::get<std::string>(*pattern.findings),
                   kinds_of(entry)});
  }
}

double url_distance(const Pattern& pattern, const RequestView& view) {
  if (url_matches(pattern, view)) return 0;
  if (pattern.url->regex) return 1;
  return text_distance(pattern.url->text, is_path(pattern.url->kind) ? view.path() : view.entry().target);
}

/// A weighted mean.
class Mean {
 public:
  void add(double weight, double value) {
    weights_ += weight;
    sum_ += weight * value;
  }
  double value() const { return weights_ > 0 ? sum_ / weights_ : 0; }

 private:
  double weights_ = 0;
  double sum_ = 0;
};

}  // namespace

RequestView::RequestView(const journal::Entry& entry)
    : entry_(&entry), body_(SubjectText::body(entry.request_body.content(), entry.request_body.hash)) {}

const Request& RequestView::parsed() const {
  if (!is_parsed_) {
    is_parsed_ = true;
    parsed_.target = entry_->target;
    parse_target(parsed_);
  }
  return parsed_;
}

Truth match(const Pattern& pattern, const RequestView& view) {
  const journal::Entry& entry = view.entry();
  // The cheap ones first: most entries fail there.
  if ((pattern.operation && entry.operation != *pattern.operation) || !status_matches(pattern, entry) ||
      (pattern.method && entry.method != *pattern.method) ||
      (pattern.workspace && entry.workspace != *pattern.workspace) || !findings_match(pattern, entry) ||
      !url_matches(pattern, view)) {
    return Truth::kNo;
  }
  Truth all = Truth::kYes;
  for (const auto& [member, pointer, named, values] : named_values(pattern, view)) {
    if (all == Truth::kNo) return all;
    all = both(all, match_values(named, values));
  }
  for (const ValueMatcher& matcher : pattern.body) {
    if (all == Truth::kNo) return all;
    all = both(all, match(matcher, view.body()));
  }
  return all;
}

Matched find_matching(const Pattern& pattern, std::span<const journal::EntryPtr> entries) {
  Matched matched;
  for (const journal::EntryPtr& entry : entries) {
    const Truth truth = match(pattern, RequestView(*entry));
    if (truth == Truth::kYes) matched.entries.push_back(entry);
    if (truth == Truth::kUnknown) ++matched.unknown;
  }
  return matched;
}

std::vector<Difference> explain(const Pattern& pattern, const RequestView& view) {
  std::vector<Difference> out;
  explain_plain(pattern, view, out);
  for (const auto& [member, pointer, named, values] : named_values(pattern, view)) {
    explain(named, values, child_pointer(pointer, named.name), out);
  }
  for (const ValueMatcher& matcher : pattern.body) explain(matcher, view.body(), "/body", out);
  return out;
}

double distance(const Pattern& pattern, const RequestView& view) {
  const journal::Entry& entry = view.entry();
  Mean mean;
  if (pattern.operation) mean.add(kUrlWeight, entry.operation == *pattern.operation ? 0 : 1);
  if (pattern.url) mean.add(kUrlWeight, url_distance(pattern, view));
  if (pattern.method) mean.add(kMethodWeight, entry.method == *pattern.method ? 0 : 1);
  if (pattern.status) mean.add(1, status_matches(pattern, entry) ? 0 : 1);
  if (pattern.workspace) mean.add(1, entry.workspace == *pattern.workspace ? 0 : 1);
  if (pattern.findings) mean.add(1, findings_match(pattern, entry) ? 0 : 1);
  for (const auto& [member, pointer, named, values] : named_values(pattern, view)) {
    mean.add(1, distance(named, values));
  }
  for (const ValueMatcher& matcher : pattern.body) mean.add(1, distance(matcher, view.body()));
  return mean.value();
}

Json suggest(const Pattern& pattern, const RequestView& view) {
  const journal::Entry& entry = view.entry();
  Json out = pattern.source;
  if (pattern.operation && entry.operation != *pattern.operation) {
    out["operation"] = entry.operation.empty() ? Json() : Json(entry.operation);
  }
  if (pattern.method && entry.method != *pattern.method) out["method"] = entry.method;
  if (!url_matches(pattern, view)) {
    for (std::string_view name : kNames<Pattern::UrlKind>) out.erase(std::string(name));
    if (is_path(pattern.url->kind))
      out["urlPath"] = view.path();
    else
      out["url"] = entry.target;
  }
  if (!status_matches(pattern, entry)) out["status"] = entry.status;
  if (pattern.workspace && entry.workspace != *pattern.workspace) out["workspace"] = entry.workspace;
  if (!findings_match(pattern, entry)) out["findings"] = !entry.findings.empty();
  for (const auto& [member, pointer, named, values] : named_values(pattern, view)) {
    if (match_values(named, values) == Truth::kYes) continue;
    out[std::string(member)][named.name] = suggest(named, values);
  }
  for (std::size_t i = 0; i < pattern.body.size(); ++i) {
    if (match(pattern.body[i], view.body()) == Truth::kYes) continue;
    out["bodyPatterns"][i] = suggest(pattern.body[i], view.body());
  }
  const auto parsed = parse_pattern(out);
  return parsed.ok() && match(*parsed, view) == Truth::kYes ? out : Json();
}

std::vector<NearMiss> near_misses(const Pattern& pattern, std::span<const journal::EntryPtr> entries,
                                  std::size_t count) {
  const std::size_t looked_at = std::min(entries.size(), kMaxLookedAt);
  std::vector<NearMiss> misses;
  for (std::size_t i = 0; i < looked_at; ++i) {
    const journal::EntryPtr& entry = entries[entries.size() - 1 - i];  // newest first
    const RequestView view(*entry);
    if (match(pattern, view) != Truth::kYes) misses.push_back({entry, distance(pattern, view), {}});
  }
  std::stable_sort(misses.begin(), misses.end(),
                   [](const NearMiss& a, const NearMiss& b) { return a.distance < b.distance; });
  if (misses.size() > count) misses.resize(count);
  for (NearMiss& miss : misses) miss.differences = explain(pattern, RequestView(*miss.entry));
  return misses;
}

OrderedJson to_json(const NearMiss& miss) {
  OrderedJson differences = OrderedJson::array();
  for (const Difference& difference : miss.differences) {
    differences.push_back(
        {{"pointer", difference.pointer}, {"expected", difference.expected}, {"actual", difference.actual}});
  }
  return {{"id", miss.entry->id},
          {"sequence", miss.entry->sequence},
          {"request", summary(*miss.entry)},
          {"distance", std::round(miss.distance * 1000) / 1000},
          {"differences", std::move(differences)}};
}

std::string summary(const journal::Entry& entry) {
  return entry.method + " " + shortened(entry.target, 160) + " -> " + std::to_string(entry.status);
}

}  // namespace qamera::patterns
