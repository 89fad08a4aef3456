#pragma once

#include <optional>
#include <vector>

#include "base/json_reader.h"
#include "base/kinds.h"
#include "sim/distribution.h"
#include "sim/occurrence.h"

namespace qamera::sim {

/// What makes a job finish.
enum class JobMode {
  kTimed,       ///< queue time and duration on the virtual clock
  kAfterPolls,  ///< that many listings have shown the record in progress
  kImmediate,   ///< at registration
  kManual,      ///< when the control API says so
  kStuck,       ///< never
};
constexpr auto names_of(JobMode) { return enum_names("timed", "afterPolls", "immediate", "manual", "stuck"); }

enum class JobEnd { kDone, kFail, kStuck };
constexpr auto names_of(JobEnd) { return enum_names("done", "fail", "stuck"); }

/// A departure from the policy for some records, so that a test can have the third image fail and no other.
/// `occurrence` counts the records of the kind in the workspace.
struct JobOutcome {
  Occurrence occurrence;
  std::optional<Json> request;  ///< partial JSON that the registering request's body must contain
  JobEnd then = JobEnd::kFail;
};

/// How jobs of one kind go: a scenario's answer to "how long, how many at once, and which fail?".
struct JobPolicy {
  JobMode mode = JobMode::kTimed;
  Distribution queue = FixedSpan{Duration(0)};
  Distribution duration = UniformSpan{Duration(5'000), Duration(15'000)};
  std::int64_t after_polls = 0;
  std::int64_t parallel = 0;         ///< records of the kind that run at once; 0: no limit
  std::vector<JobOutcome> outcomes;  ///< the first that matches applies
};

using JobPolicies = PerKind<JobPolicy>;

/// The kinds that jobs make.
inline constexpr std::array kJobKinds = {RecordKind::kModel,    RecordKind::kScenery, RecordKind::kImage,
                                         RecordKind::kPackshot, RecordKind::kVideo,   RecordKind::kReel};

/// Reads a scenario's `jobs`: `default` and one member a kind, which overrides it member by member.
void read_job_policies(ObjectReader& jobs, JobPolicies& policies);

}  // namespace qamera::sim
