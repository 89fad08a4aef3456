#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::control {

TEST_CASE("state: a workspace is given one") {
  Served served;
  served.workspace_of("\"seed\": 1");
  Json all = body_of(served.control("GET", "/state"));
  CHECK(served.control("PUT", "/state", dump_json(all)).response.status == 200);
  all["workspaces"].push_back(all["workspaces"][0]);
  const std::string told = located(served.control("PUT", "/state", dump_json(all)));
  CHECK(told.starts_with("400 /workspaces/1/state: the workspace"));
}

TEST_CASE("state: one that was saved restores what was changed since, in the workspace it is given to") {
  Served served;
  served.workspace_of(R"("fixture": "docs-examples", "credits": {"available": 50}, "clock": {"mode": "manual"})");
  const Headers mine{{"X-Api-Key", std::string(kKey)}};
  const std::string state = served.control("GET", "/state", "", mine).response.body;
  REQUIRE(served.control("PATCH", "/credits", R"({"available": 1})", mine).response.status == 200);
  CHECK(served.control("GET", "/state", "", mine).response.body != state);
  REQUIRE(served.control("PUT", "/state", state, mine).response.status == 200);
  CHECK(served.control("GET", "/state", "", mine).response.body == state);
}

}  // namespace qamera::control
