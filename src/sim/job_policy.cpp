#include "sim/job_policy.h"

#include "base/json_compare.h"

namespace qamera::sim {
namespace {

void read_outcome(ReadErrors& errors, const Json& value, std::string pointer, JobPolicy& policy) {
  ObjectReader reader(errors, value, std::move(pointer));
  JobOutcome outcome;
  outcome.occurrence = read_occurrence(reader);
  if (const Json* request = reader.object("request")) {
    if (auto inexact = refuse_inexact_numbers(*request, reader.pointer_to("request"))) errors.fail(*std::move(inexact));
    outcome.request = *request;
  }
  reader.require("then");
  outcome.then = reader.enumeration<JobEnd>("then").value_or(outcome.then);
  reader.finish();
  policy.outcomes.push_back(std::move(outcome));
}

/// The members that choose a mode; at most one may stand in a policy. `duration` means timed.
void read_mode(ObjectReader& reader, JobPolicy& policy) {
  std::string_view chosen;
  const auto choose = [&](std::string_view name, JobMode mode) {
    if (!chosen.empty()) {
      reader.fail(name, "\"" + std::string(chosen) + "\" and \"" + std::string(name) + "\" exclude each other");
    }
    chosen = name;
    policy.mode = mode;
  };
  if (auto duration = read_distribution(reader, "duration")) {
    policy.duration = *duration;
    choose("duration", JobMode::kTimed);
  }
  if (auto polls = reader.integer("afterPolls", 0, 1'000'000)) {
    policy.after_polls = *polls;
    choose("afterPolls", JobMode::kAfterPolls);
  }
  for (const JobMode mode : {JobMode::kImmediate, JobMode::kManual, JobMode::kStuck}) {
    const auto given = reader.boolean(name_of(mode));
    if (given.value_or(false)) choose(name_of(mode), mode);
    // A kind may take back what the default policy sets.
    else if (given && policy.mode == mode)
      policy.mode = JobMode::kTimed;
  }
}

void read_policy(ObjectReader& jobs, std::string_view name, JobPolicy& policy) {
  jobs.nested(name, [&](ObjectReader& reader) {
    if (auto queue = read_distribution(reader, "queue")) policy.queue = *queue;
    read_mode(reader, policy);
    policy.parallel = reader.integer("parallel", 0, 1'000'000).value_or(policy.parallel);
    if (reader.array("outcomes")) policy.outcomes.clear();
    reader.each("outcomes", [&](const Json& outcome, const std::string& pointer) {
      read_outcome(reader.errors(), outcome, pointer, policy);
    });
  });
}

}  // namespace

void read_job_policies(ObjectReader& jobs, JobPolicies& policies) {
  read_policy(jobs, "default", policies[0]);
  policies.fill(JobPolicy(policies[0]));
  for (const RecordKind kind : kJobKinds) read_policy(jobs, name_of(kind), policies[kind]);
  jobs.finish();
}

}  // namespace qamera::sim
