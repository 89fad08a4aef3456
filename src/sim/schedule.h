#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "base/cow.h"
#include "base/kinds.h"
#include "base/time.h"

namespace qamera::sim {

/// Where a record of a workspace stands.
struct RecordPlace {
  Collection collection = Collection::kImages;
  std::size_t index = 0;

  bool operator==(const RecordPlace&) const = default;
};

/// One thing that the clock will make happen: the end of a job, or a step of the timeline.
struct ScheduledEvent {
  Instant at;
  std::uint64_t order = 0;  ///< in which it was scheduled; unique among those of one instant
  RecordPlace record{};     ///< whose job
  std::uint32_t step = 0;   ///< of the timeline
  bool is_job = false;

  std::pair<Instant, std::uint64_t> key() const { return {at, order}; }
};

/// What is to happen, by instant, then by order: the reason why a clock that jumps a day fires what a clock that ticks
/// through it does. A heap, and not the standard library's queue, from which nothing can be cancelled: scheduling and
/// taking cost the logarithm of what is scheduled at most, and no allocation each. Copies share until the first change.
class Schedule {
 public:
  /// REQUIRES: nothing is scheduled under the same key.
  void add(const ScheduledEvent& due);
  /// REQUIRES: something is scheduled under that key.
  void cancel(Instant at, std::uint64_t order);
  /// Makes sure that `cancel` takes no memory, and that `add` takes none for what `take_next` gave last, until this is
  /// copied.
  void prepare() { heap_.edit(); }
  /// Forgets what was scheduled after that order.
  void drop_after(std::uint64_t order) noexcept;
  std::size_t size() const { return heap_ ? heap_->size() - cancelled_.size() : 0; }
  bool empty() const { return !heap_ || heap_->empty(); }
  /// The memory it takes, in bytes, about.
  std::size_t bytes() const { return heap_ ? (heap_->size() + cancelled_.size()) * sizeof(ScheduledEvent) : 0; }
  /// What is next. REQUIRES: `!empty()`.
  const ScheduledEvent& next() const { return heap_->front(); }
  ScheduledEvent take_next();

 private:
  template <typename Unwanted>
  void drop(Unwanted is_unwanted);
  void drop_cancelled();
  void pop();

  Cow<std::vector<ScheduledEvent>> heap_;  ///< the first is never one of `cancelled_`
  std::set<std::pair<Instant, std::uint64_t>> cancelled_;
};

}  // namespace qamera::sim
