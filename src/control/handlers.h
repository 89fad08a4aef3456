#pragma once

#include "base/json_reader.h"
#include "control/routes.h"

/// The calls of the control API, by the file that has them, and what several of these files share.
namespace qamera::control {

// server.cpp
Handler get_health, get_openapi, get_control_openapi, shut_down;
/// What anybody may know: probes come by the address of a pod, and have no token.
OrderedJson public_health(const Context& context);
// workspaces.cpp
Handler list_workspaces, create_workspace, show_workspace, delete_workspace, fork_workspace, reset_workspaces;
// scenarios.cpp
Handler list_scenarios, put_scenario;
// state.cpp
Handler get_state, put_state, save_state;
// records.cpp
Handler list_records, list_jobs;
// send.cpp
Handler send_request;
// clock.cpp
Handler get_clock, put_clock, advance_clock, settle_record;
// credits.cpp
Handler get_credits, patch_credits;
// script.cpp
Handler list_rules, add_rules, delete_rules, delete_rule, get_script, put_script, patch_keys;
// journal.cpp
Handler list_requests, list_unmatched_requests, delete_requests, show_request;
Handler count_requests, find_requests, remove_requests, find_near_misses, find_wiremock_near_misses;
Handler export_ndjson, export_har, stream_events, get_findings;
// metrics.cpp
Handler get_metrics;
// verify.cpp
Handler verify_expectations;

OrderedJson clock_json(const sim::Workspace& workspace);
/// Its `mode` and `speed`.
api::ClockOverrides read_clock_overrides(ObjectReader& reader);

OrderedJson ledger_json(const sim::Ledger& ledger);

/// A scenario by name, or given as an object, of the call's body, in which it stands at `pointer`.
Result<sim::ScenarioPtr> read_scenario(const Call& call, const Json& value, const std::string& pointer);

/// The operation ids, in the order of the table.
std::span<const std::string_view> operation_names();

}  // namespace qamera::control
