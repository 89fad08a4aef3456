#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "sim/workspace.h"

namespace qamera::property {

/// What may be done to a workspace.
enum class Act {
  kRegister,
  kList,
  kVote,
  kCreatePreset,
  kSettle,
  kPass,     ///< real time goes by, and the workspace is told
  kAdvance,  ///< virtual time is moved on
  kUntilNext,
  kUntilIdle,
  kSetCredits,
  kGrant,
  kAsk,  ///< the rules, about a request
  kAddRule,
  kRemoveRules,
  kSetState,
  kAdmit,  ///< a request of a key, for the rate limit
  kChangeKey,
  kSetClock,
};

/// One of them. What the numbers mean depends on it; every value of each means something, so that any shrunken
/// operation is one too.
struct Operation {
  Act act = Act::kList;
  std::uint8_t which = 0;    ///< kind, collection, record, rule or mode
  std::uint8_t count = 0;    ///< records, limit or filter
  std::uint16_t amount = 0;  ///< milliseconds or credits
};
using Operations = std::vector<Operation>;

std::ostream& operator<<(std::ostream& out, const Operation& operation);

/// Scenarios that differ in what makes jobs end, in rules and timeline. Any number names one.
sim::ScenarioPtr scenario_of(std::uint8_t number);

/// A workspace, and the monotonic clock that it is shown.
struct Run {
  explicit Run(const sim::ScenarioPtr& scenario);

  sim::Workspace workspace;
  MonotonicTime monotonic{0};
};

/// What an operation did, besides the text.
struct Outcome {
  std::string text;  ///< everything that came out
  std::optional<sim::Registration> made;
  std::int64_t asked = 0;              ///< records asked for, of a registration
  std::vector<sim::ClockEvent> fired;  ///< in order
  std::size_t listed = 0;              ///< what a listing counted
  std::string list;                    ///< what it showed
};

RecordKind kind_of(const Operation& operation);
Collection collection_of(const Operation& operation);
/// Of a listing.
sim::ListFilter filter_of(const Operation& operation);
std::size_t limit_of(const Operation& operation);
/// The record that a vote or settlement is about, null when there is none yet.
sim::RecordPtr record_of(const sim::Workspace& workspace, const Operation& operation);

Outcome apply(Run& run, const Operation& operation);
/// All of them; the texts together.
std::string apply_all(Run& run, const Operations& operations);

}  // namespace qamera::property
