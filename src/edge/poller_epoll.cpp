#include "edge/poller.h"

#ifdef __linux__

#include <sys/epoll.h>

#include <array>

#include "base/check.h"
#include "edge/socket.h"

namespace qamera::edge {
namespace {

class EpollPoller : public Poller {
 public:
  EpollPoller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) { QM_CHECK(epoll_.open(), "epoll_create1 failed"); }

  bool add(int descriptor, Interest interest, Watcher& watcher) override {
    return control(EPOLL_CTL_ADD, descriptor, interest, &watcher);
  }

  void change(int descriptor, Interest interest, Watcher& watcher) override {
    QM_CHECK(control(EPOLL_CTL_MOD, descriptor, interest, &watcher), "descriptor is not watched");
  }

  void remove(int descriptor) override { control(EPOLL_CTL_DEL, descriptor, {}, nullptr); }

  void wait(std::vector<Event>& events, std::optional<MonotonicTime> timeout) override {
    events.clear();
    const int count = ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()), poll_timeout(timeout));
    for (int i = 0; i < count; ++i) {
      const epoll_event& ready = ready_[static_cast<std::size_t>(i)];
      events.push_back({static_cast<Watcher*>(ready.data.ptr),
                        {.readable = (ready.events & EPOLLIN) != 0,
                         .writable = (ready.events & EPOLLOUT) != 0,
                         .hung_up = (ready.events & (EPOLLHUP | EPOLLERR)) != 0}});
    }
  }

 private:
  bool control(int operation, int descriptor, Interest interest, Watcher* watcher) {
    epoll_event event{};
    if (interest.readable) event.events |= EPOLLIN;
    if (interest.writable) event.events |= EPOLLOUT;
    event.data.ptr = watcher;
    return ::epoll_ctl(epoll_.get(), operation, descriptor, &event) == 0;
  }

  Descriptor epoll_;
  std::array<epoll_event, 256> ready_{};
};

}  // namespace

std::unique_ptr<Poller> make_epoll_poller() { return std::make_unique<EpollPoller>(); }

}  // namespace qamera::edge

#endif
