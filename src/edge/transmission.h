#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "http/delivery.h"
#include "http/message.h"
#include "http/reply_head.h"

namespace qamera::edge {

/// How fast bytes leave: `step` of them at once and then again each `every`. A step of 0 means all at once.
struct Pace {
  std::size_t step = 0;
  MonotonicTime every{0};
  bool immediate() const { return step == 0; }
};

struct Segment {
  std::string bytes;
  Pace pace;
  std::shared_ptr<const std::string> shared{};  ///< in place of `bytes`

  std::string_view view() const { return shared ? std::string_view(*shared) : std::string_view(bytes); }
};

/// How a reply ends once all of its bytes are sent.
enum class End {
  kKeepAlive,  ///< the connection is ready for the next request
  kClose,      ///< FIN
  kReset,      ///< RST
  kHang,       ///< nothing more, until the client leaves
};

/// A reply as the wire shows it: delays, throttling and faults are all expressed in these terms, and in no
/// others, so that whatever sends it has no notion of a fault.
///
/// Why no library writes these bytes: a library writes correct replies, and half of the faults are replies that are
/// not: a length that is never reached, a chunk size that is no number, noise in place of a status line.
struct Transmission {
  Duration delay{0};  ///< before the first segment
  std::vector<Segment> segments;
  End end = End::kKeepAlive;
  bool stream_follows = false;  ///< the reply's stream is sent after the segments
  bool stream_chunked = false;  ///< ... with chunked coding
  Pace stream_pace;
};

/// Turns a reply into a transmission. With `has_stream` the response has no body of its own. A fault that
/// acts on the body of a streamed reply acts on what `response.body` holds: the caller puts the stream's
/// first bytes there (see `needs_body`).
Transmission compile(Response response, const Delivery& delivery, const http::ReplyForm& form, bool has_stream);

/// Whether the fault acts on bytes of the body, so that a stream must be read before `compile`.
bool needs_body(const std::optional<Fault>& fault);

/// The wire form of one chunk of a stream; none for empty `bytes`, which would end the body.
std::string encode_chunk(std::string bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// `count` bytes of noise: the same for the same seed, never beginning like a status line.
std::string noise(std::size_t count, std::uint64_t seed);

}  // namespace qamera::edge
