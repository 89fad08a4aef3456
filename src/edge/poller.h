#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"

namespace qamera::edge {

/// What a descriptor is ready for.
struct Readiness {
  bool readable = false;
  bool writable = false;
  bool hung_up = false;  ///< both directions are dead; reported whether asked for or not
};

struct Interest {
  bool readable = false;
  bool writable = false;
  bool operator==(const Interest&) const = default;
};

/// Waits for descriptors to become ready, level-triggered: what stays ready is reported again, so that a connection may
/// read once a round and leave the rest, and none starves the others. Two implementations, since epoll is Linux's
/// alone. One thread only.
class Poller {
 public:
  /// Whoever watches a descriptor; not owned.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void on_ready(Readiness readiness) = 0;
  };
  struct Event {
    Watcher* watcher = nullptr;
    Readiness readiness;
  };

  virtual ~Poller() = default;
  /// False when the system refuses to watch one more.
  virtual bool add(int descriptor, Interest interest, Watcher& watcher) = 0;
  virtual void change(int descriptor, Interest interest, Watcher& watcher) = 0;
  /// Must be called before the descriptor is closed.
  virtual void remove(int descriptor) = 0;
  /// Replaces `events` by what is ready; waits at most `timeout`, without end if there is none.
  virtual void wait(std::vector<Event>& events, std::optional<MonotonicTime> timeout) = 0;
};

#ifdef __linux__
std::unique_ptr<Poller> make_epoll_poller();
#endif
std::unique_ptr<Poller> make_poll_poller();
/// epoll on Linux unless built with QAMERA_POLL, poll(2) elsewhere.
std::unique_ptr<Poller> make_poller();

/// Whole milliseconds, rounded up so that a wait never ends just before its deadline; -1 for none.
int poll_timeout(std::optional<MonotonicTime> timeout);

}  // namespace qamera::edge
