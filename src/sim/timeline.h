#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/json_reader.h"
#include "sim/key.h"
#include "sim/ledger.h"
#include "sim/rule.h"

namespace qamera::sim {

/// Something that happens to a workspace at a virtual time after its start, whatever the client does meanwhile: credits
/// run out, a key is revoked, a maintenance window opens. Every member given takes effect.
struct TimelineStep {
  Duration at{0};
  std::optional<Credits> credits;         ///< makes so many available
  std::optional<Json> key;                ///< members of a key record: state, scopes, expiresAt
  std::string key_id = "*";               ///< which key
  std::optional<bool> maintenance;        ///< starts or ends a window in which everything answers 503
  std::optional<Json> jobs;               ///< merged into the scenario's `jobs` (RFC 7396)
  std::optional<std::string> state;       ///< script state
  std::vector<RulePtr> add_rules;
  std::vector<std::string> remove_rules;  ///< by name
};

/// Reads a scenario's `timeline`; `jobs` is its `jobs` member (null when it has none), against which changes of the job
/// policy are checked. Steps come out in the order they take effect.
std::vector<TimelineStep> read_timeline(ReadErrors& errors, const Json& list, const std::string& pointer,
                                        const Json& jobs);

}  // namespace qamera::sim
