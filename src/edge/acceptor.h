#pragma once

#include <functional>

#include "edge/loop.h"
#include "edge/socket.h"
#include "system/log.h"

namespace qamera::edge {

/// Takes new connections off a listening socket, on a loop's thread. An own one, since cpp-httplib's accept
/// loop blocks a thread, gives up for good on ECONNABORTED, spins when descriptors run out and hides why an
/// address was refused.
class Acceptor : private Poller::Watcher, private TimerClient {
 public:
  struct Hooks {
    std::function<bool()> has_room;  ///< whether one more connection may be taken
    std::function<void(Accepted)> deliver;
  };
  Acceptor(Loop& loop, Descriptor listening, Hooks hooks, const Log& log);
  ~Acceptor() override;

  /// The methods below: on the loop's thread only, or while it does not run.
  void open();
  /// A connection has ended: there may be room again.
  void on_room();
  void close();

 private:
  void on_ready(Readiness readiness) override;
  void on_deadline(MonotonicTime now) override;
  AcceptOutcome take();
  void pause();
  void resume();

  Loop& loop_;
  Descriptor listening_;
  Hooks hooks_;
  const Log& log_;
  bool paused_ = false;
  bool exhausted_ = false;  ///< said so once, until a connection could be taken again
};

}  // namespace qamera::edge
