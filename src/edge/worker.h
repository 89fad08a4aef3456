#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "edge/connection.h"

namespace qamera::edge {

/// A thread with its loop and the connections it owns. A connection never changes its worker, so that nothing of it is
/// ever touched by two threads and none of it is locked.
class Worker : private ConnectionHost, private TimerClient {
 public:
  /// `options`, `handler` must outlive the worker. `on_closed` is called on this thread after each
  /// connection's end, and must not throw.
  Worker(const ServerOptions& options, RequestHandler& handler, std::function<void()> on_closed);
  /// Must have stopped.
  ~Worker() override;

  void start();
  /// Thread-safe. Closes the connection when the worker has stopped.
  void adopt(Accepted accepted);
  /// Thread-safe. Ends the thread once no connection is left, or after `grace`.
  void stop(Duration grace);
  void join();

  Loop& loop() override { return loop_; }

 private:
  const ServerOptions& options() const override { return options_; }
  RequestHandler& handler() override { return handler_; }
  std::span<char> scratch() override { return scratch_; }
  bool stopping() const override { return stopping_; }
  void retire(std::uint64_t id) override;
  std::function<void()> signal_to(std::uint64_t id) override;
  void on_deadline(MonotonicTime now) override;

  void open(Accepted accepted);
  void begin_stop(Duration grace);
  void close_all();
  void after_round();

  const ServerOptions& options_;
  RequestHandler& handler_;
  std::function<void()> on_closed_;
  Loop loop_;
  std::vector<char> scratch_;
  bool stopping_ = false;
  std::uint64_t next_id_ = 1;
  /// Maps of nodes, which go from one to the other without memory: a connection may close for want of it.
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::map<std::uint64_t, std::unique_ptr<Connection>> retired_;
  std::thread thread_;
};

}  // namespace qamera::edge
