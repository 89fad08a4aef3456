// Workspaces, reset, state and scenarios.

#include <algorithm>

#include "base/json_reader.h"
#include "control/control_api.h"

namespace qamera::control {
namespace {

OrderedJson scenario_json(const sim::Scenario& scenario) {
  return {{"name", scenario.name}, {"description", scenario.description}, {"source", scenario.source}};
}

}  // namespace

OrderedJson ControlApi::summary(api::LockedWorkspace& handle) {
  const std::lock_guard lock(handle.mutex);
  sim::Workspace& workspace = handle.workspace;
  workspace.sync(time_.monotonic());
  OrderedJson records = OrderedJson::object();
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    records[std::string(kCollectionNames[i])] = workspace.record_count(static_cast<Collection>(i));
  }
  OrderedJson credits = ledger_json(workspace.ledger());
  credits.erase("entries");
  OrderedJson keys = OrderedJson::array();
  for (const sim::KeyRecord& key : workspace.keys()) keys.push_back(OrderedJson(sim::key_record_to_json(key)));
  return {{"id", handle.id},
          {"key", handle.shown_key},
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
          {"requests", handle.requests}};
}

Result<Reply> ControlApi::list_workspaces(ControlCall& call) {
  OrderedJson list = OrderedJson::array();
  for (const api::WorkspaceHandle& handle : call.handles) list.push_back(summary(*handle));
  const std::size_t count = list.size();
  return json_reply(200, {{"workspaces", std::move(list)}, {"count", count}, {"evicted", workspaces_.evicted()}});
}

Result<Reply> ControlApi::show_workspace(ControlCall& call) {
  const api::WorkspaceHandle handle = workspaces_.find(call.parameters[0]);
  if (!handle) return Error{ErrorCode::kNotFound, "there is no workspace \"" + call.parameters[0] + "\"", ""};
  return json_reply(200, summary(*handle));
}

Result<Reply> ControlApi::delete_workspace(ControlCall& call) {
  if (!workspaces_.remove(call.parameters[0])) {
    return Error{ErrorCode::kNotFound, "there is no workspace \"" + call.parameters[0] + "\"", ""};
  }
  return json_reply(200, {{"deleted", call.parameters[0]}});
}

Result<sim::ScenarioPtr> ControlApi::read_scenario(const Json& value, const std::string& pointer) {
  if (value.is_string()) {
    auto found = store_.find(value.get_ref<const std::string&>());
    if (!found.ok()) return Error{ErrorCode::kInvalid, found.error().message, pointer};
    return found;
  }
  if (!value.is_object()) {
    return Error{ErrorCode::kInvalid, expected_got("a scenario's name or a scenario object", value), pointer};
  }
  auto parsed = store_.parse(value, "inline");
  if (!parsed.ok()) return Error{parsed.error().code, parsed.error().message, pointer + parsed.error().pointer};
  return parsed;
}

Result<api::WorkspaceOverrides> ControlApi::read_overrides(ControlCall& call, std::optional<std::string>& key) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  api::WorkspaceOverrides overrides;
  key = reader.nonempty_string("key");
  if (const Json* scenario = reader.any("scenario")) {
    auto found = read_scenario(*scenario, "/scenario");
    if (!found.ok()) return found.error();
    overrides.scenario = *found;
  }
  if (auto seed = reader.integer("seed", 0, INT64_MAX)) overrides.seed = static_cast<std::uint64_t>(*seed);
  overrides.credits = reader.integer("credits", 0, sim::kMaxCredits);
  if (const Json* clock = reader.object("clock")) {
    ObjectReader plan(errors, *clock, "/clock");
    overrides.clock = read_clock_overrides(plan);
    overrides.clock.start = plan.instant("start");
    if (auto now = plan.instant("now")) overrides.clock.start = now;
    plan.finish();
  }
  reader.finish();
  if (!errors.ok()) return errors.error();
  return overrides;
}

OrderedJson ControlApi::created_reply(const api::WorkspaceHandle& handle, const std::string& key) {
  OrderedJson body = summary(*handle);
  body["key"] = key;
  body["url"] = url();
  return body;
}

Result<Reply> ControlApi::create_workspace(ControlCall& call) {
  std::optional<std::string> key;
  auto overrides = read_overrides(call, key);
  if (!overrides.ok()) return overrides.error();
  auto made = workspaces_.create(std::move(key), *std::move(overrides));
  if (!made.ok()) return made.error();
  return json_reply(201, created_reply(made->first, made->second));
}

Result<Reply> ControlApi::fork_workspace(ControlCall& call) {
  const api::WorkspaceHandle original = workspaces_.find(call.parameters[0]);
  if (!original) return Error{ErrorCode::kNotFound, "there is no workspace \"" + call.parameters[0] + "\"", ""};
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  std::optional<std::string> key = reader.nonempty_string("key");
  reader.finish();
  if (!errors.ok()) return errors.error();
  auto made = workspaces_.fork(*original, std::move(key));
  if (!made.ok()) return made.error();
  return json_reply(201, created_reply(made->first, made->second));
}

Result<Reply> ControlApi::reset(ControlCall& call) {
  OrderedJson ids = OrderedJson::array();
  if (!call.addressed) workspaces_.clear_default_rules();
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    sim::Workspace::Start start = handle->workspace.start();
    start.scenario = store_.newest(start.scenario);
    start.monotonic = time_.monotonic();
    start.wall = time_.wall();
    start.extra_rules = workspaces_.default_rules();
    handle->workspace.restart(std::move(start));
    handle->requests = 0;
    if (call.addressed) journal_.clear(handle->id);
    ids.push_back(handle->id);
  }
  if (!call.addressed) journal_.clear(std::nullopt);
  return json_reply(200, {{"reset", std::move(ids)}});
}

Result<Reply> ControlApi::get_state(ControlCall& call) {
  const auto state_of = [&](api::LockedWorkspace& handle) {
    const std::lock_guard lock(handle.mutex);
    handle.workspace.sync(time_.monotonic());
    return handle.workspace.snapshot();
  };
  Json body;
  if (call.addressed) {
    body = state_of(*call.handles.front());
  } else {
    body = {{"workspaces", Json::array()}};
    for (const api::WorkspaceHandle& handle : call.handles)
      body["workspaces"].push_back({{"id", handle->id}, {"state", state_of(*handle)}});
  }
  Reply reply;
  reply.response.headers.add("Content-Type", "application/json");
  reply.response.body = dump_json(body);
  return reply;
}

sim::Workspace ControlApi::fresh_workspace() const {
  api::WorkspaceOverrides overrides;
  overrides.scenario = workspaces_.default_scenario();
  return sim::Workspace(workspaces_.start_of(std::move(overrides)));
}

Result<sim::Workspace> ControlApi::restored(sim::Workspace workspace, const Json& state, const std::string& pointer) {
  const auto at = [&](const Error& error, const std::string& inner) {
    return Error{error.code, error.message, pointer + inner + error.pointer};
  };
  if (!state.is_object() || !state.contains("scenario")) {
    return Error{ErrorCode::kInvalid, "expected a state as GET /__admin/state gives it, with its \"scenario\"",
                 pointer};
  }
  auto scenario = store_.parse(state["scenario"], "restored");
  if (!scenario.ok()) return at(scenario.error(), "/scenario");
  auto done = workspace.restore(state, *std::move(scenario), time_.monotonic());
  if (!done.ok()) return at(done.error(), "");
  return workspace;
}

Result<Reply> ControlApi::put_state(ControlCall& call) {
  // Every state is read before any workspace changes.
  std::vector<std::pair<api::WorkspaceHandle, sim::Workspace>> changes;
  const auto prepare = [&](api::WorkspaceHandle handle, const Json& state, const std::string& pointer) -> Result<void> {
    std::unique_lock lock(handle->mutex);
    sim::Workspace copy = handle->workspace;
    lock.unlock();
    auto workspace = restored(std::move(copy), state, pointer);
    if (!workspace.ok()) return workspace.error();
    const bool twice =
        std::any_of(changes.begin(), changes.end(), [&](const auto& one) { return one.first == handle; });
    if (twice) return Error{ErrorCode::kInvalid, "the workspace \"" + handle->id + "\" has a state already", pointer};
    changes.emplace_back(std::move(handle), *std::move(workspace));
    return {};
  };
  const bool several = !call.addressed && call.body.is_object() && call.body.contains("workspaces");
  if (several) {
    ReadErrors errors;
    ObjectReader all(errors, call.body, "");
    const Json* list = all.array("workspaces");
    all.finish();
    if (!errors.ok()) return errors.error();
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string pointer = "/workspaces/" + std::to_string(i);
      ObjectReader reader(errors, (*list)[i], pointer);
      reader.require("id");
      reader.require("state");
      const std::string id = reader.string("id").value_or(std::string());
      const Json* state = reader.object("state");
      reader.finish();
      if (!errors.ok()) return errors.error();
      api::WorkspaceHandle handle = workspaces_.find(id);
      if (!handle) return Error{ErrorCode::kNotFound, "there is no workspace \"" + id + "\"", pointer + "/id"};
      if (auto done = prepare(std::move(handle), *state, pointer + "/state"); !done.ok()) return done.error();
    }
  } else {
    // Judged as well while there is no workspace to take it.
    if (call.handles.empty()) {
      if (auto done = restored(fresh_workspace(), call.body, ""); !done.ok()) return done.error();
    }
    for (const api::WorkspaceHandle& handle : call.handles) {
      if (auto done = prepare(handle, call.body, ""); !done.ok()) return done.error();
    }
  }
  OrderedJson ids = OrderedJson::array();
  for (auto& [handle, workspace] : changes) {
    const std::lock_guard lock(handle->mutex);
    handle->workspace = std::move(workspace);
    ids.push_back(handle->id);
  }
  return json_reply(200, {{"restored", std::move(ids)}});
}

Result<Reply> ControlApi::list_scenarios(ControlCall&) {
  OrderedJson list = OrderedJson::array();
  for (const api::ScenarioSummary& scenario : store_.list()) {
    OrderedJson line = {{"name", scenario.name}, {"description", scenario.description}, {"source", scenario.source}};
    if (!scenario.problem.empty()) line["problem"] = scenario.problem;
    list.push_back(std::move(line));
  }
  return json_reply(200, {{"scenarios", std::move(list)}, {"default", workspaces_.default_scenario()->name}});
}

Result<Reply> ControlApi::put_scenario(ControlCall& call) {
  // A name, `{"scenario": name or object}`, `{"name": name}` or a scenario itself.
  const Json* wanted = &call.body;
  std::string pointer;
  if (call.body.is_object() && call.body.contains("scenario") && call.body.size() == 1) {
    wanted = &call.body["scenario"];
    pointer = "/scenario";
  } else if (call.body.is_object() && call.body.size() == 1 && call.body.contains("name")) {
    wanted = &call.body["name"];
    pointer = "/name";
  }
  auto scenario = read_scenario(*wanted, pointer);
  if (!scenario.ok()) return scenario.error();
  if (!call.addressed) workspaces_.set_default_scenario(*scenario);
  for (const api::WorkspaceHandle& handle : call.handles) {
    api::WorkspaceOverrides overrides;
    overrides.scenario = *scenario;
    sim::Workspace::Start start = workspaces_.start_of(std::move(overrides));
    const std::lock_guard lock(handle->mutex);
    handle->workspace.restart(std::move(start));
  }
  return json_reply(200, {{"scenario", scenario_json(**scenario)}, {"workspaces", call.handles.size()}});
}

}  // namespace qamera::control
