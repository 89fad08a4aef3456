#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "api/scenario_store.h"
#include "api/workspaces.h"
#include "base/json.h"
#include "control/guard.h"
#include "http/handler.h"
#include "journal/journal.h"

namespace qamera::control {

/// One call of the control API, resolved: what it acts on and what it says.
struct ControlCall {
  const Request& request;
  std::vector<std::string> parameters;        ///< the `{...}` segments of the path
  Json body;                                  ///< an empty object when none was sent
  std::vector<api::WorkspaceHandle> handles;  ///< the workspace named, or every workspace
  bool addressed = false;                     ///< a workspace was named
};

/// The control API under `/__admin`. Thread-safe. (README.md: "Control API".)
class ControlApi {
 public:
  struct Options {
    ControlGuard::Options guard;
    std::string version;
    bool is_proxy = false;            ///< ledger and records are another server's: nothing is to be said of them
    std::function<void()> shut_down;  ///< called from a serving thread; must return at once
  };
  /// All references must outlive this.
  ControlApi(Options options, api::Workspaces& workspaces, api::ScenarioStore& store, journal::Journal& journal,
             const TimeSource& time, const Log& log);

  Reply handle(const Request& request);
  /// Where the server listens: `http://127.0.0.1:4010`. Known once it does, when the first requests may be there.
  void set_url(std::string url) {
    const std::lock_guard lock(url_mutex_);
    url_ = std::move(url);
  }

  using Handler = Result<Reply> (ControlApi::*)(ControlCall&);
  struct Route {
    std::string_view method;
    std::string_view path;  ///< segments in braces match any one segment
    Handler handler;
  };

 private:
  std::string url() const {
    const std::lock_guard lock(url_mutex_);
    return url_;
  }
  static std::span<const Route> routes();
  Result<void> read_body(ControlCall& call);
  Result<void> resolve(ControlCall& call);
  Reply error_reply(const Error& error) const;

  Result<Reply> health(ControlCall& call);
  Result<Reply> shutdown(ControlCall& call);

  Result<Reply> list_workspaces(ControlCall& call);
  Result<Reply> create_workspace(ControlCall& call);
  Result<Reply> show_workspace(ControlCall& call);
  Result<Reply> delete_workspace(ControlCall& call);
  Result<Reply> fork_workspace(ControlCall& call);
  Result<Reply> reset(ControlCall& call);
  Result<Reply> get_state(ControlCall& call);
  Result<Reply> put_state(ControlCall& call);
  Result<Reply> list_scenarios(ControlCall& call);
  Result<Reply> put_scenario(ControlCall& call);

  Result<Reply> get_clock(ControlCall& call);
  Result<Reply> put_clock(ControlCall& call);
  Result<Reply> advance_clock(ControlCall& call);
  Result<Reply> get_credits(ControlCall& call);
  Result<Reply> patch_credits(ControlCall& call);
  Result<Reply> settle_record(ControlCall& call);

  Result<Reply> list_rules(ControlCall& call);
  Result<Reply> add_rules(ControlCall& call);
  Result<Reply> delete_rules(ControlCall& call);
  Result<Reply> delete_rule(ControlCall& call);
  Result<Reply> get_script(ControlCall& call);
  Result<Reply> put_script(ControlCall& call);
  Result<Reply> patch_keys(ControlCall& call);

  Result<Reply> list_requests(ControlCall& call);
  Result<Reply> unmatched_requests(ControlCall& call);
  Result<Reply> delete_requests(ControlCall& call);
  Result<Reply> show_request(ControlCall& call);
  Result<Reply> count_requests(ControlCall& call);
  Result<Reply> find_requests(ControlCall& call);
  Result<Reply> remove_requests(ControlCall& call);
  Result<Reply> near_misses(ControlCall& call);
  Result<Reply> findings(ControlCall& call);
  Result<Reply> export_ndjson(ControlCall& call);
  Result<Reply> export_har(ControlCall& call);
  Result<Reply> events(ControlCall& call);
  Result<Reply> openapi(ControlCall& call);
  Result<Reply> verify(ControlCall& call);

  OrderedJson summary(api::LockedWorkspace& handle);
  OrderedJson created_reply(const api::WorkspaceHandle& handle, const std::string& key);
  Result<api::WorkspaceOverrides> read_overrides(ControlCall& call, std::optional<std::string>& key);
  Result<sim::ScenarioPtr> read_scenario(const Json& value, const std::string& pointer);
  /// As the first request of a key that names no scenario would get it.
  sim::Workspace fresh_workspace() const;
  /// `workspace` with `state` restored into it.
  Result<sim::Workspace> restored(sim::Workspace workspace, const Json& state, const std::string& pointer);

  Options options_;
  ControlGuard guard_;
  api::Workspaces& workspaces_;
  api::ScenarioStore& store_;
  journal::Journal& journal_;
  const TimeSource& time_;
  const Log& log_;
  const MonotonicTime started_;
  mutable std::mutex url_mutex_;
  std::string url_;  // guarded by url_mutex_
};

/// A JSON reply for people and programs.
Reply json_reply(int status, const OrderedJson& body);

Reply text_reply(int status, std::string text);
/// The caller prefers text for people: `Accept: text/plain`.
bool wants_text(const Request& request);

/// The operation ids, in the order of the table.
std::span<const std::string_view> operation_names();

/// The HTTP status of an error of each kind.
int status_of(ErrorCode code);

OrderedJson clock_json(sim::Workspace& workspace);
/// Its `mode` and `speed`.
api::ClockOverrides read_clock_overrides(ObjectReader& reader);
OrderedJson ledger_json(const sim::Ledger& ledger);

}  // namespace qamera::control
