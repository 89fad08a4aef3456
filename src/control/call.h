#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "api/scenario_store.h"
#include "api/workspaces.h"
#include "base/json.h"
#include "control/guard.h"
#include "http/handler.h"
#include "journal/journal.h"

namespace qamera::control {

struct ControlOptions {
  ControlGuard::Options guard;
  std::string version;
  bool is_proxy = false;                  ///< ledger and records are another server's: nothing is to be said of them
  std::function<void()> shut_down;        ///< called from a serving thread; must return at once
  std::function<Reply(Request)> product;  ///< what a request to the product API gets
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
};

/// `f(target)` with the workspace locked and brought up to `now`; what that fires goes to `events`, which may be null.
template <typename F>
auto with_workspace(api::LockedWorkspace& target, MonotonicTime now, F f,
                    std::vector<sim::ClockEvent>* events = nullptr) {
  const std::lock_guard lock(target.mutex);
  target.workspace.sync(now, events);
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
    OrderedJson line = {{"id", target.id}};
    line.update(f(target));
    list.push_back(std::move(line));
  });
  return {{"workspaces", std::move(list)}};
}

/// As the first request of a key that names no scenario would get it.
sim::Workspace fresh_workspace(const Context& context);

/// That no workspace has this ID, which the call has at `pointer`.
Error no_workspace(std::string_view id, std::string pointer = "");

/// A JSON reply for people and programs.
Reply json_reply(int status, const OrderedJson& body);
Reply text_reply(int status, std::string text);
/// `{"error", "pointer"?}` with the status of the error's kind, and no whole key in it. The calls of WireMock's
/// clients, told by their path, get `{"errors": [...]}` in its form instead: its classes refuse any other member.
Reply error_reply(const Error& error, std::string_view path);
/// The same with a status that no kind of error has.
Reply error_reply(int status, const Error& error, std::string_view path);

/// The caller prefers text for people: `Accept: text/plain`.
bool wants_text(const Request& request);

}  // namespace qamera::control
