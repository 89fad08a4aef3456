#include "edge/timers.h"

namespace qamera::edge {

void Timers::set(TimerClient& client, MonotonicTime deadline) {
  client.deadline_ = deadline;
  if (client.place_ == TimerClient::kAbsent) {
    heap_.push_back({deadline, &client});
    client.place_ = heap_.size() - 1;
    sift_up(client.place_);
  } else if (deadline < heap_[client.place_].at) {
    heap_[client.place_].at = deadline;
    sift_up(client.place_);
  }
}

void Timers::clear(TimerClient& client) { client.deadline_.reset(); }

void Timers::forget(TimerClient& client) {
  client.deadline_.reset();
  if (client.place_ != TimerClient::kAbsent) remove_at(client.place_);
}

std::optional<MonotonicTime> Timers::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().at;
}

void Timers::run(MonotonicTime now) {
  while (!heap_.empty() && heap_.front().at <= now) {
    TimerClient& client = *heap_.front().client;
    if (client.deadline_ && *client.deadline_ > now) {
      heap_.front().at = *client.deadline_;
      sift_down(0);
      continue;
    }
    const bool due = client.deadline_.has_value();
    forget(client);
    if (due) client.on_deadline(now);
  }
}

void Timers::place(std::size_t index, Entry entry) {
  heap_[index] = entry;
  entry.client->place_ = index;
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
  heap_[index].client->place_ = TimerClient::kAbsent;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  place(index, last);
  sift_up(index);
  sift_down(last.client->place_);
}

}  // namespace qamera::edge
