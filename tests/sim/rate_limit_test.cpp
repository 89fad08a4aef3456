#include "sim/rate_limit.h"

#include <doctest/doctest.h>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

Instant at(std::int64_t milliseconds) { return kManualStart + Duration(milliseconds); }

RateLimit limit_of(std::int64_t requests, RateMode mode) { return {requests, Duration(60'000), mode}; }

}  // namespace

TEST_CASE("rate limit: exactly 60 requests are within 60 seconds") {
  for (RateMode mode : {RateMode::kObserve, RateMode::kEnforce}) {
    const RateLimit limit = limit_of(60, mode);
    RateWindow window;
    for (int i = 0; i < 60; ++i) CHECK(window.admit(limit, at(i)));
    CHECK_FALSE(window.admit(limit, at(60)));
    CHECK(window.times().size() == 60);
  }
}

TEST_CASE("rate limit: a request leaves the window at the instant it is as old as the window") {
  const RateLimit limit = limit_of(2, RateMode::kEnforce);
  RateWindow window;
  CHECK(window.admit(limit, at(0)));
  CHECK(window.admit(limit, at(30'000)));
  CHECK_FALSE(window.admit(limit, at(59'999)));
  CHECK(window.admit(limit, at(60'000)));
  CHECK_FALSE(window.admit(limit, at(89'999)));
  CHECK(window.admit(limit, at(90'000)));
}

TEST_CASE("rate limit: enforced, a refused request does not count") {
  const RateLimit limit = limit_of(1, RateMode::kEnforce);
  RateWindow window;
  CHECK(window.admit(limit, at(0)));
  for (int second = 1; second < 60; ++second) CHECK_FALSE(window.admit(limit, at(second * 1'000)));
  CHECK(window.free_at(limit) == at(60'000));
  CHECK(window.admit(limit, at(60'000)));
}

TEST_CASE("rate limit: observed, what goes beyond counts, for the service would have seen it") {
  const RateLimit limit = limit_of(1, RateMode::kObserve);
  RateWindow window;
  CHECK(window.admit(limit, at(0)));
  CHECK_FALSE(window.admit(limit, at(59'000)));
  CHECK_FALSE(window.admit(limit, at(60'000)));
  CHECK(window.admit(limit, at(120'000)));
  CHECK(window.times().size() == 1);
}

TEST_CASE("rate limit: a window with room is free at once") {
  const RateLimit limit = limit_of(2, RateMode::kEnforce);
  RateWindow window;
  CHECK(window.free_at(limit) == Instant());
  CHECK(window.admit(limit, at(0)));
  CHECK(window.free_at(limit) == Instant());
  CHECK(window.admit(limit, at(5)));
  CHECK(window.free_at(limit) == at(60'000));
}

TEST_CASE("rate limit: each key has its own, on virtual time") {
  Workspace w = workspace_of(R"("rateLimit": {"requests": 2, "window": "10s"})");
  CHECK(w.scenario().rate_limit.mode == RateMode::kEnforce);
  CHECK(w.retry_after("a") == Duration(0));
  CHECK(w.admit("a"));
  CHECK(w.retry_after("a") == Duration(0));
  CHECK(w.admit("a"));
  CHECK_FALSE(w.admit("a"));
  CHECK(w.admit("b"));
  elapse(w, Duration(4'000));
  CHECK(w.retry_after("a") == Duration(6'000));
  elapse(w, Duration(6'000));
  CHECK(w.retry_after("a") == Duration(0));
  CHECK(w.admit("a"));
}

TEST_CASE("rate limit: a scenario that says nothing observes the documented one, and off counts nothing") {
  Workspace documented = workspace_of("");
  for (int i = 0; i < 60; ++i) CHECK(documented.admit("a"));
  CHECK_FALSE(documented.admit("a"));
  CHECK(documented.scenario().rate_limit.mode == RateMode::kObserve);
  Workspace off = workspace_of(R"("rateLimit": {"requests": 1, "mode": "off"})");
  for (int i = 0; i < 10; ++i) CHECK(off.admit("a"));
  CHECK(off.retry_after("a") == Duration(0));
}

}  // namespace qamera::sim
