#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.h"

namespace qamera::edge {

/// Something with one deadline that moves. Derive from it, or hold one.
class TimerClient {
 public:
  virtual ~TimerClient() = default;
  virtual void on_deadline(MonotonicTime now) = 0;

 private:
  friend class Timers;
  static constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);
  std::size_t place_ = kAbsent;
  std::optional<MonotonicTime> deadline_;
};

/// A heap of deadlines. Setting and clearing one costs O(log n) at most; putting one off, which every request
/// on a kept-alive connection does to the idle deadline, costs nothing until the old moment comes. One thread
/// only.
class Timers {
 public:
  void set(TimerClient& client, MonotonicTime deadline);
  void clear(TimerClient& client);
  /// Must be called before a TimerClient that was ever set is destroyed.
  void forget(TimerClient& client);

  /// When `run` should be called next; maybe too early, never too late.
  std::optional<MonotonicTime> next() const;
  /// Calls `on_deadline` of everything due at `now`, once each; its deadline is cleared before.
  void run(MonotonicTime now);
  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    MonotonicTime at;
    TimerClient* client;
  };

  void place(std::size_t index, Entry entry);
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);
  void remove_at(std::size_t index);

  std::vector<Entry> heap_;
};

}  // namespace qamera::edge
