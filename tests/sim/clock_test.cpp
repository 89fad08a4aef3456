#include "sim/clock.h"

#include <doctest/doctest.h>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr MonotonicTime kFirst = hours(5);

/// What following a reading does, as `Workspace::sync`.
void follow(Clock& clock, MonotonicTime monotonic) {
  clock.show(monotonic);
  clock.move_to(clock.at(monotonic));
}

Duration passed(const Clock& clock) { return clock.now() - kManualStart; }

}  // namespace

TEST_CASE("clock: real time follows the readings, and never goes back") {
  Clock clock(ClockMode::kReal, kManualStart, 1, kFirst);
  CHECK(passed(clock) == seconds(0));
  follow(clock, kFirst + seconds(3));
  CHECK(passed(clock) == seconds(3));
  follow(clock, kFirst + seconds(2));
  CHECK(passed(clock) == seconds(3));
  follow(clock, kFirst + seconds(4));
  CHECK(passed(clock) == seconds(4));
}

TEST_CASE("clock: scaled time runs as many times as fast") {
  Clock fast(ClockMode::kReal, kManualStart, 60, kFirst);
  follow(fast, kFirst + milliseconds(1'500));
  CHECK(passed(fast) == seconds(90));
  Clock slow(ClockMode::kReal, kManualStart, 0.5, kFirst);
  follow(slow, kFirst + seconds(3));
  CHECK(passed(slow) == milliseconds(1'500));
}

TEST_CASE("clock: many small readings lose no fraction") {
  Clock clock(ClockMode::kReal, kManualStart, 1, kFirst);
  for (int i = 1; i <= 10'000; ++i) follow(clock, kFirst + microseconds(300) * i);
  CHECK(passed(clock) == seconds(3));
  Clock slow(ClockMode::kReal, kManualStart, 0.001, kFirst);
  for (int i = 1; i <= 10'000; ++i) follow(slow, kFirst + milliseconds(1) * i);
  CHECK(passed(slow) == milliseconds(10));
}

TEST_CASE("clock: manual time moves only when it is moved") {
  Clock clock(ClockMode::kManual, kManualStart, 60, kFirst);
  follow(clock, kFirst + hours(1));
  CHECK(passed(clock) == seconds(0));
  clock.move_to(kManualStart + seconds(7));
  CHECK(passed(clock) == seconds(7));
  CHECK(clock.at(kFirst + hours(2)) == kManualStart + seconds(7));
}

TEST_CASE("clock: after a jump ahead real time goes on from there") {
  Clock clock(ClockMode::kReal, kManualStart, 2, kFirst);
  follow(clock, kFirst + seconds(1));
  CHECK(passed(clock) == seconds(2));
  clock.move_to(kManualStart + seconds(100));
  follow(clock, kFirst + seconds(1));
  CHECK(passed(clock) == seconds(100));
  follow(clock, kFirst + seconds(4));
  CHECK(passed(clock) == seconds(106));
}

TEST_CASE("clock: a change of mode or speed neither jumps nor loses time") {
  Clock clock(ClockMode::kReal, kManualStart, 1, kFirst);
  follow(clock, kFirst + seconds(5));
  clock.set_mode(ClockMode::kManual, 1);
  follow(clock, kFirst + seconds(50));
  CHECK(passed(clock) == seconds(5));
  clock.set_mode(ClockMode::kReal, 10);
  CHECK(passed(clock) == seconds(5));
  follow(clock, kFirst + seconds(51));
  CHECK(passed(clock) == seconds(15));
  clock.set_mode(ClockMode::kReal, 1);
  follow(clock, kFirst + seconds(52));
  CHECK(passed(clock) == seconds(16));
  CHECK(clock.mode() == ClockMode::kReal);
  CHECK(clock.speed() == 1);
}

TEST_CASE("clock: it stops at the end of the year 9999") {
  Clock clock(ClockMode::kReal, Clock::kEnd - seconds(1), 1e6, kFirst);
  follow(clock, kFirst + hours(24 * 365));
  CHECK(clock.now() == Clock::kEnd);
  CHECK(format_instant(clock.now()) == "9999-12-31T23:59:59.999Z");
  follow(clock, kFirst + hours(24 * 366));
  CHECK(clock.now() == Clock::kEnd);
}

TEST_CASE("workspace time: the start is the scenario's, the wall's or the documented instant") {
  CHECK(workspace_of(R"("clock": {"mode": "manual"})").now() == instant("2026-03-27T12:00:00.000Z"));
  CHECK(workspace_of(R"("clock": {"mode": "manual", "start": "2030-01-01T00:00:00Z"})").now() ==
        instant("2030-01-01T00:00:00Z"));
  Workspace::Start start;
  start.scenario = scenario_of(R"("clock": {"mode": "real"})");
  start.wall = instant("2031-05-05T05:05:05.005Z");
  start.monotonic = kFirst;
  Workspace w(start);
  CHECK(w.now() == start.wall);
  w.sync(kFirst + seconds(2));
  CHECK(w.now() == start.wall + seconds(2));
  start.clock = ClockPlan{ClockMode::kManual, instant("2032-01-01T00:00:00Z"), 1};
  start.credits = 7;
  start.seed = 9;
  const Workspace overridden(start);
  CHECK(overridden.now() == instant("2032-01-01T00:00:00Z"));
  CHECK(overridden.ledger().available() == 7);
  CHECK(overridden.seed() == 9);
}

TEST_CASE("workspace time: a sync fires what has become due, in order of time") {
  Workspace w = workspace_of(R"("clock": {"mode": "real", "start": "2026-03-27T12:00:00.000Z", "speed": 60},
    "jobs": {"image": {"duration": "90s"}, "model": {"duration": "60s"}})");
  add(w, RecordKind::kImage, 2);
  add(w, RecordKind::kModel, 1);
  std::vector<ClockEvent> fired;
  w.sync(milliseconds(999), &fired);
  CHECK(shown(fired) == "");
  w.sync(milliseconds(1'000), &fired);
  CHECK(shown(fired) == "model_001:DONE@1m");
  w.sync(seconds(2), &fired);
  CHECK(shown(fired) == "model_001:DONE@1m img_001:DONE@90s img_002:DONE@90s");
  CHECK(w.now() == kManualStart + seconds(120));
}

TEST_CASE("workspace time: advancing by and to fires on the way and stops at the instant") {
  Workspace w = workspace_of(R"("jobs": {"image": {"duration": "10s"}, "video": {"duration": "4s"}})");
  add(w, RecordKind::kImage, 1);
  add(w, RecordKind::kVideo, 1);
  CHECK(shown(elapse(w, milliseconds(3'999))) == "");
  CHECK(shown(elapse(w, milliseconds(1))) == "vid_001:DONE@4s");
  CHECK(shown(elapse(w, seconds(100))) == "img_001:DONE@10s");
  CHECK(w.now() == kManualStart + seconds(104));
  CHECK(shown(elapse(w, seconds(0))) == "");
}

TEST_CASE("workspace time: until next fires all of one instant, until idle everything") {
  Workspace w = workspace_of(R"("jobs": {"image": {"duration": "10s"}, "video": {"duration": "4s"}})");
  add(w, RecordKind::kImage, 2);
  add(w, RecordKind::kVideo, 2);
  add(w, RecordKind::kImage, 1);
  CHECK(w.scheduled() == 5);
  std::vector<ClockEvent> fired;
  w.advance_until_next(fired);
  CHECK(shown(fired) == "vid_001:DONE@4s vid_002:DONE@4s");
  CHECK(w.now() == kManualStart + seconds(4));
  fired.clear();
  add(w, RecordKind::kVideo, 1);
  w.advance_until_idle(fired);
  CHECK(shown(fired) == "vid_003:DONE@8s img_001:DONE@10s img_002:DONE@10s img_003:DONE@10s");
  CHECK(w.now() == kManualStart + seconds(10));
  fired.clear();
  w.advance_until_idle(fired);
  w.advance_until_next(fired);
  CHECK(fired.empty());
  CHECK(w.now() == kManualStart + seconds(10));
}

TEST_CASE("workspace time: real time goes on after an advance, from where it led") {
  Workspace w = workspace_of(R"("clock": {"mode": "real", "start": "2026-03-27T12:00:00.000Z"})");
  w.sync(seconds(1));
  elapse(w, seconds(100));
  w.sync(seconds(2));
  CHECK(w.now() == kManualStart + seconds(102));
  w.set_clock(ClockMode::kManual, 1);
  w.sync(seconds(50));
  CHECK(w.now() == kManualStart + seconds(102));
}

TEST_CASE("workspace time: a job of no length is done at the next sync, though the clock stands still") {
  Workspace w = workspace_of(R"("jobs": {"default": {"duration": "0s"}})");
  add(w, RecordKind::kImage, 1);
  CHECK(statuses(w, Collection::kImages) == "I");
  std::vector<ClockEvent> fired;
  w.sync(seconds(1), &fired);
  CHECK(shown(fired) == "img_001:DONE@0s");
  CHECK(w.now() == kManualStart);
}

TEST_CASE("workspace time: a reset is the start again") {
  Workspace w = workspace_of(R"("jobs": {"default": {"duration": "10s"}})");
  const Json before = w.snapshot();
  add(w, RecordKind::kImage, 3);
  elapse(w, seconds(15));
  w.vote("model_1", Voting::kRejected);
  CHECK(w.change_key("*", parsed(R"({"state": "revoked"})")).ok());
  CHECK(w.admit("abc"));
  CHECK(w.snapshot() != before);
  w.reset(nanoseconds(0), kManualStart);
  CHECK(w.snapshot() == before);
}

}  // namespace qamera::sim
