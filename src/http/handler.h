#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/delivery.h"
#include "http/message.h"

namespace qamera {

/// A reply body produced piece by piece: exports, server-sent events. The edge sends it with chunked coding and asks
/// for more only when the socket has taken what went before, so a slow reader costs its producer nothing.
class ReplyStream {
 public:
  enum class State {
    kMore,    ///< bytes were appended, ask again
    kIdle,    ///< nothing now; the callback given to `on_ready` is called when there is more
    kEnd,     ///< complete
    kBroken,  ///< it ends here, and is not complete: the client must not take it for whole
  };
  virtual ~ReplyStream() = default;

  /// Appends about `limit` bytes (never more than twice that) to `out`. Called by one thread at a time.
  virtual State read(std::string& out, std::size_t limit) = 0;

  /// Sets what to call, from any thread, when an idle stream may have more. Replaced by null before destruction.
  virtual void on_ready(std::function<void()> callback) = 0;

  /// An idle stream whose next piece is being made: it waits for nobody else, and is not cut when the server stops.
  virtual bool is_at_work() const { return false; }
};

class PendingReply;

struct Reply {
  Response response;
  Delivery delivery;
  std::unique_ptr<ReplyStream> stream;  ///< when set, `response.body` is empty and the stream is the body
  std::unique_ptr<PendingReply>
      pending;  ///< when set, the rest is void: the reply is asked for again until it is there
};

/// A reply that depends on what others do meanwhile. The edge asks on a timer, so waiting costs no thread.
class PendingReply {
 public:
  virtual ~PendingReply() = default;
  /// The reply, or nothing when it is not decided yet. Once the server is `stopping`, what may never come is given up;
  /// a reply that is under way may use what is left of the server's grace. May throw std::bad_alloc. By one thread.
  virtual std::optional<Reply> poll(bool stopping) = 0;
  /// Real time between two calls; above zero.
  virtual Duration interval() const = 0;
  /// Sets what to call, from any thread, when the reply is decided, so that it need not wait for the interval. Replies
  /// that nobody announces leave it. Replaced by null before destruction.
  virtual void on_decided(const std::function<void()>& /*callback*/) {}
  /// The client has closed its sending side, and may be gone altogether. Whether its reply is on its way all the same;
  /// false where it waits for others, and the connection is closed then.
  virtual bool outlasts_half_close() { return false; }
};

/// A request that the edge could not accept: malformed, too large, too slow, ambiguous.
struct Refusal {
  int status = 400;             ///< 400, 408, 413, 414, 417, 431, 501, 503 or 505
  std::string message;          ///< the `error` text for the client
  std::string reason;           ///< for `X-Qamera-Mock-Reason`
  Request request;              ///< as much as could be read; may be empty
  bool other_protocol = false;  ///< the client does not speak HTTP/1: no request of the API that went wrong
};

/// What the edge serves. Implementations are thread-safe, never block on a socket and never throw,
/// `std::bad_alloc` apart: the client is then told 503 through `refuse`.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  virtual Reply handle(Request request) = 0;
  virtual Reply refuse(Refusal refusal) = 0;
  /// The time that replies without one of their own have as their `Date`; nothing for no such field.
  virtual std::optional<Instant> date() const { return std::nullopt; }
};

}  // namespace qamera
