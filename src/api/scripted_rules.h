#pragma once

#include "api/outcome.h"
#include "api/received_request.h"
#include "http/delivery.h"
#include "system/log.h"

namespace qamera::api {

/// Asks the workspace's rules, which count and draw: once a request. REQUIRES: the workspace is locked.
sim::ScriptDecision ask_rules(const ReceivedRequest& received, const ExaminedRequest& examined);

/// The reply that a rule gives in place of another. REQUIRES: `script.respond`.
Outcome scripted_outcome(const sim::ScriptDecision& script);

/// The reply as the rules' patch and alteration leave it; the reason names the rules. A patch that does not fit is
/// logged once a rule of the scenario.
Outcome altered(Outcome outcome, const sim::ScriptDecision& script, const std::string& scenario, const Log& log);

/// Delay, throttle and fault.
Delivery delivery_of(const sim::ScriptDecision& script);

}  // namespace qamera::api
