#include "edge/timers.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace qamera;
using namespace qamera::edge;

namespace {

struct Bell : Timed {
  void on_deadline(Steady now) override { rung.push_back(now); }
  std::vector<Steady> rung;
};

}  // namespace

TEST_CASE("timers: deadlines fire in order, once, and not before their time") {
  Timers timers;
  Bell early, late;
  timers.set(late, Steady(20));
  timers.set(early, Steady(10));
  CHECK(timers.next() == Steady(10));
  timers.run(Steady(9));
  CHECK(early.rung.empty());
  timers.run(Steady(10));
  CHECK(early.rung == std::vector{Steady(10)});
  CHECK(late.rung.empty());
  timers.run(Steady(100));
  timers.run(Steady(101));
  CHECK(early.rung.size() == 1);
  CHECK(late.rung == std::vector{Steady(100)});
  CHECK_FALSE(timers.next().has_value());
}

TEST_CASE("timers: a deadline can be put off, brought forward and cleared") {
  Timers timers;
  Bell bell;
  timers.set(bell, Steady(10));
  timers.set(bell, Steady(30));
  timers.run(Steady(20));
  CHECK(bell.rung.empty());
  CHECK(timers.next() == Steady(30));
  timers.set(bell, Steady(25));
  CHECK(timers.next() == Steady(25));
  timers.run(Steady(25));
  CHECK(bell.rung.size() == 1);
  timers.set(bell, Steady(40));
  timers.clear(bell);
  timers.run(Steady(50));
  CHECK(bell.rung.size() == 1);
  timers.set(bell, Steady(60));
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
    timers.set(*bells.back(), Steady(state % 5000));
    if (state % 7 == 0) timers.forget(*bells[state % bells.size()]);
    if (state % 5 == 0) timers.set(*bells[state % bells.size()], Steady(state % 3000));
  }
  Steady last{-1};
  for (int rounds = 0; rounds < 20'000 && timers.next(); ++rounds) {
    const Steady next = *timers.next();
    CHECK(next >= last);
    last = next;
    timers.run(next);
  }
  CHECK(timers.size() == 0);
}

TEST_CASE("timers: a deadline set while one fires waits for its own time") {
  struct Restless : Bell {
    explicit Restless(Timers& all) : timers(all) {}
    void on_deadline(Steady now) override {
      Bell::on_deadline(now);
      timers.set(*this, now + Steady(5));
    }
    Timers& timers;
  };
  Timers timers;
  Restless bell(timers);
  timers.set(bell, Steady(1));
  timers.run(Steady(1));
  timers.run(Steady(6));
  CHECK(bell.rung == std::vector{Steady(1), Steady(6)});
  timers.forget(bell);
}
