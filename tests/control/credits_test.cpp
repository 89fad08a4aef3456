#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::control {
namespace {

std::string available(Served& served) {
  return body_of(served.control("GET", "/credits", "", {{"X-Api-Key", std::string(kKey)}}))["available"].dump();
}

}  // namespace

TEST_CASE("credits: a grant is judged by the account as it is now, not as it was when last asked") {
  Served::Overrides overrides;
  overrides.options.workspaces.clock_mode = sim::ClockMode::kReal;
  Served served(std::move(overrides));
  served.workspace_of(R"("credits": {"available": 0}, "timeline": [{"at": "1s", "set": {"credits": 1000}}])");
  served.time.now += std::chrono::seconds(2);
  const std::string body = "{\"grant\": " + std::to_string(sim::kMaxCredits) + "}";
  CHECK(located(served.control("PATCH", "/credits", body)).starts_with("400 /grant: an account holds at most"));
  CHECK(available(served) == "1000");
  CHECK(served.control("PATCH", "/credits", R"({"grant": 5})").response.status == 200);
  CHECK(available(served) == "1005");
}

TEST_CASE("credits: without a key every account is changed, or none when one cannot follow") {
  Served served;
  served.workspace_of(R"("credits": {"available": 10})");
  served.workspace_of(R"("credits": {"available": 999999999999999})", "mk_live_other.one");
  const Json sums = body_of(served.control("GET", "/credits"));
  CHECK(sums["available"] == 1'000'000'000'000'009);
  CHECK(sums["workspaces"].size() == 2);
  CHECK(served.control("PATCH", "/credits", R"({"grant": 2})").response.status == 400);
  CHECK(available(served) == "10");
}

}  // namespace qamera::control
