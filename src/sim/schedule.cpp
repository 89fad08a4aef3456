#include "sim/schedule.h"

#include <algorithm>
#include <new>
#include <utility>

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
  auto& heap = heap_.edit();
  QM_CHECK(!empty(), "what is cancelled was scheduled");
  try {
    const bool noted = cancelled_.emplace(at, order).second;
    QM_CHECK(noted, "what is cancelled was scheduled");
  } catch (const std::bad_alloc&) {
    // What cannot be noted is looked for.
    return drop([key = std::pair(at, order)](const ScheduledEvent& due) { return due.key() == key; });
  }
  // What lies within the heap is forgotten when its turn comes, or together with others when they are the most.
  if (cancelled_.size() * 2 > heap.size()) {
    drop([&](const ScheduledEvent& due) { return cancelled_.contains(due.key()); });
    cancelled_.clear();
  }
  drop_cancelled();
}

template <typename Unwanted>
void Schedule::drop(Unwanted is_unwanted) {
  auto& heap = heap_.edit();
  std::erase_if(heap, is_unwanted);
  std::make_heap(heap.begin(), heap.end(), later);
  drop_cancelled();
}

void Schedule::drop_after(std::uint64_t order) noexcept {
  drop([&](const ScheduledEvent& due) { return due.order > order; });
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
