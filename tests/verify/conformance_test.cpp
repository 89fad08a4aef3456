#include "verify/conformance.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "verify/scripted_target.h"

namespace qamera::verify {
namespace {

const contract::Contract& shared_contract() {
  static const contract::Contract contract;
  return contract;
}

std::string planned(double budget, double image_price = 0) {
  ConformanceOptions options;
  options.max_credits = budget;
  options.prices[static_cast<std::size_t>(RecordKind::kImage)] = image_price;
  std::string out;
  for (const PlannedJob& job : spending_plan(options)) {
    out += std::string(name_of(*job.operation->kind)) + "=" + credits_text(job.max_credits) + " ";
  }
  return out;
}

}  // namespace

TEST_CASE("conformance: the plan fits the budget at the dearest documented price") {
  CHECK(planned(0) == "");
  CHECK(planned(9) == "");
  CHECK(planned(25) == "model=10 scenery=10 ");
  CHECK(planned(45) == "model=10 scenery=10 packshot=10 video=10 ");
  CHECK(planned(85) == "model=10 scenery=10 image=30 packshot=10 video=10 reel=15 ");
  CHECK(planned(25, 5) == "model=10 scenery=10 image=5 ");
}

TEST_CASE("conformance: a run that may not spend sends nothing that could create") {
  ScriptedTarget target([](const Request&) { return json_response(401, R"({"error":"Invalid API key."})"); });
  VirtualPace pace;
  const auto report = verify_target({}, shared_contract(), target, pace, nullptr);
  REQUIRE(report.ok());
  CHECK_FALSE(report->conforms());
  for (const Request& request : target.seen) {
    if (request.method != "POST") continue;
    const auto* operation = contract::find_operation(contract::route("POST", request.path).operation->name);
    const auto body = parse_json(request.body);
    const bool names_nothing_real = request.body.find("qamera-mock-none") != std::string::npos;
    const bool refused = !body.ok() || shared_contract().check_request(*operation, *body).has_value();
    CAPTURE(request.body);
    CHECK((refused || names_nothing_real));
  }
}

TEST_CASE("conformance: a target that reserves more than documented is not asked for more than the budget") {
  int registered = 0;
  ScriptedTarget target([&](const Request& request) {
    const auto* operation = contract::route(request.method, request.path).operation;
    const auto body = parse_json(request.body);
    const bool registers = operation != nullptr && operation->action == contract::Action::kRegister && body.ok() &&
                           body->contains("preferences") && (*body)["preferences"].is_string();
    if (!registers) return json_response(500, R"({"error":"x"})");
    ++registered;
    return json_response(200, R"({"createdRecordIds":["r1"],"batchId":"b","orderId":"o","reservationId":"r",)"
                              R"("creditsReserved":95})");
  });
  VirtualPace pace;
  ConformanceOptions options;
  options.max_credits = 100;
  options.timeout = Duration(5'000);
  const auto report = verify_target(options, shared_contract(), target, pace, nullptr);
  REQUIRE(report.ok());
  CHECK(registered == 1);
  CHECK(report->reserved == 95);
}

TEST_CASE("conformance: 429 is waited out with growing pauses, or as long as the target says") {
  int refusals = 3;
  ScriptedTarget target([&](const Request&) {
    Response response = json_response(refusals > 0 ? 429 : 500, R"({"error":"x"})");
    if (refusals == 1) response.headers.add("Retry-After", "7");
    --refusals;
    return response;
  });
  VirtualPace pace;
  REQUIRE(verify_target({}, shared_contract(), target, pace, nullptr).ok());
  CHECK(pace.waits == std::vector<Duration>{Duration(1'000), Duration(2'000), Duration(7'000)});
}

TEST_CASE("conformance: requests keep their distance in time") {
  ScriptedTarget target([](const Request&) { return json_response(500, R"({"error":"x"})"); });
  VirtualPace pace;
  ConformanceOptions options;
  options.session.requests_per_second = 2;
  const auto report = verify_target(options, shared_contract(), target, pace, nullptr);
  REQUIRE(report.ok());
  CHECK(pace.time == Duration(500) * static_cast<std::int64_t>(report->requests - 1));
}

TEST_CASE("conformance: a target that cannot be reached is no departure") {
  ScriptedTarget target([](const Request&) -> Result<Response> { return Error{ErrorCode::kIo, "cannot connect", ""}; });
  VirtualPace pace;
  const auto report = verify_target({}, shared_contract(), target, pace, nullptr);
  REQUIRE_FALSE(report.ok());
  CHECK(report.error().message == "cannot connect");
  CHECK(target.seen.size() == 1);
}

TEST_CASE("conformance: reports escape what the target sent") {
  ConformanceReport report;
  report.target = "http://t";
  CheckResult check;
  check.name = "a <b> & \"c\"";
  check.add(departure_of(nullptr, "/x", "e", "\x1b[31m</failure>"));
  report.checks.push_back(check);
  const std::string junit = to_junit(report);
  CHECK(junit.find("a &lt;b&gt; &amp; &quot;c&quot;") != std::string::npos);
  CHECK(junit.find("?[31m&lt;/failure&gt;") != std::string::npos);
  CHECK(to_text(report).find('\x1b') == std::string::npos);
  CHECK(to_json(report)["departures"].size() == 1);
}

}  // namespace qamera::verify
