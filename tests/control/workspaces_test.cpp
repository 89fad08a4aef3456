#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::control {
namespace {

std::string available(Served& served) {
  return body_of(served.control("GET", "/credits", "", {{"X-Api-Key", std::string(kKey)}}))["available"].dump();
}

}  // namespace

TEST_CASE("workspaces: the key in X-Api-Key may be the one whose workspace is made") {
  Served served;
  const Headers mine{{"X-Api-Key", std::string(kKey)}};
  const std::string body = R"({"key": ")" + std::string(kKey) + R"(", "credits": 3})";
  const Reply made = served.control("POST", "/workspaces", body, mine);
  CHECK(made.response.status == 201);
  CHECK(available(served) == "3");
  CHECK(served.control("POST", "/workspaces", body, mine).response.status == 409);
  const std::string id = body_of(made)["id"].get<std::string>();
  CHECK(served
            .control("POST", "/workspaces/" + id + "/fork", R"({"key": "mk_live_test.two"})",
                     {{"X-Api-Key", "mk_live_test.two"}})
            .response.status == 201);
}

TEST_CASE("workspaces: a new clock is the scenario's, the server's options over it, the call's over both") {
  Served::Overrides overrides;
  overrides.options.workspaces.clock_mode = sim::ClockMode::kManual;
  overrides.options.workspaces.speed = 7;
  Served served(std::move(overrides));
  const auto clock_of = [&](std::string_view clock) {
    const std::string body = R"({"scenario": {"name": "s", "clock": {"start": "2020-01-01T00:00:00Z", "speed": 3}})" +
                             std::string(clock) + "}";
    const Json made = body_of(served.control("POST", "/workspaces", body));
    return body_of(served.control("GET", "/clock?workspace=" + made["id"].get<std::string>()));
  };
  const auto shown_clock = [](const Json& clock) {
    return clock["mode"].get<std::string>() + " " + clock["now"].get<std::string>() + " " + clock["speed"].dump();
  };
  CHECK(shown_clock(clock_of("")) == "manual 2020-01-01T00:00:00.000Z 7.0");
  CHECK(shown_clock(clock_of(R"(, "clock": {})")) == "manual 2020-01-01T00:00:00.000Z 7.0");
  CHECK(shown_clock(clock_of(R"(, "clock": {"speed": 2})")) == "manual 2020-01-01T00:00:00.000Z 2.0");
  CHECK(shown_clock(clock_of(R"(, "clock": {"mode": "real", "start": "2021-01-01T00:00:00Z"})")) ==
        "real 2021-01-01T00:00:00.000Z 7.0");
}

}  // namespace qamera::control
