#include "control/routes.h"

#include <algorithm>

#include "control/handlers.h"

namespace qamera::control {
namespace {

using enum Addresses;
using enum Runs;

constexpr Route kRoutes[] = {
    {"GET", "/__admin/health", kOne, kLoop, get_health, "whether it serves, its version, for how long"},

    {"GET", "/__admin/workspaces", kEach, kPool, list_workspaces, "a summary of each"},
    {"POST", "/__admin/workspaces", kNothing, kPool, create_workspace, "makes one; says its key"},
    {"GET", "/__admin/workspaces/{id}", kOne, kPool, show_workspace, "its summary"},
    {"DELETE", "/__admin/workspaces/{id}", kOne, kPool, delete_workspace, "drops it; its key begins afresh"},
    {"POST", "/__admin/workspaces/{id}/fork", kNothing, kPool, fork_workspace, "a copy of its state under a new key"},
    {"POST", "/__admin/workspaces/{id}/send", kNothing, kPool, send_request,
     "a product request with its key; the reply"},
    {"POST", "/__admin/reset", kEach, kPool, reset_workspaces, "back to the scenario's start, journal cleared"},
    {"GET", "/__admin/state", kEach, kPool, get_state, "everything in it"},
    {"PUT", "/__admin/state", kEach, kPool, put_state, "and back"},
    {"POST", "/__admin/state/save", kNothing, kPool, save_state, "writes every workspace into the file of --state"},
    {"GET", "/__admin/scenarios", kOne, kPool, list_scenarios, "those that there are"},
    {"PUT", "/__admin/scenario", kEach, kPool, put_scenario, "starts over with another, by name or inline"},

    {"GET", "/__admin/clock", kEach, kPool, get_clock, "mode, speed and virtual time"},
    {"PUT", "/__admin/clock", kEach, kPool, put_clock, "changes them"},
    {"POST", "/__admin/clock/advance", kEach, kPool, advance_clock, "moves time on; says what that fired"},
    {"GET", "/__admin/credits", kEach, kPool, get_credits, "the ledger"},
    {"PATCH", "/__admin/credits", kEach, kPool, patch_credits, "sets what is available, or grants more"},
    {"GET", "/__admin/records", kEach, kPool, list_records, "those of a collection, archived ones too"},
    {"GET", "/__admin/jobs", kEach, kPool, list_jobs, "what is pending, and the timeline's steps to come"},
    {"POST", "/__admin/records/{id}", kEach, kPool, settle_record, "ends its pending job now"},

    {"GET", "/__admin/rules", kEach, kPool, list_rules, "the rules, with hits"},
    {"POST", "/__admin/rules", kEach, kPool, add_rules, "puts some before all others"},
    {"DELETE", "/__admin/rules", kEach, kPool, delete_rules, "removes those that were added"},
    {"DELETE", "/__admin/rules/{id}", kEach, kPool, delete_rule, "removes one by id or name"},
    {"GET", "/__admin/script", kEach, kPool, get_script, "script state and maintenance window"},
    {"PUT", "/__admin/script", kEach, kPool, put_script, "changes them"},
    {"PATCH", "/__admin/keys", kEach, kPool, patch_keys, "revokes, expires or rescopes a key"},

    {"GET", "/__admin/requests", kOne, kPool, list_requests, "the journal, filtered by the query"},
    {"DELETE", "/__admin/requests", kOne, kPool, delete_requests, "empties it"},
    {"GET", "/__admin/requests/unmatched", kOne, kPool, list_unmatched_requests, "those that reached no operation"},
    {"GET", "/__admin/requests/{id}", kOne, kLoop, show_request, "one entry"},
    {"POST", "/__admin/requests/count", kOne, kPool, count_requests, "how many a pattern matches"},
    {"POST", "/__admin/requests/find", kOne, kPool, find_requests, "those that a pattern matches"},
    {"POST", "/__admin/requests/remove", kOne, kPool, remove_requests, "removes those that a pattern matches"},
    {"POST", "/__admin/requests/near-misses", kOne, kPool, find_near_misses, "those that a pattern nearly matches"},
    {"POST", "/__admin/near-misses/request-pattern", kOne, kPool, find_wiremock_near_misses,
     "the same, in WireMock's form"},
    {"GET", "/__admin/requests.ndjson", kOne, kPool, export_ndjson, "the journal, an entry a line"},
    {"GET", "/__admin/requests.har", kOne, kPool, export_har, "the journal as HAR"},
    {"GET", "/__admin/findings", kOne, kPool, get_findings, "findings by operation and kind"},
    {"GET", "/__admin/events", kOne, kPool, stream_events, "entries as they come (server-sent events)"},

    {"GET", "/__admin/metrics", kNothing, kPool, get_metrics, "figures for Prometheus and OpenMetrics"},
    {"GET", "/__admin/openapi.json", kOne, kPool, get_openapi, "the contract"},
    {"GET", "/__admin/control.openapi.json", kOne, kPool, get_control_openapi, "the contract of these calls"},
    {"POST", "/__admin/verify", kOne, kPool, verify_expectations, "whether expectations hold, now or within a while"},
    {"POST", "/__admin/shutdown", kOne, kLoop, shut_down, "ends the server, as SIGTERM does"},
};

/// The segments of `path` that stand where `pattern` has braces, decoded; nothing when they do not match.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parameters;
  while (!pattern.empty() && !path.empty()) {
    const auto pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const auto path_end = std::min(path.find('/', 1), path.size());
    const std::string_view expected = pattern.substr(0, pattern_end);
    const std::string_view segment = path.substr(0, path_end);
    if (expected.starts_with("/{")) {
      if (segment.size() < 2) return std::nullopt;
      parameters.push_back(percent_decode(segment.substr(1), false));
    } else if (expected != segment) {
      return std::nullopt;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

RouteMatch match_route(std::string_view method, std::string_view path) {
  RouteMatch match;
  for (const Route& route : kRoutes) {
    auto parameters = match_path(route.path, path);
    if (!parameters) continue;
    if (route.method == method) return {&route, *std::move(parameters), ""};
    match.allow += (match.allow.empty() ? "" : ", ") + std::string(route.method);
  }
  return match;
}

Result<void> find_targets(Call& call, Addresses addresses) {
  if (addresses == Addresses::kNothing) return {};
  if (const std::string* id = call.request.query_value("workspace")) {
    call.named = call.context.workspaces.find(*id);
    if (!call.named) return no_workspace(*id);
  } else if (const std::string* key = call.request.headers.find("X-Api-Key")) {
    auto found = call.context.workspaces.for_key(*key);
    if (!found) {
      return Error{ErrorCode::kUnauthorized, "the API key in X-Api-Key is " + found.error().message, ""};
    }
    call.named = *std::move(found);
  }
  if (call.named)
    call.targets = {call.named};
  else if (addresses == Addresses::kEach)
    call.targets = call.context.workspaces.all();
  return {};
}

}  // namespace qamera::control
