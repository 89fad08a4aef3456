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

OrderedJson ControlApi::summary(api::Cell& cell) {
  const std::lock_guard lock(cell.mutex);
  sim::Workspace& workspace = cell.workspace;
  workspace.sync(time_.steady());
  OrderedJson records = OrderedJson::object();
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    records[std::string(kCollectionNames[i])] = workspace.record_count(static_cast<Collection>(i));
  }
  OrderedJson credits = ledger_json(workspace.ledger());
  credits.erase("entries");
  OrderedJson keys = OrderedJson::array();
  for (const sim::KeyRecord& key : workspace.keys()) keys.push_back(OrderedJson(sim::key_record_to_json(key)));
  return {{"id", cell.id},
          {"key", cell.shown_key},
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
          {"requests", cell.requests}};
}

Result<Reply> ControlApi::list_workspaces(ControlCall& call) {
  OrderedJson list = OrderedJson::array();
  for (const api::CellPtr& cell : call.cells) list.push_back(summary(*cell));
  const std::size_t count = list.size();
  return json_reply(200, {{"workspaces", std::move(list)}, {"count", count}, {"evicted", workspaces_.evicted()}});
}

Result<Reply> ControlApi::show_workspace(ControlCall& call) {
  const api::CellPtr cell = workspaces_.find(call.parameters[0]);
  if (!cell) return Error{ErrorCode::kNotFound, "there is no workspace \"" + call.parameters[0] + "\"", ""};
  return json_reply(200, summary(*cell));
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

Result<api::WorkspaceWishes> ControlApi::read_wishes(ControlCall& call, std::optional<std::string>& key) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  api::WorkspaceWishes wishes;
  key = reader.nonempty_string("key");
  if (const Json* scenario = reader.any("scenario")) {
    auto found = read_scenario(*scenario, "/scenario");
    if (!found.ok()) return found.error();
    wishes.scenario = *found;
  }
  if (auto seed = reader.integer("seed", 0, INT64_MAX)) wishes.seed = static_cast<std::uint64_t>(*seed);
  wishes.credits = reader.integer("credits", 0, sim::kMostCredits);
  if (const Json* clock = reader.object("clock")) {
    ObjectReader plan(errors, *clock, "/clock");
    wishes.clock = read_clock_wishes(plan);
    wishes.clock.start = plan.instant("start");
    if (auto now = plan.instant("now")) wishes.clock.start = now;
    plan.finish();
  }
  reader.finish();
  if (!errors.ok()) return errors.error();
  return wishes;
}

OrderedJson ControlApi::created_reply(const api::CellPtr& cell, const std::string& key) {
  OrderedJson body = summary(*cell);
  body["key"] = key;
  body["url"] = url();
  return body;
}

Result<Reply> ControlApi::create_workspace(ControlCall& call) {
  std::optional<std::string> key;
  auto wishes = read_wishes(call, key);
  if (!wishes.ok()) return wishes.error();
  auto made = workspaces_.create(std::move(key), *std::move(wishes));
  if (!made.ok()) return made.error();
  return json_reply(201, created_reply(made->first, made->second));
}

Result<Reply> ControlApi::fork_workspace(ControlCall& call) {
  const api::CellPtr original = workspaces_.find(call.parameters[0]);
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
  for (const api::CellPtr& cell : call.cells) {
    const std::lock_guard lock(cell->mutex);
    sim::Workspace::Start start = cell->workspace.start();
    start.scenario = store_.newest(start.scenario);
    start.steady = time_.steady();
    start.wall = time_.wall();
    start.extra_rules = workspaces_.default_rules();
    cell->workspace.restart(std::move(start));
    cell->requests = 0;
    if (call.addressed) journal_.clear(cell->id);
    ids.push_back(cell->id);
  }
  if (!call.addressed) journal_.clear(std::nullopt);
  return json_reply(200, {{"reset", std::move(ids)}});
}

Result<Reply> ControlApi::get_state(ControlCall& call) {
  const auto state_of = [&](api::Cell& cell) {
    const std::lock_guard lock(cell.mutex);
    cell.workspace.sync(time_.steady());
    return cell.workspace.snapshot();
  };
  Json body;
  if (call.addressed) {
    body = state_of(*call.cells.front());
  } else {
    body = {{"workspaces", Json::array()}};
    for (const api::CellPtr& cell : call.cells)
      body["workspaces"].push_back({{"id", cell->id}, {"state", state_of(*cell)}});
  }
  Reply reply;
  reply.response.headers.add("Content-Type", "application/json");
  reply.response.body = dump_json(body);
  return reply;
}

sim::Workspace ControlApi::fresh_workspace() const {
  api::WorkspaceWishes wishes;
  wishes.scenario = workspaces_.default_scenario();
  return sim::Workspace(workspaces_.start_of(std::move(wishes)));
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
  auto done = workspace.restore(state, *std::move(scenario), time_.steady());
  if (!done.ok()) return at(done.error(), "");
  return workspace;
}

Result<Reply> ControlApi::put_state(ControlCall& call) {
  // Every state is read before any workspace changes.
  std::vector<std::pair<api::CellPtr, sim::Workspace>> changes;
  const auto prepare = [&](api::CellPtr cell, const Json& state, const std::string& pointer) -> Result<void> {
    std::unique_lock lock(cell->mutex);
    sim::Workspace copy = cell->workspace;
    lock.unlock();
    auto workspace = restored(std::move(copy), state, pointer);
    if (!workspace.ok()) return workspace.error();
    const bool twice = std::any_of(changes.begin(), changes.end(), [&](const auto& one) { return one.first == cell; });
    if (twice) return Error{ErrorCode::kInvalid, "the workspace \"" + cell->id + "\" has a state already", pointer};
    changes.emplace_back(std::move(cell), *std::move(workspace));
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
      api::CellPtr cell = workspaces_.find(id);
      if (!cell) return Error{ErrorCode::kNotFound, "there is no workspace \"" + id + "\"", pointer + "/id"};
      if (auto done = prepare(std::move(cell), *state, pointer + "/state"); !done.ok()) return done.error();
    }
  } else {
    // Judged as well while there is no workspace to take it.
    if (call.cells.empty()) {
      if (auto done = restored(fresh_workspace(), call.body, ""); !done.ok()) return done.error();
    }
    for (const api::CellPtr& cell : call.cells) {
      if (auto done = prepare(cell, call.body, ""); !done.ok()) return done.error();
    }
  }
  OrderedJson ids = OrderedJson::array();
  for (auto& [cell, workspace] : changes) {
    const std::lock_guard lock(cell->mutex);
    cell->workspace = std::move(workspace);
    ids.push_back(cell->id);
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
  for (const api::CellPtr& cell : call.cells) {
    api::WorkspaceWishes wishes;
    wishes.scenario = *scenario;
    sim::Workspace::Start start = workspaces_.start_of(std::move(wishes));
    const std::lock_guard lock(cell->mutex);
    cell->workspace.restart(std::move(start));
  }
  return json_reply(200, {{"scenario", scenario_json(**scenario)}, {"workspaces", call.cells.size()}});
}

}  // namespace qamera::control
