#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

/// Content codings (RFC 9110, section 8.4), where a client or a service writes its bodies in one.
namespace qamera::http {

/// What is known of a body, its content codings undone; and so whether it can be judged.
enum class BodyState : std::uint8_t {
  kReadable,
  kBrokenCoding,       ///< it is not what its Content-Encoding says
  kFields,             ///< of a recording: not the text, but the fields that were in it
  kUnsupportedCoding,  ///< nobody here can undo it
  kTooLarge,           ///< more would come of it than may be held
  kCut,                ///< of a recording: only its beginning is there
  kNotRecorded,        ///< there was one, as far as is known
};

/// Whether there is something to hold against a schema, be it that nothing can be read.
constexpr bool is_judged(BodyState state) {
  return state == BodyState::kReadable || state == BodyState::kBrokenCoding || state == BodyState::kFields;
}

struct DecodedContent {
  BodyState state = BodyState::kReadable;
  std::optional<std::string> body{};  ///< where codings were undone
};

/// Of an Accept-Encoding field, the codings that `decode_content` can undo; "identity" when none is left. A server that
/// is asked with it sends nothing that cannot be read here.
std::string readable_codings(std::string_view accept_encoding);

/// The codings of a body in the order in which they were applied, of each Content-Encoding field, "identity" left out:
/// "gzip, br". "" for none.
std::string content_codings(const Headers& headers);

/// Whether each of these codings is gzip or deflate, which every HTTP server knows.
bool are_common(std::string_view codings);

/// Undoes content codings: gzip, deflate and, where the library is there, br. Nothing larger than `max` bytes is held
/// on the way. An empty body is in no coding.
DecodedContent decode_content(std::string_view codings, std::string_view body, std::size_t max);

}  // namespace qamera::http
