#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/json.h"

namespace qamera {

/// The ASCII that stands for itself in a JSON string.
inline constexpr std::array<bool, 256> kPlainAscii = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

/// Reads JSON of the sort that clients mostly send, several times faster than the library: strings without `\u`, whole
/// numbers of at most 18 digits, nesting within `kMaxJsonDepth`. Nothing when the text is anything else or no JSON at
/// all: then it is for the library to read, or to say what is wrong. What is returned is what the library returns.
std::optional<Json> read_plain_json(std::string_view text);

}  // namespace qamera
