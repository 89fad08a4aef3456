#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace qamera::tasks {

/// A few threads for work that would hold up an event loop, and with it every client of that loop. The queue is
/// bounded, so that callers learn of an overload while it can still be refused; a task that waits can be taken back.
/// The threads start at once, so that they are there when there is no memory for more. Thread-safe.
class TaskPool {
 public:
  /// Must not throw.
  using Task = std::function<void()>;
  using Ticket = std::uint64_t;
  struct Options {
    int threads = 2;  ///< > 0
    std::size_t most_queued = 256;
  };

  explicit TaskPool(Options options);
  ~TaskPool() { stop(); }
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  /// Nothing when `most_queued` tasks wait for a thread, and when the pool has stopped or can have no thread.
  std::optional<Ticket> offer(Task task) { return add(std::move(task), true); }
  /// The same without a bound, for callers who are bounded otherwise: one task a connection, say.
  std::optional<Ticket> submit(Task task) { return add(std::move(task), false); }
  /// Takes back a task, unless a thread has it or is free to take it.
  bool withdraw(Ticket ticket);

  std::size_t most_queued() const { return options_.most_queued; }

  /// Drops what waits and returns once the tasks under way are done.
  void stop();

 private:
  struct Queued {
    Ticket ticket;
    Task task;
  };
  std::optional<Ticket> add(Task task, bool is_bounded);
  void run();

  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Queued> queue_;          // guarded by mutex_
  std::vector<std::thread> threads_;  // guarded by mutex_
  std::size_t idle_ = 0;              // guarded by mutex_; threads that wait for a task
  Ticket last_ = 0;                   // guarded by mutex_
  bool stopping_ = false;             // guarded by mutex_
};

}  // namespace qamera::tasks
