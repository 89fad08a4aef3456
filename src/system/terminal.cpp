#include "system/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace qamera {

bool uses_color(std::string_view choice, int descriptor) {
  if (choice != "auto") return choice == "always";
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal && std::string_view(terminal) == "dumb";
  return !(refused && *refused) && !is_dumb && is_terminal(descriptor);
}

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

std::size_t terminal_columns(int descriptor) {
  constexpr std::size_t kUsual = 80;
  if (!is_terminal(descriptor)) return 0;
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

Colors colors(bool on) { return on ? Colors{"\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[2m", "\x1b[0m"} : Colors{}; }

}  // namespace qamera
