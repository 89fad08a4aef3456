#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::control {

TEST_CASE("clock: of all clocks none moves when one has passed the target by itself") {
  Served served;
  served.workspace_of(R"("clock": {"mode": "manual", "start": "2020-01-01T00:00:00Z"})");
  const Headers mine{{"X-Api-Key", std::string(kKey)}};
  const std::string other = served.workspace_of(R"("clock": {"start": "2026-01-01T00:00:00Z"})", "mk_live_other.one");
  REQUIRE(served.control("PUT", "/clock", R"({"mode": "real"})", {{"X-Api-Key", other}}).response.status == 200);
  served.time.now = std::chrono::seconds(10);
  const Reply reply = served.control("POST", "/clock/advance", R"({"to": "2026-01-01T00:00:05Z"})");
  CHECK(located(reply).starts_with("400 /to: the clock cannot go back"));
  CHECK(body_of(served.control("GET", "/clock", "", mine))["now"] == "2020-01-01T00:00:00.000Z");
}

}  // namespace qamera::control
