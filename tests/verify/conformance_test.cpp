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
    constexpr const char* kAsked[] = {"", ">", "?", "<"};
    out += std::string(name_of(*job.operation->kind)) + kAsked[static_cast<int>(job.asked)] + "=" +
           credits_text(job.max_credits) + " ";
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

TEST_CASE("conformance: with more left than one record of each takes, the bounds and the default of count are tried") {
  const std::string singles = "model=10 scenery=10 image=30 packshot=10 video=10 reel=15 ";
  CHECK(planned(184) == singles);
  CHECK(planned(185) == singles + "model?=100 ");
  // What must be refused is asked where it would fit, and takes nothing from what follows.
  CHECK(planned(295) == singles + "model>=210 scenery>=210 model?=100 scenery?=100 ");
  CHECK(planned(2185) == singles +
                             "model>=210 scenery>=210 image>=630 packshot>=510 model?=100 scenery?=100 image?=300 "
                             "packshot?=100 model<=200 scenery<=200 image<=600 packshot<=500 ");
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

namespace {

const std::string kEmptyListing = R"({"models":[],"count":0})";

/// What a run with a budget makes of registrations of models, of which `listing` is shown at each time; every other
/// request gets 500.
CheckResult check_of_models(std::string_view name, const std::function<Response(const Json& body)>& registers,
                            double budget = 1000, const std::string& listing = kEmptyListing) {
  ScriptedTarget target([&](const Request& request) {
    if (request.path == "/api/external/models" && request.method == "GET") return json_response(200, listing);
    const auto body = parse_json(request.body);
    const bool asks = request.path == "/api/external/models/register-ideas" && body.ok() && body->is_object() &&
                      body->contains("preferences") && (*body)["preferences"].is_string();
    return asks ? registers(*body) : json_response(500, R"({"error":"x"})");
  });
  VirtualPace pace;
  ConformanceOptions options;
  options.max_credits = budget;
  options.timeout = Duration(1'000);
  const auto report = verify_target(options, shared_contract(), target, pace, nullptr);
  REQUIRE(report.ok());
  CHECK(report->reserved <= budget);
  for (const CheckResult& check : report->checks) {
    if (check.name == name) return check;
  }
  FAIL("there is no such check");
  return {};
}

Response made(int first, int count) {
  Json ids = Json::array();
  for (int i = 0; i < count; ++i) ids.push_back("r" + std::to_string(first + i));
  const std::string tail = std::to_string(first);
  return json_response(200, dump_json(Json{{"createdRecordIds", ids},
                                           {"batchId", "b" + tail},
                                           {"orderId", "o" + tail},
                                           {"reservationId", "v" + tail},
                                           {"creditsReserved", 10 * count}}));
}

}  // namespace

TEST_CASE("conformance: a service that takes one record too many departs, and what it took is counted") {
  int next = 0;
  const auto takes_all = [&](const Json& body) {
    const int count = body.value("count", 10);
    return made(next += 100, count);
  };
  CHECK(check_of_models("registerModels: refuses count 21", takes_all).outcome == Outcome::kDeparts);
  const auto refuses = [&](const Json& body) {
    const int count = body.value("count", 10);
    return count > 20 ? json_response(400, R"({"error":"x"})") : made(next += 100, count);
  };
  CHECK(check_of_models("registerModels: refuses count 21", refuses).outcome == Outcome::kConforms);
}

TEST_CASE("conformance: without count there are ten new records, which the listing shows") {
  int next = 0;
  constexpr const char* kName = "registerModels: registers 10 records without count";
  const auto three = [&](const Json& body) { return made(next += 100, body.value("count", 3)); };
  const auto found = check_of_models(kName, three).departures;
  const auto names = [&](const std::string& pointer) {
    return std::any_of(found.begin(), found.end(), [&](const Departure& one) { return one.pointer == pointer; });
  };
  CHECK(names("/body/createdRecordIds"));
  CHECK(names("/body/creditsReserved"));
  CHECK(names("/body/models"));
  const auto twenty = [&](const Json& body) { return made(next += 100, body.value("count", 10)); };
  const auto most = check_of_models("registerModels: registers 20 records, the most", twenty).departures;
  REQUIRE(most.size() == 1);
  CHECK(most[0].expected == "all 20 records of \"b" + std::to_string(next) + "\"");
  const auto at_most_ten = [&](const Json& body) {
    return body.value("count", 10) > 10 ? json_response(400, R"({"error":"x"})") : made(next += 100, 10);
  };
  CHECK(check_of_models("registerModels: registers 20 records, the most", at_most_ten).outcome == Outcome::kDeparts);
}

TEST_CASE("conformance: 402 is documented, so it is no departure unless something was created") {
  constexpr const char* kName = "registerModels: registers one record";
  const auto poor = [](const Json&) { return json_response(402, R"({"error":"Insufficient credits."})"); };
  const CheckResult skipped = check_of_models(kName, poor, 10);
  CHECK(skipped.outcome == Outcome::kSkipped);
  CHECK(skipped.reason == "the account has not the credits: 402, and nothing was created");
  std::string listing = kEmptyListing;
  int created = 0;
  const auto creates = [&](const Json&) {
    listing = R"({"models":[{"id":"m)" + std::to_string(++created) +
              R"(","name":"n","thumbnail":"","status":"INPROGRESS","voting":null,)"
              R"("createdAt":"2026-01-02T03:04:05.000Z"}],"count":1})";
    return json_response(402, R"({"error":"Insufficient credits."})");
  };
  const CheckResult departs = check_of_models(kName, creates, 10, listing);
  REQUIRE(departs.departures.size() == 1);
  CHECK(departs.departures[0].expected == "no new record, since 402 creates nothing");
  CHECK(departs.departures[0].actual == "\"m2\"");
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
