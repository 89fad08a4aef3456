#include "edge/poller.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace qamera;
using namespace qamera::edge;

namespace {

struct Ears : Poller::Watcher {
  void on_ready(Readiness) override {}
};

struct Pair {
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
  ~Pair() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  void close_second() {
    ::close(ends[1]);
    ends[1] = -1;
  }
  std::array<int, 2> ends{};
};

std::vector<std::unique_ptr<Poller>> pollers() {
  std::vector<std::unique_ptr<Poller>> all;
  all.push_back(make_poll_poller());
#ifdef __linux__
  all.push_back(make_epoll_poller());
#endif
  all.push_back(make_poller());
  return all;
}

}  // namespace

TEST_CASE("poller: readiness is reported as asked for, and again while it lasts") {
  for (const auto& poller : pollers()) {
    Pair pair;
    Ears ears;
    std::vector<Poller::Event> events;
    REQUIRE(poller->add(pair.ends[0], {.readable = true}, ears));
    poller->wait(events, MonotonicTime(0));
    CHECK(events.empty());
    REQUIRE(::write(pair.ends[1], "x", 1) == 1);
    for (int i = 0; i < 2; ++i) {
      poller->wait(events, MonotonicTime(0));
      REQUIRE(events.size() == 1);
      CHECK(events[0].watcher == &ears);
      CHECK(events[0].readiness.readable);
      CHECK_FALSE(events[0].readiness.writable);
    }
    poller->change(pair.ends[0], {.writable = true}, ears);
    poller->wait(events, MonotonicTime(0));
    REQUIRE(events.size() == 1);
    CHECK_FALSE(events[0].readiness.readable);
    CHECK(events[0].readiness.writable);
    poller->change(pair.ends[0], {}, ears);
    poller->wait(events, MonotonicTime(0));
    CHECK(events.empty());
    poller->remove(pair.ends[0]);
  }
}

TEST_CASE("poller: a dead peer is reported even when nothing is asked for") {
  for (const auto& poller : pollers()) {
    Pair pair;
    Ears ears;
    std::vector<Poller::Event> events;
    REQUIRE(poller->add(pair.ends[0], {}, ears));
    pair.close_second();
    poller->wait(events, MonotonicTime(0));
    REQUIRE(events.size() == 1);
    CHECK(events[0].readiness.hung_up);
    poller->remove(pair.ends[0]);
  }
}

TEST_CASE("poller: removing one keeps the others") {
  for (const auto& poller : pollers()) {
    std::array<Pair, 3> pairs;
    std::array<Ears, 3> ears;
    std::vector<Poller::Event> events;
    for (std::size_t i = 0; i < pairs.size(); ++i) REQUIRE(poller->add(pairs[i].ends[0], {.readable = true}, ears[i]));
    for (Pair& pair : pairs) REQUIRE(::write(pair.ends[1], "x", 1) == 1);
    poller->remove(pairs[0].ends[0]);
    poller->wait(events, MonotonicTime(0));
    REQUIRE(events.size() == 2);
    for (const Poller::Event& event : events) CHECK(event.watcher != &ears[0]);
    poller->remove(pairs[2].ends[0]);
    poller->wait(events, MonotonicTime(0));
    REQUIRE(events.size() == 1);
    CHECK(events[0].watcher == &ears[1]);
    poller->remove(pairs[1].ends[0]);
  }
}

TEST_CASE("poller: waiting times are rounded up to whole milliseconds and bounded") {
  CHECK(poll_timeout(std::nullopt) == -1);
  CHECK(poll_timeout(MonotonicTime(-5)) == 0);
  CHECK(poll_timeout(MonotonicTime(0)) == 0);
  CHECK(poll_timeout(MonotonicTime(1)) == 1);
  CHECK(poll_timeout(std::chrono::milliseconds(7)) == 7);
  CHECK(poll_timeout(std::chrono::hours(1)) == 60'000);
}
