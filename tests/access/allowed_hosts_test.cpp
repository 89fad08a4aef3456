#include "access/allowed_hosts.h"

#include <doctest/doctest.h>

namespace qamera::access {
namespace {

bool allows(const std::string& allowed, std::string_view host) {
  const auto hosts = AllowedHosts::parse(std::vector<std::string>{allowed});
  INFO(allowed);
  REQUIRE(hosts.ok());
  return hosts->contains(host);
}

bool is_refused(const std::string& text) {
  const auto hosts = AllowedHosts::parse(std::vector<std::string>{"mock", text});
  return !hosts.ok() && hosts.error().message.find("got \"" + text + "\"") != std::string::npos;
}

}  // namespace

TEST_CASE("allowed hosts: a name is allowed with any port, a name with a port with that one") {
  CHECK(allows("mock.internal", "Mock.Internal:4010"));
  CHECK(allows("mock:81", "mock:81"));
  CHECK_FALSE(allows("mock:81", "mock:82"));
  CHECK_FALSE(allows("mock:81", "mock"));
  CHECK_FALSE(allows("mock", "mock.example"));
  CHECK_FALSE(allows("mock", ""));
}

TEST_CASE("allowed hosts: a wildcard stands for the labels before a name, at least one") {
  CHECK(allows("*.svc", "mock.svc"));
  CHECK(allows("*.svc", "mock.team.SVC:4010"));
  CHECK_FALSE(allows("*.svc", "svc"));
  CHECK_FALSE(allows("*.svc", ".svc"));
  CHECK_FALSE(allows("*.svc", "mock.svc.evil.example"));
  CHECK_FALSE(allows("*.svc", "mocksvc"));
  CHECK(allows("*.svc:4010", "mock.svc:4010"));
  CHECK_FALSE(allows("*.svc:4010", "mock.svc:4011"));
}

TEST_CASE("allowed hosts: a range holds its addresses, in whichever form they come, and no names") {
  CHECK(allows("10.0.0.0/8", "10.255.1.2:4010"));
  CHECK_FALSE(allows("10.0.0.0/8", "11.0.0.1"));
  CHECK(allows("10.128.0.0/9", "10.128.0.1"));
  CHECK_FALSE(allows("10.128.0.0/9", "10.127.255.255"));
  CHECK(allows("192.168.7.7/16", "192.168.0.1"));
  CHECK(allows("0.0.0.0/0", "192.0.2.1"));
  CHECK_FALSE(allows("0.0.0.0/0", "[fd00::1]"));
  CHECK_FALSE(allows("0.0.0.0/0", "10.0.0.1.evil.example"));
  CHECK_FALSE(allows("0.0.0.0/0", "1"));
  CHECK(allows("10.0.0.0/8", "[::ffff:10.1.2.3]:4010"));
  CHECK(allows("10.1.2.3", "10.1.2.3:80"));
  CHECK_FALSE(allows("10.1.2.3", "10.1.2.4"));
  for (const char* range : {"fd00::/8", "[fd00::]/8"}) {
    CHECK(allows(range, "[fd12::1]:4010"));
    CHECK_FALSE(allows(range, "[fe80::1]"));
    CHECK_FALSE(allows(range, "10.0.0.1"));
  }
  CHECK(allows("fd00::1", "[FD00:0::1]:4010"));
  CHECK(allows("[fd00::1]:81", "[fd00::1]:81"));
  CHECK_FALSE(allows("[fd00::1]:81", "[fd00::1]:82"));
  CHECK(allows("::/0", "[fd00::1]"));
}

TEST_CASE("allowed hosts: what is no host is refused") {
  for (const char* text : {"",
                           "*",
                           "*svc",
                           "*.",
                           "a.*.svc",
                           "mock.*",
                           "**.svc",
                           "*.*.svc",
                           "mock/8",
                           "10.0.0.0/33",
                           "10.0.0.0/",
                           "10.0.0.0/-1",
                           "10.0.0.0/8x",
                           "10.0.0/8",
                           "10.0.0.256/8",
                           "10.0.0",
                           "10.0.0.256",
                           "1.2.3.4.5",
                           "10.0.0.0/8:4010",
                           "fd00::/129",
                           "[fd00::/8",
                           "fd00::/8]",
                           "[10.0.0.1]",
                           "[fd00::zz]:1",
                           "[]:1",
                           "http://mock",
                           "mock:",
                           "mock:port",
                           "mock:1:2",
                           "mo ck",
                           "mock,other",
                           "a..b",
                           ".mock",
                           "/8"}) {
    CAPTURE(text);
    CHECK(is_refused(text));
  }
}

}  // namespace qamera::access
