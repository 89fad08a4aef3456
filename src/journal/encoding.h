#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qamera::journal {

std::string base64_encode(std::string_view bytes);

/// RFC 4648 with padding; nothing when malformed.
std::optional<std::string> base64_decode(std::string_view text);

/// The same as others write it: with or without padding, over several lines, in the alphabet for URLs.
std::optional<std::string> base64_decode_any(std::string_view text);

}  // namespace qamera::journal
