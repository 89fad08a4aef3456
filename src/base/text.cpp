#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace qamera {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

}  // namespace

std::size_t sequence_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char first = byte(i);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if (!is_continuation(text[i + k])) return 0;
  }
  const unsigned char second = byte(i + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
      (first == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return length;
}

bool same_but_for_case(std::string_view a, std::string_view b) {
  constexpr unsigned kCase = 'a' ^ 'A';
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    const unsigned letter = static_cast<unsigned char>(a[i]) | kCase;
    if (letter != (static_cast<unsigned char>(b[i]) | kCase) || letter < 'a' || letter > 'z') return false;
  }
  return true;
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    std::uint64_t block = 0;
    if (i + sizeof block <= text.size()) {
      std::memcpy(&block, text.data() + i, sizeof block);
      if ((block & 0x8080808080808080ULL) == 0) {
        i += sizeof block;
        continue;
      }
    }
    const std::size_t length = sequence_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::size_t whole_characters(std::string_view text, std::size_t limit) {
  if (limit >= text.size()) return text.size();
  std::size_t start = limit;
  for (int back = 0; back < 3 && start > 0 && is_continuation(text[start]); ++back) --start;
  return sequence_length(text, start) > limit - start ? start : limit;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  return std::string(text.substr(0, whole_characters(text, limit))) + "...";
}

std::string without_controls(std::string text, char replacement) {
  std::replace_if(text.begin(), text.end(), is_control, replacement);
  return text;
}

void append_hex(std::string& out, std::uint64_t value, int digits) {
  out.resize(out.size() + static_cast<std::size_t>(digits));
  write_hex(out.data() + out.size() - digits, value, digits);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text, 0);
    // U+0080 to U+009F are control characters too: 0x9b is what ESC [ is.
    const bool is_c1 = length == 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
    // So are those that end lines (U+2028 and U+2029) or turn the direction (U+202A to U+202E, U+2066 to U+2069).
    const auto last = static_cast<unsigned char>(length == 3 ? text[2] : 0);
    const bool is_turn = (text.starts_with("\xE2\x80") && last >= 0xA8 && last <= 0xAE) ||
                         (text.starts_with("\xE2\x81") && last >= 0xA6 && last <= 0xA9);
    const std::size_t taken = std::max<std::size_t>(length, 1);
    if (length == 0 || is_c1 || is_turn || is_control(text[0])) {
      for (char c : text.substr(0, taken)) append_hex(out.append("\\x"), static_cast<unsigned char>(c), 2);
    } else {
      out.append(text, 0, taken);
    }
    text.remove_prefix(taken);
  }
  return out;
}

}  // namespace qamera
