#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qamera::journal {

/// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// The longest length up to `limit` that does not cut a UTF-8 sequence in two. For other text simply `limit`.
std::size_t whole_characters(std::string_view text, std::size_t limit);

std::string base64_encode(std::string_view bytes);

/// RFC 4648 with padding; nothing when malformed.
std::optional<std::string> base64_decode(std::string_view text);

/// As `append_json_string` of base, faster for text that needs few escapes.
void append_json_text(std::string& out, std::string_view text);

}  // namespace qamera::journal
