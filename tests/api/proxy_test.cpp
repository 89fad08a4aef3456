// The proxy beside the simulator: what both check, they check alike.

#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::api {

using namespace control;
namespace {

constexpr std::string_view kRegister = "/api/external/models/register-ideas";
constexpr std::string_view kModels = "/api/external/models";

/// Replies at once with an empty listing, and counts.
class EmptyUpstream final : public Upstream {
 public:
  void send(Request, Done done) override {
    ++asked;
    UpstreamOutcome outcome;
    outcome.response.relayed = true;
    outcome.response.headers.add("Content-Type", "application/json");
    outcome.response.body = R"({"models":[],"count":0})";
    done(std::move(outcome));
  }

  int asked = 0;
};

Served::Overrides options(bool strict, Upstream* upstream = nullptr) {
  Served::Overrides made;
  made.options.strict = strict;
  made.options.proxy.upstream = upstream;
  made.options.proxy.upstream_url = "http://upstream";
  return made;
}

Reply ask(Served& served, std::string_view method, std::string_view target, std::string_view body = "") {
  Reply reply = served.ask(method, target, body);
  if (!reply.pending) return reply;
  auto decided = reply.pending->poll(true);
  REQUIRE(decided.has_value());
  return *std::move(decided);
}

}  // namespace

TEST_CASE("proxy: what no rule answers is the upstream's reply, and its exchange is kept") {
  EmptyUpstream upstream;
  Served served(options(false, &upstream));
  const Reply reply = ask(served, "GET", kModels);
  CHECK(reply.response.body == R"({"models":[],"count":0})");
  CHECK(reply.response.headers.size() == 1);
  const auto entry = served.journal.find("req_000001");
  REQUIRE(entry != nullptr);
  CHECK(entry->upstream == "http://upstream");
  CHECK(entry->reason == "relayed");
  CHECK(entry->operation == "listModels");
  CHECK(upstream.asked == 1);
}

TEST_CASE("proxy: strictness refuses what the simulator's refuses, with the same words") {
  for (const auto& [method, target, body] :
       {std::tuple{"GET", "/api/external/models?colour=red", ""}, std::tuple{"POST", kRegister.data(), "{nonsense"},
        std::tuple{"POST", kRegister.data(), R"({"count": 0, "odd": 1})"},
        std::tuple{"POST", "/api/external/presets", "--b\r\n"}}) {
    CAPTURE(target);
    CAPTURE(body);
    Served simulated(options(true));
    EmptyUpstream upstream;
    Served relaying(options(true, &upstream));
    const Reply expected = ask(simulated, method, target, body);
    REQUIRE(expected.response.status == 400);
    const Reply refused = ask(relaying, method, target, body);
    CHECK(shown(refused) == shown(expected));
    CHECK(header(refused, "X-Qamera-Mock-Reason") == header(expected, "X-Qamera-Mock-Reason"));
    CHECK(upstream.asked == 0);
  }
}

TEST_CASE(
    "proxy: more requests than documented are a finding, strict or not, and no request outside the documentation") {
  for (const bool strict : {false, true}) {
    CAPTURE(strict);
    EmptyUpstream upstream;
    Served::Overrides made = options(strict, &upstream);
    made.options.workspaces.clock_mode = sim::ClockMode::kReal;
    Served served(std::move(made));
    constexpr int kDocumented = 60;
    for (int i = 0; i <= kDocumented; ++i) CHECK(ask(served, "GET", kModels).response.status == 200);
    CHECK(upstream.asked == kDocumented + 1);
    const auto last = served.journal.find("req_000061");
    REQUIRE(last != nullptr);
    REQUIRE(last->findings.size() == 1);
    CHECK(last->findings[0].kind == finding_kind::kRateLimitExceeded);
  }
}

TEST_CASE("proxy: a rule's reply has the same fields as the simulator's, whatever the path takes") {
  constexpr std::string_view kRules =
      R"("rules": [{"name": "busy", "when": {"path": "*"}, "respond": {"status": 503, "body": {"error": "x"}}}])";
  Served simulated(options(false));
  EmptyUpstream upstream;
  Served relaying(options(false, &upstream));
  for (Served* served : {&simulated, &relaying}) {
    served->workspace_of(R"("fixture": "docs-examples", )" + std::string(kRules));
    const Reply reply = ask(*served, "DELETE", kModels);
    CHECK(shown(reply) == "503 x");
    CHECK(reply.response.headers.find("Allow") == nullptr);
  }
  CHECK(upstream.asked == 0);
}

}  // namespace qamera::api
