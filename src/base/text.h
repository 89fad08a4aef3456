#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace qamera {

/// The same for texts of one length.
bool same_but_for_case(std::string_view a, std::string_view b);

/// ASCII letters of either case are equal; all other bytes are themselves.
inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_but_for_case(a, b);
}

/// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// Length of the character that starts at `text[i]`, 0 when it is malformed.
std::size_t sequence_length(std::string_view text, std::size_t i);

/// The longest length up to `limit` that does not cut a UTF-8 sequence in two. For other text simply `limit`.
std::size_t whole_characters(std::string_view text, std::size_t limit);

/// "1 request", "2 requests".
std::string counted(std::uint64_t number, std::string_view noun);

/// `text` cut to `limit` bytes, at a whole character, and "..." behind it when it is longer.
std::string shortened(std::string_view text, std::size_t limit = 120);

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The value of a hexadecimal digit of either case, -1 for any other byte.
constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// ASCII letters, digits, `-` and `_`: what names and ids of ours consist of.
constexpr bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
}

/// An ASCII control character, a tab included.
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Each control character replaced, so that text of a client can neither forge a line nor drive a terminal.
std::string without_controls(std::string text, char replacement = '?');

/// The lowest `digits` hexadecimal digits of `value`, lower case, to where there is room for them.
constexpr void write_hex(char* to, std::uint64_t value, int digits) {
  for (char* at = to + digits; at != to; value >>= 4) *--at = "0123456789abcdef"[value & 0xF];
}

/// The last `digits` hexadecimal digits of a number, lower case.
void append_hex(std::string& out, std::uint64_t value, int digits);

/// `text` for a line that a person reads: control characters, which would let a client forge lines or drive a terminal,
/// and bytes that are no UTF-8 are shown as `\xNN`.
std::string printable(std::string_view text);

/// The elements with `separator` between them: texts as they are, numbers in decimal. `shown` turns any other element
/// into one of those.
template <typename Range, typename Shown = std::identity>
std::string joined(const Range& range, std::string_view separator, Shown shown = {}) {
  std::string out;
  bool first = true;
  for (const auto& element : range) {
    if (!std::exchange(first, false)) out += separator;
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(std::invoke(shown, element))>>) {
      out += std::to_string(std::invoke(shown, element));
    } else {
      out += std::invoke(shown, element);
    }
  }
  return out;
}

}  // namespace qamera
