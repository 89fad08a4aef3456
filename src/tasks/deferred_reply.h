#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "http/handler.h"
#include "tasks/task_pool.h"

namespace qamera::tasks {

/// A reply that one thread makes and a connection waits for: what both hold of it. Thread-safe.
class Promise {
 public:
  void keep(Reply reply);
  /// There is no memory to make the reply with.
  void fail();
  /// The reply, once. std::bad_alloc when there is none for want of memory.
  std::optional<Reply> take();
  /// As `PendingReply::on_decided`.
  void on_kept(const std::function<void()>& callback);

 private:
  std::mutex mutex_;
  bool has_failed_ = false;           // guarded by mutex_
  std::optional<Reply> reply_;        // guarded by mutex_
  std::function<void()> on_decided_;  // guarded by mutex_
};

/// Makes a reply on another thread than the one that asks. The token says that nobody waits for it any more: what only
/// reads may then end between two pieces of its work.
using MakeReply = std::function<Reply(const std::stop_token& given_up)>;

enum class Queueing {
  kBounded,  ///< refused when the pool's queue is full
  kAlways,
};

/// The reply that a thread of the pool makes, pending until it is there; nothing when the pool takes no more. Of a
/// client that leaves, the task is taken back, unless a thread has it: then it is done, for a client that closed only
/// its sending side. `pool` must outlive the reply.
std::optional<Reply> deferred(TaskPool& pool, MakeReply make, Queueing queueing);

}  // namespace qamera::tasks
