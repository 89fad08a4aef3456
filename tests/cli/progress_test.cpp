#include "cli/progress.h"

#include <doctest/doctest.h>

namespace qamera::cli {

TEST_CASE("progress: the time left is that of the present rate") {
  CHECK(time_left(Duration(10'000), 0.25) == "about 30 s left at this rate");
  CHECK(time_left(Duration(60'000), 0.1) == "about 9 min left at this rate");
  CHECK(time_left(Duration(3'600'000), 0.25) == "about 3 h left at this rate");
  CHECK(time_left(Duration(10'000), 0) == "");
  CHECK(time_left(Duration(10'000), 1) == "");
}

}  // namespace qamera::cli
