// Scenarios: what there is, and which one runs.

#include "control/handlers.h"
#include "sim/memory.h"

namespace qamera::control {

Result<sim::ScenarioPtr> read_scenario(const Call& call, const Json& value, const std::string& pointer) {
  const Context& context = call.context;
  if (value.is_string()) {
    auto found = context.store.find(value.get_ref<const std::string&>());
    if (!found) return Error{ErrorCode::kInvalid, found.error().message, pointer};
    return found;
  }
  if (!value.is_object()) {
    return Error{ErrorCode::kInvalid, expected_got("a scenario's name or a scenario object", value), pointer};
  }
  if (auto room = require_room(context, sim::bytes_asked_for(value)); !room) return room.error();
  const WrittenJson written(call.request.body);
  auto parsed = context.store.parse(value, "inline", {&written, pointer});
  if (!parsed) return Error{parsed.error().code, parsed.error().message, pointer + parsed.error().pointer};
  const std::size_t bytes = sim::bytes_of(**parsed);
  if (auto room = require_room(context, bytes); !room) return room.error();
  return counted(*parsed, context.workspaces.memory(), bytes);
}

Result<Reply> list_scenarios(const Call& call) {
  OrderedJson list = OrderedJson::array();
  for (const api::ScenarioSummary& scenario : call.context.store.list()) {
    OrderedJson line = {{"name", scenario.name}, {"description", scenario.description}, {"source", scenario.source}};
    if (!scenario.problem.empty()) line["problem"] = scenario.problem;
    list.push_back(std::move(line));
  }
  return json_reply(200,
                    {{"scenarios", std::move(list)}, {"default", call.context.workspaces.default_scenario()->name}});
}

Result<Reply> put_scenario(const Call& call) {
  // A name, `{"scenario": name or object}`, `{"name": name}` or a scenario itself.
  const Json& body = call.body;
  std::string_view member;
  if (body.is_object() && body.size() == 1)
    member = body.contains("scenario") ? "scenario" : body.contains("name") ? "name" : "";
  auto scenario =
      member.empty() ? read_scenario(call, body, "") : read_scenario(call, body.at(member), "/" + std::string(member));
  if (!scenario) return scenario.error();
  if (!call.named) call.context.workspaces.set_default_scenario(*scenario);
  api::WorkspaceOverrides overrides;
  overrides.scenario = *scenario;
  const sim::Workspace::Start start = call.context.workspaces.start_of(std::move(overrides));
  for (const api::WorkspaceHandle& target : call.targets) {
    start_over(
        *target, call.now, [&](api::LockedWorkspace&) { return start; }, [](api::LockedWorkspace&) {});
  }
  return json_reply(
      200, {{"scenario",
             {{"name", (*scenario)->name}, {"description", (*scenario)->description}, {"source", (*scenario)->source}}},
            {"workspaces", call.targets.size()}});
}

}  // namespace qamera::control
