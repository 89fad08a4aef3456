#pragma once

#include <string>
#include <string_view>

namespace qamera {

/// `text` for a line that a person reads: control characters, which would let a client forge lines or drive a terminal,
/// are shown as `\xNN`.
std::string printable(std::string_view text);

}  // namespace qamera
