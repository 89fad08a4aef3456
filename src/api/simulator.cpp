#include "api/simulator.h"

#include <iterator>
#include <utility>

#include "access/cors.h"
#include "api/checks.h"
#include "api/product_api.h"
#include "api/scripted_rules.h"
#include "base/memory.h"

namespace qamera::api {
namespace {

Outcome undocumented(const ReceivedRequest& received) {
  const contract::Route& route = received.route;
  const std::string way_out =
      access::is_preflight(received.request) ? "; a page in a browser may call the API with --allow-origin" : "";
  if (route.allow.empty()) {
    const std::string near = contract::path_suggestion(received.request.path);
    return error_outcome(404, "Not found.", "path: no documented endpoint" + near + way_out);
  }
  Outcome outcome = error_outcome(405, "Method not allowed.", "method: the path takes " + route.allow + way_out);
  outcome.response.headers.add("Allow", route.allow);
  return outcome;
}

Outcome invalid_key(std::string_view reason) {
  return error_outcome(401, "Invalid API key.", "key: " + std::string(reason));
}

Outcome missing_scope(std::string_view scope) {
  const std::string quoted = "'" + std::string(scope) + "'";
  return error_outcome(403, "Missing required scope: " + quoted + ".", "scope: the key lacks " + quoted);
}

Outcome too_many_requests(const sim::Workspace& workspace, std::string_view key_id) {
  const std::string& limit = workspace.scenario().rate_limit_words;
  return error_outcome(429, "Too many requests. Please retry after a short delay.",
                       "rate limit: " + limit + ", free again in " + format_duration(workspace.retry_after(key_id)));
}

}  // namespace

Reply Simulator::handle(Request&& request, WorkspaceHandle known) const {
  ReceivedRequest received =
      receive(std::move(request), context_.workspaces, context_.time, context_.limits, std::move(known));
  const ExaminedRequest examined =
      received.handle ? examine(received.request, received.route.operation, context_.contract, received.body_state)
                      : ExaminedRequest();
  // What follows changes things, and must not run out of memory half-way.
  if (received.request.method != "GET" && received.request.method != "HEAD") memory::ensure();
  const auto judge_and_record = [&] {
    // The journal is written under the workspace's lock too, so that its order is the order of the changes.
    const auto lock = lock_workspace(received);
    const Instant at = enter_workspace(received, context_.workspaces, context_.time);
    auto recorded = context_.recorder.record(received, at, judge(received, examined));
    if (received.handle) received.handle->count_bytes();
    return recorded;
  };
  Reply reply = context_.recorder.reply(judge_and_record());
  context_.workspaces.make_room(received.handle.get());
  return reply;
}

// The documented order. Of several mistakes the first is told: path, method, key, [maintenance,] state of the key,
// scope, rate limit, [rules,] body, existence of what it names, credits. In brackets stands what only a scenario brings
// about. (docs: "Authentication", "Errors", "Rate limit" and "Credits" in the vendor's facts; the endpoint pages.)
Outcome Simulator::judge(const ReceivedRequest& received, const ExaminedRequest& examined) const {
  const contract::Operation* operation = received.route.operation;
  if (auto refused = check_method(received.request)) return *std::move(refused);
  if (!received.handle) return operation ? invalid_key(received.key_problem) : undocumented(received);
  sim::Workspace& workspace = received.handle->workspace;
  if (auto closed = check_maintenance(workspace)) return *std::move(closed);
  std::vector<Finding> findings;
  if (operation) {
    const sim::KeyStatus key = workspace.key_status(received.key_id);
    if (!key.valid) return invalid_key(key.reason);
    if (key.record && !key.record->has_scope(operation->scope)) return missing_scope(operation->scope);
    if (auto excess = count_request(workspace, received.key_id)) {
      const bool is_enforced = workspace.scenario().rate_limit.mode == sim::RateMode::kEnforce;
      if (is_enforced) return too_many_requests(workspace, received.key_id);
      findings.push_back(*std::move(excess));
    }
  }
  // What a known key asks of an undocumented path reaches the rules too: they may answer it.
  sim::ScriptDecision script = ask_rules(received, examined);
  std::optional<Outcome> refused;
  if (operation && !script.respond) {
    findings.insert(findings.end(), examined.findings.begin(), examined.findings.end());
    refused = check_request(received, examined, context_);
  }
  Outcome outcome = script.respond ? scripted_outcome(script)
                    : !operation   ? undocumented(received)
                    : refused      ? *std::move(refused)
                                   : perform_or_rehearse(received, examined, script);
  if (!script.respond && !script.rules.empty())
    outcome = altered(std::move(outcome), script, workspace.scenario().name, context_.log);
  findings.insert(findings.end(), std::move_iterator(outcome.findings.begin()),
                  std::move_iterator(outcome.findings.end()));
  outcome.findings = std::move(findings);
  outcome.script = std::move(script);
  return outcome;
}

Outcome Simulator::perform_or_rehearse(const ReceivedRequest& received, const ExaminedRequest& examined,
                                       const sim::ScriptDecision& script) const {
  sim::Workspace& workspace = received.handle->workspace;
  if (received.route.operation->action != contract::Action::kList && context_.workspaces.is_full()) {
    return error_outcome(503, "Service temporarily unavailable. Please retry later.", context_.workspaces.fullness());
  }
  const bool is_before_commit = script.fault && script.fault->commit == sim::Commit::kBefore;
  // A listing changes nothing but jobs that count polls, so it needs no copy of an account that may be large.
  const bool is_harmless = received.route.operation->action == contract::Action::kList && workspace.pending() == 0;
  if (!is_before_commit || is_harmless) return perform(received, examined, workspace, context_);
  // The bytes that the fault spoils come from a copy, and the workspace stays as it was.
  sim::Workspace copy = workspace;
  return perform(received, examined, copy, context_);
}

}  // namespace qamera::api
