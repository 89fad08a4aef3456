#include "http/response_framing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using qamera::Header;
using qamera::Response;
using qamera::http::ResponseFraming;

namespace {

/// Feeds `bytes` in pieces of `size`; returns how many were taken.
std::size_t feed(ResponseFraming& framing, std::string_view bytes, std::size_t size) {
  std::size_t taken = 0;
  for (std::size_t at = 0; at < bytes.size() && !framing.ended(); at += size) {
    taken += framing.advance(bytes.substr(at, size));
  }
  return taken;
}

std::string shown(const Response& response) {
  std::string text = std::to_string(response.status) + " " + response.phrase + "\n";
  for (const Header& field : response.headers) text += field.name + "=" + field.value + "\n";
  return text + "\n" + response.body;
}

struct Case {
  const char* name;
  std::string bytes;
  std::string shown;
  bool until_close = false;
  bool keep_alive = true;
};

const std::vector<Case>& whole_replies() {
  static const std::vector<Case> cases = {
      {"length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nB: 2\r\na:1\r\n\r\nabc",
       "200 \nContent-Length=3\nB=2\na=1\n\nabc"},
      {"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", "200 \nContent-Length=3\n\nabc"},
      {"chunks with extension and trailer",
       "HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n",
       "201 Made\n\nabc"},
      {"until the end", "HTTP/1.1 200 \r\nA: b\r\n\r\nabc", "200 \nA=b\n\nabc", true, false},
      {"after an interim reply", "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
       "200 \nContent-Length=1\n\na"},
      {"no body", "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "204 \n\n", false, false},
      {"an old server that keeps its connection",
       "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\nKeep-Alive: timeout=5\r\n\r\n",
       "200 \nContent-Length=0\n\n"},
      {"no phrase", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "404 \nContent-Length=0\n\n"},
  };
  return cases;
}

}  // namespace

TEST_CASE("response framing: a reply is the same however its bytes are split, and takes none of the next") {
  for (const Case& one : whole_replies()) {
    for (std::size_t size : {1u, 2u, 3u, 7u, 1000u}) {
      CAPTURE(one.name);
      CAPTURE(size);
      ResponseFraming framing(false);
      const std::string next = one.until_close ? "" : "HTTP/1.1 500 next";
      CHECK(feed(framing, one.bytes + next, size) == one.bytes.size());
      if (one.until_close) {
        CHECK_FALSE(framing.ended());
        framing.finish();
      }
      REQUIRE(framing.state() == ResponseFraming::State::kComplete);
      CHECK(framing.keep_alive() == one.keep_alive);
      const Response response = framing.take_response();
      CHECK(response.relayed);
      CHECK(shown(response) == one.shown);
    }
  }
}

TEST_CASE("response framing: the reply to HEAD has the length of a body that does not come") {
  ResponseFraming framing(true);
  CHECK(framing.advance("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP") == 39);
  REQUIRE(framing.state() == ResponseFraming::State::kComplete);
  CHECK(shown(framing.take_response()) == "200 \nContent-Length=99\n\n");
}

TEST_CASE("response framing: a length said twice is kept once, and with 204 not at all") {
  const auto read = [](std::string_view text) {
    ResponseFraming framing(true);
    framing.advance(text);
    return framing.state() == ResponseFraming::State::kComplete ? shown(framing.take_response()) : framing.problem();
  };
  CHECK(read("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nA: b\r\ncontent-length: 9\r\n\r\n") ==
        "200 \nContent-Length=9\nA=b\n\n");
  CHECK(read("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nA: b\r\n\r\n") == "204 \nA=b\n\n");
}

TEST_CASE("response framing: an end before the end is a broken reply") {
  for (const Case& one : whole_replies()) {
    if (one.until_close) continue;
    for (std::size_t length = 0; length + 1 < one.bytes.size(); ++length) {
      CAPTURE(one.name);
      CAPTURE(length);
      ResponseFraming framing(false);
      feed(framing, std::string_view(one.bytes).substr(0, length), 1000);
      REQUIRE_FALSE(framing.ended());
      framing.finish();
      CHECK(framing.state() == ResponseFraming::State::kBroken);
      CHECK(framing.problem().find("ended") != std::string::npos);
    }
  }
}

TEST_CASE("response framing: bodies beyond the limit are refused, whatever announces them") {
  const qamera::http::ResponseLimits limits{.head = 100, .body = 3};
  for (const std::string& extent :
       {std::string("Content-Length: 4\r\n\r\nabcd"),
        std::string("Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"), std::string("A: b\r\n\r\nabcd")}) {
    CAPTURE(extent);
    ResponseFraming framing(false, limits);
    feed(framing, "HTTP/1.1 200 OK\r\n" + extent, 5);
    CHECK(framing.problem() == "the body of the reply is too large");
  }
  ResponseFraming framing(false, limits);
  feed(framing, "HTTP/1.1 200 OK\r\nA: " + std::string(100, 'x'), 5);
  CHECK(framing.problem() == "the head of the reply is too large");
}

TEST_CASE("response framing: interim replies count as the head, so that they cannot go on for ever") {
  const std::string interim = "HTTP/1.1 100 C\r\n\r\n";
  const std::string final = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{16} << 10}) {
    CAPTURE(piece);
    const qamera::http::ResponseLimits limits{.head = 3 * interim.size() + final.size()};
    ResponseFraming enough(false, limits);
    feed(enough, interim + interim + interim + final, piece);
    CHECK(enough.state() == ResponseFraming::State::kComplete);
    ResponseFraming many(false, limits);
    feed(many, interim + interim + interim + interim + final, piece);
    CHECK(many.problem() == "the head of the reply is too large");
  }
}
