#include "edge/loop.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "edge/scripted_handler.h"

using namespace qamera;
using namespace qamera::edge;

TEST_CASE("loop: calls from many threads all run, on the loop's thread, in each sender's order") {
  Loop loop(system_time());
  constexpr int kThreads = 4;
  constexpr int kCalls = 2000;
  std::vector<int> last(kThreads, 0);
  int done = 0;
  bool in_order = true;
  bool on_loop = true;
  std::thread runner([&] { loop.run([] {}); });
  std::vector<std::thread> senders;
  for (int t = 0; t < kThreads; ++t) {
    senders.emplace_back([&, t] {
      for (int i = 1; i <= kCalls; ++i) {
        loop.mailbox()->post([&, t, i] {
          const auto sender = static_cast<std::size_t>(t);
          in_order = in_order && last[sender] == i - 1;
          last[sender] = i;
          on_loop = on_loop && loop.is_current_thread();
          if (++done == kThreads * kCalls) loop.quit();
        });
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  runner.join();
  CHECK(done == kThreads * kCalls);
  CHECK(in_order);
  CHECK(on_loop);
  CHECK_FALSE(loop.is_current_thread());
}

TEST_CASE("loop: a mailbox outlives its loop and drops what comes too late") {
  std::shared_ptr<Mailbox> mailbox;
  auto held = std::make_shared<int>(0);
  {
    Loop loop(system_time());
    mailbox = loop.mailbox();
    mailbox->post([held] { ++*held; });
  }
  mailbox->post([held] { ++*held; });
  CHECK(*held == 0);
  CHECK(held.use_count() == 1);
}

TEST_CASE("loop: a clock moved by hand is looked at when the loop is woken") {
  struct Quit : TimerClient {
    explicit Quit(Loop& target) : loop(target) {}
    void on_deadline(MonotonicTime) override { loop.quit(); }
    Loop& loop;
  };
  test::HandClock clock;
  Loop loop(clock);
  Quit quit(loop);
  loop.timers().set(quit, loop.now() + std::chrono::hours(1));
  std::thread runner([&] { loop.run([] {}); });
  clock.advance(std::chrono::hours(2));
  loop.mailbox()->wake();
  runner.join();
  CHECK(loop.now() >= std::chrono::hours(2));
}
