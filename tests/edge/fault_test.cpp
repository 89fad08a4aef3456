#include <doctest/doctest.h>

#include "edge/client.h"
#include "edge/scripted_handler.h"
#include "edge/transmission.h"

using namespace qamera;
using namespace qamera::test;

namespace {

struct Faulty {
  explicit Faulty(Fault fault) {
    handler.on("/f", [fault](const Request&) { return fault_reply(fault); });
    served.emplace(handler);
  }
  Client client() {
    Client made(served->port());
    made.send(get("/f") + get("/pipelined"));
    return made;
  }
  ScriptedHandler handler;
  std::optional<Served> served;
};

}  // namespace

TEST_CASE("fault: a reset connection shows as ECONNRESET before any byte") {
  Faulty faulty(fault::ConnectionReset{});
  Client client = faulty.client();
  CHECK(client.read_to_end() == "");
  CHECK(client.end() == Client::End::kReset);
}

TEST_CASE("fault: an empty response shows as an orderly end before any byte") {
  Faulty faulty(fault::EmptyResponse{});
  Client client = faulty.client();
  CHECK(client.read_to_end() == "");
  CHECK(client.end() == Client::End::kClosed);
}

TEST_CASE("fault: a truncated body ends before its announced length") {
  Faulty faulty(fault::TruncatedBody{.keep = 0.5});
  Client client = faulty.client();
  const auto reply = client.reply();
  CHECK(reply.status == 200);
  CHECK(reply.head.find("Content-Length: 10") != std::string::npos);
  CHECK(reply.body == "01234");
  CHECK_FALSE(reply.complete);
  CHECK(client.end() == Client::End::kClosed);
}

TEST_CASE("fault: a malformed chunk follows a good one, then the end") {
  Faulty faulty(fault::MalformedChunk{});
  Client client = faulty.client();
  const std::string all = client.read_to_end();
  CHECK(all.find("Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nnot-a-size\r\n") != std::string::npos);
  CHECK(client.end() == Client::End::kClosed);
}

TEST_CASE("fault: garbage is all that comes") {
  Faulty faulty(fault::Garbage{.bytes = 100, .seed = 3});
  Client client = faulty.client();
  CHECK(client.read_to_end() == edge::noise(100, 3));
  CHECK(client.end() == Client::End::kClosed);
}

TEST_CASE("fault: a stalled reply ends when the client leaves, and holds up nobody") {
  Faulty faulty(fault::Stall{});
  {
    Client client = faulty.client();
    Client other(faulty.served->port());
    CHECK(other.exchange(get("/o")).status == 200);
    for (const Request& request : faulty.handler.requests()) CHECK(request.path != "/pipelined");
  }
  faulty.served->wait_for_connections(0);
}

TEST_CASE("fault: a stalled reply ends when the server stops") {
  Faulty faulty(fault::Stall{});
  Client client = faulty.client();
  Client other(faulty.served->port());
  CHECK(other.exchange(get("/o")).status == 200);
  faulty.served->server().stop(std::chrono::hours(1));
  CHECK(client.read_to_end() == "");
}

TEST_CASE("fault: slow headers and slow bodies arrive whole in the end") {
  for (const Fault fault :
       {Fault(fault::SlowHeaders{.every = Duration(1)}), Fault(fault::SlowBody{.every = Duration(1), .bytes = 3})}) {
    Faulty faulty(fault);
    Client client = faulty.client();
    const auto reply = client.reply();
    CHECK(reply.complete);
    CHECK(reply.body == "0123456789");
    CHECK(client.reply().body == "GET /pipelined ");
  }
}

TEST_CASE("fault: slow headers really come in pieces") {
  HandClock clock;
  ScriptedHandler handler;
  handler.on("/f", [](const Request&) { return fault_reply(fault::SlowHeaders{.every = Duration(100)}); });
  ServerOptions options;
  options.time = &clock;
  Served served(handler, options);
  Client client(served.port());
  client.send(get("/f"));
  const std::string start = "HTTP/1.1 200 OK\r\n";
  for (const char c : start) {
    CHECK(client.read_bytes(1) == std::string(1, c));
    clock.advance(Duration(100));
    served.server().poke();
  }
}
