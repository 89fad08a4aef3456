#include "verify/markdown.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "verify/conformance.h"
#include "verify/scripted_target.h"

namespace qamera::verify {
namespace {

ConformanceReport report_on(const std::string& body, int status = 200) {
  static const contract::Contract contract;
  ScriptedTarget target([&](const Request&) { return json_response(status, body); });
  VirtualPace pace;
  ConformanceOptions options;
  options.session.key = "no-form-at-all";
  auto report = verify_target(options, contract, target, pace, nullptr);
  REQUIRE(report.ok());
  report->target = "http://t";
  return *report;
}

}  // namespace

TEST_CASE("markdown: a departure has source, request without its key, reply, expected and seen") {
  const std::string text = to_markdown(report_on(R"({"products":[],"count":3,"echo":"no-form-at-all ``` </b>"})"));
  CHECK(text.find("### `listProducts`: `/body/count`\n\n- expected: `0, the length of 'products'`\n- seen: `3`\n"
                  "- stated in: `examples.txt`\n- found by: `listProducts: the listing`") != std::string::npos);
  CHECK(text.find("curl -i -X GET 'http://t/api/external/products' \\\n  -H 'X-Api-Key: ***'") != std::string::npos);
  CHECK(text.find("````\nHTTP 200\nContent-Type: application/json\n\n{\"products\"") != std::string::npos);
  CHECK(text.find("no-form-at-all") == std::string::npos);
  CHECK(text.find("- when: 20") != std::string::npos);
}

TEST_CASE("markdown: one departure is told once, however many checks come upon it") {
  const auto report = report_on(R"({"models":[],"count":0,"extra":1})");
  const auto facts = facts_of(report);
  const auto extra = std::find_if(facts.begin(), facts.end(), [](const Fact& fact) {
    return fact.departure.operation == "listModels" && fact.departure.pointer == "/body/extra";
  });
  REQUIRE(extra != facts.end());
  CHECK(extra->checks.size() == 3);
  const std::string text = to_text(report);
  const std::string line = "listModels response /body/extra";
  CHECK(text.find(line) != std::string::npos);
  CHECK(text.find(line, text.find(line) + 1) == std::string::npos);
  CHECK(report.departures() == facts.size());
}

TEST_CASE("markdown: a wrong status is one departure, and members that a right one would have are none") {
  const auto report = report_on(R"({"error":"Oops."})", 200);
  for (const Fact& fact : facts_of(report)) {
    if (fact.departure.operation != "registerModels") continue;
    CHECK(fact.departure.pointer == "/status");
  }
}

}  // namespace qamera::verify
