#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

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

  /// Thread-safe. `call` runs on the loop's thread.
  void post(std::function<void()> call);
  /// Thread-safe. Makes the loop look at its clock again.
  void wake();

 private:
  friend class Loop;
  std::vector<std::function<void()>> take();
  void close();

  Descriptor read_end_, write_end_;
  std::atomic<bool> awake_{false};
  std::mutex mutex_;
  std::vector<std::function<void()>> calls_;  // guarded by mutex_
  bool closed_ = false;                       // guarded by mutex_
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
