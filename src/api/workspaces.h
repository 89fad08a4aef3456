#pragma once

#include <array>
#include <atomic>
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

#include "api/dropped_keys.h"
#include "api/scenario_store.h"
#include "base/memory_budget.h"
#include "journal/entry.h"
#include "metrics/metrics.h"
#include "sim/workspace.h"

namespace qamera::api {

/// A workspace and what guards it. Everything but `id` and `shown_key` needs `mutex`.
struct LockedWorkspace {
  LockedWorkspace(std::string workspace_id, std::string key, sim::Workspace state, MemoryBudgetPtr budget,
                  metrics::MetricsPtr counters)
      : id(std::move(workspace_id)),
        shown_key(std::move(key)),
        workspace(std::move(state)),
        memory(std::move(budget)),
        metrics(std::move(counters)) {
    count_bytes();
  }

  /// Tells the budget what this takes now: the workspace's own bytes, and what stands here; and the metrics what came
  /// about in it. To be called after what may have changed that. REQUIRES: `mutex` is held.
  void count_bytes() {
    memory.set(kOverhead + workspace.bytes() + kept_bytes);
    count_activity();
  }
  /// Tells the metrics alone. REQUIRES: `mutex` is held.
  void count_activity() {
    if (workspace.has_activity()) metrics->count(workspace.take_activity());
  }

  const std::string id;         ///< "ws_" and 16 hex digits of the key's hash
  const std::string shown_key;  ///< redacted
  std::mutex mutex;
  sim::Workspace workspace;    // guarded by mutex
  std::uint64_t requests = 0;  // guarded by mutex
  /// What the journal keeps of the latest listings. Guarded by mutex.
  struct KeptListing {
    std::weak_ptr<const std::string> listing;
    journal::KeptBody kept;
    std::size_t own = 0;  ///< bytes of `kept` that no other workspace shares
  };
  std::array<KeptListing, kCollectionCount> kept_listings;
  std::size_t kept_bytes = 0;               ///< of kept_listings; guarded by mutex
  DropCause earlier = DropCause::kNothing;  ///< why the key's earlier workspace went, until a reply says so; guarded
  /// What the log has told already. Guarded by mutex.
  struct Logged {
    bool waiting = false;           ///< that jobs wait for a clock that is stopped
    std::optional<Instant> excess;  ///< when it last told `rate-limit-exceeded`, by virtual time
  } logged;
  std::string misnamed{};  ///< `there is no scenario "..."`, where the key seems to mean one; set once, when made

  MemoryShare memory;
  const metrics::MetricsPtr metrics;

 private:
  /// With its place among the others, the key's text there, and what the journal counts of it.
  static constexpr std::size_t kOverhead = 3072;
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

/// Every workspace, by API key and by id. The least recently used go when there are too many, or when more memory is
/// held than the budget allows: for workspaces themselves (see `sim::Workspace::bytes`), rules and scenarios put by
/// calls, exchanges that a proxy keeps for a scenario, and replies that wait or stream. The journal has a bound of its
/// own. Thread-safe; a `WorkspaceHandle` stays usable after its workspace was dropped.
class Workspaces {
 public:
  struct Options {
    std::size_t max_workspaces = 10'000;  ///< > 0
    /// What all of them may take, in bytes, with whatever else counts.
    MemoryBudgetPtr memory = std::make_shared<MemoryBudget>(std::size_t{1} << 30);
    metrics::MetricsPtr metrics = std::make_shared<metrics::Metrics>();  ///< what is counted
    Auth auth = Auth::kAny;
    sim::ScenarioPtr default_scenario;                   ///< for keys whose id names no scenario; not null
    std::optional<std::uint64_t> seed;                   ///< overrides every scenario's
    std::optional<sim::ClockMode> clock_mode;            ///< overrides every scenario's
    std::function<void(const std::string& id)> on_drop;  ///< a workspace is gone; called under the lock, may be null
    std::optional<double> speed;                         ///< overrides every scenario's
  };
  /// All references must outlive this.
  Workspaces(Options options, ScenarioStore& store, const TimeSource& time, const Log& log);

  /// The workspace of a key. kUnauthorized when the key is "malformed", or "unknown: ..." where keys are listed: the
  /// message says what the key is.
  Result<WorkspaceHandle> for_key(std::string_view key);
  /// The same of a key that has a workspace already; null when it has none.
  WorkspaceHandle held(std::string_view key);
  /// Whether making a key's workspace is quick: its scenario needs no file to be read or parsed.
  bool is_at_hand(std::string_view key) const;
  WorkspaceHandle find(std::string_view id) const;  ///< null when unknown
  /// The whole key of a workspace, to act in its place with: never to be shown. Nothing when unknown.
  std::optional<std::string> key_of(std::string_view id) const;
  std::vector<WorkspaceHandle> all() const;  ///< oldest first
  std::size_t size() const;
  std::uint64_t evicted() const;             ///< how many had to go for others, ever
  std::uint64_t dropped_for_memory() const;  ///< how many of them for the memory they took

  const MemoryBudgetPtr& memory() const { return memory_; }
  const metrics::MetricsPtr& metrics() const { return metrics_; }
  /// Drops the least recently used workspaces until the budget holds, but for the latest and for `serving`, which may
  /// be null. To be called after whatever may have grown, and where no workspace is locked. Costs two loads while the
  /// budget holds.
  void make_room(const LockedWorkspace* serving) {
    if (memory_->is_exceeded() || is_full()) drop_until_it_holds(serving);
  }
  /// The budget does not hold, and there was nothing left to drop: what would grow further is to be refused.
  bool is_full() const { return full_.load(std::memory_order_relaxed); }
  /// Why: the figures, and the option.
  std::string fullness() const;

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

  Result<std::pair<WorkspaceHandle, std::string>> insert(std::string key, sim::Workspace workspace,
                                                         std::string misnamed = "");
  /// Says in `misnamed` what is wrong with a name that is none, but near one.
  sim::ScenarioPtr scenario_for(std::string_view key_id, std::string& misnamed);
  std::string invent_key(std::string_view scenario);  // REQUIRES: mutex_ held
  // REQUIRES: mutex_ held. What is dropped goes to `gone`, to be destroyed where the lock is not held.
  WorkspaceHandle insert_locked(std::string key, sim::Workspace workspace, Slots& gone);
  void evict_locked(Slots::iterator slot, DropCause cause, Slots& gone);
  void drop_locked(Slots::iterator slot, Slots& gone);
  void drop_until_it_holds(const LockedWorkspace* serving);

  ScenarioStore& store_;
  const TimeSource& time_;
  const Log& log_;

  const Auth auth_;
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
  std::uint64_t dropped_for_memory_ = 0;                          // guarded by mutex_
  DroppedKeys dropped_keys_;                                      // guarded by mutex_
  const MemoryBudgetPtr memory_;
  const metrics::MetricsPtr metrics_;
  std::atomic<bool> full_{false};
};

}  // namespace qamera::api
