#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cow.h"
#include "sim/random.h"
#include "sim/rule.h"

namespace qamera::sim {

/// What the rules decided for one request. Pointers are into rules that `held` keeps alive.
struct ScriptDecision {
  const Respond* respond = nullptr;
  const Json* patch = nullptr;
  const Alteration* alter = nullptr;
  Duration delay{0};
  std::optional<std::size_t> throttle;
  const FaultAction* fault = nullptr;
  std::uint64_t fault_seed = 0;  ///< for faults that make noise
  std::string rules;             ///< names of the rules that took part, comma-separated, "" for none
  Json draws;                    ///< what was drawn from the seed, by rule name; null for nothing
  std::vector<RulePtr> held;
};

/// A rule in a workspace, and what it has counted.
struct ScriptedRule {
  std::string id;  ///< "r1" and on; unique in the workspace
  RulePtr rule;
  bool added = false;         ///< while running
  bool restored = false;      ///< read with a state: nobody else holds `rule`
  std::uint64_t matched = 0;  ///< requests that met all its conditions but the occurrence
  std::uint64_t hits = 0;     ///< requests it acted on
};

/// The rules of a workspace and its script state: how a test makes the service misbehave, or merely differ, on request.
/// Each request asks every rule, so that what a rule counted does not depend on its neighbours. Copyable. First match
/// wins, for each stage by itself: reply, patch, alteration, delay, throttle, fault, state.
class Script {
 public:
  Script() = default;
  Script(const std::vector<RulePtr>& rules, std::string state);

  /// Asks every rule in order; counts, draws and changes the state.
  ScriptDecision decide(const RequestFacts& facts, Random& random);

  /// Puts rules before all others, the first of them first. Returns their ids.
  std::vector<std::string> add_all(std::span<const RulePtr> rules);
  std::string add(const RulePtr& rule) { return add_all({&rule, 1}).front(); }
  /// By id or name. How many went.
  std::size_t remove(std::string_view id_or_name);
  /// Every rule that was added while running. How many went.
  std::size_t remove_added();

  const std::vector<ScriptedRule>& rules() const { return *rules_; }
  const std::string& state() const { return state_; }
  /// The memory it takes beyond what it shares with `start`, in bytes, about. Rules count where they were read.
  std::size_t bytes(const Script& start) const {
    return state_.size() + (rules_.shares_with(start.rules_) ? 0 : bytes_);
  }
  void set_state(std::string state) { state_ = std::move(state); }

  Json snapshot() const;
  void restore(ReadErrors& errors, const Json& value, const std::string& pointer);

 private:
  void count_bytes();

  Cow<std::vector<ScriptedRule>> rules_{{}};
  std::string state_;
  std::uint64_t next_id_ = 1;
  std::size_t bytes_ = 0;  ///< of `rules_`
};

}  // namespace qamera::sim
