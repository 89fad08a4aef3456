#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"

namespace qamera {

/// Reads JSON of the sort that clients mostly send, several times faster than the library: strings without `\u`, whole
/// numbers of at most 18 digits, nesting within `kMaxJsonDepth`. Nothing when the text is anything else or no JSON at
/// all: then it is for the library to read, or to say what is wrong. What is returned is what the library returns.
std::optional<Json> read_plain_json(std::string_view text);

}  // namespace qamera
