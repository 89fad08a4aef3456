#pragma once

#include <cstddef>
#include <string_view>

namespace qamera {

/// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// The longest length up to `limit` that does not cut a UTF-8 sequence in two. For other text simply `limit`.
std::size_t whole_characters(std::string_view text, std::size_t limit);

}  // namespace qamera
