#include <doctest/doctest.h>

#include <string>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

using std::chrono::seconds;

/// The statuses of `count` images registered at once under these image outcomes, when all that ends has ended.
std::string ends(const std::string& outcomes, std::int64_t count, const char* body = nullptr) {
  Workspace w = workspace_of(R"("jobs": {"image": {"duration": "1s", "outcomes": )" + outcomes + "}}");
  const Json request = parsed(body ? body : "{}");
  add(w, RecordKind::kImage, count, body ? &request : nullptr);
  elapse(w, seconds(2));
  return statuses(w, Collection::kImages);
}

/// The statuses after each of `polls` listings, which are those that the next listing shows.
std::string polled(Workspace& w, int polls) {
  std::string out;
  for (int i = 0; i < polls; ++i) {
    listing(w, Collection::kImages);
    out += (i > 0 ? " " : "") + statuses(w, Collection::kImages);
  }
  return out;
}

}  // namespace

TEST_CASE("jobs: a timed one is INPROGRESS for queue time and duration, then DONE with its URLs") {
  Workspace w = workspace_of(R"("jobs": {"image": {"queue": "5s", "duration": "10s"}})");
  add(w, RecordKind::kImage, 1);
  CHECK(listing(w, Collection::kImages) ==
        R"({"id":"img_001","name":"Shirt — Variant 1","thumbnail":"","status":"INPROGRESS","voting":null,)"
        R"("createdAt":"2026-03-27T12:00:00.000Z"})");
  elapse(w, Duration(14'999));
  CHECK(statuses(w, Collection::kImages) == "I");
  elapse(w, Duration(1));
  CHECK(listing(w, Collection::kImages) ==
        R"({"id":"img_001","name":"Shirt — Variant 1","thumbnail":"/assets/images/thumb_001.jpg",)"
        R"("status":"DONE","voting":null,"createdAt":"2026-03-27T12:00:00.000Z"})");
}

TEST_CASE("jobs: a failed one has neither thumbnail nor vote, and the status that the fixture says") {
  Workspace w = workspace_of(R"("jobs": {"video": {"duration": "1s", "outcomes": [{"then": "fail"}]}},
    "fixture": {"name": "f", "failed": {"status": "ERROR", "thumbnail": "none.jpg"}})");
  add(w, RecordKind::kVideo, 1);
  CHECK(shown(elapse(w, seconds(1))) == "vid_001:ERROR@1s");
  CHECK(listing(w, Collection::kVideos) ==
        R"({"id":"vid_001","name":"Source — Video","thumbnail":"none.jpg","videoUrl":"","status":"ERROR",)"
        R"("voting":null,"createdAt":"2026-03-27T12:00:00.000Z"})");
  CHECK(credits(w) == "1000/0/0/10 of 1000");
}

TEST_CASE("jobs: each mode ends as it says") {
  struct Case {
    const char* policy;
    const char* at_once;
    const char* by_clock;
  };
  for (const Case& one : {Case{R"({"duration": "1s"})", "I", "D"},
                          {R"({"immediate": true})", "D", "D"},
                          {R"({"manual": true})", "I", "I"},
                          {R"({"stuck": true})", "I", "I"},
                          {R"({"afterPolls": 0})", "D", "D"},
                          {R"({"afterPolls": 1})", "I", "I"},
                          {R"({"immediate": true, "outcomes": [{"then": "fail"}]})", "F", "F"},
                          {R"({"immediate": true, "outcomes": [{"then": "stuck"}]})", "I", "I"},
                          {R"({"stuck": true, "outcomes": [{"then": "done"}]})", "I", "I"},
                          {R"({"afterPolls": 0, "outcomes": [{"then": "fail"}]})", "F", "F"}}) {
    CAPTURE(one.policy);
    Workspace w = workspace_of(R"("jobs": {"image": )" + std::string(one.policy) + "}");
    add(w, RecordKind::kImage, 1);
    CHECK(statuses(w, Collection::kImages) == one.at_once);
    std::vector<ClockEvent> fired;
    w.advance_until_idle(fired);
    CHECK(statuses(w, Collection::kImages) == one.by_clock);
    CHECK(w.pending() == (std::string(one.by_clock) == "I" ? 1 : 0));
  }
}

TEST_CASE("jobs: after so many listings have shown a record in progress, the next shows it done") {
  Workspace w = workspace_of(R"("jobs": {"image": {"afterPolls": 2, "outcomes": [{"nth": 2, "then": "fail"}]}})");
  add(w, RecordKind::kImage, 2);
  CHECK(polled(w, 3) == "II DF DF");
  add(w, RecordKind::kImage, 1);
  CHECK(polled(w, 3) == "DFI DFD DFD");
}

TEST_CASE("jobs: only listings that show the record count as its polls") {
  Workspace w = workspace_of(R"("jobs": {"image": {"afterPolls": 1}})");
  add(w, RecordKind::kImage, 2);
  std::string out;
  w.list(Collection::kModels, {ListFilter::kAll, "", 100}, out);
  w.list(Collection::kImages, {ListFilter::kApproved, "", 100}, out);
  w.list(Collection::kImages, {ListFilter::kAll, "prod_2", 100}, out);
  w.list(Collection::kImages, {ListFilter::kAll, "", 0}, out);
  w.list(Collection::kImages, {.is_shown = false}, out);
  CHECK(statuses(w, Collection::kImages) == "II");
  w.list(Collection::kImages, {ListFilter::kAll, "prod_1", 1}, out);
  CHECK(statuses(w, Collection::kImages) == "DI");
}

TEST_CASE("jobs: of the outcomes the first that matches applies, and counts go by kind") {
  CHECK(ends("[]", 3) == "DDD");
  CHECK(ends(R"([{"nth": 2, "then": "fail"}])", 4) == "DFDD");
  CHECK(ends(R"([{"nth": [1, 4], "then": "fail"}])", 4) == "FDDF");
  CHECK(ends(R"([{"first": 2, "then": "stuck"}])", 4) == "IIDD");
  CHECK(ends(R"([{"every": 3, "then": "fail"}])", 7) == "DDFDDFD");
  CHECK(ends(R"([{"probability": 1, "then": "fail"}])", 3) == "FFF");
  CHECK(ends(R"([{"probability": 0, "then": "fail"}])", 3) == "DDD");
  CHECK(ends(R"([{"nth": 3, "then": "done"}, {"every": 3, "then": "fail"}])", 6) == "DDDDDF");
  CHECK(ends(R"([{"then": "fail"}, {"nth": 1, "then": "stuck"}])", 2) == "FF");
  Workspace w = workspace_of(R"("jobs": {"default": {"immediate": true, "outcomes": [{"nth": 1, "then": "fail"}]}})");
  add(w, RecordKind::kImage, 1);
  add(w, RecordKind::kModel, 1);
  add(w, RecordKind::kImage, 1);
  CHECK(statuses(w, Collection::kImages) == "FD");
  CHECK(statuses(w, Collection::kModels) == "DF");
}

TEST_CASE("jobs: an outcome may ask for a request that contains its partial JSON") {
  constexpr auto kFashion = R"([{"request": {"config": {"industry": "fashion"}}, "then": "fail"}])";
  CHECK(ends(kFashion, 2, R"({"config": {"industry": "fashion", "product": {"id": "p"}}})") == "FF");
  CHECK(ends(kFashion, 2, R"({"config": {"industry": "food"}})") == "DD");
  CHECK(ends(kFashion, 2, R"({"config": "fashion"})") == "DD");
  CHECK(ends(kFashion, 2) == "DD");
  CHECK(ends(R"([{"request": {}, "then": "fail"}])", 1, "{}") == "F");
}

TEST_CASE("jobs: a probability draws from the seed, the same each time") {
  const ScenarioPtr scenario =
      scenario_of(R"("jobs": {"image": {"immediate": true, "outcomes": [{"probability": 0.5, "then": "fail"}]}})");
  const auto run = [&](std::uint64_t seed) {
    Workspace w = workspace_of(scenario, seed);
    add(w, RecordKind::kImage, 40);
    return statuses(w, Collection::kImages);
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
  CHECK(run(1).find('F') != std::string::npos);
  CHECK(run(1).find('D') != std::string::npos);
}

TEST_CASE("jobs: a lowered number of parallel slots is kept by the jobs to come") {
  Workspace w = workspace_of(R"("jobs": {"image": {"duration": "10s", "parallel": 3}},
    "timeline": [{"at": "15s", "set": {"jobs": {"image": {"parallel": 1}}}}])");
  add(w, RecordKind::kImage, 5);
  std::vector<ClockEvent> fired;
  elapse(w, seconds(15));
  add(w, RecordKind::kImage, 2);
  w.advance_to(kManualStart + seconds(60), fired);
  CHECK(shown(fired) == "img_004:DONE@20s img_005:DONE@20s img_006:DONE@30s img_007:DONE@40s");
}

TEST_CASE("jobs: no more run at once than there are parallel slots") {
  Workspace w = workspace_of(R"("jobs": {"image": {"duration": "10s", "parallel": 2}})");
  add(w, RecordKind::kImage, 5);
  add(w, RecordKind::kVideo, 1);
  std::vector<ClockEvent> fired;
  elapse(w, seconds(5));
  add(w, RecordKind::kImage, 1);
  w.advance_to(kManualStart + seconds(60), fired);
  std::string images;
  for (const ClockEvent& one : fired) {
    if (one.kind == "image") images += (images.empty() ? "" : " ") + shown({one});
  }
  CHECK(images ==
        "img_001:DONE@10s img_002:DONE@10s img_003:DONE@20s img_004:DONE@20s img_005:DONE@30s "
        "img_006:DONE@30s");
}

TEST_CASE("jobs: a queue time passes before a free slot is taken, and beside the wait for one") {
  Workspace w = workspace_of(R"("jobs": {"image": {"queue": "4s", "duration": "10s", "parallel": 1}})");
  add(w, RecordKind::kImage, 2);
  CHECK(shown(elapse(w, seconds(60))) == "img_001:DONE@14s img_002:DONE@24s");
  add(w, RecordKind::kImage, 1);
  CHECK(shown(elapse(w, seconds(60))) == "img_003:DONE@74s");
}

TEST_CASE("jobs: of those due at one instant the first registered ends first") {
  Workspace w = workspace_of(R"("jobs": {"image": {"duration": "10s"}, "model": {"duration": "5s"}})");
  add(w, RecordKind::kImage, 2);
  elapse(w, seconds(5));
  add(w, RecordKind::kModel, 2);
  CHECK(shown(elapse(w, seconds(5))) == "img_001:DONE@10s img_002:DONE@10s model_001:DONE@10s model_002:DONE@10s");
}

TEST_CASE("jobs: a settlement by hand takes the job from the clock, whatever its mode") {
  for (const char* policy : {R"({"duration": "10s"})", R"({"manual": true})", R"({"stuck": true})",
                             R"({"afterPolls": 3})", R"({"duration": "10s", "outcomes": [{"then": "stuck"}]})"}) {
    CAPTURE(policy);
    Workspace w = workspace_of(R"("jobs": {"image": )" + std::string(policy) + "}");
    add(w, RecordKind::kImage, 2);
    std::vector<ClockEvent> fired;
    CHECK(w.settle("img_002", RecordStatus::kFailed, fired));
    CHECK(w.settle("img_001", RecordStatus::kDone, fired));
    CHECK(shown(fired) == "img_002:FAILED@0s img_001:DONE@0s");
    CHECK(fired[0].from == "INPROGRESS");
    CHECK(fired[0].kind == "image");
    CHECK(w.scheduled() == 0);
    CHECK(w.pending() == 0);
    CHECK(shown(elapse(w, seconds(60))) == "");
    CHECK(credits(w) == "990/0/10/10 of 1000");
  }
}

TEST_CASE("jobs: a kind's policy overrides the default member by member") {
  const ScenarioPtr scenario = scenario_of(R"("jobs": {
    "default": {"queue": "1s", "stuck": true, "parallel": 3, "outcomes": [{"then": "fail"}]},
    "image": {"outcomes": []}, "video": {"stuck": false}, "reel": {"duration": "2s"}, "model": {"afterPolls": 4}})");
  const auto policy = [&](RecordKind kind) { return scenario->jobs[static_cast<std::size_t>(kind)]; };
  CHECK(policy(RecordKind::kScenery).mode == JobMode::kStuck);
  CHECK(policy(RecordKind::kImage).mode == JobMode::kStuck);
  CHECK(policy(RecordKind::kImage).outcomes.empty());
  CHECK(policy(RecordKind::kVideo).mode == JobMode::kTimed);
  CHECK(policy(RecordKind::kReel).mode == JobMode::kTimed);
  CHECK(std::get<FixedSpan>(policy(RecordKind::kReel).duration).length == seconds(2));
  CHECK(policy(RecordKind::kModel).mode == JobMode::kAfterPolls);
  CHECK(policy(RecordKind::kModel).after_polls == 4);
  for (RecordKind kind : {RecordKind::kScenery, RecordKind::kVideo, RecordKind::kReel, RecordKind::kModel}) {
    CHECK(std::get<FixedSpan>(policy(kind).queue).length == seconds(1));
    CHECK(policy(kind).parallel == 3);
    CHECK(policy(kind).outcomes.size() == 1);
  }
}

TEST_CASE("jobs: one that would end after the year 9999 ends with it") {
  Workspace w = workspace_of(R"("clock": {"mode": "manual", "start": "9999-12-31T00:00:00.000Z"},
    "jobs": {"default": {"queue": "36500d", "duration": "36500d", "parallel": 1}})");
  add(w, RecordKind::kImage, 2);
  std::vector<ClockEvent> fired;
  w.advance_until_idle(fired);
  CHECK(fired.size() == 2);
  CHECK(w.now() == Clock::kEnd);
}

}  // namespace qamera::sim
