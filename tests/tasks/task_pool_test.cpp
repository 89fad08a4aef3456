// Work off the event loops: order, bound, withdrawal, end.

#include "tasks/task_pool.h"

#include <doctest/doctest.h>

#include <future>
#include <string>

namespace qamera::tasks {
namespace {

/// A task that holds its thread until it is let go.
class Gate {
 public:
  TaskPool::Task task() {
    return [this] {
      entered_.set_value();
      opened_.get_future().wait();
    };
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> entered_, opened_;
};

}  // namespace

TEST_CASE("task pool: one thread takes tasks in their order, and a task may add another") {
  TaskPool pool({.threads = 1});
  std::string order;
  std::promise<void> done;
  Gate gate;
  REQUIRE(pool.submit(gate.task()));
  REQUIRE(pool.submit([&] {
    order += 'a';
    pool.submit([&] {
      order += 'c';
      done.set_value();
    });
  }));
  REQUIRE(pool.submit([&] { order += 'b'; }));
  gate.open();
  done.get_future().wait();
  CHECK(order == "abc");
}

TEST_CASE("task pool: what waits is bounded, and what is submitted beyond the bound is taken all the same") {
  TaskPool pool({.threads = 2, .most_queued = 3});
  Gate first, second;
  // Before any thread had the time to take one: free threads do not count as a queue.
  REQUIRE(pool.offer(first.task()));
  REQUIRE(pool.offer(second.task()));
  first.wait_until_entered();
  second.wait_until_entered();
  int ran = 0;
  std::promise<void> done;
  for (int i = 0; i < 3; ++i) CHECK(pool.offer([&] { ++ran; }));
  CHECK_FALSE(pool.offer([&] { ran += 100; }));
  CHECK(pool.submit([&] { done.set_value(); }));
  CHECK_FALSE(pool.offer([&] { ran += 100; }));
  first.open();  // the second keeps its thread, so one thread runs the rest in order
  done.get_future().wait();
  CHECK(ran == 3);
  CHECK(pool.offer([] {}));
  second.open();
}

TEST_CASE("task pool: a task is withdrawn unless a thread has it or is free to take it") {
  TaskPool pool({.threads = 1});
  Gate gate;
  const auto running = pool.offer(gate.task());
  gate.wait_until_entered();
  bool ran = false;
  const auto waiting = pool.offer([&] { ran = true; });
  REQUIRE(waiting);
  CHECK_FALSE(pool.withdraw(*running));
  CHECK(pool.withdraw(*waiting));
  CHECK_FALSE(pool.withdraw(*waiting));
  std::promise<void> done;
  CHECK(pool.offer([&] { done.set_value(); }));
  gate.open();
  done.get_future().wait();
  CHECK_FALSE(ran);
}

TEST_CASE("task pool: the end drops what waits, waits for what runs, and nothing is taken after it") {
  TaskPool pool({.threads = 1});
  Gate gate;
  bool finished = false;
  REQUIRE(pool.submit([&, task = gate.task()] {
    task();
    finished = true;
  }));
  gate.wait_until_entered();
  auto held = std::make_shared<int>(0);
  REQUIRE(pool.submit([held] { ++*held; }));
  std::thread stopping([&] { pool.stop(); });
  while (held.use_count() > 1) std::this_thread::yield();  // dropped before the running one is waited for
  gate.open();
  stopping.join();
  CHECK(finished);
  CHECK(*held == 0);
  CHECK_FALSE(pool.submit([] {}));
}

}  // namespace qamera::tasks
