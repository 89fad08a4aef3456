#include <poll.h>

#include <unordered_map>

#include "base/check.h"
#include "edge/poller.h"

namespace qamera::edge {
namespace {

short poll_flags(Interest interest) {
  return static_cast<short>((interest.readable ? POLLIN : 0) | (interest.writable ? POLLOUT : 0));
}

class PollPoller : public Poller {
 public:
  bool add(int descriptor, Interest interest, Watcher& watcher) override {
    const bool is_new = places_.emplace(descriptor, polled_.size()).second;
    QM_CHECK(is_new, "descriptor is watched already");
    polled_.push_back({descriptor, poll_flags(interest), 0});
    watchers_.push_back(&watcher);
    return true;
  }

  void change(int descriptor, Interest interest, Watcher& watcher) override {
    const auto place = places_.find(descriptor);
    QM_CHECK(place != places_.end(), "descriptor is not watched");
    polled_[place->second].events = poll_flags(interest);
    watchers_[place->second] = &watcher;
  }

  void remove(int descriptor) override {
    const auto place = places_.find(descriptor);
    if (place == places_.end()) return;
    const std::size_t index = place->second;
    places_.erase(place);
    if (index + 1 != polled_.size()) {
      polled_[index] = polled_.back();
      watchers_[index] = watchers_.back();
      places_[polled_[index].fd] = index;
    }
    polled_.pop_back();
    watchers_.pop_back();
  }

  void wait(std::vector<Event>& events, std::optional<MonotonicTime> timeout) override {
    events.clear();
    int left = ::poll(polled_.data(), static_cast<nfds_t>(polled_.size()), poll_timeout(timeout));
    for (std::size_t i = 0; i < polled_.size() && left > 0; ++i) {
      const short ready = polled_[i].revents;
      if (ready == 0) continue;
      --left;
      events.push_back({watchers_[i],
                        {.readable = (ready & POLLIN) != 0,
                         .writable = (ready & POLLOUT) != 0,
                         .hung_up = (ready & (POLLHUP | POLLERR | POLLNVAL)) != 0}});
    }
  }

 private:
  std::vector<pollfd> polled_;
  std::vector<Watcher*> watchers_;
  std::unordered_map<int, std::size_t> places_;
};

}  // namespace

std::unique_ptr<Poller> make_poll_poller() { return std::make_unique<PollPoller>(); }

}  // namespace qamera::edge
