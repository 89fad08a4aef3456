#include "http/reply_head.h"

#include <doctest/doctest.h>

using namespace qamera;
using namespace qamera::http;

namespace {

std::string head(const Response& response, BodyLength length = BodyLength::kKnown, std::size_t size = 5,
                 Persistence persistence = Persistence::kKeepAlive) {
  std::string out;
  append_head(out, response, length, size, persistence);
  return out;
}

}  // namespace

TEST_CASE("reply head: the type defaults to JSON, order and repeated fields are kept") {
  CHECK(head({.status = 200, .headers = {}, .body = ""}) ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n");
  CHECK(head({.status = 404,
              .headers = {{"Z", "1"}, {"content-type", "text/html"}, {"A", "2"}, {"Z", "3"}},
              .body = ""}) ==
        "HTTP/1.1 404 Not Found\r\nZ: 1\r\ncontent-type: text/html\r\nA: 2\r\nZ: 3\r\nContent-Length: 5\r\n\r\n");
}

TEST_CASE("reply head: the date is the response's, unless a field has one or the reply is another server's") {
  Response response{.status = 204, .headers = {}, .body = ""};
  response.date = parse_instant("2026-03-27T12:00:00.999Z").value();
  const std::string line = "HTTP/1.1 204 No Content\r\n";
  CHECK(head(response) == line + "Date: Fri, 27 Mar 2026 12:00:00 GMT\r\n\r\n");
  *response.date += std::chrono::milliseconds(1);
  CHECK(head(response) == line + "Date: Fri, 27 Mar 2026 12:00:01 GMT\r\n\r\n");
  response.relayed = true;
  CHECK(head(response) == line + "\r\n");
  response.relayed = false;
  response.headers.add("date", "then");
  CHECK(head(response) == line + "date: then\r\n\r\n");
}

TEST_CASE("reply head: the length of the body is said in one way only") {
  const Response forged{
      .status = 200, .headers = {{"content-length", "9"}, {"Transfer-Encoding", "x"}, {"connection", "y"}}, .body = ""};
  const std::string type = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  CHECK(head(forged) == type + "Content-Length: 5\r\n\r\n");
  CHECK(head(forged, BodyLength::kChunked) == type + "Transfer-Encoding: chunked\r\n\r\n");
  CHECK(head(forged, BodyLength::kUntilClose, 0, Persistence::kClose) == type + "Connection: close\r\n\r\n");
  CHECK(head(forged, BodyLength::kKnown, 5, Persistence::kKeepAliveDeclared) ==
        type + "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
  CHECK(head({.status = 204, .headers = {}, .body = ""}) == "HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(head({.status = 304, .headers = {}, .body = ""}) == "HTTP/1.1 304 Not Modified\r\n\r\n");
}

TEST_CASE("reply head: no value can forge a line") {
  const Response forged{.status = 200,
                        .headers = {{"X", "a\r\nSet-Cookie: b"}, {"Bad Name", "c"}, {"Y\r\nZ", "d"}, {"", "e"}},
                        .body = ""};
  CHECK(head(forged) ==
        "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b\r\nContent-Type: application/json\r\n"
        "Content-Length: 5\r\n\r\n");
}

TEST_CASE("reply head: a relayed reply keeps its phrase, its fields and their order, and gets no type") {
  Response response;
  response.relayed = true;
  response.phrase = "Fine";
  response.headers = {{"content-length", "3"}, {"b", "1"}, {"A", "2"}, {"Connection", "close"}};
  const auto head = [&](BodyLength length, std::size_t size) {
    std::string out;
    append_head(out, response, length, size, Persistence::kKeepAlive);
    return out;
  };
  CHECK(head(BodyLength::kKnown, 3) == "HTTP/1.1 200 Fine\r\ncontent-length: 3\r\nb: 1\r\nA: 2\r\n\r\n");
  CHECK(head(BodyLength::kAsRelayed, 0) == "HTTP/1.1 200 Fine\r\ncontent-length: 3\r\nb: 1\r\nA: 2\r\n\r\n");
  CHECK(head(BodyLength::kChunked, 3) == "HTTP/1.1 200 Fine\r\nb: 1\r\nA: 2\r\nTransfer-Encoding: chunked\r\n\r\n");
  response.headers = {};
  CHECK(head(BodyLength::kKnown, 3) == "HTTP/1.1 200 Fine\r\nContent-Length: 3\r\n\r\n");
  CHECK(head(BodyLength::kAsRelayed, 3) == "HTTP/1.1 200 Fine\r\n\r\n");
}
