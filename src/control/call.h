#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "access/guard.h"
#include "api/scenario_store.h"
#include "api/workspaces.h"
#include "base/json.h"
#include "http/handler.h"
#include "journal/journal.h"
#include "tasks/pools.h"
#include "tasks/quota.h"

namespace qamera::api {
class StateFile;
}

namespace qamera::control {

class VerdictDesk;

struct ControlOptions {
  access::ControlGuard::Options guard;
  std::string version;
  bool is_proxy = false;                  ///< ledger and records are another server's: nothing is to be said of them
  bool ui = true;                         ///< serve the dashboard
  std::function<void()> shut_down;        ///< called from a serving thread; must return at once
  std::function<Reply(Request)> product;  ///< what a request to the product API gets
  api::StateFile* state_file = nullptr;   ///< where every workspace is saved; null: nowhere
  tasks::Pools* pools = nullptr;          ///< for what may take long; null: all is done where it is asked for
};

/// What the calls of the control API work on: the same for all of them. Thread-safe, as everything in it is.
struct Context {
  const ControlOptions options;
  api::Workspaces& workspaces;
  api::ScenarioStore& store;
  journal::Journal& journal;
  const TimeSource& time;
  const Log& log;
  const MonotonicTime started;
  const Instant started_at;  ///< wall
  VerdictDesk& verdicts;
  tasks::Quota& streams;
};

/// One call of the control API: what it was sent and what it acts on.
struct Call {
  const Context& context;
  const Request& request;
  std::vector<std::string> parameters;          ///< the `{...}` segments of the path
  Json body;                                    ///< an empty object when none was sent
  std::string server_url;                       ///< where the server listens
  MonotonicTime now;                            ///< when the call began: workspaces are brought up to it
  api::WorkspaceHandle named;                   ///< the workspace named by key or ID; null for none
  std::vector<api::WorkspaceHandle> targets{};  ///< `named`; or every workspace, where the call acts on all
  std::stop_token given_up{};                   ///< nobody waits for the reply any more
};

/// Tells the budget what a call made of a workspace, when it is done.
struct CountsBytes {
  ~CountsBytes() { target.count_bytes(); }
  api::LockedWorkspace& target;
};

/// `f(target)` with the workspace locked and brought up to `now`; what that fires goes to `events`, which may be null.
template <typename F>
auto with_workspace(api::LockedWorkspace& target, MonotonicTime now, F f,
                    std::vector<sim::ClockEvent>* events = nullptr) {
  const std::lock_guard lock(target.mutex);
  target.workspace.sync(now, events);
  target.count_activity();  // before what `f` may put in its place
  const CountsBytes counts{target};
  return f(target);
}

/// `f` with each workspace that the call acts on, locked and brought up to the call's time. When `f` gives a
/// Result<void>, the first error ends it.
template <typename F>
auto for_each_workspace(const Call& call, F f) {
  using Outcome = std::invoke_result_t<F&, api::LockedWorkspace&>;
  for (const api::WorkspaceHandle& target : call.targets) {
    if constexpr (std::is_void_v<Outcome>)
      with_workspace<F&>(*target, call.now, f);
    else if (auto done = with_workspace<F&>(*target, call.now, f); !done)
      return done;
  }
  return Outcome();
}

/// Starts the workspace over. The new state is made, and the old one let go, while others may use it: for an account of
/// thousands of records either takes long. `start_of` tells the start, and `then` does what belongs to the change, both
/// with the workspace locked and brought up to `now`.
template <typename StartOf, typename Then>
void start_over(api::LockedWorkspace& target, MonotonicTime now, StartOf start_of, Then then) {
  while (true) {
    sim::Workspace::Start start = with_workspace<StartOf&>(target, now, start_of);
    const sim::ScenarioPtr scenario = start.scenario;
    sim::Workspace fresh(std::move(start));
    const bool is_done = with_workspace(target, now, [&](api::LockedWorkspace& locked) {
      // Another call may have given it another scenario meanwhile, which is not to be undone.
      if (start_of(locked).scenario != scenario) return false;
      std::swap(locked.workspace, fresh);
      then(locked);
      return true;
    });
    if (is_done) return;
  }
}

/// Changes every workspace that the call acts on, or none: all are asked whether they allow it (`check`, a
/// Result<void>) before the first changes, and again right before each does, as requests may come between. `change`
/// gets what the clock fired so far.
template <typename Check, typename Change>
Result<void> change_each_workspace(const Call& call, Check check, Change change) {
  std::vector<std::vector<sim::ClockEvent>> events(call.targets.size());
  for (const bool checked : {false, true}) {
    for (std::size_t i = 0; i < call.targets.size(); ++i) {
      const auto step = [&](api::LockedWorkspace& target) -> Result<void> {
        if (auto allowed = check(target.workspace); !allowed) return allowed;
        if (checked) change(target, events[i]);
        return {};
      };
      if (auto done = with_workspace(*call.targets[i], call.now, step, &events[i]); !done) return done;
    }
  }
  return {};
}

/// What `f` makes of the workspace named; with none, `{"workspaces": [...]}` of every one, each with its `id`.
template <typename F>
OrderedJson describe_workspaces(const Call& call, F f) {
  if (call.named) return with_workspace(*call.named, call.now, f);
  OrderedJson list = OrderedJson::array();
  for_each_workspace(call, [&](api::LockedWorkspace& target) {
    if (call.given_up.stop_requested()) return;
    OrderedJson line = {{"id", target.id}};
    line.update(f(target));
    list.push_back(std::move(line));
  });
  return {{"workspaces", std::move(list)}};
}

/// That there is room for what the call would add, `bytes` at the least: kUnavailable.
Result<void> require_room(const Context& context, std::size_t bytes = 0);

/// As the first request of a key that names no scenario would get it.
sim::Workspace fresh_workspace(const Context& context);

/// That no workspace has this ID, which the call has at `pointer`.
Error no_workspace(std::string_view id, std::string pointer = "");

/// A JSON reply for people and programs.
Reply json_reply(int status, const OrderedJson& body);
Reply text_reply(int status, std::string text);
/// A body that is made piece by piece, off the event loops. kBusy when as many are open as may.
Result<Reply> stream_reply(const Call& call, std::string_view type, std::unique_ptr<ReplyStream> stream);
/// `{"error", "pointer"?}` with the status of the error's kind, and no whole key in it. The calls of WireMock's
/// clients, told by their path, get `{"errors": [...]}` in its form instead: its classes refuse any other member.
Reply error_reply(const Error& error, std::string_view path);
/// The same with a status that no kind of error has.
Reply error_reply(int status, const Error& error, std::string_view path);

/// XML for CI systems.
Reply xml_reply(int status, std::string text);
/// The caller prefers XML: `Accept: application/xml` or `text/xml`.
bool wants_xml(const Request& request);
/// The caller prefers text for people: `Accept: text/plain`.
bool wants_text(const Request& request);

}  // namespace qamera::control
