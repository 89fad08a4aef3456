#include "metrics/thread_counters.h"

#include <new>

namespace qamera::metrics {
namespace {

std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> given{0};
  return ++given;
}

}  // namespace

ThreadCounters::ThreadCounters(std::size_t size) : size_(size), serial_(next_serial()) {}

ThreadCounters::Row ThreadCounters::find_mine() noexcept {
  try {
    const std::lock_guard lock(mutex_);
    // An id may have been that of a thread which has ended: its row goes on.
    auto& row = rows_[std::this_thread::get_id()];
    if (!row) row = std::make_unique<std::atomic<std::uint64_t>[]>(size_);
    cached_ = {serial_, {row.get(), size_}};
    return cached_.row;
  } catch (const std::bad_alloc&) {
    return {};
  }
}

std::vector<std::uint64_t> ThreadCounters::sums() const {
  std::vector<std::uint64_t> sums(size_);
  const std::lock_guard lock(mutex_);
  for (const auto& [thread, row] : rows_) {
    for (std::size_t i = 0; row && i < size_; ++i) sums[i] += row[i].load(std::memory_order_relaxed);
  }
  return sums;
}

}  // namespace qamera::metrics
