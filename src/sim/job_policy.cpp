#include "sim/job_policy.h"

namespace qamera::sim {
namespace {

constexpr std::array<std::string_view, 3> kEnds = {"done", "fail", "stuck"};

void read_outcome(ReadErrors& errors, const Json& value, std::string pointer, JobPolicy& policy) {
  ObjectReader reader(errors, value, std::move(pointer));
  JobOutcome outcome;
  outcome.occurrence = read_occurrence(reader);
  if (const Json* request = reader.object("request")) outcome.request = *request;
  reader.require("then");
  if (auto end = reader.choice("then", kEnds)) outcome.then = static_cast<JobEnd>(*end);
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
  struct Flag {
    std::string_view name;
    JobMode mode;
  };
  for (const Flag& flag : {Flag{"immediate", JobMode::kImmediate}, Flag{"manual", JobMode::kManual},
                           Flag{"stuck", JobMode::kStuck}}) {
    const auto given = reader.boolean(flag.name);
    if (given.value_or(false)) choose(flag.name, flag.mode);
    // A kind may take back what the default policy sets.
    else if (given && policy.mode == flag.mode) policy.mode = JobMode::kTimed;
  }
}

void read_policy(ObjectReader& jobs, std::string_view name, JobPolicy& policy) {
  const Json* value = jobs.object(name);
  if (!value) return;
  ObjectReader reader(jobs.errors(), *value, jobs.pointer_to(name));
  if (auto queue = read_distribution(reader, "queue")) policy.queue = *queue;
  read_mode(reader, policy);
  policy.parallel = reader.integer("parallel", 0, 1'000'000).value_or(policy.parallel);
  if (const Json* outcomes = reader.array("outcomes")) {
    policy.outcomes.clear();
    for (std::size_t i = 0; i < outcomes->size(); ++i) {
      std::string pointer = reader.pointer_to("outcomes");
      append_pointer(pointer, i);
      read_outcome(reader.errors(), (*outcomes)[i], pointer, policy);
    }
  }
  reader.finish();
}

}  // namespace

void read_job_policies(ObjectReader& jobs, JobPolicies& policies) {
  read_policy(jobs, "default", policies[0]);
  policies.fill(JobPolicy(policies[0]));
  for (RecordKind kind : {RecordKind::kModel, RecordKind::kScenery, RecordKind::kImage, RecordKind::kPackshot,
                          RecordKind::kVideo, RecordKind::kReel}) {
    read_policy(jobs, name_of(kind), policies[static_cast<std::size_t>(kind)]);
  }
  jobs.finish();
}

}  // namespace qamera::sim
