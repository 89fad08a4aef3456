#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::control {
namespace {

const Headers kMine{{"X-Api-Key", std::string(kKey)}};

std::string shoot(Served& served, int count) {
  const Reply reply =
      served.ask("POST", "/api/external/image-picker/register-ideas",
                 R"({"config": {"product": {"id": "rec_product_001"}}, "count": )" + std::to_string(count) + "}");
  REQUIRE(reply.response.status == 200);
  return body_of(reply).at("batchId");
}

Json get(Served& served, const char* target) { return body_of(served.control("GET", target, "", kMine)); }

}  // namespace

TEST_CASE("records: a page of a collection, oldest first, with the archived ones") {
  Served served;
  served.workspace_of(R"("fixture": "docs-examples", "jobs": {"default": {"immediate": true}})");
  shoot(served, 3);
  const Json all = get(served, "/records?collection=images");
  const std::size_t total = all.at("total");
  CHECK(all.at("records").size() == total);
  const std::string newest = all["records"].back().at("id");
  CHECK(all["records"].back().at("status") == "DONE");
  served.ask("POST", "/api/external/packshots/update-packshot",
             R"({"recordId": ")" + newest + R"(", "Voting": "REJECTED"})");
  const Json page = get(served, ("/records?collection=images&limit=1&offset=" + std::to_string(total - 1)).c_str());
  CHECK(page.at("total") == total);
  CHECK(page.at("offset") == total - 1);
  REQUIRE(page.at("records").size() == 1);
  CHECK(page["records"][0].at("id") == newest);
  CHECK(page["records"][0].at("archived") == true);
  CHECK(page["records"][0].at("voting") == "REJECTED");
  CHECK(get(served, "/records?collection=images&offset=100000").at("records").empty());
}

TEST_CASE("records: what is asked for wrongly is told with its place") {
  Served served;
  const auto told = [&](const char* target) { return located(served.control("GET", target, "", kMine)); };
  CHECK(told("/records") == "400 /query/collection: expected a collection");
  CHECK(told("/records?collection=image").starts_with("400 /query/collection: expected \"products\""));
  CHECK(told("/records?collection=images&limit=1001") ==
        "400 /query/limit: expected a whole number from 0 to 1000, got \"1001\"");
  CHECK(told("/records?collection=images&offset=-1").starts_with("400 /query/offset: expected a whole number"));
  CHECK(told("/records?collection=images&page=2").starts_with("400 /query/page: unknown parameter \"page\""));
}

TEST_CASE("jobs: each pending one with its course, and no listing counts as a poll") {
  Served served;
  served.workspace_of(R"("fixture": "docs-examples", "clock": {"mode": "manual", "start": "2026-01-01T00:00:00Z"},
                         "jobs": {"default": {"queue": "2s", "duration": "5s", "parallel": 1},
                                  "video": {"afterPolls": 2}, "reel": {"stuck": true}})");
  const std::string batch = shoot(served, 2);
  const Json told = get(served, "/jobs");
  CHECK(told.at("now") == "2026-01-01T00:00:00.000Z");
  REQUIRE(told.at("jobs").size() == 2);
  for (const Json& job : told["jobs"]) {
    CHECK(job.at("kind") == "image");
    CHECK(job.at("batch") == batch);
    CHECK(job.at("mode") == "timed");
    CHECK(job.at("end") == "done");
    CHECK(job.at("registeredAt") == "2026-01-01T00:00:00.000Z");
  }
  CHECK(told["jobs"][0].at("startsAt") == "2026-01-01T00:00:02.000Z");
  CHECK(told["jobs"][0].at("dueAt") == "2026-01-01T00:00:07.000Z");
  // One at a time: the second begins when the first ends.
  CHECK(told["jobs"][1].at("startsAt") == "2026-01-01T00:00:07.000Z");
  CHECK(told["jobs"][1].at("dueAt") == "2026-01-01T00:00:12.000Z");

  const std::string image = told["jobs"][0].at("record");
  const Reply video = served.ask("POST", "/api/external/video-picker/register-videos",
                                 R"({"imageId": ")" + image + R"(", "preferences": "slow"})");
  INFO(video.response.body);
  REQUIRE(video.response.status == 200);
  for (int i = 0; i < 3; ++i) CHECK(get(served, "/jobs")["jobs"][2].at("pollsLeft") == 2);
  CHECK_FALSE(get(served, "/jobs")["jobs"][2].contains("dueAt"));
}

TEST_CASE("jobs: a saved state keeps when each began and its batch; an older state may lack both") {
  Served served;
  served.workspace_of(R"("fixture": "docs-examples", "clock": {"mode": "manual"},
                         "jobs": {"default": {"queue": "2s", "duration": "5s"}})");
  shoot(served, 1);
  const Json before = get(served, "/jobs");
  Json state = get(served, "/state");
  CHECK(served.control("PUT", "/state", state.dump(), kMine).response.status == 200);
  CHECK(get(served, "/jobs") == before);
  state["jobs"][0].erase("starts");
  state["jobs"][0].erase("batch");
  CHECK(served.control("PUT", "/state", state.dump(), kMine).response.status == 200);
  CHECK(get(served, "/jobs")["jobs"][0].at("startsAt") == before["jobs"][0].at("dueAt"));
  CHECK(get(served, "/jobs")["jobs"][0].at("batch") == "");
}

TEST_CASE("jobs: the steps of the timeline that are to come, each with its time") {
  Served served;
  served.workspace_of(R"("clock": {"mode": "manual", "start": "2026-01-01T00:00:00Z"}, "timeline": [
      {"at": "10s", "set": {"credits": 0}}, {"at": "20s", "set": {"maintenance": true}}])");
  served.control("POST", "/clock/advance", R"({"by": "10s"})", kMine);
  const Json steps = get(served, "/jobs").at("timeline");
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].at("dueAt") == "2026-01-01T00:00:20.000Z");
  CHECK(steps[0].at("step").at("set").at("maintenance") == true);
}

}  // namespace qamera::control
