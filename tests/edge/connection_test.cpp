#include <doctest/doctest.h>

#include <new>
#include <string>
#include <thread>
#include <vector>

#include "edge/client.h"
#include "edge/scripted_handler.h"

using namespace qamera;
using namespace qamera::test;

TEST_CASE("connection: a request reaches the handler as sent") {
  ScriptedHandler handler;
  Served served(handler);
  Client client(served.port());
  const auto reply =
      client.exchange(post("/a%20b?x=%41&x=2", "{\"a\":1}", "X-Percent: %41\r\nX-Empty:\r\nx-percent: b\r\n"));
  CHECK(reply.status == 200);
  CHECK(reply.head.find("Connection:") == std::string::npos);
  CHECK(reply.body == "POST /a%20b?x=%41&x=2 {\"a\":1}");
  const auto requests = handler.requests();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].path == "/a b");
  REQUIRE(requests[0].query.size() == 2);
  CHECK(requests[0].query[0].value == "A");
  CHECK(requests[0].remote.starts_with("127.0.0.1:"));
  REQUIRE(requests[0].headers.size() == 5);
  CHECK(*requests[0].headers.find("X-Percent") == "%41");
  CHECK(*requests[0].headers.find("X-Empty") == "");
}

TEST_CASE("connection: a multipart request has its parts and its body") {
  ScriptedHandler handler;
  Served served(handler);
  Client client(served.port());
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type: "
      "image/png\r\n\r\n\x01\r\n--b--\r\n";
  CHECK(client.exchange(post("/form", body, "Content-Type: multipart/form-data; boundary=b\r\n")).status == 200);
  CHECK(client.exchange(post("/form", "broken", "Content-Type: multipart/form-data; boundary=b\r\n")).status == 200);
  const auto requests = handler.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].body == body);
  REQUIRE(requests[0].parts.size() == 2);
  CHECK(requests[0].parts[1].content_type == "image/png");
  CHECK(requests[1].parts.empty());
  CHECK(requests[1].body == "broken");
}

TEST_CASE("connection: any method reaches the handler, and statuses of 400 keep the connection") {
  ScriptedHandler handler;
  handler.on("/missing", [](const Request&) { return reply_with("{}", {}, 404); });
  Served served(handler);
  Client client(served.port());
  for (const std::string method : {"PROPFIND", "TRACE", "PATCH", "DELETE", "X-Custom", "get"}) {
    CAPTURE(method);
    const auto reply = client.exchange(method + " /m HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(reply.status == 200);
    CHECK(reply.body == method + " /m ");
  }
  for (int i = 0; i < 3; ++i) {
    const auto reply = client.exchange(get("/missing"));
    CHECK(reply.status == 404);
    CHECK(reply.head.find("Connection: close") == std::string::npos);
  }
}

TEST_CASE("connection: fields that would change the reply elsewhere change nothing") {
  ScriptedHandler handler;
  Served served(handler);
  Client client(served.port());
  const auto reply =
      client.exchange(get("/x",
                          "Range: bytes=0-1\r\nAccept-Encoding: br, gzip\r\nAccept: ;;;\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nIf-None-Match: *\r\n"));
  CHECK(reply.status == 200);
  CHECK(reply.body == "GET /x ");
  CHECK(handler.requests()[0].headers.size() == 7);
}

TEST_CASE("connection: a POST without a length has an empty body, at once") {
  ScriptedHandler handler;
  Served served(handler);
  Client client(served.port());
  CHECK(client.exchange("POST /p HTTP/1.1\r\nHost: a\r\n\r\n").body == "POST /p ");
}

TEST_CASE("connection: HEAD announces the length and sends no body") {
  ScriptedHandler handler;
  Served served(handler);
  Client client(served.port());
  client.send("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n" + get("/after"));
  const auto head = client.reply(true);
  CHECK(head.head.find("Content-Length: 8") != std::string::npos);
  CHECK(client.reply().body == "GET /after ");
  CHECK(handler.requests()[0].method == "HEAD");
}

TEST_CASE("connection: pipelined requests are answered in order, however they are cut") {
  ScriptedHandler handler;
  Served served(handler);
  std::string all;
  for (int i = 0; i < 200; ++i) {
    all += i % 3 == 0 ? post("/" + std::to_string(i), "b" + std::to_string(i)) : get("/" + std::to_string(i));
  }
  for (const std::size_t piece : {all.size(), std::size_t{1009}, std::size_t{13}}) {
    Client client(served.port());
    std::thread sender([&] {
      for (std::size_t at = 0; at < all.size(); at += piece) client.send(std::string_view(all).substr(at, piece));
    });
    int wrong = 0;
    for (int i = 0; i < 200; ++i) {
      const std::string number = std::to_string(i);
      const std::string expected = i % 3 == 0 ? "POST /" + number + " b" + number : "GET /" + number + " ";
      if (client.reply().body != expected) ++wrong;
    }
    sender.join();
    CHECK(wrong == 0);
  }
}

TEST_CASE("connection: a client that pipelines without reading is held back, and then served in full") {
  ScriptedHandler handler;
  handler.on("/big", [](const Request&) { return reply_with(std::string(100'000, 'x')); });
  Served served(handler);
  Client client(served.port());
  constexpr int kRequests = 300;
  std::thread sender([&] {
    for (int i = 0; i < kRequests; ++i) client.send(get("/big"));
  });
  int complete = 0;
  for (int i = 0; i < kRequests; ++i) {
    const auto reply = client.reply();
    if (reply.complete && reply.body.size() == 100'000) ++complete;
  }
  sender.join();
  CHECK(complete == kRequests);
}

TEST_CASE("connection: chunked bodies are decoded, and what follows is the next request") {
  ScriptedHandler handler;
  Served served(handler);
  Client client(served.port());
  client.send(
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n" +
      get("/next"));
  CHECK(client.reply().body == "POST /c abcde");
  CHECK(client.reply().body == "GET /next ");
}

TEST_CASE("connection: 100 Continue is sent when the head is fine, the refusal at once when not") {
  ScriptedHandler handler;
  Served served(handler);
  Client client(served.port());
  client.send("POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(client.exchange("abc").body == "POST /e abc");

  Client large(served.port());
  const auto reply =
      large.exchange("POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
  CHECK(reply.status == 413);
  CHECK(large.closes());

  Client odd(served.port());
  CHECK(odd.exchange(get("/", "Expect: coffee\r\n")).status == 417);
  CHECK(handler.requests().size() == 1);
}

TEST_CASE("connection: a body over the limit is refused while it is being sent, and the client can read why") {
  ScriptedHandler handler;
  ServerOptions options;
  options.limits.body = 1000;
  options.limits.multipart_body = 2000;
  Served served(handler, options);
  const std::string piece(64 * 1024, 'x');
  for (const bool chunked : {false, true}) {
    for (const bool multipart : {false, true}) {
      CAPTURE(chunked);
      CAPTURE(multipart);
      Client client(served.port());
      client.send("POST /l HTTP/1.1\r\nHost: a\r\n" +
                  std::string(multipart ? "Content-Type: multipart/form-data; boundary=b\r\n" : "") +
                  (chunked ? "Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n" : "Content-Length: 268435455\r\n\r\n"));
      // More than both sides' socket buffers hold: without the drain this would block or be reset.
      for (int i = 0; i < 200; ++i) REQUIRE(client.send(piece));
      const auto reply = client.reply();
      CHECK(reply.status == 413);
      CHECK(reply.head.find("Connection: close") != std::string::npos);
      CHECK(reply.body.find(multipart ? "2000" : "1000") != std::string::npos);
      client.shut_down_sending();
      CHECK(client.closes());
    }
  }
  CHECK(handler.requests().empty());
  CHECK(handler.refusals().size() == 4);
}

TEST_CASE("connection: what is drained after a refusal is bounded") {
  ScriptedHandler handler;
  ServerOptions options;
  options.limits.body = 1000;
  options.lingering_bytes = 100'000;
  Served served(handler, options);
  Client client(served.port());
  client.send("POST /l HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n");
  const std::string piece(64 * 1024, 'x');
  bool refused = false;
  for (int i = 0; i < 10'000 && !refused; ++i) refused = !client.send(piece);
  CHECK(refused);
}

TEST_CASE("connection: after a refusal nothing left over is taken for a request") {
  ScriptedHandler handler;
  Served served(handler);
  Client client(served.port());
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
              get("/smuggled"));
  CHECK(client.reply().status == 400);
  client.shut_down_sending();
  CHECK(client.closes());
  CHECK(handler.requests().empty());
}

TEST_CASE("connection: refusals come from the handler, with what was read of the request") {
  ScriptedHandler handler;
  Served served(handler);
  Client client(served.port());
  const auto reply = client.exchange("GET /r?a=1 HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n");
  CHECK(reply.status == 400);
  CHECK(reply.body == "{\"error\":\"Malformed header field name.\"}");
  const auto refusals = handler.refusals();
  REQUIRE(refusals.size() == 1);
  CHECK(refusals[0].request.path == "/r");
  CHECK(refusals[0].request.query.size() == 1);
  CHECK(refusals[0].request.remote.starts_with("127.0.0.1:"));
}

TEST_CASE("connection: a request that there is no memory for is refused with 503, and the next one is served") {
  ScriptedHandler handler;
  handler.on("/large", [](const Request&) -> Reply { throw std::bad_alloc(); });
  Served served(handler);
  Client client(served.port());
  const auto reply = client.exchange(get("/large"));
  CHECK(reply.status == 503);
  CHECK(reply.body == "{\"error\":\"Out of memory for this request.\"}");
  CHECK(client.exchange(get("/small")).body == "GET /small ");
  REQUIRE(handler.refusals().size() == 1);
  CHECK(handler.refusals()[0].reason == "edge: out of memory");
}

TEST_CASE("connection: a long line without an end is refused before it fills memory") {
  ScriptedHandler handler;
  Served served(handler);
  Client line(served.port());
  CHECK(line.exchange("GET /" + std::string(17 * 1024, 'x')).status == 414);
  Client field(served.port());
  CHECK(field.exchange("GET / HTTP/1.1\r\nX: " + std::string(66 * 1024, 'x')).status == 431);
}

TEST_CASE("connection: HTTP/1.0 and Connection decide whether it stays open") {
  ScriptedHandler handler;
  Served served(handler);
  Client old(served.port());
  CHECK(old.exchange("GET /o HTTP/1.0\r\n\r\n").body == "GET /o ");
  CHECK(old.closes());

  Client kept(served.port());
  for (int i = 0; i < 2; ++i) {
    const auto reply = kept.exchange("GET /k HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(reply.body == "GET /k ");
    CHECK(reply.head.find("Connection: keep-alive") != std::string::npos);
  }

  Client closing(served.port());
  const auto reply = closing.exchange(get("/c", "Connection: close\r\n") + get("/ignored"));
  CHECK(reply.body == "GET /c ");
  CHECK(reply.head.find("Connection: close") != std::string::npos);
  CHECK(closing.closes());
}

TEST_CASE("connection: a client that stops sending after its request still gets the reply") {
  ScriptedHandler handler;
  handler.on("/big", [](const Request&) { return reply_with(std::string(5'000'000, 'x')); });
  Served served(handler);
  Client client(served.port());
  client.send(get("/big"));
  client.shut_down_sending();
  CHECK(client.reply().body.size() == 5'000'000);
  CHECK(client.closes());
}

TEST_CASE("connection: a client that leaves in the middle of a request costs nothing") {
  ScriptedHandler handler;
  Served served(handler);
  for (const std::string text :
       {"", "GE", "GET / HTTP/1.1\r\nHost", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"}) {
    Client client(served.port());
    client.send(text);
  }
  Client last(served.port());
  CHECK(last.exchange(get("/last")).status == 200);
  served.wait_for_connections(1);
  CHECK(handler.requests().size() == 1);
  CHECK(handler.refusals().empty());
}
