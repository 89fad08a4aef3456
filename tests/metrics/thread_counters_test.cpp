#include "metrics/thread_counters.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace qamera::metrics {

TEST_CASE("thread counters: what several threads count at once is added up, those that have ended too") {
  constexpr std::size_t kThreads = 4;
  constexpr std::uint64_t kTimes = 20'000;
  ThreadCounters counters(3);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t n = 0; n < kTimes; ++n) {
        const ThreadCounters::Row row = counters.mine();
        ThreadCounters::add(row[0], 1);
        ThreadCounters::add(row[2], n);
      }
    });
  }
  const std::vector<std::uint64_t> meanwhile = counters.sums();
  CHECK(meanwhile[0] <= kThreads * kTimes);
  for (std::thread& thread : threads) thread.join();
  CHECK(counters.sums() == std::vector<std::uint64_t>{kThreads * kTimes, 0, kThreads * kTimes * (kTimes - 1) / 2});
}

TEST_CASE("thread counters: a thread that counts in two by turns keeps them apart") {
  ThreadCounters one(1);
  ThreadCounters other(2);
  for (int i = 0; i < 3; ++i) {
    ThreadCounters::add(one.mine()[0], 1);
    ThreadCounters::add(other.mine()[1], 10);
  }
  CHECK(one.mine().size() == 1);
  CHECK(one.sums() == std::vector<std::uint64_t>{3});
  CHECK(other.sums() == std::vector<std::uint64_t>{0, 30});
}

TEST_CASE("thread counters: where others have been none of theirs is left") {
  for (int i = 0; i < 3; ++i) {
    ThreadCounters counters(1);
    CHECK(counters.sums() == std::vector<std::uint64_t>{0});
    ThreadCounters::add(counters.mine()[0], 1);
    CHECK(counters.sums() == std::vector<std::uint64_t>{1});
  }
}

}  // namespace qamera::metrics
