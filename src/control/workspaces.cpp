// Workspaces: listed, made, forked, dropped, reset.

#include "control/handlers.h"

namespace qamera::control {
namespace {

OrderedJson summary_of(api::LockedWorkspace& target) {
  const sim::Workspace& workspace = target.workspace;
  OrderedJson records = OrderedJson::object();
  for (const Collection collection : kAll<Collection>) {
    records[std::string(name_of(collection))] = workspace.record_count(collection);
  }
  OrderedJson credits = ledger_json(workspace.ledger());
  credits.erase("entries");
  OrderedJson keys = OrderedJson::array();
  for (const sim::KeyRecord& key : workspace.keys()) keys.push_back(OrderedJson(sim::key_record_to_json(key)));
  return {{"id", target.id},
          {"key", target.shown_key},
          {"scenario", workspace.scenario().name},
          {"seed", workspace.seed()},
          {"clock", clock_json(workspace)},
          {"credits", std::move(credits)},
          {"records", std::move(records)},
          {"pendingJobs", workspace.pending()},
          {"keys", std::move(keys)},
          {"state", workspace.script().state()},
          {"maintenance", workspace.maintenance()},
          {"rules", workspace.script().rules().size()},
          {"requests", target.requests}};
}

Result<api::WorkspaceOverrides> read_overrides(const Call& call, std::optional<std::string>& key) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  api::WorkspaceOverrides overrides;
  key = reader.nonempty_string("key");
  if (const Json* scenario = reader.any("scenario")) {
    auto found = read_scenario(call, *scenario, "/scenario");
    if (!found) return found.error();
    overrides.scenario = *found;
  }
  if (auto seed = reader.integer("seed", 0, INT64_MAX)) overrides.seed = static_cast<std::uint64_t>(*seed);
  overrides.credits = reader.integer("credits", 0, sim::kMaxCredits);
  reader.nested("clock", [&](ObjectReader& plan) {
    overrides.clock = read_clock_overrides(plan);
    overrides.clock.start = plan.instant("start");
    if (auto now = plan.instant("now")) overrides.clock.start = now;
  });
  if (auto read = reader.finished(); !read) return read.error();
  return overrides;
}

/// The one reply that holds a whole key.
Result<Reply> created_reply(const Call& call, const Result<std::pair<api::WorkspaceHandle, std::string>>& made) {
  if (!made) return made.error();
  OrderedJson body = with_workspace(*made->first, call.now, summary_of);
  body["key"] = made->second;
  body["url"] = call.server_url;
  return json_reply(201, body);
}

}  // namespace

Result<Reply> list_workspaces(const Call& call) {
  OrderedJson list = OrderedJson::array();
  for_each_workspace(call, [&](api::LockedWorkspace& target) {
    if (!call.given_up.stop_requested()) list.push_back(summary_of(target));
  });
  const std::size_t count = list.size();
  return json_reply(
      200, {{"workspaces", std::move(list)}, {"count", count}, {"evicted", call.context.workspaces.evicted()}});
}

Result<Reply> show_workspace(const Call& call) {
  const api::WorkspaceHandle found = call.context.workspaces.find(call.parameters[0]);
  if (!found) return no_workspace(call.parameters[0]);
  return json_reply(200, with_workspace(*found, call.now, summary_of));
}

Result<Reply> delete_workspace(const Call& call) {
  const std::string& id = call.parameters[0];
  if (call.context.workspaces.remove(id)) return json_reply(200, {{"deleted", id}});
  return no_workspace(id);
}

Result<Reply> create_workspace(const Call& call) {
  std::optional<std::string> key;
  if (auto room = require_room(call.context); !room) return room.error();
  auto overrides = read_overrides(call, key);
  if (!overrides) return overrides.error();
  return created_reply(call, call.context.workspaces.create(std::move(key), *std::move(overrides)));
}

Result<Reply> fork_workspace(const Call& call) {
  if (auto room = require_room(call.context); !room) return room.error();
  const api::WorkspaceHandle original = call.context.workspaces.find(call.parameters[0]);
  if (!original) return no_workspace(call.parameters[0]);
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  std::optional<std::string> key = reader.nonempty_string("key");
  if (auto read = reader.finished(); !read) return read.error();
  return created_reply(call, call.context.workspaces.fork(*original, std::move(key)));
}

Result<Reply> reset_workspaces(const Call& call) {
  const Context& context = call.context;
  if (!call.named) context.workspaces.clear_default_rules();
  // Read before any workspace is locked: the lock of the map comes first.
  const std::vector<sim::RulePtr> rules = context.workspaces.default_rules();
  OrderedJson ids = OrderedJson::array();
  for (const api::WorkspaceHandle& target : call.targets) {
    const sim::ScenarioPtr before =
        with_workspace(*target, call.now, [](api::LockedWorkspace& locked) { return locked.workspace.scenario_ptr(); });
    const sim::ScenarioPtr newest = context.store.newest(before);  // may read files, so with no lock
    const auto start_of = [&](api::LockedWorkspace& locked) {
      sim::Workspace::Start start = locked.workspace.start();
      if (start.scenario == before) start.scenario = newest;
      start.monotonic = call.now;
      start.wall = context.time.wall();
      start.extra_rules = rules;
      return start;
    };
    start_over(*target, call.now, start_of, [&](api::LockedWorkspace& locked) {
      locked.requests = 0;
      if (call.named) context.journal.clear(locked.id);
    });
    ids.push_back(target->id);
  }
  if (!call.named) context.journal.clear(std::nullopt);
  return json_reply(200, {{"reset", std::move(ids)}});
}

}  // namespace qamera::control
