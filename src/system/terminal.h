#pragma once

#include <cstddef>
#include <string_view>

namespace qamera {

/// Whether to colour what is written there, by what `--color` says (`auto`, `always`, `never`). `auto`: on a terminal
/// that is not `dumb`, unless NO_COLOR is set to anything (no-color.org); the other two choices win over both.
bool uses_color(std::string_view choice, int descriptor);

bool is_terminal(int descriptor);

/// The width of a terminal; 80 where it does not tell one, 0 for what is no terminal.
std::size_t terminal_columns(int descriptor);

/// Escape sequences around coloured text, all empty without colours.
struct Colors {
  std::string_view good{}, odd{}, bad{}, faint{}, off{};
};
Colors colors(bool on);

}  // namespace qamera
