#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "api/workspaces.h"
#include "assertions/tally.h"
#include "base/time.h"
#include "journal/journal.h"
#include "tasks/deferred_reply.h"

namespace qamera::control {

enum class VerdictFormat { kJson, kText, kJunit };

/// One call of `POST /__admin/verify`, and what is known of its verdict so far. Not thread-safe.
class AskedVerdict {
 public:
  /// Workspaces as they are, for all verdicts that are looked at together.
  using FactsCache = std::map<const api::LockedWorkspace*, assertions::Facts>;

  /// `about` may be null: then it is about every workspace. The references must outlive this.
  AskedVerdict(assertions::Expectations expectations, api::WorkspaceHandle about, const journal::Journal& journal,
               const TimeSource& time, VerdictFormat format);

  /// The reply when everything holds; nothing when it does not yet.
  std::optional<Reply> look(FactsCache& facts);
  /// The reply as things are.
  Reply last_look(FactsCache& facts) const;
  /// When `last_look` is due.
  MonotonicTime deadline() const { return deadline_; }

 private:
  const assertions::Facts* facts_from(FactsCache& facts) const;
  assertions::Report evaluate(FactsCache& facts) const;
  Reply reply_of(const assertions::Report& report) const;

  const assertions::Expectations expectations_;
  const api::WorkspaceHandle about_;
  const std::optional<std::string> scope_;
  const journal::Journal& journal_;
  const TimeSource& time_;
  const VerdictFormat format_;
  const MonotonicTime asked_at_;
  const MonotonicTime deadline_;
  assertions::Tally tally_;
  bool evaluated_ = false;  ///< since something was new
};

/// Verdicts that may still come true, all looked at by one thread of their own: in rounds, and a fifth of the time at
/// most, however many there are and however much traffic. The thread starts with the first of them. Thread-safe.
class VerdictDesk {
 public:
  static constexpr std::size_t kMostPending = 1024;

  explicit VerdictDesk(const TimeSource& time) : time_(time) {}
  ~VerdictDesk();
  VerdictDesk(const VerdictDesk&) = delete;
  VerdictDesk& operator=(const VerdictDesk&) = delete;

  /// The reply, pending until the verdict holds, its time is over or the server stops. Nothing when as many pend as
  /// may. The desk must outlive the reply.
  std::optional<Reply> wait_for(std::unique_ptr<AskedVerdict> asked);

 private:
  struct Waiting {
    std::unique_ptr<AskedVerdict> asked;  ///< used by the desk's thread only, but for its deadline
    tasks::Promise promise{};
    bool is_hurried = false;  ///< guarded by mutex_
  };
  using WaitingPtr = std::shared_ptr<Waiting>;
  class PendingVerdict;

  void run();
  /// Those to look at now, the last looks first; how many of these there are.
  std::size_t take_round(std::vector<WaitingPtr>& round, MonotonicTime now);  // REQUIRES: mutex_ held
  void decide(const std::vector<WaitingPtr>& round, std::size_t last_looks);
  void hurry(Waiting& waiting);
  void drop(const Waiting& waiting);
  bool is_stopping();

  const TimeSource& time_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<WaitingPtr> waiting_;  // guarded by mutex_
  MonotonicTime next_round_{0};      // guarded by mutex_
  bool stopping_ = false;            // guarded by mutex_
  std::thread thread_;               // guarded by mutex_
};

}  // namespace qamera::control
