#pragma once

#include <array>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/scenario_store.h"
#include "journal/entry.h"
#include "sim/workspace.h"

namespace qamera::api {

/// A workspace and what guards it. Everything but `id` and `shown_key` needs `mutex`.
struct LockedWorkspace {
  LockedWorkspace(std::string workspace_id, std::string key, sim::Workspace::Start start)
      : id(std::move(workspace_id)), shown_key(std::move(key)), workspace(std::move(start)) {}

  const std::string id;         ///< "ws_" and 16 hex digits of the key's hash
  const std::string shown_key;  ///< redacted
  std::mutex mutex;
  sim::Workspace workspace;    // guarded by mutex
  std::uint64_t requests = 0;  // guarded by mutex
  /// What the journal keeps of the latest listings. Guarded by mutex.
  std::array<std::pair<std::weak_ptr<const std::string>, journal::KeptBody>, kCollectionCount> kept_listings;
};
using WorkspaceHandle = std::shared_ptr<LockedWorkspace>;

enum class Auth {
  kAny,     ///< an unknown well-formed key gets a workspace on first use
  kListed,  ///< only keys that a scenario declares or the control API made
};

/// What a caller may set of a clock; the rest stays as the scenario and the server's options have it.
struct ClockOverrides {
  std::optional<sim::ClockMode> mode;
  std::optional<double> speed;
  std::optional<Instant> start;
};

/// What a caller may set for a new workspace, beyond its scenario.
struct WorkspaceOverrides {
  sim::ScenarioPtr scenario;  ///< null: by the key's id, else the default
  std::optional<std::uint64_t> seed;
  ClockOverrides clock;
  std::optional<sim::Credits> credits;
};

/// Every workspace, by API key and by id. The least recently used goes when there are too many. Thread-safe; a
/// `WorkspaceHandle` stays usable after its workspace was dropped.
class Workspaces {
 public:
  struct Options {
    std::size_t max_workspaces = 10'000;  ///< > 0
    Auth auth = Auth::kAny;
    sim::ScenarioPtr default_scenario;                   ///< for keys whose id names no scenario; not null
    std::optional<std::uint64_t> seed;                   ///< overrides every scenario's
    std::optional<sim::ClockMode> clock_mode;            ///< overrides every scenario's
    std::function<void(const std::string& id)> on_drop;  ///< a workspace is gone; called under the lock, may be null
    std::optional<double> speed;                         ///< overrides every scenario's
  };
  /// All references must outlive this.
  Workspaces(Options options, ScenarioStore& store, const TimeSource& time, const Log& log);

  /// The workspace of a key. kUnauthorized when the key is "malformed", or "unknown" where keys are listed: the message
  /// says what the key is.
  Result<WorkspaceHandle> for_key(std::string_view key);
  /// Whether `for_key` is quick: the key has a workspace already, or its scenario needs no file to be read or parsed.
  bool is_at_hand(std::string_view key) const;
  WorkspaceHandle find(std::string_view id) const;  ///< null when unknown
  /// The whole key of a workspace, to act in its place with: never to be shown. Nothing when unknown.
  std::optional<std::string> key_of(std::string_view id) const;
  std::vector<WorkspaceHandle> all() const;  ///< oldest first
  std::size_t size() const;
  std::uint64_t evicted() const;

  /// A new workspace. With no key, one is made up. kConflict when the key has a workspace already.
  Result<std::pair<WorkspaceHandle, std::string>> create(std::optional<std::string> key, WorkspaceOverrides overrides);
  Result<std::pair<WorkspaceHandle, std::string>> fork(LockedWorkspace& original, std::optional<std::string> key);
  bool remove(std::string_view id);

  /// Where a workspace that runs `scenario` starts, with the server's overrides.
  sim::Workspace::Start start_of(WorkspaceOverrides overrides) const;
  void set_default_scenario(sim::ScenarioPtr scenario);
  /// The clock that workspaces made from now on start with.
  void set_default_clock(std::optional<sim::ClockMode> mode, std::optional<double> speed);
  sim::ScenarioPtr default_scenario() const;
  /// What time it is for requests that reach no workspace: by the clock that workspaces start with, since the start of
  /// the server.
  Instant default_now() const;
  /// Rules that workspaces made from now on start with; the latest call.s are asked first.
  void add_default_rules(const std::vector<sim::RulePtr>& rules);
  std::vector<sim::RulePtr> default_rules() const;
  void clear_default_rules();
  /// Those of that name. How many went.
  std::size_t remove_default_rules(std::string_view name);

 private:
  struct Slot {
    WorkspaceHandle handle;
    std::string key;
  };
  using Slots = std::list<Slot>;

  /// `copy`, when given, becomes the new workspace's state.
  Result<std::pair<WorkspaceHandle, std::string>> insert(std::string key, sim::Workspace::Start start,
                                                         const sim::Workspace* copy);
  sim::ScenarioPtr scenario_for(std::string_view key_id);
  std::string invent_key(std::string_view scenario);  // REQUIRES: mutex_ held
  WorkspaceHandle insert_locked(std::string key, sim::Workspace::Start start);
  void evict_locked();
  void drop_locked(Slots::iterator slot);

  ScenarioStore& store_;
  const TimeSource& time_;
  const Log& log_;

  mutable std::mutex mutex_;
  Options options_;                                               // guarded by mutex_
  sim::ScenarioPtr default_;                                      // guarded by mutex_
  sim::Clock default_clock_;                                      // guarded by mutex_
  std::vector<sim::RulePtr> default_rules_;                       // guarded by mutex_
  Slots slots_;                                                   // guarded by mutex_; least recently used first
  std::unordered_map<std::string_view, Slots::iterator> by_key_;  // guarded by mutex_; views into Slot::key
  std::unordered_map<std::string_view, Slots::iterator> by_id_;   // guarded by mutex_; views into LockedWorkspace::id
  std::uint64_t invented_ = 0;                                    // guarded by mutex_
  std::uint64_t evicted_ = 0;                                     // guarded by mutex_
};

}  // namespace qamera::api
