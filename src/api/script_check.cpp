#include "api/script_check.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/spelling.h"
#include "contract/operation.h"

namespace qamera::api {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

/// The vendor's pages on keys; all but content.register are announced only.
constexpr std::array<std::string_view, 3> kScopes = {"content.read", "content.register", "queue.nudge"};

std::string member_pointer(std::string_view list, std::size_t index) {
  return child_pointer(child_pointer("", list), index);
}

std::string step_pointer(std::size_t step, std::string_view list, std::size_t index) {
  return member_pointer("timeline", step) + member_pointer(list, index);
}

/// Calls `visit(rule, pointer)` for each rule, those of the timeline included, until it answers false.
template <typename Visit>
void each_rule(const sim::Scenario& scenario, Visit visit) {
  for (std::size_t i = 0; i < scenario.rules.size(); ++i) {
    if (!visit(*scenario.rules[i], member_pointer("rules", i))) return;
  }
  for (std::size_t step = 0; step < scenario.timeline.size(); ++step) {
    const auto& added = scenario.timeline[step].add_rules;
    for (std::size_t i = 0; i < added.size(); ++i) {
      if (!visit(*added[i], step_pointer(step, "addRules", i))) return;
    }
  }
}

void warn_of_methods(const sim::Scenario& scenario, std::vector<Warning>& out) {
  each_rule(scenario, [&](const sim::Rule& rule, const std::string& pointer) {
    const auto& method = rule.when.method;
    if (method && std::find(kMethods.begin(), kMethods.end(), *method) == kMethods.end()) {
      out.push_back({pointer + "/when/method",
                     "no request has the method \"" + *method + "\"" + suggestion_or_choices(*method, kMethods)});
    }
    return true;
  });
}

void warn_of_scopes(const sim::Scenario& scenario, std::vector<Warning>& out) {
  for (std::size_t i = 0; i < scenario.keys.size(); ++i) {
    const auto given = scenario.keys[i].scopes.value_or(std::vector<std::string>());
    for (std::size_t j = 0; j < given.size(); ++j) {
      if (std::find(kScopes.begin(), kScopes.end(), given[j]) != kScopes.end()) continue;
      out.push_back({member_pointer("keys", i) + member_pointer("scopes", j),
                     "the documentation has no scope \"" + given[j] + "\"" + suggestion_or_choices(given[j], kScopes)});
    }
  }
}

void warn_of_removals(const sim::Scenario& scenario, std::vector<Warning>& out) {
  std::set<std::string_view> names;
  each_rule(scenario, [&](const sim::Rule& rule, const std::string&) {
    names.insert(rule.name);
    return true;
  });
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (std::size_t step = 0; step < scenario.timeline.size(); ++step) {
    const auto& removed = scenario.timeline[step].remove_rules;
    for (std::size_t i = 0; i < removed.size(); ++i) {
      if (names.contains(removed[i])) continue;
      out.push_back({step_pointer(step, "removeRules", i),
                     "the scenario has no rule \"" + removed[i] + "\"" +
                         (known.empty() ? std::string() : suggestion_or_choices(removed[i], known))});
    }
  }
}

}  // namespace

Result<void> check_rule(const sim::Rule& rule) {
  if (!rule.when.operation) return {};
  std::vector<std::string_view> names;
  for (const contract::Operation& operation : contract::operations()) {
    if (sim::matches_wildcard(operation.name, *rule.when.operation)) return {};
    names.push_back(operation.name);
  }
  return Error{
      ErrorCode::kInvalid,
      "there is no operation \"" + *rule.when.operation + "\"" + suggestion_or_choices(*rule.when.operation, names),
      "/when/operation"};
}

Result<void> check_rules(const sim::Scenario& scenario) {
  Result<void> outcome;
  each_rule(scenario, [&](const sim::Rule& rule, const std::string& pointer) {
    if (auto fine = check_rule(rule); !fine.ok()) {
      outcome = Error{fine.error().code, fine.error().message, pointer + fine.error().pointer};
    }
    return outcome.ok();
  });
  return outcome;
}

std::vector<Warning> scenario_warnings(const sim::Scenario& scenario) {
  std::vector<Warning> out;
  for (auto& [index, message] : sim::shadowed_rules(scenario.rules)) {
    out.push_back({member_pointer("rules", index), std::move(message)});
  }
  warn_of_methods(scenario, out);
  warn_of_scopes(scenario, out);
  warn_of_removals(scenario, out);
  return out;
}

}  // namespace qamera::api
