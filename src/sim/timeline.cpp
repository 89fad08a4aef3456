#include "sim/timeline.h"

#include "sim/job_policy.h"

namespace qamera::sim {
namespace {

void read_key_change(ObjectReader& set, TimelineStep& step) {
  const bool there = set.nested("key", [&](ObjectReader& reader) {
    step.key_id = read_key_id(reader);
    KeyRecord checked;
    read_key_members(reader, checked);
  });
  if (!there) return;
  step.key = *set.any("key");
  step.key->erase("id");
  if (step.key->empty()) set.fail("key", "expected \"state\", \"scopes\", \"expiresAt\" or \"expiresAfter\"");
}

void read_jobs_change(ObjectReader& set, TimelineStep& step, Json& jobs) {
  const Json* value = set.object("jobs");
  if (!value) return;
  jobs.merge_patch(*value);
  JobPolicies checked;
  ObjectReader policies(set.errors(), jobs, set.pointer_to("jobs"));
  read_job_policies(policies, checked);
  step.jobs = *value;
}

void read_set(ObjectReader& reader, TimelineStep& step, Json& jobs) {
  reader.nested("set", [&](ObjectReader& set) {
    step.credits = set.integer("credits", 0, kMaxCredits);
    read_key_change(set, step);
    step.maintenance = set.boolean("maintenance");
    read_jobs_change(set, step, jobs);
    step.state = set.string("state");
  });
}

void read_rule_changes(ObjectReader& reader, TimelineStep& step, std::size_t index) {
  reader.each("addRules", [&](const Json& rule, const std::string& pointer) {
    const std::string name =
        "timeline " + std::to_string(index + 1) + " rule " + std::to_string(step.add_rules.size() + 1);
    step.add_rules.push_back(std::make_shared<const Rule>(read_rule(reader.errors(), rule, pointer, name)));
  });
  step.remove_rules = reader.strings("removeRules", "the name of a rule").value_or(std::vector<std::string>());
}

}  // namespace

std::vector<TimelineStep> read_timeline(ReadErrors& errors, const Json& list, const std::string& pointer,
                                        const Json& jobs) {
  std::vector<TimelineStep> steps;
  Json merged = jobs.is_object() ? jobs : Json::object();
  Duration previous{0};
  for (std::size_t i = 0; i < list.size() && errors.ok(); ++i) {
    const std::string at = child_pointer(pointer, i);
    ObjectReader reader(errors, list[i], at);
    TimelineStep step;
    reader.string("description");
    reader.require("at");
    step.at = reader.duration("at").value_or(Duration(0));
    if (step.at < previous) {
      reader.fail("at",
                  "expected steps in the order of time: the step before is at \"" + format_duration(previous) + "\"");
    }
    previous = step.at;
    read_set(reader, step, merged);
    read_rule_changes(reader, step, i);
    reader.finish();
    const bool acts = step.credits || step.key || step.maintenance || step.jobs || step.state ||
                      !step.add_rules.empty() || !step.remove_rules.empty();
    if (!acts && errors.ok()) errors.fail(at, "expected at least one of set, addRules and removeRules");
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace qamera::sim
