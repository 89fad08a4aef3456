#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qamera::http {

/// Of an Accept-Encoding field, the codings that `decode_content` can undo; "identity" when none is left. A server that
/// is asked with it sends nothing that cannot be read here.
std::string readable_codings(std::string_view accept_encoding);

/// Undoes one content coding (gzip or deflate). Nothing when the coding is another one, the body is broken, or more
/// than `most` bytes would come of it.
std::optional<std::string> decode_content(std::string_view coding, std::string_view body, std::size_t max);

}  // namespace qamera::http
