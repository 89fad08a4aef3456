#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/handler.h"
#include "http/message.h"

namespace qamera::http {

/// Sizes beyond which a request is refused while it is still arriving, so that no client makes the server
/// hold more.
struct FramingLimits {
  std::size_t request_line = 16u << 10;    ///< bytes without the line end; 414
  std::size_t head = 64u << 10;            ///< bytes of all lines of the head; 431
  std::size_t header_count = 100;          ///< 431
  std::size_t body = 1u << 20;             ///< decoded bytes; 413
  std::size_t multipart_body = 16u << 20;  ///< the same for multipart/form-data
  std::string_view trusted_prefix{};       ///< targets below which `trusted_body` holds; "" for none
  std::size_t trusted_body = 64u << 20;    ///< the same for those: whole states are restored there
  std::size_t chunk_line = 256;            ///< a chunk's size with its extensions; 400
  std::size_t trailers = 8u << 10;         ///< 431
};

/// How large the body of this request may be.
std::size_t body_limit(const FramingLimits& limits, const Request& request);

/// A request whose extent on the wire is known beyond doubt.
struct FramedRequest {
  Request request;         ///< `path` and `query` are not derived yet
  bool keep_alive = true;  ///< the client is content to send another request on this connection
  bool http_1_0 = false;   ///< chunked coding is not understood
};

/// What a client is told whose request there is no memory for.
Refusal out_of_memory();

/// Finds where one request ends (RFC 9112), strictly: what two readers could take for different requests is
/// refused. Fed piece by piece; keeps no byte it has not been given leave to keep. One object frames one
/// request at a time and is reused for the next. Not thread-safe.
class RequestFraming {
 public:
  enum class State { kHead, kBody, kComplete, kRefused };

  /// `limits` must outlive this object.
  explicit RequestFraming(const FramingLimits& limits) : limits_(limits), chunked_(limits) {}

  /// Takes bytes from the front of `input` until the request is complete or refused, or `input` is used up.
  /// Returns how many were taken; a line whose end has not arrived is not taken, so the caller offers it
  /// again with what follows.
  std::size_t advance(std::string_view input);

  State state() const { return state_; }
  /// True once a byte of the present request was seen, line ends before it apart.
  bool started() const { return started_; }
  /// Whether the client waits for `100 Continue` before it sends the body. True once a request.
  bool take_expectation();

  /// Valid in state kComplete. Makes this object ready for the next request.
  FramedRequest take_request();
  /// Valid in state kRefused, or with `status` 408 in any state. This object is spent afterwards.
  Refusal take_refusal();
  /// Puts this object in state kRefused, as when a deadline passes. The first refusal stands.
  void refuse(int status, std::string message, std::string reason);
  /// The same after `std::bad_alloc`, from `advance` above all; lets go of the body first.
  void refuse_for_memory();

 private:
  bool take_line(std::string_view line);
  void head_line_pending(std::string_view part);
  void parse_request_line(std::string_view line);
  void parse_version(std::string_view version);
  void parse_header(std::string_view line);
  void finish_head();
  void check_host();
  void take_authority(std::string_view authority);
  void read_transfer_coding();
  std::optional<std::uint64_t> read_content_length();
  void read_expectation();
  void read_connection_options();
  std::size_t advance_body(std::string_view input);
  void refuse_body_size();

  const FramingLimits& limits_;
  State state_ = State::kHead;
  bool started_ = false;
  bool has_request_line_ = false;
  bool expects_continue_ = false;
  std::size_t head_bytes_ = 0;
  std::size_t scanned_ = 0;  ///< bytes of the pending line known to hold no line end
  std::size_t body_limit_ = 0;
  std::uint64_t body_left_ = 0;
  bool is_chunked_ = false;
  ChunkedDecoder chunked_;
  FramedRequest framed_;
  Refusal refusal_;
};

}  // namespace qamera::http
