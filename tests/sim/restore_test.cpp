// Snapshots broken by hand: each is refused where it is wrong, and the workspace stays as it was.

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

using Edit = std::function<void(Json&)>;

struct Broken {
  Edit edit;
  const char* pointer;
  const char* message;
};

/// Two timed images, one manual model, a done scenery; the fixture's product, model and scenery.
Workspace small() {
  Workspace w = workspace_of(R"("jobs": {"image": {"duration": "10s", "parallel": 1}, "model": {"manual": true},
    "scenery": {"immediate": true}})");
  add(w, RecordKind::kImage, 2);
  add(w, RecordKind::kModel, 1);
  add(w, RecordKind::kScenery, 1);
  w.admit("k");
  return w;
}

void check_refused(const Broken& broken) {
  const Workspace saved = small();
  Json state = saved.snapshot();
  broken.edit(state);
  Workspace w = workspace_of(R"("seed": 3)");
  add(w, RecordKind::kVideo, 1);
  const Json before = w.snapshot();
  const auto result = w.restore(state, saved.scenario_ptr(), MonotonicTime(0));
  CAPTURE(broken.pointer);
  CAPTURE(broken.message);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().pointer == broken.pointer);
  CHECK(result.error().message == broken.message);
  CHECK(w.snapshot() == before);
}

}  // namespace

TEST_CASE("restores: the saved state itself is accepted") {
  const Workspace saved = small();
  Workspace w = workspace_of("");
  CHECK(w.restore(saved.snapshot(), saved.scenario_ptr(), MonotonicTime(0)).ok());
  CHECK(w.pending() == 3);
  CHECK(w.scheduled() == 2);
}

TEST_CASE("restores: a state of another version or without its members is refused") {
  for (const Broken& broken : std::vector<Broken>{
           {[](Json& s) { s = Json::array(); }, "", "expected an object, got []"},
           {[](Json& s) { s.erase("version"); }, "/version", "\"version\" is required"},
           {[](Json& s) { s["version"] = 2; }, "/version", "expected a whole number from 1 to 1, got 2"},
           {[](Json& s) { s.erase("seed"); }, "/seed", "\"seed\" is required"},
           {[](Json& s) { s.erase("random"); }, "/random", "\"random\" is required"},
           {[](Json& s) { s.erase("clock"); }, "/clock", "\"clock\" is required"},
           {[](Json& s) { s.erase("records"); }, "/records", "\"records\" is required"},
           {[](Json& s) { s.erase("ledger"); }, "/ledger", "\"ledger\" is required"},
           {[](Json& s) { s["seed"] = 1; }, "/seed", "expected a string, got 1"},
           {[](Json& s) { s["seed"] = "-1"; }, "/seed", "expected a whole number below 2^64 in quotes, got \"-1\""},
           {[](Json& s) { s["random"] = "18446744073709551616"; }, "/random",
            "expected a whole number below 2^64 in quotes, got \"18446744073709551616\""},
           {[](Json& s) { s["scheduledd"] = 1; }, "/scheduledd",
            "unknown member \"scheduledd\" (did you mean \"scheduled\"?)"},
           {[](Json& s) { s["clock"]["now"] = "noon"; }, "/clock/now",
            "expected an ISO 8601 time such as \"2026-03-27T12:00:00.000Z\", got \"noon\""},
           {[](Json& s) { s["clock"]["speed"] = 0; }, "/clock/speed", "expected a number from 0.001 to 1000000, got 0"},
           {[](Json& s) {
              s["keys"] = {{{"state", "revoked"}}};
            },
            "/keys/0/id", "\"id\" is required"},
           {[](Json& s) { s["rateWindows"]["a/b"] = 5; }, "/rateWindows/a~1b", "expected an array of times, got 5"},
           {[](Json& s) { s["rateWindows"]["k"][0] = "noon"; }, "/rateWindows/k",
            "expected an ISO 8601 time in UTC such as \"2026-03-27T12:00:00.000Z\", got \"noon\""},
           {[](Json& s) { s["slots"]["image"][0] = 5; }, "/slots/image",
            "expected an ISO 8601 time in UTC such as \"2026-03-27T12:00:00.000Z\", got \"\""},
           {[](Json& s) { s["nextNumber"]["image"] = -1; }, "/nextNumber/image",
            "expected a whole number from 0 to 9223372036854775807, got -1"}}) {
    check_refused(broken);
  }
}

TEST_CASE("restores: a ledger that does not balance, or does not fit the jobs, is refused") {
  for (const Broken& broken : std::vector<Broken>{
           {[](Json& s) { s["ledger"]["available"] = 999; }, "/ledger",
            "granted must equal available + reserved + consumed"},
           {[](Json& s) { s["ledger"]["reserved"] = -30; }, "/ledger/reserved",
            "expected a whole number from 0 to 1000000000000000, got -30"},
           {[](Json& s) { s["ledger"].erase("consumed"); }, "/ledger/consumed", "\"consumed\" is required"},
           {[](Json& s) { s["ledger"]["entries"][1]["booking"] = "reserved"; }, "/ledger/entries/1/booking",
            "expected \"grant\", \"adjust\", \"reserve\", \"consume\" or \"refund\", got \"reserved\" "
            "(did you mean \"reserve\"?)"},
           {[](Json& s) { s["ledger"]["entries"][0].erase("at"); }, "/ledger/entries/0/at", "\"at\" is required"},
           {[](Json& s) { s["jobs"][0]["price"] = 11; }, "/jobs",
            "the prices of the pending jobs add up to 31, but the ledger has 30 reserved"},
           {[](Json& s) {
              s["jobs"][0]["price"] = kMaxCredits;
              s["jobs"][1]["price"] = kMaxCredits;
            },
            "/jobs", "the prices of the pending jobs add up to 2000000000000000, but the ledger has 30 reserved"},
           {[](Json& s) {
              s["ledger"]["reserved"] = 40;
              s["ledger"]["available"] = 950;
            },
            "/jobs", "the prices of the pending jobs add up to 30, but the ledger has 40 reserved"}}) {
    check_refused(broken);
  }
}

TEST_CASE("restores: records that contradict each other are refused") {
  for (const Broken& broken :
       std::vector<Broken>{{[](Json& s) { s["records"]["images"][1]["id"] = "img_001"; }, "/records/images/1/id",
                            "the id \"img_001\" is used already"},
                           {[](Json& s) { s["records"]["images"][0]["id"] = "model_1"; }, "/records/images/0/id",
                            "the id \"model_1\" is used already"},
                           {[](Json& s) { s["records"]["images"][0]["kind"] = "video"; }, "/records/images/0/kind",
                            "a video is not one of the images"},
                           {[](Json& s) { s["records"]["images"][0]["id"] = ""; }, "/records/images/0/id",
                            "expected a non-empty string, got \"\""},
                           {[](Json& s) { s["records"]["images"][0]["status"] = "READY"; }, "/records/images/0/status",
                            "expected \"UPLOADED\", \"INPROGRESS\", \"DONE\" or \"FAILED\", got \"READY\""},
                           {[](Json& s) { s["records"]["images"][0]["voting"] = ""; }, "/records/images/0/voting",
                            "expected \"APPROVED\" or \"REJECTED\", got \"\""},
                           {[](Json& s) { s["records"]["images"][0].erase("createdAt"); },
                            "/records/images/0/createdAt", "\"createdAt\" is required"},
                           {[](Json& s) { s["records"]["images"][1]["nmae"] = "x"; }, "/records/images/1/nmae",
                            "unknown member \"nmae\" (did you mean \"name\"?)"},
                           {[](Json& s) { s["records"]["image"] = Json::array(); }, "/records/image",
                            "unknown member \"image\" (did you mean \"images\"?)"}}) {
    check_refused(broken);
  }
}

TEST_CASE("restores: jobs without a record in progress, and the reverse, are refused") {
  constexpr auto kNoRecord = "expected the id of an INPROGRESS record without another job, got ";
  const std::string unknown = std::string(kNoRecord) + "\"img_999\"";
  const std::string done = std::string(kNoRecord) + "\"scenery_001\"";
  const std::string twice = std::string(kNoRecord) + "\"img_001\"";
  const auto job_of = [](Json& state, const std::string& id) -> Json& {
    for (Json& job : state["jobs"]) {
      if (job["record"] == id) return job;
    }
    return state["jobs"];
  };
  for (const Broken& broken : std::vector<Broken>{
           {[&](Json& s) { job_of(s, "img_001")["record"] = "img_999"; }, "/jobs/1/record", unknown.c_str()},
           {[&](Json& s) { job_of(s, "img_001")["record"] = "scenery_001"; }, "/jobs/1/record", done.c_str()},
           {[&](Json& s) { job_of(s, "img_002")["record"] = "img_001"; }, "/jobs/2/record", twice.c_str()},
           {[&](Json& s) {
              s["jobs"].erase(1);
              s["ledger"]["reserved"] = 20;
              s["ledger"]["available"] = 970;
            },
            "/jobs", "the record \"img_001\" is INPROGRESS, but has no job"},
           {[&](Json& s) { job_of(s, "img_001").erase("due"); }, "/jobs/1/due", "\"due\" is required"},
           {[&](Json& s) { job_of(s, "img_001").erase("order"); }, "/jobs/1/order", "\"order\" is required"},
           {[&](Json& s) { job_of(s, "img_001")["order"] = 3; }, "/jobs/1/order",
            "expected at most the number of scheduled steps"},
           {[&](Json& s) {
              job_of(s, "img_002")["order"] = 1;
              job_of(s, "img_002")["due"] = job_of(s, "img_001")["due"];
            },
            "/jobs/2/order", "another job is due then with the same order"},
           {[&](Json& s) { job_of(s, "img_001")["end"] = "stuck"; }, "/jobs/1/end",
            "a job that ends as \"stuck\" has the mode \"stuck\""},
           {[&](Json& s) { job_of(s, "img_001")["mode"] = "sleepy"; }, "/jobs/1/mode",
            "expected \"timed\", \"afterPolls\", \"immediate\", \"manual\" or \"stuck\", got \"sleepy\""}}) {
    check_refused(broken);
  }
}

TEST_CASE("restores: a state that the timeline's later steps do not fit is refused") {
  const char* members =
      R"("timeline": [{"at": "5s", "set": {"jobs": {"image": {"duration": {"uniform": ["1s", "2s"]}}}}}],
    "jobs": {"image": {"duration": "10s"}})";
  Workspace saved = workspace_of(members);
  add(saved, RecordKind::kImage, 1);
  const auto restored = [&](const std::function<void(Json&)>& edit) {
    Json state = saved.snapshot();
    edit(state);
    Workspace w = workspace_of(members);
    const auto result = w.restore(state, saved.scenario_ptr(), MonotonicTime(0));
    if (result.ok()) elapse(w, Duration(20'000));
    return result.ok() ? "" : result.error().pointer + ": " + result.error().message;
  };
  CHECK(restored([](Json&) {}) == "");
  CHECK(restored([](Json& state) { state["jobPolicies"] = {{"image", {{"duration", "3s"}}}}; }) == "");
  CHECK(restored([](Json& state) {
          state["jobPolicies"]["image"]["duration"] = {{"lognormal", {{"median", "1s"}, {"sigma", 1}}}};
        }).starts_with("/jobPolicies: step 1 of the timeline does not fit: at \"/image/duration\" expected"));
  CHECK(restored([](Json& state) { state["jobs"][0]["order"] = 1; }) ==
        "/jobs/0/order: expected more than the number of the timeline's steps");
}

}  // namespace qamera::sim
