#include <doctest/doctest.h>

#include <chrono>

#include "edge/client.h"
#include "edge/scripted_handler.h"

using namespace qamera;
using namespace qamera::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct TimerClient {
  explicit TimerClient(ServerOptions options = {}) : served(handler, with_clock(std::move(options))) {}

  ServerOptions with_clock(ServerOptions options) {
    options.time = &clock;
    options.threads = 1;
    return options;
  }

  /// Every byte sent before has been looked at when this returns: there is one loop, and it reads them in order.
  void settle() {
    Client probe(served.port());
    for (int i = 0; i < 3; ++i) REQUIRE(probe.exchange(get("/probe")).status == 200);
  }

  void advance(Duration by) {
    clock.advance(by);
    served.server().poke();
  }

  HandClock clock;
  ScriptedHandler handler;
  Served served;
};

Delivery delay_of(Duration delay) { return {.delay = delay, .throttle_bytes_per_second = {}, .fault = {}}; }

}  // namespace

TEST_CASE("deadline: a head that does not arrive in time is refused, however it dribbles") {
  TimerClient timed;
  Client client(timed.served.port());
  client.send("GET / HTTP/1.1\r\n");
  timed.settle();
  for (int i = 0; i < 9; ++i) {
    timed.advance(seconds(1));
    client.send("X: y\r\n");
    timed.settle();
  }
  timed.advance(milliseconds(999));
  timed.settle();
  CHECK(timed.handler.refusals().empty());
  timed.advance(milliseconds(1));
  CHECK(client.reply().status == 408);
  CHECK(timed.handler.refusals().size() == 1);
  client.shut_down_sending();
  CHECK(client.closes());
}

TEST_CASE("deadline: a body has a deadline of its own, from the end of the head") {
  TimerClient timed;
  Client client(timed.served.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\n");
  timed.settle();
  timed.advance(seconds(9));
  client.send("Content-Length: 5\r\n\r\nab");
  timed.settle();
  timed.advance(seconds(59));
  timed.settle();
  CHECK(timed.handler.refusals().empty());
  timed.advance(seconds(1));
  CHECK(client.reply().status == 408);
}

TEST_CASE("deadline: a connection without a request is closed without a word, a used one later") {
  TimerClient timed;
  Client silent(timed.served.port());
  Client used(timed.served.port());
  timed.settle();
  timed.advance(seconds(40));
  CHECK(used.exchange(get("/u")).status == 200);
  timed.advance(seconds(35));
  CHECK(silent.closes());
  CHECK(used.exchange(get("/u")).status == 200);
  timed.advance(seconds(74));
  CHECK(used.exchange(get("/u")).status == 200);
  timed.advance(seconds(75));
  CHECK(used.closes());
  CHECK(timed.handler.refusals().empty());
}

TEST_CASE("deadline: a reply that the client does not take is given up") {
  ServerOptions options;
  options.write_deadline = seconds(30);
  TimerClient timed(options);
  timed.handler.on("/big", [](const Request&) { return reply_with(std::string(64 << 20, 'x')); });
  Client client(timed.served.port());
  client.send(get("/big"));
  CHECK(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
  timed.settle();
  timed.advance(milliseconds(29'999));
  timed.settle();
  CHECK(timed.served.server().connections() >= 1);
  timed.advance(milliseconds(1));
  timed.served.wait_for_connections(0);
  CHECK(client.read_to_end().size() < (64 << 20));
}

TEST_CASE("deadline: a delayed reply comes when its time has come, and the pipelined one after it") {
  TimerClient timed;
  timed.handler.on("/slow", [](const Request&) { return reply_with("slow", delay_of(seconds(30))); });
  Client client(timed.served.port());
  client.send(get("/slow") + get("/fast"));
  timed.settle();
  timed.advance(milliseconds(29'999));
  timed.settle();
  // The second request is not even handled before the first is answered.
  for (const Request& request : timed.handler.requests()) CHECK(request.path != "/fast");
  timed.advance(milliseconds(1));
  CHECK(client.reply().body == "slow");
  CHECK(client.reply().body == "GET /fast ");
}

TEST_CASE("deadline: a delay does not hold up other connections, nor does a delay end by idling") {
  TimerClient timed;
  timed.handler.on("/slow", [](const Request&) { return reply_with("slow", delay_of(seconds(300))); });
  Client client(timed.served.port());
  client.send(get("/slow"));
  timed.settle();
  timed.advance(seconds(200));
  timed.settle();
  timed.advance(seconds(100));
  CHECK(client.reply().body == "slow");
}

TEST_CASE("deadline: a client that leaves during a delay is forgotten") {
  TimerClient timed;
  timed.handler.on("/slow", [](const Request&) { return reply_with("slow", delay_of(seconds(300))); });
  {
    Client client(timed.served.port());
    client.send(get("/slow"));
    timed.settle();
  }
  timed.served.wait_for_connections(0);
  timed.advance(seconds(300));
  timed.settle();
}

TEST_CASE("deadline: a throttled reply leaves at its rate") {
  TimerClient timed;
  timed.handler.on("/t", [](const Request&) {
    return reply_with(std::string(1000, 'x'), {.delay = Duration(0), .throttle_bytes_per_second = 50, .fault = {}});
  });
  Client client(timed.served.port());
  client.send(get("/t"));
  CHECK(client.read_bytes(1) == "H");
  timed.advance(seconds(1));
  CHECK(client.read_bytes(50) == "TTP/1.1 200 OK\r\nContent-Type: application/json\r\nCo");
  timed.advance(seconds(100));
  CHECK(client.read_until(std::string(1000, 'x')).ends_with("\r\n\r\n" + std::string(1000, 'x')));
}

TEST_CASE("deadline: after its last byte a refused client has limited time to leave") {
  TimerClient timed;
  Client client(timed.served.port());
  CHECK(client.exchange("BAD\r\n\r\n").status == 400);
  CHECK(client.closes());  // the server's side only
  timed.settle();
  CHECK(timed.served.server().connections() >= 1);
  timed.advance(seconds(10));
  timed.served.wait_for_connections(0);
}
