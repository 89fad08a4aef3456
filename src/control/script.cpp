// Rules, script state and keys.

#include "api/script_check.h"
#include "base/json_reader.h"
#include "control/control_api.h"

namespace qamera::control {
namespace {

OrderedJson rules_json(const sim::Script& script) {
  OrderedJson list = OrderedJson::array();
  for (const sim::ScriptedRule& scripted : script.rules()) {
    list.push_back({{"id", scripted.id},
                    {"name", scripted.rule->name},
                    {"added", scripted.added},
                    {"matched", scripted.matched},
                    {"hits", scripted.hits},
                    {"rule", OrderedJson(scripted.rule->document)}});
  }
  return list;
}

/// A single rule, or `{"rules": [...]}`.
Result<std::vector<sim::RulePtr>> read_rules(const Json& body) {
  ReadErrors errors;
  std::vector<sim::RulePtr> rules;
  const auto read = [&](const Json& value, const std::string& pointer) {
    rules.push_back(std::make_shared<const sim::Rule>(sim::read_rule(errors, value, pointer, "added rule")));
    const auto known = api::check_rule(*rules.back());
    if (!known.ok()) errors.fail(pointer + known.error().pointer, known.error().message);
  };
  if (body.is_object() && body.contains("rules")) {
    ObjectReader reader(errors, body, "");
    const Json* list = reader.array("rules");
    if (list && list->size() > sim::kMaxRules) {
      reader.fail("rules",
                  "expected at most " + std::to_string(sim::kMaxRules) + " rules, got " + std::to_string(list->size()));
    }
    for (std::size_t i = 0; list && i < list->size() && errors.ok(); ++i)
      read((*list)[i], "/rules/" + std::to_string(i));
    reader.finish();
  } else {
    read(body, "");
  }
  if (!errors.ok()) return errors.error();
  return rules;
}

}  // namespace

Result<Reply> ControlApi::list_rules(ControlCall& call) {
  const auto rules_of = [](api::LockedWorkspace& handle) {
    const std::lock_guard lock(handle.mutex);
    return OrderedJson{{"state", handle.workspace.script().state()}, {"rules", rules_json(handle.workspace.script())}};
  };
  if (call.addressed) return json_reply(200, rules_of(*call.handles.front()));
  OrderedJson body = {{"default", OrderedJson::array()}, {"workspaces", OrderedJson::array()}};
  for (const sim::RulePtr& rule : workspaces_.default_rules()) {
    body["default"].push_back({{"name", rule->name}, {"rule", OrderedJson(rule->document)}});
  }
  for (const api::WorkspaceHandle& handle : call.handles) {
    OrderedJson line = {{"id", handle->id}};
    line.update(rules_of(*handle));
    body["workspaces"].push_back(std::move(line));
  }
  return json_reply(200, body);
}

Result<Reply> ControlApi::add_rules(ControlCall& call) {
  const auto rules = read_rules(call.body);
  if (!rules.ok()) return rules.error();
  // For every workspace means for those to come as well: a test scripts the server before its client connects.
  if (!call.addressed) workspaces_.add_default_rules(*rules);
  OrderedJson added = OrderedJson::array();
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    // Each goes before all others, so the last comes first: they are then asked in the order given.
    for (std::size_t i = rules->size(); i-- > 0;) {
      const sim::RulePtr& rule = (*rules)[i];
      OrderedJson line = {{"id", handle->workspace.script().add(rule)}, {"name", rule->name}};
      if (!call.addressed) line["workspace"] = handle->id;
      added.push_back(std::move(line));
    }
  }
  return json_reply(201, {{"added", std::move(added)}});
}

Result<Reply> ControlApi::delete_rules(ControlCall& call) {
  if (!call.addressed) workspaces_.clear_default_rules();
  std::size_t removed = 0;
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    removed += handle->workspace.script().remove_added();
  }
  return json_reply(200, {{"removed", removed}});
}

Result<Reply> ControlApi::delete_rule(ControlCall& call) {
  std::size_t removed = call.addressed ? 0 : workspaces_.remove_default_rules(call.parameters[0]);
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    removed += handle->workspace.script().remove(call.parameters[0]);
  }
  if (removed == 0) {
    return Error{ErrorCode::kNotFound, "no workspace asked has a rule \"" + call.parameters[0] + "\"", ""};
  }
  return json_reply(200, {{"removed", removed}});
}

Result<Reply> ControlApi::get_script(ControlCall& call) {
  const auto script_of = [&](api::LockedWorkspace& handle) {
    const std::lock_guard lock(handle.mutex);
    handle.workspace.sync(time_.monotonic());
    return OrderedJson{{"state", handle.workspace.script().state()}, {"maintenance", handle.workspace.maintenance()}};
  };
  if (call.addressed) return json_reply(200, script_of(*call.handles.front()));
  OrderedJson list = OrderedJson::array();
  for (const api::WorkspaceHandle& handle : call.handles) {
    OrderedJson line = {{"id", handle->id}};
    line.update(script_of(*handle));
    list.push_back(std::move(line));
  }
  return json_reply(200, {{"workspaces", std::move(list)}});
}

Result<Reply> ControlApi::put_script(ControlCall& call) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  const auto state = reader.string("state");
  const auto maintenance = reader.boolean("maintenance");
  reader.finish();
  if (!errors.ok()) return errors.error();
  if (!state && !maintenance) return Error{ErrorCode::kInvalid, "expected \"state\" or \"maintenance\"", ""};
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    handle->workspace.sync(time_.monotonic());
    if (state) handle->workspace.script().set_state(*state);
    if (maintenance) handle->workspace.set_maintenance(*maintenance);
  }
  return get_script(call);
}

Result<Reply> ControlApi::patch_keys(ControlCall& call) {
  Json members = call.body;
  std::string id = "*";
  if (members.is_object() && members.contains("id")) {
    ReadErrors errors;
    ObjectReader reader(errors, members, "");
    id = sim::read_key_id(reader);
    if (!errors.ok()) return errors.error();
    members.erase("id");
  }
  if (!members.is_object() || members.empty()) {
    return Error{ErrorCode::kInvalid, "expected \"state\", \"scopes\", \"expiresAt\" or \"expiresAfter\"", ""};
  }
  OrderedJson changed = OrderedJson::array();
  // Judged as well while there is no workspace to change.
  if (call.handles.empty()) {
    if (auto done = fresh_workspace().change_key(id, members); !done.ok()) return done.error();
  }
  for (const api::WorkspaceHandle& handle : call.handles) {
    const std::lock_guard lock(handle->mutex);
    handle->workspace.sync(time_.monotonic());
    if (auto done = handle->workspace.change_key(id, members); !done.ok()) return done.error();
    changed.push_back(handle->id);
  }
  return json_reply(200, {{"changed", std::move(changed)}});
}

}  // namespace qamera::control
