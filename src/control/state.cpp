// Saving everything that workspaces hold, and restoring it.

#include <algorithm>

#include "api/state_file.h"
#include "base/memory.h"
#include "control/handlers.h"
#include "journal/stream.h"
#include "sim/snapshot_text.h"

namespace qamera::control {
namespace {

/// `workspace` with `state` restored into it, where there is room for that.
Result<sim::Workspace> restored(const Call& call, sim::Workspace workspace, const Json& state,
                                const std::string& pointer) {
  const Context& context = call.context;
  auto made = api::restored(context.store, context.workspaces.memory(), call.now, std::move(workspace), state, pointer);
  if (!made) return made.error();
  if (auto room = require_room(context, made->bytes()); !room) {
    return Error{room.error().code, room.error().message, pointer + room.error().pointer};
  }
  return made;
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

/// The states of workspaces: one at a time is copied, and written as the client takes it.
class StateStream final : public journal::PieceStream {
 public:
  explicit StateStream(const Call& call)
      : targets_(call.targets), is_one_(call.named != nullptr), time_(call.context.time) {
    // The first one at once: what there is no memory for is refused while a reply can still say so.
    if (!targets_.empty()) copy_next();
  }

 protected:
  State next_piece(std::string& out) override {
    if (text_) {
      if (!std::exchange(is_begun_, true) && !is_one_) append_head(out);
      if (text_->append(out)) return State::kMore;
      text_.reset();
      if (!is_one_) out.push_back('}');
      if (next_ < targets_.size()) copy_next();
    } else if (std::exchange(is_ended_, true)) {
      return State::kEnd;
    } else if (!is_one_) {
      out += targets_.empty() ? R"({"workspaces":[]})" : "]}";
    }
    return State::kMore;
  }

 private:
  void copy_next() {
    memory::ensure();
    const auto copy = [](api::LockedWorkspace& target) { return target.workspace; };
    text_.emplace(with_workspace(*targets_[next_++], time_.monotonic(), copy));
    is_begun_ = false;
  }

  void append_head(std::string& out) const {
    out += next_ == 1 ? R"({"workspaces":[{"id":)" : R"(,{"id":)";
    append_json_string(out, targets_[next_ - 1]->id);
    out += R"(,"state":)";
  }

  const std::vector<api::WorkspaceHandle> targets_;
  const bool is_one_;
  const TimeSource& time_;
  std::size_t next_ = 0;  ///< of `targets_`, to be copied
  std::optional<sim::SnapshotText> text_;
  bool is_begun_ = false;  ///< of `text_` something is written
  bool is_ended_ = false;
};

}  // namespace

Result<Reply> get_state(const Call& call) {
  return stream_reply(call, "application/json", std::make_unique<StateStream>(call));
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
    // The old state is let go when nobody waits for the lock.
    with_workspace(*target, call.now, [&](api::LockedWorkspace& locked) { std::swap(locked.workspace, workspace); });
    ids.push_back(target->id);
  }
  return json_reply(200, {{"restored", std::move(ids)}});
}

Result<Reply> save_state(const Call& call) {
  api::StateFile* const file = call.context.options.state_file;
  if (!file) {
    return Error{ErrorCode::kConflict, "the server has no file for its state: start it with --state FILE", ""};
  }
  auto saved = file->save();
  if (!saved) return saved.error();
  return json_reply(200, {{"saved", *saved}});
}

}  // namespace qamera::control
