// Replies made off the event loops: when they are there, and what becomes of them when their client leaves.

#include "tasks/deferred_reply.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "control/served.h"

namespace qamera::tasks {
namespace {

Reply numbered(int status) {
  Reply reply;
  reply.response.status = status;
  return reply;
}

/// Waits until it is decided.
/// Of a stream too, which another thread may read ahead.
std::string whole_body(const Reply& reply) {
  std::string text = reply.response.body;
  while (reply.stream && reply.stream->read(text, 1u << 16) != ReplyStream::State::kEnd) std::this_thread::yield();
  return text;
}

Reply awaited(PendingReply& pending) {
  std::promise<void> decided;
  std::once_flag once;
  pending.on_decided([&] { std::call_once(once, [&] { decided.set_value(); }); });
  decided.get_future().wait();
  auto reply = pending.poll(false);
  REQUIRE(reply);
  return *std::move(reply);
}

}  // namespace

TEST_CASE("deferred reply: it is pending until a thread has made it, and then announced") {
  TaskPool pool({.threads = 1});
  std::promise<void> go;
  auto reply = deferred(
      pool,
      [&](const std::stop_token&) {
        go.get_future().wait();
        return numbered(201);
      },
      Queueing::kBounded);
  REQUIRE(reply);
  CHECK_FALSE(reply->pending->poll(false));
  CHECK_FALSE(reply->pending->poll(true));  // what is under way is waited for within the server's grace
  go.set_value();
  CHECK(awaited(*reply->pending).response.status == 201);
}

TEST_CASE("deferred reply: of a client that leaves, what waits is dropped, and what runs is told") {
  TaskPool pool({.threads = 1, .most_queued = 1});
  std::promise<void> entered, told;
  auto running = deferred(
      pool,
      [&](const std::stop_token& given_up) {
        const std::stop_callback on_stop(given_up, [&] { told.set_value(); });
        entered.set_value();
        told.get_future().wait();
        return numbered(200);
      },
      Queueing::kBounded);
  entered.get_future().wait();
  bool ran = false;
  const MakeReply late = [&](const std::stop_token&) {
    ran = true;
    return numbered(200);
  };
  auto waiting = deferred(pool, late, Queueing::kBounded);
  REQUIRE(waiting);
  CHECK_FALSE(deferred(pool, late, Queueing::kBounded));
  // A client that closed its sending side: the running call is answered all the same, the waiting one given up.
  CHECK(running->pending->outlasts_half_close());
  CHECK_FALSE(waiting->pending->outlasts_half_close());
  waiting->pending.reset();
  auto another = deferred(
      pool, [](const std::stop_token&) { return numbered(204); }, Queueing::kBounded);
  REQUIRE(another);
  running->pending.reset();
  CHECK(awaited(*another->pending).response.status == 204);
  CHECK_FALSE(ran);
}

TEST_CASE("deferred reply: want of memory is told to the one who asks") {
  TaskPool pool({.threads = 1});
  auto reply = deferred(
      pool, [](const std::stop_token&) -> Reply { throw std::bad_alloc(); }, Queueing::kBounded);
  REQUIRE(reply);
  std::promise<void> done;
  pool.submit([&] { done.set_value(); });  // after it
  done.get_future().wait();
  CHECK_THROWS_AS(reply->pending->poll(false), std::bad_alloc);
}

TEST_CASE("deferred reply: a pool that has stopped takes nothing") {
  TaskPool pool({});
  pool.stop();
  CHECK_FALSE(deferred(
      pool, [](const std::stop_token&) { return numbered(200); }, Queueing::kAlways));
}

TEST_CASE("control: with threads of their own, calls give the replies that they give without") {
  control::Served here;
  Pools pools;
  control::Served::Overrides overrides;
  overrides.options.control.pools = &pools;
  control::Served there(overrides);
  const std::pair<const char*, const char*> calls[] = {
      {"POST", "/workspaces"}, {"GET", "/workspaces"},  {"GET", "/state"},    {"GET", "/credits"},
      {"GET", "/requests"},    {"GET", "/nothing"},     {"PUT", "/requests"}, {"POST", "/requests/count"},
      {"GET", "/scenarios"},   {"GET", "/openapi.json"}};
  for (const auto& [method, target] : calls) {
    CAPTURE(target);
    const std::string_view body = std::string_view(method) == "POST" ? "{}" : "";
    Reply made = there.control(method, target, body);
    if (made.pending) made = awaited(*made.pending);
    const Reply expected = here.control(method, target, body);
    CHECK(made.response.status == expected.response.status);
    CHECK(whole_body(made) == whole_body(expected));
  }
  pools.stop();
}

}  // namespace qamera::tasks
