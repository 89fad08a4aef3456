#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace qamera::metrics {

/// Numbers that only grow, for what happens too often for a lock, or for a cache line that threads take from one
/// another: each thread counts in a row of its own, and who reads adds the rows up. Thread-safe.
class ThreadCounters {
 public:
  using Row = std::span<std::atomic<std::uint64_t>>;

  /// `size` counters, all 0.
  explicit ThreadCounters(std::size_t size);

  /// The calling thread's row, for `add` alone. Empty while there is no memory for one, which the first call of each
  /// thread takes; then nothing can be counted.
  Row mine() noexcept { return cached_.owner == serial_ ? cached_.row : find_mine(); }
  /// REQUIRES: `counter` is of the calling thread's row.
  static void add(std::atomic<std::uint64_t>& counter, std::uint64_t number) noexcept {
    // Nobody else writes it, so that this needs no atomic addition.
    counter.store(counter.load(std::memory_order_relaxed) + number, std::memory_order_relaxed);
  }
  /// Each counter over all threads, those that have ended too. May throw std::bad_alloc.
  std::vector<std::uint64_t> sums() const;

 private:
  struct Cached {
    std::uint64_t owner;
    Row row;
  };
  Row find_mine() noexcept;

  static inline constinit thread_local Cached cached_{0, {}};  // of the counters that this thread used last

  const std::size_t size_;
  const std::uint64_t serial_;  ///< from 1, unlike an address never given twice
  mutable std::mutex mutex_;
  std::map<std::thread::id, std::unique_ptr<std::atomic<std::uint64_t>[]>> rows_;  // guarded by mutex_
};

}  // namespace qamera::metrics
