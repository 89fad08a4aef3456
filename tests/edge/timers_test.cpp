#include "edge/timers.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace qamera;
using namespace qamera::edge;

namespace {

struct Bell : TimerClient {
  void on_deadline(MonotonicTime now) override { rung.push_back(now); }
  std::vector<MonotonicTime> rung;
};

}  // namespace

TEST_CASE("timers: deadlines fire in order, once, and not before their time") {
  Timers timers;
  Bell early, late;
  timers.set(late, MonotonicTime(20));
  timers.set(early, MonotonicTime(10));
  CHECK(timers.next() == MonotonicTime(10));
  timers.run(MonotonicTime(9));
  CHECK(early.rung.empty());
  timers.run(MonotonicTime(10));
  CHECK(early.rung == std::vector{MonotonicTime(10)});
  CHECK(late.rung.empty());
  timers.run(MonotonicTime(100));
  timers.run(MonotonicTime(101));
  CHECK(early.rung.size() == 1);
  CHECK(late.rung == std::vector{MonotonicTime(100)});
  CHECK_FALSE(timers.next().has_value());
}

TEST_CASE("timers: a deadline can be put off, brought forward and cleared") {
  Timers timers;
  Bell bell;
  timers.set(bell, MonotonicTime(10));
  timers.set(bell, MonotonicTime(30));
  timers.run(MonotonicTime(20));
  CHECK(bell.rung.empty());
  CHECK(timers.next() == MonotonicTime(30));
  timers.set(bell, MonotonicTime(25));
  CHECK(timers.next() == MonotonicTime(25));
  timers.run(MonotonicTime(25));
  CHECK(bell.rung.size() == 1);
  timers.set(bell, MonotonicTime(40));
  timers.clear(bell);
  timers.run(MonotonicTime(50));
  CHECK(bell.rung.size() == 1);
  timers.set(bell, MonotonicTime(60));
  timers.forget(bell);
  CHECK(timers.size() == 0);
}

TEST_CASE("timers: any order of 10,000 comes out sorted") {
  Timers timers;
  std::vector<std::unique_ptr<Bell>> bells;
  std::uint32_t state = 12345;
  for (int i = 0; i < 10'000; ++i) {
    state = state * 1664525 + 1013904223;
    bells.push_back(std::make_unique<Bell>());
    timers.set(*bells.back(), MonotonicTime(state % 5000));
    if (state % 7 == 0) timers.forget(*bells[state % bells.size()]);
    if (state % 5 == 0) timers.set(*bells[state % bells.size()], MonotonicTime(state % 3000));
  }
  MonotonicTime last{-1};
  for (int rounds = 0; rounds < 20'000 && timers.next(); ++rounds) {
    const MonotonicTime next = *timers.next();
    CHECK(next >= last);
    last = next;
    timers.run(next);
  }
  CHECK(timers.size() == 0);
}

TEST_CASE("timers: a deadline set while one fires waits for its own time") {
  struct Restless : Bell {
    explicit Restless(Timers& all) : timers(all) {}
    void on_deadline(MonotonicTime now) override {
      Bell::on_deadline(now);
      timers.set(*this, now + MonotonicTime(5));
    }
    Timers& timers;
  };
  Timers timers;
  Restless bell(timers);
  timers.set(bell, MonotonicTime(1));
  timers.run(MonotonicTime(1));
  timers.run(MonotonicTime(6));
  CHECK(bell.rung == std::vector{MonotonicTime(1), MonotonicTime(6)});
  timers.forget(bell);
}
