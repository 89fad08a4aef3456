#pragma once

#include <cstddef>
#include <string_view>

#include "http/message.h"

/// What a request for a file says of the copy that its client has (RFC 9110, sections 13 and 14).
namespace qamera::http {

/// Whether `If-None-Match` names the file. Compared weakly, as for every GET.
bool is_known(const Headers& headers, std::string_view etag);

/// Whether `If-Match` asks for another file than the one that there is.
bool is_outdated(const Headers& headers, std::string_view etag);

/// Which bytes of a file are asked for.
struct Range {
  enum class Kind { kWhole, kPart, kUnsatisfiable };
  Kind kind = Kind::kWhole;
  std::size_t first = 0;   ///< of a part
  std::size_t length = 0;  ///< of a part; above zero
};

/// Of a GET of a file of `size` bytes, by `Range` and `If-Range`. What is malformed, of another unit, of another file
/// or of several parts asks for the whole, as the RFC allows. `etag` is a strong one.
Range requested_range(const Headers& headers, std::string_view etag, std::size_t size);

}  // namespace qamera::http
