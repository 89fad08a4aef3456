#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::control {

TEST_CASE("script: rules are listed as they are now: what is due on the timeline has happened") {
  Served::Overrides overrides;
  overrides.options.workspaces.clock_mode = sim::ClockMode::kReal;
  Served served(std::move(overrides));
  served.workspace_of(R"("timeline": [{"at": "1s", "set": {"state": "late"}}])");
  const Headers mine{{"X-Api-Key", std::string(kKey)}};
  CHECK(body_of(served.control("GET", "/rules", "", mine))["state"] != "late");
  served.time.now += std::chrono::seconds(1);
  CHECK(body_of(served.control("GET", "/rules", "", mine))["state"] == "late");
}

TEST_CASE("script: rules added without a key are for workspaces to come as well, until they are deleted") {
  Served served;
  served.workspace_of("\"seed\": 1");
  const std::string rules = R"({"rules": [{"name": "first", "respond": {"status": 503}},
                                          {"name": "second", "respond": {"status": 500}}]})";
  CHECK(body_of(served.control("POST", "/rules", rules))["added"].size() == 2);
  CHECK(served.ask("GET", "/api/external/models", "", {{"X-Api-Key", "mk_live_new.one"}}).response.status == 503);
  CHECK(body_of(served.control("GET", "/rules"))["default"].size() == 2);
  CHECK(body_of(served.control("DELETE", "/rules/first"))["removed"] == 3);
  CHECK(served.ask("GET", "/api/external/models", "", {{"X-Api-Key", "mk_live_new.one"}}).response.status == 500);
  CHECK(served.control("DELETE", "/rules/first").response.status == 404);
  CHECK(body_of(served.control("DELETE", "/rules"))["removed"] == 2);
  CHECK(body_of(served.control("GET", "/rules"))["default"].empty());
  CHECK(served.ask("GET", "/api/external/models", "", {{"X-Api-Key", "mk_live_new.one"}}).response.status == 200);
}

TEST_CASE("rules: the bound holds over all calls, and a call beyond it adds nothing") {
  Served served;
  std::string six_thousand = R"({"rules": [{"throttle": 1})";
  for (int i = 1; i < 6'000; ++i) six_thousand += R"(,{"throttle": 1})";
  six_thousand += "]}";
  CHECK(served.control("POST", "/rules", six_thousand).response.status == 201);
  const Reply refused = served.control("POST", "/rules", six_thousand);
  CHECK(refused.response.status == 400);
  CHECK(refused.response.body.find("at most 10000 rules in all, and there are 6000") != std::string::npos);
  CHECK(served.control("POST", "/rules", R"({"throttle": 1})").response.status == 201);
}

}  // namespace qamera::control
