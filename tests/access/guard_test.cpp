#include <doctest/doctest.h>

#include "access/guard.h"
#include "control/served.h"

namespace qamera::access {
namespace {

control::Served served_with(ControlGuard::Options guard) {
  control::Served::Overrides overrides;
  overrides.options.control.guard = std::move(guard);
  return control::Served(std::move(overrides));
}

/// 200, 401 or 403 of a call with these headers.
int status_with(ControlGuard::Options guard, Headers headers) {
  control::Served served = served_with(std::move(guard));
  return served.control("GET", "/findings", "", std::move(headers)).response.status;
}

struct Row {
  const char* host;
  const char* origin;  ///< "" for none
  int status;
};

}  // namespace

TEST_CASE("guard: only the server's own host and origin may drive the control API") {
  const std::vector<Row> rows = {{"127.0.0.1:4010", "", 200},
                                 {"localhost:4010", "", 200},
                                 {"LOCALHOST", "", 200},
                                 {"[::1]:4010", "", 200},
                                 {"evil.example", "", 403},
                                 {"127.0.0.1.evil.example", "", 403},
                                 {"localhost.evil.example:4010", "", 403},
                                 {"[::1", "", 403},
                                 {"", "", 403},
                                 {"127.0.0.1:4010", "http://127.0.0.1:4010", 200},
                                 {"127.0.0.1:4010", "http://127.0.0.1:9999", 403},
                                 {"127.0.0.1:4010", "https://evil.example", 403},
                                 {"127.0.0.1:4010", "null", 403}};
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CAPTURE(row.origin);
    Headers headers{{"Host", row.host}};
    if (*row.origin) headers.add("Origin", row.origin);
    CHECK(status_with({}, headers) == row.status);
  }
}

TEST_CASE("guard: a page of another site is refused though it sends no origin") {
  CHECK(status_with({}, {{"Sec-Fetch-Site", "cross-site"}}) == 403);
  CHECK(status_with({}, {{"Sec-Fetch-Site", "same-site"}}) == 403);
  CHECK(status_with({}, {{"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Mode", "navigate"}}) == 403);
  CHECK(status_with({}, {{"Sec-Fetch-Site", "same-origin"}}) == 200);
  CHECK(status_with({}, {{"Sec-Fetch-Site", "none"}, {"Sec-Fetch-Mode", "navigate"}}) == 200);
}

TEST_CASE("guard: health tells anybody status and version, and the rest to those who may ask") {
  control::Served served = served_with({.token = "s3cret", .host = "0.0.0.0", .allow_hosts = {}});
  const auto members = [&](Headers headers, const char* target = "/health") {
    const Reply reply = served.control("GET", target, "", std::move(headers));
    CHECK(reply.response.status == 200);
    return control::body_of(reply).size();
  };
  CHECK(members({}) == 2);
  CHECK(members({{"Authorization", "Bearer wrong"}}) == 2);
  CHECK(members({{"Host", "10.0.0.7:4010"}, {"X-Api-Key", "nonsense"}}) == 2);
  CHECK(members({{"Origin", "http://evil.example"}}, "/health?workspace=none") == 2);
  CHECK(members({{"Authorization", "Bearer s3cret"}}) > 2);
  CHECK(served.application.workspaces().size() == 0);
  CHECK(served.control("POST", "/health", "").response.status == 401);
  CHECK(served.control("GET", "/health/", "").response.status == 401);
}

TEST_CASE("guard: a 401 names the scheme") {
  control::Served served = served_with({.token = "s3cret", .host = "0.0.0.0", .allow_hosts = {}});
  CHECK(control::header(served.control("GET", "/state"), "WWW-Authenticate") ==
        "Bearer realm=\"qamera-mock control API\"");
}

TEST_CASE("guard: allowed hosts are names with or without a port, and wildcard addresses are none") {
  const ControlGuard::Options named{
      .token = "",
      .host = "0.0.0.0",
      .allow_hosts = AllowedHosts::parse(std::vector<std::string>{"mock.internal", "other:4010"}).value()};
  CHECK(status_with(named, {{"Host", "mock.internal:4010"}}) == 200);
  CHECK(status_with(named, {{"Host", "other:4010"}}) == 200);
  CHECK(status_with(named, {{"Host", "other:4011"}}) == 403);
  CHECK(status_with(named, {{"Host", "0.0.0.0:4010"}}) == 403);
  CHECK(status_with(named, {{"Host", "localhost"}, {"Origin", "http://mock.internal"}}) == 200);
}

TEST_CASE("guard: with a token every call needs it, and then any host will do") {
  const ControlGuard::Options guard{.token = "s3cret", .host = "0.0.0.0", .allow_hosts = {}};
  CHECK(status_with(guard, {{"Host", "any.example"}, {"Authorization", "Bearer s3cret"}}) == 200);
  CHECK(status_with(guard, {{"Host", "any.example"}, {"Authorization", "bearer s3cret"}}) == 200);
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret2", "Basic s3cret", "s3cret"}) {
    CAPTURE(wrong);
    CHECK(status_with(guard, {{"Authorization", wrong}}) == 401);
  }
  CHECK(status_with(guard, {{"Host", "localhost"}, {"Authorization", "Bearer s3cret"}, {"Origin", "http://x"}}) == 403);
}

TEST_CASE("guard: what is refused is not done, and no token is told") {
  control::Served::Overrides overrides;
  overrides.options.control.guard.token = "s3cret";
  bool stopped = false;
  overrides.options.control.shut_down = [&stopped] { stopped = true; };
  control::Served served(std::move(overrides));
  const Reply refused = served.control("POST", "/shutdown", "", {{"Authorization", "Bearer nearly-s3cret"}});
  CHECK(refused.response.status == 401);
  CHECK(refused.response.body.find("s3cret") == std::string::npos);
  CHECK_FALSE(stopped);
  CHECK(served.control("POST", "/shutdown", "", {{"Authorization", "Bearer s3cret"}}).response.status == 200);
  CHECK(stopped);
}

TEST_CASE("guard: texts are compared whole") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", ""));
  CHECK_FALSE(equal_in_constant_time("", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abcabc"));
  CHECK_FALSE(equal_in_constant_time("abcabc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abd", "abc"));
}

}  // namespace qamera::access
