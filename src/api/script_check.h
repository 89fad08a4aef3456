#pragma once

#include <string>
#include <vector>

#include "sim/scenario.h"

namespace qamera::api {

/// That a rule is about an operation that exists. The error's pointer leads on from the rule's.
Result<void> check_rule(const sim::Rule& rule);

/// The same for every rule of a scenario, those of its timeline included.
Result<void> check_rules(const sim::Scenario& scenario);

/// Something in a scenario that is allowed and surely not meant.
struct Warning {
  std::string pointer;
  std::string message;
};

/// Rules that can never have an effect, methods that no request has, removals of rules that nobody adds.
std::vector<Warning> scenario_warnings(const sim::Scenario& scenario);

}  // namespace qamera::api
