#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "edge/poller.h"
#include "edge/socket.h"
#include "edge/timers.h"

namespace qamera::edge {

/// The one door into a loop for other threads: everything else of it belongs to its own thread, and so needs no lock.
/// Outlives its loop where somebody still holds it (a journal that wakes a stream, for one): a call that comes too late
/// is dropped.
class Mailbox {
 public:
  Mailbox();

  /// A call that its owner makes once and may post again and again.
  struct Call {
    explicit Call(std::function<void()> call = {}) : run(std::move(call)) {}
    std::function<void()> run;  ///< `std::bad_alloc` ends it, and it alone
    std::atomic<bool> posted{false};
    std::shared_ptr<Call> next{};  ///< guarded by the mailbox's mutex while posted
  };

  /// Thread-safe. `call` runs on the loop's thread.
  void post(std::function<void()> call) { post(std::make_shared<Call>(std::move(call))); }
  /// The same, without memory: for those who must not fail. Does nothing while the call is posted and has not begun.
  void post(std::shared_ptr<Call> call) noexcept;
  /// Thread-safe. Makes the loop look at its clock again.
  void wake();

 private:
  friend class Loop;
  /// The first of the calls posted, which leads to the others.
  std::shared_ptr<Call> take();
  void close();

  Descriptor read_end_, write_end_;
  std::atomic<bool> awake_{false};
  std::mutex mutex_;
  std::shared_ptr<Call> first_;  // guarded by mutex_
  Call* last_ = nullptr;         // guarded by mutex_
  bool closed_ = false;          // guarded by mutex_
};

/// One thread's event loop: readiness, deadlines and calls from other threads. Delays, stalls and slow bodies are what
/// this program is for, and none of them may cost a thread: nothing in it waits but the poller.
///
/// Why not a library's loop: its timers would read the machine's clock. Here time comes from a `TimeSource`, so that
/// the tests of deadlines, delays and throttling move it by hand and take no time at all.
class Loop : private Poller::Watcher {
 public:
  explicit Loop(const TimeSource& time);
  ~Loop() override;

  /// Runs on the calling thread until `quit`. `after_round` is called each time all that was ready has been
  /// dealt with.
  void run(const std::function<void()>& after_round);
  /// On the loop's thread only.
  void quit() { quitting_ = true; }

  Poller& poller() { return *poller_; }
  Timers& timers() { return timers_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  /// The time when the present round began.
  MonotonicTime now() const { return now_; }
  bool is_current_thread() const;

 private:
  void on_ready(Readiness readiness) override;

  const TimeSource& time_;
  std::unique_ptr<Poller> poller_;
  Timers timers_;
  std::shared_ptr<Mailbox> mailbox_;
  MonotonicTime now_{0};
  bool quitting_ = false;
};

}  // namespace qamera::edge
