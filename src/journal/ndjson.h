#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <string_view>

#include "journal/entry.h"

namespace qamera::journal {

struct NdjsonReading {
  std::uint64_t lines = 0;    ///< read, empty ones included
  std::uint64_t entries = 0;  ///< handed over
  std::uint64_t skipped = 0;  ///< torn lines
};

/// The longest line read, bytes: an entry of the default limits is far below.
inline constexpr std::size_t kMaxNdjsonLine = 64u << 20;

/// Reads a recording line by line, in constant memory, and hands each entry over with its line number (from 1);
/// what `each` refuses ends the reading with that error. A torn last line (no newline, no JSON), and one that a
/// later process closed with CAN, are skipped and told to `on_warning`. Any other bad line is an error whose
/// message begins with "NAME line 17: ". Empty lines are passed over.
Result<NdjsonReading> read_ndjson(std::istream& in, std::string_view name,
                                  const std::function<Result<void>(Entry entry, std::uint64_t line)>& each,
                                  const std::function<void(const std::string&)>& on_warning);

}  // namespace qamera::journal
