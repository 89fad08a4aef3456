// Saving everything that workspaces hold, and restoring it.

#include <algorithm>

#include "control/handlers.h"

namespace qamera::control {
namespace {

/// `workspace` with `state` restored into it.
Result<sim::Workspace> restored(const Call& call, sim::Workspace workspace, const Json& state,
                                const std::string& pointer) {
  const auto at = [&](const Error& error, const std::string& inner) {
    return Error{error.code, error.message, pointer + inner + error.pointer};
  };
  if (!state.is_object() || !state.contains("scenario")) {
    return Error{ErrorCode::kInvalid, "expected a state as GET /__admin/state gives it, with its \"scenario\"",
                 pointer};
  }
  auto scenario = call.context.store.parse(state["scenario"], "restored");
  if (!scenario) return at(scenario.error(), "/scenario");
  auto done = workspace.restore(state, *std::move(scenario), call.now);
  if (!done) return at(done.error(), "");
  return workspace;
}

/// Workspaces and what they are to become. Every state is read before any workspace changes.
using Changes = std::vector<std::pair<api::WorkspaceHandle, sim::Workspace>>;

Result<void> add_change(const Call& call, Changes& changes, api::WorkspaceHandle target, const Json& state,
                        const std::string& pointer) {
  auto copy = with_workspace(*target, call.now, [](api::LockedWorkspace& original) { return original.workspace; });
  auto workspace = restored(call, std::move(copy), state, pointer);
  if (!workspace) return workspace.error();
  const bool twice = std::any_of(changes.begin(), changes.end(), [&](const auto& one) { return one.first == target; });
  if (twice) return Error{ErrorCode::kInvalid, "the workspace \"" + target->id + "\" has a state already", pointer};
  changes.emplace_back(std::move(target), *std::move(workspace));
  return {};
}

/// Of `{"workspaces": [{"id", "state"}]}`.
Result<void> add_listed_changes(const Call& call, Changes& changes) {
  ReadErrors errors;
  ObjectReader all(errors, call.body, "");
  all.array("workspaces");
  if (auto read = all.finished(); !read) return read;
  all.each("workspaces", [&](const Json& one, const std::string& pointer) {
    ObjectReader reader(errors, one, pointer);
    reader.require({"id", "state"});
    const std::string id = reader.string("id").value_or("");
    const Json* state = reader.object("state");
    if (!reader.finished()) return;
    api::WorkspaceHandle target = call.context.workspaces.find(id);
    if (!target) return errors.fail(no_workspace(id, pointer + "/id"));
    auto done = add_change(call, changes, std::move(target), *state, pointer + "/state");
    if (!done) errors.fail(done.error());
  });
  return errors.result();
}

}  // namespace

Result<Reply> get_state(const Call& call) {
  const auto state_of = [](api::LockedWorkspace& target) { return target.workspace.snapshot(); };
  Json body;
  if (call.named) {
    body = with_workspace(*call.named, call.now, state_of);
  } else {
    body = {{"workspaces", Json::array()}};
    for_each_workspace(call, [&](api::LockedWorkspace& target) {
      body["workspaces"].push_back({{"id", target.id}, {"state", state_of(target)}});
    });
  }
  Reply reply;
  reply.response.headers.add("Content-Type", "application/json");
  reply.response.body = dump_json(body);
  return reply;
}

Result<Reply> put_state(const Call& call) {
  Changes changes;
  if (!call.named && call.body.is_object() && call.body.contains("workspaces")) {
    if (auto done = add_listed_changes(call, changes); !done) return done.error();
  } else if (call.targets.empty()) {
    // Judged as well while there is no workspace to take it.
    if (auto done = restored(call, fresh_workspace(call.context), call.body, ""); !done) return done.error();
  } else {
    for (const api::WorkspaceHandle& target : call.targets) {
      if (auto done = add_change(call, changes, target, call.body, ""); !done) return done.error();
    }
  }
  OrderedJson ids = OrderedJson::array();
  for (auto& [target, workspace] : changes) {
    const std::lock_guard lock(target->mutex);
    target->workspace = std::move(workspace);
    ids.push_back(target->id);
  }
  return json_reply(200, {{"restored", std::move(ids)}});
}

}  // namespace qamera::control
