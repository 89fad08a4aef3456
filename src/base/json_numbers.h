#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qamera {

// The JSON library reads a number with a point or an exponent as the nearest double, so that 20.0000000000000001 is 20
// to it, and 9007199254740993.0 is 9007199254740992. A count, a price or a pattern is judged by what was written.

/// The text of a JSON document with numbers that are read as what they are: a whole one of at most 64 bits that a
/// double would round is written as an integer, and one whose fraction a double would lose as the nearest double that
/// has a fraction. Nothing when there is no such number. `text` must be a document that `parse_json` accepts.
std::optional<std::string> with_exact_numbers(std::string_view text);

/// `shown`, what is said of the value at `pointer`: where that is a number as it was read (1.8446744073709552e+19), the
/// digits that `text` has there, at most 60 of them.
std::string number_as_written(std::string shown, std::string_view text, std::string_view pointer);

/// The same of an error whose message ends in "got <number>".
Error as_written(Error error, std::string_view text);

}  // namespace qamera
