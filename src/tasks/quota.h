#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>

namespace qamera::tasks {

/// How many of something may be open at a time. Must outlive its shares. Thread-safe.
class Quota {
 public:
  explicit Quota(std::size_t most) : most_(most) {}

  struct GiveBack {
    void operator()(Quota* quota) const { --quota->taken_; }
  };
  /// One of those that may be open, as long as it is held.
  using Share = std::unique_ptr<Quota, GiveBack>;

  /// Null when all are taken.
  Share take() {
    if (taken_.fetch_add(1) < most_) return Share(this);
    --taken_;
    return nullptr;
  }
  std::size_t most() const { return most_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace qamera::tasks
