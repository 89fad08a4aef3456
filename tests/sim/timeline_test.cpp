#include "sim/timeline.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

/// "kind from>to@seconds" of each step that fires within `by`, joined by "; ".
std::string steps(Workspace& workspace, Duration by) {
  std::string out;
  for (const ClockEvent& fired : elapse(workspace, by)) {
    if (!fired.record.empty()) continue;
    const auto seconds = (fired.at - kManualStart).count() / 1'000;
    out += (out.empty() ? "" : "; ") + fired.kind + " " + fired.from + ">" + fired.to + "@" + std::to_string(seconds);
  }
  return out;
}

constexpr Duration kSecond{1'000};

}  // namespace

TEST_CASE("timelines: a step fires at its time, once") {
  Workspace w = workspace_of(R"("timeline": [{"at": "2s", "set": {"credits": 5}}])");
  CHECK(steps(w, Duration(1'999)).empty());
  CHECK(steps(w, Duration(1)) == "credits 1000>5@2");
  CHECK(steps(w, Duration(60'000)).empty());
  CHECK(w.ledger().available() == 5);
}

TEST_CASE("timelines: what is reserved stays reserved when the credits go") {
  Workspace w = workspace_of(R"("timeline": [{"at": "1s", "set": {"credits": 0}}])");
  REQUIRE(add(w, RecordKind::kImage, 2).size() == 2);
  steps(w, kSecond);
  CHECK(credits(w) == "0/20/0/0 of 20");
  CHECK(add(w, RecordKind::kImage, 1).empty());
  elapse(w, Duration(60'000));
  CHECK(credits(w) == "0/0/20/0 of 20");
}

TEST_CASE("timelines: every kind of change takes effect and is told, in the order of the members") {
  Workspace w = workspace_of(R"("rules": [{"name": "old", "throttle": 1}], "timeline": [
      {"at": "1s", "set": {"maintenance": true, "state": "down", "credits": 3}},
      {"at": "2s", "set": {"maintenance": false, "key": {"state": "revoked"}}},
      {"at": "3s", "addRules": [{"name": "new", "throttle": 2}], "removeRules": ["old", "none"]}])");
  CHECK(steps(w, kSecond) == "credits 1000>3@1; maintenance off>on@1; state >down@1");
  CHECK(w.maintenance());
  CHECK(w.script().state() == "down");
  CHECK(w.key_status("any").valid);
  CHECK(steps(w, kSecond) == R"(key *>{"state":"revoked"}@2; maintenance on>off@2)");
  CHECK_FALSE(w.key_status("any").valid);
  CHECK(steps(w, kSecond) == "rule >new@3; rule old>@3");
  REQUIRE(w.script().rules().size() == 1);
  CHECK(w.script().rules()[0].rule->name == "new");
}

TEST_CASE("timelines: a change of a key leaves keys with an entry of their own alone unless it names one") {
  Workspace w = workspace_of(R"("keys": [{"id": "own"}], "timeline": [
      {"at": "1s", "set": {"key": {"state": "revoked"}}},
      {"at": "2s", "set": {"key": {"id": "own", "state": "expired"}}}])");
  steps(w, kSecond);
  CHECK_FALSE(w.key_status("any").valid);
  CHECK(w.key_status("own").valid);
  steps(w, kSecond);
  CHECK(w.key_status("own").reason == "expired");
}

TEST_CASE("timelines: a change of the jobs is for jobs to come and merges with what stands") {
  Workspace w = workspace_of(R"("jobs": {"image": {"duration": "30s", "parallel": 0}}, "timeline": [
      {"at": "1s", "set": {"jobs": {"image": {"duration": null, "immediate": true}}}},
      {"at": "2s", "set": {"jobs": {"image": {"immediate": null, "stuck": true}}}}])");
  add(w, RecordKind::kImage, 1);
  steps(w, kSecond);
  add(w, RecordKind::kImage, 1);
  steps(w, kSecond);
  add(w, RecordKind::kImage, 1);
  CHECK(statuses(w, Collection::kImages) == "IDI");
  elapse(w, Duration(60'000));
  CHECK(statuses(w, Collection::kImages) == "DDI");
}

TEST_CASE("timelines: steps of one instant fire in their order, before jobs due at it") {
  Workspace w = workspace_of(R"("jobs": {"image": {"duration": "1s"}}, "timeline": [
      {"at": "1s", "set": {"state": "a"}}, {"at": "1s", "set": {"state": "b"}}])");
  add(w, RecordKind::kImage, 1);
  const auto fired = elapse(w, kSecond);
  REQUIRE(fired.size() == 3);
  CHECK(fired[0].to == "a");
  CHECK(fired[1].to == "b");
  CHECK(fired[2].kind == "image");
}

TEST_CASE("timelines: idle stops when no job runs, later steps stay") {
  Workspace w = workspace_of(R"("timeline": [{"at": "1s", "set": {"state": "a"}},
                                             {"at": "10m", "set": {"state": "b"}}])");
  add(w, RecordKind::kImage, 1);
  std::vector<ClockEvent> fired;
  w.advance_until_idle(fired);
  CHECK(w.script().state() == "a");
  CHECK(w.scheduled() == 1);
  w.advance_until_idle(fired);
  CHECK(w.scheduled() == 1);
  w.advance_until_next(fired);
  CHECK(w.script().state() == "b");
  CHECK(w.scheduled() == 0);
}

TEST_CASE("timelines: a step at the start takes effect before the first request") {
  Workspace w = workspace_of(R"("timeline": [{"at": "0s", "set": {"maintenance": true}}])");
  w.sync(MonotonicTime(0));
  CHECK(w.maintenance());
}

TEST_CASE("timelines: a reset starts them over, a copy goes on by itself") {
  Workspace w = workspace_of(R"("timeline": [{"at": "1s", "set": {"state": "a"}},
                                             {"at": "2s", "set": {"state": "b"}}])");
  steps(w, kSecond);
  Workspace copy = w;
  CHECK(steps(copy, kSecond) == "state a>b@2");
  CHECK(w.script().state() == "a");
  w.reset(MonotonicTime(0), kManualStart);
  CHECK(w.script().state().empty());
  CHECK(steps(w, kSecond) == "state >a@1");
}

TEST_CASE("timelines: a restored workspace fires what the saved one had left") {
  Workspace w = workspace_of(R"("timeline": [{"at": "1s", "set": {"state": "a", "maintenance": true}},
                                             {"at": "2s", "set": {"state": "b"}}])");
  steps(w, kSecond);
  Workspace other = workspace_of(w.start().scenario, 1);
  REQUIRE(other.restore(w.snapshot(), w.start().scenario, MonotonicTime(0)).ok());
  CHECK(other.maintenance());
  CHECK(steps(other, kSecond) == "state a>b@2");
  CHECK(steps(other, Duration(60'000)).empty());
}

}  // namespace qamera::sim
