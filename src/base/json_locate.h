#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/json.h"

namespace qamera {

// People mistype scenario files, and need the line. The JSON library tells positions of syntax errors alone, and keeps
// none of a value that is well formed but wrong; this finds the line by walking the text again, only when there is an
// error.

TextPosition position_of(std::string_view text, std::size_t offset);

/// Where the value at `pointer` begins in `text`, a document that `parse_json` accepts; nothing when there is none.
std::optional<std::size_t> value_offset(std::string_view text, std::string_view pointer);

/// An error that names the line and column of the byte at `offset`: `line 3, column 7: <what>`.
Error located_error(std::string_view text, std::size_t offset, std::string_view what);

}  // namespace qamera
