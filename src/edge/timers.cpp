#include "edge/timers.h"

#include <utility>

namespace qamera::edge {

void Timers::set(Timed& timed, Steady deadline) {
  timed.deadline_ = deadline;
  if (timed.place_ == Timed::kAbsent) {
    heap_.push_back({deadline, &timed});
    timed.place_ = heap_.size() - 1;
    sift_up(timed.place_);
  } else if (deadline < heap_[timed.place_].at) {
    heap_[timed.place_].at = deadline;
    sift_up(timed.place_);
  }
}

void Timers::clear(Timed& timed) { timed.deadline_.reset(); }

void Timers::forget(Timed& timed) {
  timed.deadline_.reset();
  if (timed.place_ != Timed::kAbsent) remove_at(timed.place_);
}

std::optional<Steady> Timers::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at;
}

void Timers::run(Steady now) {
  while (!heap_.empty() && heap_.front().at <= now) {
    Timed& timed = *heap_.front().timed;
    if (timed.deadline_ && *timed.deadline_ > now) {
      heap_.front().at = *timed.deadline_;
      sift_down(0);
      continue;
    }
    const bool due = timed.deadline_.has_value();
    forget(timed);
    if (due) timed.on_deadline(now);
  }
}

void Timers::place(std::size_t index, Entry entry) {
  heap_[index] = entry;
  entry.timed->place_ = index;
}

void Timers::sift_up(std::size_t index) {
  const Entry entry = heap_[index];
  while (index > 0 && entry.at < heap_[(index - 1) / 2].at) {
    place(index, heap_[(index - 1) / 2]);
    index = (index - 1) / 2;
  }
  place(index, entry);
}

void Timers::sift_down(std::size_t index) {
  const Entry entry = heap_[index];
  for (std::size_t child = 2 * index + 1; child < heap_.size(); child = 2 * index + 1) {
    if (child + 1 < heap_.size() && heap_[child + 1].at < heap_[child].at) ++child;
    if (!(heap_[child].at < entry.at)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, entry);
}

void Timers::remove_at(std::size_t index) {
  heap_[index].timed->place_ = Timed::kAbsent;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  place(index, last);
  sift_up(index);
  sift_down(last.timed->place_);
}

}  // namespace qamera::edge
