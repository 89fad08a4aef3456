// Rules, script state and keys.

#include "api/script_check.h"
#include "control/handlers.h"
#include "sim/memory.h"

namespace qamera::control {
namespace {

/// As it was sent.
OrderedJson shown(const sim::Rule& rule) {
  return rule.written.empty() ? OrderedJson(rule.document) : parse_ordered_json(rule.written).value();
}

OrderedJson rules_json(const sim::Script& script) {
  OrderedJson list = OrderedJson::array();
  for (const sim::ScriptedRule& scripted : script.rules()) {
    list.push_back({{"id", scripted.id},
                    {"name", scripted.rule->name},
                    {"added", scripted.added},
                    {"matched", scripted.matched},
                    {"hits", scripted.hits},
                    {"rule", shown(*scripted.rule)}});
  }
  return list;
}

/// A single rule, or `{"rules": [...]}`.
Result<std::vector<sim::RulePtr>> read_rules(const Call& call) {
  if (auto room = require_room(call.context); !room) return room.error();
  const Json& body = call.body;
  const WrittenJson written(call.request.body);
  ReadErrors errors(WrittenPlace{&written});
  std::vector<sim::RulePtr> rules;
  const auto read = [&](const Json& value, const std::string& pointer) {
    auto rule = std::make_shared<const sim::Rule>(sim::read_rule(errors, value, pointer, "added rule"));
    rules.push_back(counted(rule, call.context.workspaces.memory(), sim::bytes_of(*rule)));
    const auto known = api::check_rule(*rules.back());
    if (!known) errors.fail(pointer + known.error().pointer, known.error().message);
  };
  if (body.is_object() && body.contains("rules")) {
    ObjectReader reader(errors, body, "");
    const Json* list = reader.array("rules");
    if (list && list->size() > sim::kMaxRules) {
      reader.fail("rules",
                  "expected at most " + std::to_string(sim::kMaxRules) + " rules, got " + std::to_string(list->size()));
    }
    reader.each("rules", read);
    reader.finish();
  } else {
    read(body, "");
  }
  if (!errors.ok()) return errors.error();
  return rules;
}

}  // namespace

Result<Reply> list_rules(const Call& call) {
  OrderedJson body = describe_workspaces(call, [](api::LockedWorkspace& target) {
    const sim::Script& script = target.workspace.script();
    return OrderedJson{{"state", script.state()}, {"rules", rules_json(script)}};
  });
  if (call.named) return json_reply(200, body);
  OrderedJson all = {{"default", OrderedJson::array()}, {"workspaces", std::move(body["workspaces"])}};
  for (const sim::RulePtr& rule : call.context.workspaces.default_rules()) {
    all["default"].push_back({{"name", rule->name}, {"rule", shown(*rule)}});
  }
  return json_reply(200, all);
}

Result<Reply> add_rules(const Call& call) {
  const auto rules = read_rules(call);
  if (!rules) return rules.error();
  const auto check = [&](std::size_t there) -> Result<void> {
    if (there + rules->size() <= sim::kMaxRules) return {};
    return Error{
        ErrorCode::kInvalid,
        "expected at most " + std::to_string(sim::kMaxRules) + " rules in all, and there are " + std::to_string(there),
        ""};
  };
  const auto check_target = [&](api::LockedWorkspace& target) {
    return check(target.workspace.script().rules().size());
  };
  if (auto room = for_each_workspace(call, check_target); !room) return room.error();
  if (auto room = check(call.named ? 0 : call.context.workspaces.default_rules().size()); !room) return room.error();
  // For every workspace means for those to come as well: a test scripts the server before its client connects.
  if (!call.named) call.context.workspaces.add_default_rules(*rules);
  OrderedJson added = OrderedJson::array();
  for_each_workspace(call, [&](api::LockedWorkspace& target) {
    const auto given = target.workspace.script().add_all(*rules);
    for (std::size_t i = rules->size(); i-- > 0;) {
      OrderedJson line = {{"id", given[i]}, {"name", (*rules)[i]->name}};
      if (!call.named) line["workspace"] = target.id;
      added.push_back(std::move(line));
    }
  });
  return json_reply(201, {{"added", std::move(added)}});
}

Result<Reply> delete_rules(const Call& call) {
  if (!call.named) call.context.workspaces.clear_default_rules();
  std::size_t removed = 0;
  for_each_workspace(call, [&](api::LockedWorkspace& target) { removed += target.workspace.script().remove_added(); });
  return json_reply(200, {{"removed", removed}});
}

Result<Reply> delete_rule(const Call& call) {
  const std::string& rule = call.parameters[0];
  std::size_t removed = call.named ? 0 : call.context.workspaces.remove_default_rules(rule);
  for_each_workspace(call, [&](api::LockedWorkspace& target) { removed += target.workspace.script().remove(rule); });
  if (removed == 0) return Error{ErrorCode::kNotFound, "no workspace asked has a rule \"" + rule + "\"", ""};
  return json_reply(200, {{"removed", removed}});
}

Result<Reply> get_script(const Call& call) {
  return json_reply(
      200, describe_workspaces(call, [](api::LockedWorkspace& target) {
        const sim::Workspace& workspace = target.workspace;
        return OrderedJson{{"state", workspace.script().state()}, {"maintenance", workspace.maintenance()}};
      }));
}

Result<Reply> put_script(const Call& call) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  const auto state = reader.string("state");
  const auto maintenance = reader.boolean("maintenance");
  if (auto read = reader.finished(); !read) return read.error();
  if (!state && !maintenance) return Error{ErrorCode::kInvalid, "expected \"state\" or \"maintenance\"", ""};
  for_each_workspace(call, [&](api::LockedWorkspace& target) {
    if (state) target.workspace.script().set_state(*state);
    if (maintenance) target.workspace.set_maintenance(*maintenance);
  });
  return get_script(call);
}

Result<Reply> patch_keys(const Call& call) {
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
  // Judged as well while there is no workspace to change.
  if (call.targets.empty()) {
    if (auto done = fresh_workspace(call.context).change_key(id, members); !done) return done.error();
  }
  OrderedJson changed = OrderedJson::array();
  const auto done = for_each_workspace(call, [&](api::LockedWorkspace& target) {
    changed.push_back(target.id);
    return target.workspace.change_key(id, members);
  });
  if (!done) return done.error();
  return json_reply(200, {{"changed", std::move(changed)}});
}

}  // namespace qamera::control
