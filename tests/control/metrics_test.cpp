// GET /__admin/metrics: what counts, and as what.

#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::control {
namespace {

constexpr std::string_view kShoot = "/api/external/image-picker/register-ideas";
constexpr std::string_view kTwoImages = R"({"config": {"product": {"id": "rec_product_001"}}, "count": 2})";

std::string metrics(Served& served) {
  const Reply reply = served.control("GET", "/metrics");
  REQUIRE(reply.response.status == 200);
  return reply.response.body;
}

/// The value of a series, as text; "none" when there is no such series.
std::string value_in(const std::string& text, const std::string& series) {
  const auto place = ("\n" + text).find("\n" + series + " ");
  if (place == std::string::npos) return "none";
  const auto from = place + series.size() + 1;
  return text.substr(from, text.find('\n', from) - from);
}

std::string value_of(Served& served, const std::string& series) { return value_in(metrics(served), series); }

std::string requests(Served& served, const std::string& operation, int status) {
  return value_of(
      served, "qamera_mock_requests_total{operation=\"" + operation + "\",status=\"" + std::to_string(status) + "\"}");
}

std::string credits(Served& served, const std::string& booking) {
  return value_of(served, "qamera_mock_credits_total{booking=\"" + booking + "\"}");
}

std::string jobs(Served& served, const std::string& kind, const std::string& end) {
  return value_of(served, "qamera_mock_jobs_total{kind=\"" + kind + "\",end=\"" + end + "\"}");
}

}  // namespace

TEST_CASE("metrics: each request counts as its operation, or as what it was instead") {
  Served::Overrides overrides;
  overrides.options.allow_origins = {"http://page.test"};
  Served served(std::move(overrides));
  served.ask("GET", "/api/external/models");
  served.ask("HEAD", "/api/external/models");
  served.ask("GET", "/api/external/models", "", {{"X-Api-Key", "nonsense"}});
  served.ask("GET", "/api/external/nothing");
  served.ask("DELETE", "/api/external/models");
  served.application.refuse({400, "Bad request.", "edge: no request", {}});
  served.ask("OPTIONS", "/api/external/models", "",
             {{"Origin", "http://page.test"}, {"Access-Control-Request-Method", "GET"}});
  served.control("GET", "/clock");
  served.control("GET", "/nothing");
  served.control("GET", "/clock", "", {{"Host", "elsewhere.test"}});
  served.control("PUT", "/health");
  served.control("GET", "/");
  CHECK(requests(served, "listModels", 200) == "2");
  CHECK(requests(served, "listModels", 401) == "1");
  CHECK(requests(served, "none", 404) == "1");
  CHECK(requests(served, "none", 405) == "1");
  CHECK(requests(served, "none", 400) == "1");
  CHECK(requests(served, "preflight", 204) == "1");
  CHECK(requests(served, "control", 404) == "1");
  CHECK(requests(served, "control", 403) == "1");
  CHECK(requests(served, "control", 405) == "1");
  CHECK(requests(served, "page", 200) == "1");
  const std::string all = metrics(served);
  // The call for the clock, and those for metrics that came before this one.
  CHECK(value_in(all, "qamera_mock_requests_total{operation=\"control\",status=\"200\"}") == "11");
  CHECK(value_in(all, "qamera_mock_request_duration_seconds_count{operation=\"listModels\"}") == "3");
  CHECK(value_in(all, "qamera_mock_request_duration_seconds_bucket{operation=\"none\",le=\"5e-06\"}") == "3");
  CHECK(value_in(all, "qamera_mock_request_duration_seconds_count{operation=\"asset\"}") == "none");
}

TEST_CASE("metrics: a verdict that was waited for counts when it is there") {
  Served served;
  const Reply reply = served.control(
      "POST", "/verify", R"({"expect": [{"count": {"operation": "listModels", "atLeast": 1}}], "within": "2s"})",
      {{"X-Api-Key", std::string(kKey)}});
  REQUIRE(reply.pending);
  CHECK(requests(served, "control", 422) == "none");
  served.time.now += std::chrono::seconds(3);
  const auto decided = reply.pending->poll(false);
  REQUIRE(decided);
  CHECK(decided->response.status == 422);
  CHECK(requests(served, "control", 422) == "1");
  const std::string all = metrics(served);
  const std::string bucket = "qamera_mock_request_duration_seconds_bucket{operation=\"control\",le=\"";
  CHECK(value_in(all, bucket + "2.5\"}") == "2");  // the two calls for metrics before this one
  CHECK(value_in(all, bucket + "10.0\"}") == "3");
}

TEST_CASE("metrics: findings and faults count by kind") {
  Served served;
  served.workspace_of(R"("fixture": "docs-examples",
    "rules": [{"when": {"operation": "listProducts", "first": 1}, "fault": {"kind": "connection-reset"}}])");
  served.ask("GET", "/api/external/products");
  served.ask("GET", "/api/external/products");
  served.ask("GET", "/api/external/models?colour=red&size=1");
  CHECK(value_of(served, "qamera_mock_faults_total{kind=\"connection-reset\"}") == "1");
  CHECK(value_of(served, "qamera_mock_faults_total{kind=\"stall\"}") == "0");
  CHECK(value_of(served, "qamera_mock_findings_total{kind=\"unknown-query-parameter\"}") == "2");
  CHECK(value_of(served, "qamera_mock_findings_total{kind=\"unknown-field\"}") == "0");
}

TEST_CASE("metrics: jobs and credits count once, whoever ends them and whatever becomes of the workspace") {
  Served served;
  const Headers mine{{"X-Api-Key", std::string(kKey)}};
  served.workspace_of(R"("fixture": "docs-examples", "credits": {"available": 1000},
    "jobs": {"image": {"duration": "5s", "outcomes": [{"nth": 2, "then": "fail"}]}})");
  CHECK(credits(served, "grant") == "1000");
  REQUIRE(served.ask("POST", kShoot, kTwoImages).response.status == 200);
  CHECK(credits(served, "reserve") == "20");
  CHECK(value_of(served, "qamera_mock_pending_jobs") == "2");
  CHECK(jobs(served, "image", "done") == "0");
  // A fork begins with what is pending, and counts nothing of what the original has done.
  const std::string original = std::string(served.application.workspaces().all().front()->id);
  REQUIRE(served.control("POST", "/workspaces/" + original + "/fork", "{}").response.status == 201);
  CHECK(value_of(served, "qamera_mock_workspaces") == "2");
  CHECK(value_of(served, "qamera_mock_pending_jobs") == "4");
  CHECK(credits(served, "grant") == "1000");
  REQUIRE(served.control("POST", "/clock/advance", R"({"until": "idle"})", mine).response.status == 200);
  CHECK(value_of(served, "qamera_mock_pending_jobs") == "2");
  CHECK(jobs(served, "image", "done") == "1");
  CHECK(jobs(served, "image", "failed") == "1");
  CHECK(credits(served, "consume") == "10");
  CHECK(credits(served, "refund") == "10");
  REQUIRE(served.control("PATCH", "/credits", R"({"available": 0})", mine).response.status == 200);
  CHECK(credits(served, "adjust") == "990");
  // A reset grants anew, and takes nothing back.
  REQUIRE(served.control("POST", "/reset", "", mine).response.status == 200);
  CHECK(credits(served, "grant") == "2000");
  CHECK(credits(served, "consume") == "10");
  CHECK(jobs(served, "image", "done") == "1");
}

TEST_CASE("metrics: what is tried on a copy and thrown away does not count") {
  Served served;
  served.workspace_of(
      R"("fixture": "docs-examples", "credits": {"available": 1000}, "jobs": {"image": {"immediate": true}},
    "rules": [{"when": {"operation": "registerImages", "first": 1},
               "fault": {"kind": "connection-reset", "before": "commit"}}])");
  served.ask("POST", kShoot, kTwoImages);
  CHECK(credits(served, "reserve") == "0");
  CHECK(jobs(served, "image", "done") == "0");
  served.ask("POST", kShoot, kTwoImages);
  CHECK(credits(served, "reserve") == "20");
  CHECK(jobs(served, "image", "done") == "2");
}

TEST_CASE("metrics: a job whose time is over has ended, though nobody has asked since") {
  Served::Overrides overrides;
  overrides.options.workspaces.clock_mode = sim::ClockMode::kReal;
  Served served(std::move(overrides));
  served.workspace_of(R"("fixture": "docs-examples", "credits": {"available": 1000}, "clock": {"mode": "real"},
    "jobs": {"image": {"duration": "5s"}})");
  REQUIRE(served.ask("POST", kShoot, kTwoImages).response.status == 200);
  CHECK(value_of(served, "qamera_mock_pending_jobs") == "2");
  served.time.now += std::chrono::seconds(60);
  const std::string all = metrics(served);
  CHECK(value_in(all, "qamera_mock_pending_jobs") == "0");
  CHECK(value_in(all, "qamera_mock_jobs_total{kind=\"image\",end=\"done\"}") == "2");
}

TEST_CASE("metrics: what is asked of others is theirs") {
  Served served;
  served.ask("GET", "/api/external/models");
  served.application.workspaces().metrics()->connections = 7;
  const std::string all = metrics(served);
  const journal::Counters journal = served.journal.counters(std::nullopt);
  CHECK(value_in(all, "qamera_mock_journal_entries") == "1");
  CHECK(value_in(all, "qamera_mock_journal_bytes") == std::to_string(journal.bytes));
  CHECK(value_in(all, "qamera_mock_journal_dropped_total") == "0");
  CHECK(value_in(all, "qamera_mock_connections") == "7");
  CHECK(value_in(all, "qamera_mock_memory_bytes") == std::to_string(served.application.workspaces().memory()->used()));
  CHECK(value_in(all, "qamera_mock_build_info{version=\"1.2.3\"}") == "1");
  CHECK(value_in(all, "process_start_time_seconds") == "1774612800.0");
  // Nothing is recorded.
  CHECK(value_in(all, "qamera_mock_recording_lost_lines_total") == "none");
}

TEST_CASE("metrics: they look at no key, make no workspace, and are told as what they are") {
  Served served;
  const Reply reply = served.control("GET", "/metrics", "", {{"X-Api-Key", "mk_live_test.new"}});
  CHECK(header(reply, "Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(header(reply, "Vary") == "Accept");
  CHECK(served.application.workspaces().size() == 0);
  const Reply open = served.control("GET", "/metrics", "", {{"Accept", "application/openmetrics-text"}});
  CHECK(header(open, "Content-Type") == "application/openmetrics-text; version=1.0.0; charset=utf-8");
  CHECK(open.response.body.ends_with("# EOF\n"));
}

}  // namespace qamera::control
