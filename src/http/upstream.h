#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "http/content_coding.h"
#include "http/message.h"

namespace qamera {

/// What became of a request that was sent on to another server.
struct UpstreamOutcome {
  enum class Kind : std::uint8_t {
    kReplied,
    kUnreachable,  ///< no connection: name, address, TLS
    kTimedOut,     ///< connected or queued, but no whole reply in time
    kBroken,       ///< the connection ended early, or what came is no reply
    kBusy,         ///< as many exchanges as may be were under way, until the time was over
    kLooping,      ///< the request has been sent on by this server before
  };
  Kind kind = Kind::kReplied;
  /// The reply as it was sent, `relayed` set; transfer codings are undone, content codings are not.
  Response response;
  /// The body with its content coding undone, where that differs and could be done.
  std::optional<std::string> decoded_body;
  http::BodyState body_state = http::BodyState::kReadable;  ///< whether its coding could be undone
  std::string problem;                                      ///< what failed, "" when replied
};

/// The outcome of a reply that came whole. Bodies that would be larger than 16 MiB are not unpacked.
UpstreamOutcome replied(Response response);

/// The server behind this one. Implementations are thread-safe.
class Upstream {
 public:
  using Done = std::function<void(UpstreamOutcome)>;
  virtual ~Upstream() = default;

  /// Sends the request on: method, target, body and fields, except those that belong to one connection. Never blocks.
  /// `done` is called exactly once, from another thread; it must not throw.
  virtual void send(Request request, Done done) = 0;
};

}  // namespace qamera
