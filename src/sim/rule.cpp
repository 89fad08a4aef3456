#include "sim/rule.h"

#include <algorithm>
#include <cstring>

#include "base/json_compare.h"

namespace qamera::sim {
namespace {

bool matches_headers(const std::vector<NamedPattern>& patterns, const Headers& headers) {
  return std::all_of(patterns.begin(), patterns.end(), [&](const NamedPattern& wanted) {
    return std::any_of(headers.begin(), headers.end(), [&](const Header& field) {
      return equal_ignoring_case(field.name, wanted.name) && matches_wildcard(field.value, wanted.pattern);
    });
  });
}

bool matches_query(const std::vector<NamedPattern>& patterns, const std::vector<QueryParameter>& query) {
  return std::all_of(patterns.begin(), patterns.end(), [&](const NamedPattern& wanted) {
    return std::any_of(query.begin(), query.end(), [&](const QueryParameter& parameter) {
      return parameter.name == wanted.name && matches_wildcard(parameter.value, wanted.pattern);
    });
  });
}

/// Whether every text that `narrow` accepts is accepted by `wide` too, as far as can be told simply.
bool covers(const std::optional<std::string>& wide, const std::optional<std::string>& narrow) {
  if (!wide) return true;
  return narrow && (*wide == *narrow || (narrow->find('*') == std::string::npos && matches_wildcard(*narrow, *wide)));
}

bool covers(const std::vector<NamedPattern>& wide, const std::vector<NamedPattern>& narrow) {
  return std::all_of(wide.begin(), wide.end(), [&](const NamedPattern& w) {
    return std::any_of(narrow.begin(), narrow.end(), [&](const NamedPattern& n) {
      return w.name == n.name && covers(std::optional(w.pattern), std::optional(n.pattern));
    });
  });
}

bool covers(const RuleCondition& wide, const RuleCondition& narrow) {
  const bool body = !wide.body || (narrow.body && contains_json(*narrow.body, *wide.body));
  const bool state = !wide.state || wide.state == narrow.state;
  return wide.occurrence.unconditional() && body && state && covers(wide.operation, narrow.operation) &&
         covers(wide.method, narrow.method) && covers(wide.path, narrow.path) && covers(wide.query, narrow.query) &&
         covers(wide.headers, narrow.headers);
}

/// Whether every stage that `later` acts in is taken by `earlier`.
bool takes_stages(const Rule& earlier, const Rule& later) {
  const auto taken = [](bool early, bool late) { return early || !late; };
  // A scripted reply leaves nothing genuine to patch or alter.
  const bool replies = earlier.respond.has_value();
  return taken(replies, later.respond.has_value()) && taken(replies || earlier.patch, later.patch.has_value()) &&
         taken(replies || earlier.alter, later.alter.has_value()) &&
         taken(earlier.delay.has_value(), later.delay.has_value()) &&
         taken(earlier.throttle.has_value(), later.throttle.has_value()) &&
         taken(earlier.fault.has_value(), later.fault.has_value()) &&
         taken(earlier.set_state.has_value(), later.set_state.has_value());
}

}  // namespace

bool matches_wildcard(std::string_view text, std::string_view pattern) {
  const auto first = pattern.find('*');
  if (first == std::string_view::npos) return text == pattern;
  const auto last = pattern.rfind('*');
  const std::string_view start = pattern.substr(0, first);
  const std::string_view end = pattern.substr(last + 1);
  if (text.size() < start.size() + end.size() || !text.starts_with(start) || !text.ends_with(end)) return false;
  text = text.substr(start.size(), text.size() - start.size() - end.size());
  // Each run between two stars where it first fits: if any choice of places fits, this one does.
  for (pattern = pattern.substr(first, last - first); !pattern.empty();) {
    pattern.remove_prefix(1);
    const std::string_view run = pattern.substr(0, pattern.find('*'));
    pattern.remove_prefix(run.size());
    // Linear in the text whatever both hold, unlike `find`: a client's text and a test's pattern meet on an event loop.
    const void* const found = run.empty() ? text.data() : ::memmem(text.data(), text.size(), run.data(), run.size());
    if (found == nullptr) return false;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    text.remove_prefix(at + run.size());
  }
  return true;
}

bool matches_request(const RuleCondition& when, const RequestFacts& facts) {
  if (when.operation && !matches_wildcard(facts.operation, *when.operation)) return false;
  if (when.method && *when.method != facts.request.method) return false;
  if (when.path && !matches_wildcard(facts.request.path, *when.path)) return false;
  if (!matches_query(when.query, facts.request.query)) return false;
  if (!matches_headers(when.headers, facts.request.headers)) return false;
  return !when.body || (facts.body && contains_json(*facts.body, *when.body));
}

std::vector<std::pair<std::size_t, std::string>> shadowed_rules(const std::vector<RulePtr>& rules) {
  std::vector<std::pair<std::size_t, std::string>> out;
  for (std::size_t later = 1; later < rules.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (!covers(rules[earlier]->when, rules[later]->when) || !takes_stages(*rules[earlier], *rules[later])) continue;
      out.emplace_back(later, "\"" + rules[later]->name + "\" can never have an effect: \"" + rules[earlier]->name +
                                  "\" before it matches all its requests");
      break;
    }
  }
  return out;
}

}  // namespace qamera::sim
