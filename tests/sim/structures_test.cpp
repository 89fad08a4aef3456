// The containers of a workspace, each beside a standard one that does the same slowly.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "sim/pending_jobs.h"
#include "sim/random.h"
#include "sim/record_index.h"
#include "sim/schedule.h"

namespace qamera::sim {
namespace {

using Key = std::pair<Instant, std::uint64_t>;

std::uint64_t below(Random& random, std::uint64_t bound) { return random.next() % bound; }

TEST_CASE("schedule: what is due comes by instant, then by order, and never when it was cancelled") {
  Random random(7);
  Schedule schedule;
  std::map<Key, std::size_t> expected;  // the index of the record
  for (std::uint64_t step = 1; step <= 20'000; ++step) {
    const std::uint64_t choice = below(random, 100);
    if (choice < 45 || expected.empty()) {
      const Instant at{Duration(below(random, 50))};
      schedule.add({.at = at, .order = step, .record = {Collection::kImages, step}, .is_job = true});
      expected.emplace(Key(at, step), step);
    } else if (choice < 75) {
      auto some = expected.begin();
      std::advance(some, below(random, expected.size()));
      schedule.cancel(some->first.first, some->first.second);
      expected.erase(some);
    } else {
      const ScheduledEvent due = schedule.take_next();
      REQUIRE(due.key() == expected.begin()->first);
      CHECK(due.record.index == expected.begin()->second);
      expected.erase(expected.begin());
    }
    REQUIRE(schedule.size() == expected.size());
    REQUIRE(schedule.empty() == expected.empty());
    if (!expected.empty()) REQUIRE(schedule.next().key() == expected.begin()->first);
  }
}

TEST_CASE("schedule: a copy goes its own way") {
  Schedule one;
  one.add({.at = Instant(Duration(2)), .order = 1});
  one.add({.at = Instant(Duration(3)), .order = 2});
  one.add({.at = Instant(Duration(4)), .order = 3});
  one.cancel(Instant(Duration(3)), 2);
  Schedule other = one;
  CHECK(one.take_next().order == 1);
  CHECK(other.size() == 2);
  CHECK(other.next().order == 1);
  CHECK(one.next().order == 3);
}

TEST_CASE("pending jobs: each record's own, whatever ended before it") {
  Random random(11);
  PendingJobs jobs;
  std::map<std::size_t, std::int64_t> expected;  // the price, by index
  for (std::int64_t step = 1; step <= 20'000; ++step) {
    const RecordPlace place{Collection::kVideos, below(random, 300)};
    const Job* job = jobs.find(place);
    const auto known = expected.find(place.index);
    REQUIRE((job != nullptr) == (known != expected.end()));
    if (!job) {
      Job added;
      added.place = place;
      added.price = step;
      added.mode = place.index % 2 == 0 ? JobMode::kAfterPolls : JobMode::kTimed;
      jobs.add(added);
      expected.emplace(place.index, step);
      continue;
    }
    REQUIRE(job->price == known->second);
    REQUIRE(jobs.take(place).price == known->second);
    expected.erase(known);
    REQUIRE(jobs.size() == expected.size());
    const auto even =
        std::count_if(expected.begin(), expected.end(), [](const auto& one) { return one.first % 2 == 0; });
    REQUIRE(jobs.polled() == static_cast<std::size_t>(even));
  }
  CHECK(jobs.find({Collection::kImages, 3}) == nullptr);
}

TEST_CASE("pending jobs: only those that count polls end by them, at the last") {
  PendingJobs jobs;
  Job polled;
  polled.place = {Collection::kImages, 4};
  polled.mode = JobMode::kAfterPolls;
  polled.polls_left = 2;
  jobs.add(polled);
  Job timed;
  timed.place = {Collection::kImages, 5};
  jobs.add(timed);
  CHECK_FALSE(jobs.poll(polled.place));
  CHECK(jobs.poll(polled.place));
  CHECK_FALSE(jobs.poll(timed.place));
  CHECK_FALSE(jobs.poll({Collection::kImages, 6}));
  CHECK_FALSE(jobs.poll({Collection::kModels, 4}));
}

TEST_CASE("record index: every id that was added is found, and no other") {
  RecordIndex index;
  const auto id_of = [](std::size_t i) { return "img_" + std::to_string(i); };
  const auto id_at = [&](RecordPlace place) { return id_of(place.index); };
  CHECK_FALSE(index.find("img_0", id_at));
  constexpr std::size_t kMany = 5'000;
  for (std::size_t i = 0; i < kMany; ++i) {
    CHECK_FALSE(index.find(id_of(i), id_at));
    index.add(id_of(i), {Collection::kImages, i});
  }
  for (std::size_t i = 0; i < kMany; ++i) CHECK(index.find(id_of(i), id_at) == RecordPlace{Collection::kImages, i});
  CHECK_FALSE(index.find(id_of(kMany), id_at));
  CHECK_FALSE(index.find("", id_at));
}

}  // namespace
}  // namespace qamera::sim
