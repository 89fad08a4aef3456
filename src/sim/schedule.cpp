#include "sim/schedule.h"

#include <algorithm>

#include "base/check.h"

namespace qamera::sim {
namespace {

/// The standard heap has its greatest element first.
bool later(const ScheduledEvent& a, const ScheduledEvent& b) { return a.key() > b.key(); }

}  // namespace

void Schedule::add(const ScheduledEvent& due) {
  auto& heap = heap_.edit();
  heap.push_back(due);
  std::push_heap(heap.begin(), heap.end(), later);
}

void Schedule::cancel(Instant at, std::uint64_t order) {
  const bool noted = cancelled_.emplace(at, order).second;
  QM_CHECK(noted && !empty(), "what is cancelled was scheduled");
  // What lies within the heap is forgotten when its turn comes, or together with others when they are the most.
  if (auto& heap = heap_.edit(); cancelled_.size() * 2 > heap.size()) {
    std::erase_if(heap, [&](const ScheduledEvent& due) { return cancelled_.contains(due.key()); });
    std::make_heap(heap.begin(), heap.end(), later);
    cancelled_.clear();
  }
  drop_cancelled();
}

ScheduledEvent Schedule::take_next() {
  const ScheduledEvent next = this->next();
  pop();
  drop_cancelled();
  return next;
}

void Schedule::drop_cancelled() {
  while (!cancelled_.empty() && !empty() && cancelled_.erase(next().key()) > 0) pop();
}

void Schedule::pop() {
  auto& heap = heap_.edit();
  std::pop_heap(heap.begin(), heap.end(), later);
  heap.pop_back();
}

}  // namespace qamera::sim
