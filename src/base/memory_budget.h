#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace qamera {

/// How many bytes may be held for clients, and how many are. The figures are what each holder says of itself, so they
/// are estimates, without the allocator's share. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

  std::size_t limit() const { return limit_; }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }
  bool is_exceeded() const { return used() > limit_; }

 private:
  friend class MemoryShare;

  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

using MemoryBudgetPtr = std::shared_ptr<MemoryBudget>;

/// What one holder has of a budget; given back at its end at the latest. Thread-safe.
class MemoryShare {
 public:
  explicit MemoryShare(MemoryBudgetPtr budget, std::size_t bytes = 0) : budget_(std::move(budget)) { set(bytes); }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;
  ~MemoryShare() { give_back(); }

  /// The holder has so many bytes now. Nothing happens once the share was given back.
  void set(std::size_t bytes) {
    std::size_t before = bytes_.load(std::memory_order_relaxed);
    do {
      if (before == bytes || before == kGivenBack) return;
    } while (!bytes_.compare_exchange_weak(before, bytes, std::memory_order_relaxed));
    budget_->used_.fetch_add(bytes - before, std::memory_order_relaxed);
  }
  /// For good, though the holder may live on for a moment: whoever needs the room does not wait for it.
  void give_back() {
    const std::size_t before = bytes_.exchange(kGivenBack, std::memory_order_relaxed);
    if (before != kGivenBack) budget_->used_.fetch_sub(before, std::memory_order_relaxed);
  }
  std::size_t bytes() const {
    const std::size_t bytes = bytes_.load(std::memory_order_relaxed);
    return bytes == kGivenBack ? 0 : bytes;
  }

 private:
  static constexpr std::size_t kGivenBack = SIZE_MAX;

  const MemoryBudgetPtr budget_;
  std::atomic<std::size_t> bytes_{0};
};

/// The value, counted once for as long as anyone holds it.
template <typename T>
std::shared_ptr<const T> counted(std::shared_ptr<const T> value, const MemoryBudgetPtr& budget, std::size_t bytes) {
  struct Counted {
    Counted(std::shared_ptr<const T> v, const MemoryBudgetPtr& b, std::size_t size)
        : value(std::move(v)), share(b, size) {}
    std::shared_ptr<const T> value;
    MemoryShare share;
  };
  const auto held = std::make_shared<Counted>(std::move(value), budget, bytes);
  return {held, held->value.get()};
}

}  // namespace qamera
