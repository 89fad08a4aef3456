#include "api/scripted_rules.h"

#include "api/json_patch.h"

namespace qamera::api {
namespace {

void apply(const Json& patch, Outcome& outcome, const std::string& scenario, const std::string& rules, const Log& log) {
  auto body = parse_ordered_json(outcome.response.content());
  auto patched = body ? apply_patch(*std::move(body), patch) : Error{ErrorCode::kInvalid, "the reply is not JSON", ""};
  if (patched) {
    outcome.response.body = dump_json(*patched);
    outcome.response.shared_body.reset();
    return;
  }
  const std::string& why = patched.error().message;
  outcome.reason += "; patch not applied: " + why;
  // Of a rule, not of a reply: a client that asks again and again would drown the rest.
  log.warning_once(scenario + " " + rules, "a rule's patch does not fit the reply",
                   {{"scenario", scenario}, {"rule", rules}, {"step", patched.error().pointer}, {"why", why}});
}

/// Puts fields in place of those of the same names.
void put(const std::vector<Header>& fields, Headers& headers) {
  for (const Header& field : fields) headers.remove(field.name);
  for (const Header& field : fields) headers.add(field.name, field.value);
}

}  // namespace

sim::ScriptDecision ask_rules(const ReceivedRequest& received, const ExaminedRequest& examined) {
  sim::Workspace& workspace = received.handle->workspace;
  if (workspace.script().rules().empty()) return {};
  const contract::Operation* operation = received.route.operation;
  return workspace.decide(
      {operation ? operation->name : std::string_view(), received.request, examined.body ? &*examined.body : nullptr});
}

Outcome scripted_outcome(const sim::ScriptDecision& script) {
  Outcome outcome;
  outcome.response.status = script.respond->status;
  outcome.response.body = script.respond->body;
  put(script.respond->headers, outcome.response.headers);
  outcome.reason = "rule: " + script.rules;
  return outcome;
}

Outcome altered(Outcome outcome, const sim::ScriptDecision& script, const std::string& scenario, const Log& log) {
  if (script.patch) apply(*script.patch, outcome, scenario, script.rules, log);
  if (script.alter) {
    if (script.alter->status) outcome.response.status = *script.alter->status;
    put(script.alter->headers, outcome.response.headers);
  }
  if (!script.rules.empty()) outcome.reason += "; rule: " + script.rules;
  return outcome;
}

Delivery delivery_of(const sim::ScriptDecision& script) {
  Delivery delivery{script.delay, script.throttle, std::nullopt};
  if (script.fault) delivery.fault = script.fault->fault;
  if (!delivery.fault) return delivery;
  if (auto* garbage = std::get_if<fault::Garbage>(&*delivery.fault)) garbage->seed = script.fault_seed;
  return delivery;
}

}  // namespace qamera::api
