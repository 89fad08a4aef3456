#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "http/handler.h"
#include "http/request_framing.h"
#include "system/log.h"

namespace qamera {

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< a name, an IPv4 or an IPv6 address ("::1" or "[::1]")
  int port = 4010;                 ///< 0: any free one
  int threads = 0;                 ///< event loops; 0: one a processor, at most 4
  http::FramingLimits limits{};
  std::size_t max_connections = 20'000;               ///< further clients wait in the system's queue
  std::size_t reserved_descriptors = 0;               ///< never given to clients, who wait instead
  std::size_t lingering_bytes = 64u << 20;            ///< read and dropped after a refusal, so that the client reads it
  Duration head_deadline = std::chrono::seconds(10);  ///< from the first byte of a request to the end of its head
  Duration body_deadline = std::chrono::seconds(60);  ///< from there to the end of the body
  Duration idle_deadline = std::chrono::seconds(75);  ///< a kept-alive connection without a request
  Duration write_deadline = std::chrono::seconds(120);  ///< a client that takes no byte of its reply
  Duration linger_deadline = std::chrono::seconds(10);  ///< after our last byte, for the client to close
  const TimeSource* time = nullptr;                     ///< null: `system_time()`; must outlive the server
  std::atomic<std::size_t>* connections = nullptr;      ///< where open connections are counted; null: with the server
};

/// Serves a `RequestHandler` over HTTP/1.1 and HTTP/1.0. A few threads, each an event loop that owns its
/// connections outright; the handler is called on them and must not wait. Malformed and ambiguous requests go
/// to `refuse`.
class Server {
 public:
  /// Listens and serves at once. `handler` and `log` must outlive the server. Errors: kIo, when the address
  /// cannot be had. Raises the process's soft limit of open files towards what `max_connections` needs.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, RequestHandler& handler, const Log& log);
  /// Stops with no grace.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string url() const;  ///< "http://127.0.0.1:4010"
  std::size_t connections() const;

  /// Accepts no more, finishes what is open, closes the rest: requests that have arrived whole are answered,
  /// delayed replies included, within `grace`; idle streams are ended, stalled replies dropped. Returns when
  /// that is done. `grace` is real time as `time` tells it. Thread-safe and idempotent; not from within the handler.
  void stop(Duration grace);
  /// Returns once the server has stopped.
  void wait();
  /// Makes every loop look at its clock again, for a `TimeSource` that is moved by hand.
  void poke();

 private:
  class Implementation;
  explicit Server(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace qamera
