#pragma once

#include <cstddef>
#include <string_view>

namespace qamera {

/// Writes to a pipe or terminal whose reader may have stopped reading for good (Ctrl-S, a harness that forgot about
/// stderr), which must hold up neither serving nor the end. Each piece waits at most so many milliseconds until there
/// is room. How much was written; less than all where there was none. What has no reader left takes everything.
std::size_t write_within(int descriptor, std::string_view text, int milliseconds) noexcept;

}  // namespace qamera
