#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/message.h"
#include "http/request_framing.h"

namespace qamera::http {

/// Sizes beyond which a reply is taken for broken.
struct ResponseLimits {
  std::size_t head = 256u << 10;             ///< bytes of all lines of one head
  std::size_t body = std::size_t{64} << 20;  ///< bytes with the transfer coding undone
};

/// Finds where another server's reply ends (RFC 9112, section 6), fed piece by piece. Interim replies (1xx) are passed
/// over. Fields keep their order, spelling and values; those about the connection are left out. Not thread-safe.
class ResponseFraming {
 public:
  enum class State { kHead, kBody, kComplete, kBroken };

  explicit ResponseFraming(bool to_head, ResponseLimits limits = {});

  /// Takes what belongs to the reply from the front of `input`; returns how much that was.
  std::size_t advance(std::string_view input);
  /// No byte will follow. Completes a body that lasts until the connection ends, breaks anything else unfinished.
  void finish();

  State state() const { return state_; }
  bool ended() const { return state_ == State::kComplete || state_ == State::kBroken; }
  /// True once a byte was given.
  bool started() const { return started_; }
  /// Valid in state kBroken: what is wrong, in words.
  const std::string& problem() const { return problem_; }
  /// Valid in state kComplete: whether the connection can carry another request.
  bool keep_alive() const { return keep_alive_; }
  /// Valid in state kComplete, once.
  Response take_response();

 private:
  enum class Extent { kNone, kLength, kChunked, kUntilClose };

  std::size_t advance_head(std::string_view input);
  std::size_t advance_body(std::string_view input);
  std::size_t advance_chunked(std::string_view input);
  void read_head();
  bool read_status_line(std::string_view line);
  bool read_field(std::string_view line);
  void begin_body();
  std::optional<std::uint64_t> read_length();
  void break_off(std::string problem);

  const bool to_head_;
  const ResponseLimits limits_;
  FramingLimits chunk_limits_;
  ChunkedDecoder chunked_;
  State state_ = State::kHead;
  Extent extent_ = Extent::kNone;
  bool started_ = false;
  bool keep_alive_ = true;
  std::size_t interim_ = 0;  ///< bytes of interim replies, which count as the head's
  std::string pending_;      ///< of the head, or of a line of the chunked coding
  std::uint64_t left_ = 0;
  std::string transfer_coding_;
  std::string connection_;
  Response response_;
  std::string problem_;
};

}  // namespace qamera::http
