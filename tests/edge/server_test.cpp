#include "edge/server.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "edge/client.h"
#include "edge/scripted_handler.h"

using namespace qamera;
using namespace qamera::test;
using std::chrono::hours;

namespace {

const Log& quiet() {
  static const Log log({.min_level = LogLevel::kError});
  return log;
}

std::string start_error(const std::string& host, int port) {
  ScriptedHandler handler;
  const auto started = Server::start({.host = host, .port = port}, handler, quiet());
  return started ? "" : started.error().message;
}

Delivery delay_of(Duration delay) { return {.delay = delay, .throttle_bytes_per_second = {}, .fault = {}}; }

}  // namespace

TEST_CASE("server: a port in use is an error, even when the other server is ours") {
  ScriptedHandler handler;
  Served served(handler);
  const std::string port = std::to_string(served.port());
  CHECK(start_error("127.0.0.1", served.port()) == "cannot listen on 127.0.0.1:" + port + ": address already in use");
}

TEST_CASE("server: hosts and ports that cannot be are named") {
  CHECK(start_error("127.0.0.1", 65536) == "cannot listen on 127.0.0.1:65536: a port is a number from 0 to 65535");
  CHECK(start_error("127.0.0.1", -1).find("65535") != std::string::npos);
  CHECK(start_error("", 0).find("no host") != std::string::npos);
  CHECK(start_error("999.1.1.1", 0).starts_with("cannot listen on 999.1.1.1:0: unknown host"));
  CHECK(start_error("192.0.2.1", 0) == "cannot listen on 192.0.2.1:0: no such address on this machine");
}

TEST_CASE("server: a port is free again once the server has stopped") {
  ScriptedHandler handler;
  int port = 0;
  {
    Served served(handler);
    port = served.port();
    Client client(port);
    CHECK(client.exchange(get("/")).status == 200);
    CHECK(served.server().url() == "http://127.0.0.1:" + std::to_string(port));
  }
  CHECK(start_error("127.0.0.1", port) == "");
}

TEST_CASE("server: IPv6 addresses work with and without brackets") {
  if (start_error("::1", 0).find("no such address") != std::string::npos) return;
  for (const std::string host : {"::1", "[::1]"}) {
    ScriptedHandler handler;
    auto started = Server::start({.host = host, .port = 0}, handler, quiet());
    REQUIRE(started.ok());
    CHECK((*started)->url() == "http://[::1]:" + std::to_string((*started)->port()));
    Client client((*started)->port(), "::1");
    CHECK(client.exchange(get("/six")).status == 200);
    CHECK(handler.requests()[0].remote.starts_with("[::1]:"));
  }
}

TEST_CASE("server: stop answers what has arrived whole, delays included, and closes the rest") {
  HandClock clock;
  ScriptedHandler handler;
  handler.on("/slow", [](const Request&) { return reply_with("slow", delay_of(std::chrono::seconds(5))); });
  ServerOptions options;
  options.time = &clock;
  options.threads = 2;
  Served served(handler, options);
  Client idle(served.port());
  Client partial(served.port());
  Client slow(served.port());
  CHECK(idle.exchange(get("/")).status == 200);
  partial.send("GET /never HTTP/1.1\r\n");
  slow.send(get("/slow"));
  handler.wait_for_requests(2);
  std::thread stopper([&] { served.server().stop(hours(1)); });
  CHECK(idle.closes());
  partial.read_to_end();
  CHECK_FALSE(Client(served.port()).connected());
  clock.advance(std::chrono::seconds(5));
  served.server().poke();
  CHECK(slow.reply().body == "slow");
  CHECK(slow.closes());
  stopper.join();
  served.server().wait();
  served.server().stop(hours(1));
  CHECK(served.server().connections() == 0);
}

TEST_CASE("server: stop gives up after its grace, and may be called by many at once") {
  ScriptedHandler handler;
  handler.on("/slow", [](const Request&) { return reply_with("slow", delay_of(hours(1))); });
  Served served(handler);
  Client slow(served.port());
  slow.send(get("/slow"));
  handler.wait_for_requests(1);
  std::vector<std::thread> stoppers;
  for (int i = 0; i < 4; ++i) stoppers.emplace_back([&] { served.server().stop(Duration(1)); });
  for (std::thread& stopper : stoppers) stopper.join();
  CHECK(slow.read_to_end() == "");
}

TEST_CASE("server: 1,000 connections that do nothing or dribble hold up nobody") {
  ScriptedHandler handler;
  Served served(handler);
  std::vector<Client> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.emplace_back(served.port());
    REQUIRE(idle.back().connected());
    if (i % 2 == 0) idle.back().send("GET /half HTTP/1.1\r\nHo");
  }
  Client client(served.port());
  for (int i = 0; i < 100; ++i) REQUIRE(client.exchange(get("/")).status == 200);
  for (int i = 0; i < 1000; i += 100) {
    CHECK(idle[static_cast<std::size_t>(i)].exchange("st: a\r\n\r\n").body == "GET /half ");
    CHECK(idle[static_cast<std::size_t>(i + 1)].exchange(get("/whole")).body == "GET /whole ");
  }
}

TEST_CASE("server: beyond the most connections a client waits for its turn") {
  ScriptedHandler handler;
  ServerOptions options;
  options.max_connections = 2;
  Served served(handler, options);
  std::vector<Client> first;
  for (int i = 0; i < 2; ++i) {
    first.emplace_back(served.port());
    CHECK(first.back().exchange(get("/")).status == 200);
  }
  Client waiting(served.port());
  waiting.send(get("/waiting"));
  CHECK(first[0].exchange(get("/")).status == 200);
  CHECK(handler.requests().size() == 3);
  first.clear();
  CHECK(waiting.reply().body == "GET /waiting ");
}

TEST_CASE("server: without descriptors it serves those it has, and accepts again later") {
  ScriptedHandler handler;
  Served served(handler);
  Client early(served.port());
  CHECK(early.exchange(get("/")).status == 200);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit low = before;
  low.rlim_cur = 400;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  std::vector<int> taken;
  for (int fd = ::dup(early.descriptor()); fd >= 0; fd = ::dup(early.descriptor())) taken.push_back(fd);
  REQUIRE_FALSE(taken.empty());
  // One for the client's end: there is none for the server's.
  ::close(taken.back());
  taken.pop_back();
  Client waiting(served.port());
  REQUIRE(waiting.connected());
  waiting.send(get("/later"));
  for (int i = 0; i < 100; ++i) CHECK(early.exchange(get("/")).status == 200);
  CHECK(handler.requests().size() == 101);
  for (const int fd : taken) ::close(fd);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(waiting.reply().body == "GET /later ");
}

TEST_CASE("server: many threads of clients get their own replies") {
  ScriptedHandler handler;
  ServerOptions options;
  options.threads = 3;
  Served served(handler, options);
  std::vector<std::thread> clients;
  std::vector<int> wrong(8, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    clients.emplace_back([&, t] {
      for (int round = 0; round < 5; ++round) {
        Client client(served.port());
        for (int i = 0; i < 50; ++i) {
          const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
          if (client.exchange(post(path, path)).body != "POST " + path + " " + path) ++wrong[t];
        }
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(wrong == std::vector(8, 0));
  served.wait_for_connections(0);
}
