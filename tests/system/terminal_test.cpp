#include "system/terminal.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>

namespace qamera {

TEST_CASE("terminal: a pipe is none, and is coloured on demand alone") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  CHECK_FALSE(is_terminal(ends[1]));
  CHECK(terminal_columns(ends[1]) == 0);
  CHECK_FALSE(uses_color("auto", ends[1]));
  CHECK(uses_color("always", ends[1]));
  CHECK_FALSE(uses_color("never", ends[1]));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("terminal: without colours nothing stands around a text") {
  CHECK(colors(true).bad == "\x1b[31m");
  CHECK(colors(false).bad.empty());
  CHECK(colors(false).off.empty());
}

}  // namespace qamera
