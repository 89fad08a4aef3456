#include "sim/schedule.h"

#include <algorithm>

#include "base/check.h"

namespace qamera::sim {
namespace {

/// The standard heap has its greatest element first.
bool later(const ScheduledEvent& a, const ScheduledEvent& b) { return a.key() > b.key(); }

}  // namespace

void Schedule::add(const ScheduledEvent& due) {
  heap_.push_back(due);
  std::push_heap(heap_.begin(), heap_.end(), later);
}

void Schedule::cancel(Instant at, std::uint64_t order) {
  const bool noted = cancelled_.emplace(at, order).second;
  QM_CHECK(noted && !heap_.empty(), "what is cancelled was scheduled");
  // What lies within the heap is forgotten when its turn comes, or together with others when they are the most.
  if (cancelled_.size() * 2 > heap_.size()) {
    std::erase_if(heap_, [&](const ScheduledEvent& due) { return cancelled_.contains(due.key()); });
    std::make_heap(heap_.begin(), heap_.end(), later);
    cancelled_.clear();
  }
  drop_cancelled();
}

ScheduledEvent Schedule::take_next() {
  const ScheduledEvent next = heap_.front();
  pop();
  drop_cancelled();
  return next;
}

void Schedule::drop_cancelled() {
  while (!cancelled_.empty() && !heap_.empty() && cancelled_.erase(heap_.front().key()) > 0) pop();
}

void Schedule::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  heap_.pop_back();
}

}  // namespace qamera::sim
