#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qamera {

/// ASCII letters of either case are equal; all other bytes are themselves.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// Length of the character that starts at `text[i]`, 0 when it is malformed.
std::size_t sequence_length(std::string_view text, std::size_t i);

/// The longest length up to `limit` that does not cut a UTF-8 sequence in two. For other text simply `limit`.
std::size_t whole_characters(std::string_view text, std::size_t limit);

/// `text` for a line that a person reads: control characters, which would let a client forge lines or drive a terminal,
/// are shown as `\xNN`.
std::string printable(std::string_view text);

}  // namespace qamera
