#include "http/request_framing.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace qamera;
using http::FramedRequest;
using http::FramingLimits;
using http::RequestFraming;

namespace {

using State = RequestFraming::State;

const FramingLimits kSmall{.request_line = 64,
                           .head = 512,
                           .header_count = 8,
                           .body = 32,
                           .multipart_body = 64,
                           .chunk_line = 16,
                           .trailers = 32};

/// Feeds `text` in pieces of `piece` bytes, offering again what was not taken, as a connection does.
std::size_t feed(RequestFraming& framing, std::string_view text, std::size_t piece) {
  std::string held;
  std::size_t taken = 0;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    held += text.substr(at, piece);
    const std::size_t count = framing.advance(held);
    held.erase(0, count);
    taken += count;
    if (framing.state() == State::kComplete || framing.state() == State::kRefused) break;
  }
  return taken;
}

int status_of(std::string_view text, std::size_t piece) {
  RequestFraming framing(kSmall);
  feed(framing, text, piece);
  if (framing.state() == State::kComplete) return 200;
  return framing.state() == State::kRefused ? framing.take_refusal().status : 0;
}

struct Row {
  const char* what;
  std::string text;
  int status;  ///< 200: accepted, 0: more is awaited
};

std::string request(std::string_view fields, std::string_view body = "") {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view body) { return request("Transfer-Encoding: chunked\r\n", body); }

void check_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    for (const std::size_t piece : {row.text.size(), std::size_t{1}, std::size_t{7}}) {
      CAPTURE(row.what);
      CAPTURE(piece);
      CHECK(status_of(row.text, piece) == row.status);
    }
  }
}

}  // namespace

TEST_CASE("framing: request lines that two readers could take differently are refused") {
  check_rows({
      {"plain", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"absolute form", "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"asterisk form of another method", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"authority form", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"a later minor version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 200},
      {"line ends before the request", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"a version without a dot", "GET / HTTP/11\r\nHost: a\r\n\r\n", 400},
      {"a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a tab in the target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a NUL in the target", std::string("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 30), 400},
      {"a relative target", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a TLS greeting", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
      {"a line without CR", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"a bare CR", "GET / HTTP/1.1\rX: y\r\nHost: a\r\n\r\n", 400},
      {"a line at the limit", "GET /" + std::string(50, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 200},
      {"a line over the limit", "GET /" + std::string(51, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"a line over the limit that does not end", "GET /" + std::string(100, 'x'), 414},
  });
}

TEST_CASE("framing: malformed header fields are refused") {
  std::string eight;
  for (int i = 0; i < 7; ++i) eight += "X" + std::to_string(i) + ": y\r\n";
  check_rows({
      {"an empty value", request("X:\r\n"), 200},
      {"bytes over 127", request("X: \xc3\xa9\r\n"), 200},
      {"a tab in a value", request("X: a\tb\r\n"), 200},
      {"line folding", request("X: a\r\n b\r\n"), 400},
      {"line folding by tab", request("X: a\r\n\tb\r\n"), 400},
      {"space before the colon", request("X : a\r\n"), 400},
      {"space before the colon of Content-Length", request("Content-Length : 1\r\n", "a"), 400},
      {"no colon", request("X\r\n"), 400},
      {"no name", request(": a\r\n"), 400},
      {"a line without CR", request("X: a\n"), 400},
      {"an empty line without CR", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"a bare CR in a value", request("X: a\rY: b\r\n"), 400},
      {"a NUL in a value", request(std::string("X: a\0b\r\n", 8)), 400},
      {"a control byte in a value", request("X: a\x01\r\n"), 400},
      {"DEL in a value", request("X: a\x7f\r\n"), 400},
      {"as many fields as allowed", request(eight), 200},
      {"one field too many", request(eight + "Y: z\r\n"), 431},
      {"a head over the limit", request("X: " + std::string(500, 'x') + "\r\n"), 431},
      {"a head over the limit whose line does not end", "GET / HTTP/1.1\r\nX: " + std::string(600, 'x'), 431},
      {"line ends without end",
       [] {
         std::string text;
         for (int i = 0; i < 300; ++i) text += "\r\n";
         return text;
       }(),
       431},
  });
}

TEST_CASE("framing: HTTP/1.1 has exactly one well-formed Host") {
  check_rows({
      {"none", "GET / HTTP/1.1\r\n\r\n", 400},
      {"none in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 200},
      {"two", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400},
      {"a list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
      {"an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200},
      {"an empty one", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 200},
      {"a name with a port", "GET / HTTP/1.1\r\nHost: a_b.c-d~:80\r\n\r\n", 200},
      {"a port that is none", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
      {"a port without a name", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400},
      {"an address without brackets", "GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", 400},
      {"half a bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
      {"a name in brackets", "GET / HTTP/1.1\r\nHost: [a]\r\n\r\n", 400},
      {"text behind brackets", "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400},
      {"a percent escape", "GET / HTTP/1.1\r\nHost: %41\r\n\r\n", 200},
      {"half a percent escape", "GET / HTTP/1.1\r\nHost: a%4\r\n\r\n", 400},
      {"a byte beyond ASCII", "GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n", 400},
      {"a target of no host", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target of a user", "GET http://u@a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target of half an address", "GET http://[::1/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
  });
}

TEST_CASE("framing: the authority of an absolute target takes the place of Host") {
  const auto hosts = [](std::string_view text) {
    RequestFraming framing(kSmall);
    framing.advance(text);
    REQUIRE(framing.state() == State::kComplete);
    std::string found;
    for (const Header& header : framing.take_request().request.headers) found += header.name + "=" + header.value + " ";
    return found;
  };
  CHECK(hosts("GET http://b:81?x HTTP/1.1\r\nhost: a\r\nX: y\r\n\r\n") == "host=b:81 X=y ");
  CHECK(hosts("GET HTTPS://[::1] HTTP/1.0\r\nX: y\r\n\r\n") == "X=y Host=[::1] ");
  CHECK(hosts("GET /?http://b HTTP/1.1\r\nHost: a\r\n\r\n") == "Host=a ");
}

TEST_CASE("framing: another protocol is named, however its bytes come") {
  for (const auto& [greeting, name] : {std::pair<std::string_view, std::string_view>{"\x16\x03\x01\n\n", "TLS"},
                                       {"\x16", "TLS"},
                                       {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"}}) {
    for (const std::size_t piece : {1, 100}) {
      RequestFraming framing(kSmall);
      feed(framing, greeting, piece);
      REQUIRE(framing.state() == State::kRefused);
      const Refusal refusal = framing.take_refusal();
      CHECK(refusal.other_protocol);
      CHECK(refusal.reason.starts_with("edge: looks like " + std::string(name) + ": this port speaks "));
    }
  }
  RequestFraming framing(kSmall);
  framing.advance("\x16\x02\r\n");
  CHECK_FALSE(framing.take_refusal().other_protocol);
}

TEST_CASE("framing: the length of a body is never guessed") {
  const std::string cl = "Content-Length: ";
  check_rows({
      {"no length at all", request(""), 200},
      {"zero", request(cl + "0\r\n"), 200},
      {"the body", request(cl + "3\r\n", "abc"), 200},
      {"leading zeros", request(cl + "003\r\n", "abc"), 200},
      {"an unfinished body", request(cl + "3\r\n", "ab"), 0},
      {"a sign", request(cl + "+3\r\n", "abc"), 400},
      {"a minus", request(cl + "-3\r\n", "abc"), 400},
      {"a list", request(cl + "3,3\r\n", "abc"), 400},
      {"a list with a space", request(cl + "3, 3\r\n", "abc"), 400},
      {"empty", request(cl + "\r\n"), 400},
      {"hexadecimal", request(cl + "0x3\r\n", "abc"), 400},
      {"a fraction", request(cl + "3.0\r\n", "abc"), 400},
      {"inner space", request(cl + "3 3\r\n", "abc"), 400},
      {"overflow", request(cl + "18446744073709551619\r\n", "abc"), 400},
      {"duplicates that agree", request(cl + "3\r\n" + cl + "3\r\n", "abc"), 400},
      {"duplicates that differ", request(cl + "3\r\ncontent-length: 4\r\n", "abcd"), 400},
      {"with a transfer coding", request(cl + "3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"with a transfer coding, other order", request("Transfer-Encoding: chunked\r\n" + cl + "3\r\n", "0\r\n\r\n"),
       400},
      {"at the limit", request(cl + "32\r\n", std::string(32, 'x')), 200},
      {"over the limit, before a byte of it", request(cl + "33\r\n"), 413},
      {"multipart over the ordinary limit",
       request(cl + "33\r\nContent-Type: Multipart/Form-Data; boundary=x\r\n", std::string(33, 'x')), 200},
      {"multipart over its own limit", request(cl + "65\r\nContent-Type: multipart/form-data; boundary=x\r\n"), 413},
      {"a type that only begins like multipart", request(cl + "33\r\nContent-Type: multipart/form-database\r\n"), 413},
  });
}

TEST_CASE("framing: only the chunked transfer coding, once, is read") {
  const std::string te = "Transfer-Encoding: ";
  const std::string end = "0\r\n\r\n";
  check_rows({
      {"chunked", request(te + "chunked\r\n", end), 200},
      {"chunked in capitals", request(te + "CHUNKED\r\n", end), 200},
      {"gzip", request(te + "gzip\r\n", end), 501},
      {"gzip, chunked", request(te + "gzip, chunked\r\n", end), 501},
      {"chunked, gzip", request(te + "chunked, gzip\r\n", end), 501},
      {"identity", request(te + "identity\r\n", end), 501},
      {"xchunked", request(te + "xchunked\r\n", end), 501},
      {"chunked with a parameter", request(te + "chunked;a=b\r\n", end), 501},
      {"chunked twice", request(te + "chunked, chunked\r\n", end), 400},
      {"chunked on two lines", request(te + "chunked\r\n" + te + "chunked\r\n", end), 400},
      {"empty", request(te + "\r\n", end), 400},
      {"vertical tab",
       request(te + "\x0b"
                    "chunked\r\n",
               end),
       400},
      {"in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
  });
}

TEST_CASE("framing: broken chunks are refused, extensions and trailers are bounded") {
  check_rows({
      {"two chunks", chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 200},
      {"upper and lower case", chunked("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), 200},
      {"leading zeros", chunked("0003\r\nabc\r\n000\r\n\r\n"), 200},
      {"an extension", chunked("3;a=b\r\nabc\r\n0\r\n\r\n"), 200},
      {"an extension after a space", chunked("3 ;a=b\r\nabc\r\n0\r\n\r\n"), 200},
      {"a long extension", chunked("3;" + std::string(20, 'x') + "\r\nabc\r\n0\r\n\r\n"), 400},
      {"a long extension that does not end", chunked("3;" + std::string(100, 'x')), 400},
      {"a trailer", chunked("0\r\nX: y\r\n\r\n"), 200},
      {"trailers over the limit",
       chunked("0\r\nX: " + std::string(20, 'y') + "\r\nZ: " + std::string(20, 'y') + "\r\n\r\n"), 431},
      {"a trailer that does not end", chunked("0\r\nX: " + std::string(100, 'y')), 431},
      {"a trailer that is no field", chunked("0\r\nxyz\r\n\r\n"), 400},
      {"a trailer with a bare LF", chunked("0\r\nX: y\n\r\n"), 400},
      {"no size", chunked("\r\nabc\r\n0\r\n\r\n"), 400},
      {"a size that is no number", chunked("x\r\nabc\r\n0\r\n\r\n"), 400},
      {"a size with a prefix", chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a negative size", chunked("-3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a size with a sign", chunked("+3\r\nabc\r\n0\r\n\r\n"), 400},
      {"space before the size", chunked(" 3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a size that overflows", chunked("FFFFFFFFFFFFFFFFF\r\n"), 400},
      {"a size line with a bare LF", chunked("3\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk longer than its size", chunked("3\r\nabcd\r\n0\r\n\r\n"), 400},
      {"a chunk shorter than its size", chunked("3\r\nab\r\n0\r\n\r\n"), 400},
      {"a chunk that ends in a bare LF", chunked("3\r\nabc\n0\r\n\r\n"), 400},
      {"one chunk over the limit, before a byte of it", chunked("21\r\n"), 413},
      {"many chunks over the limit", chunked("10\r\n0123456789abcdef\r\n10\r\n0123456789abcdef\r\n1\r\n"), 413},
      {"an unfinished body", chunked("3\r\nabc\r\n"), 0},
  });
}

TEST_CASE("framing: the only expectation is 100-continue") {
  check_rows({
      {"100-continue", request("Expect: 100-Continue\r\n"), 200},
      {"another", request("Expect: 200-ok\r\n"), 417},
      {"another in HTTP/1.0", "GET / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n", 200},
  });
  RequestFraming framing(kSmall);
  const std::string head = request("Expect: 100-continue\r\nContent-Length: 3\r\n");
  CHECK(framing.advance(head) == head.size());
  CHECK(framing.take_expectation());
  CHECK_FALSE(framing.take_expectation());
  framing.advance("abc");
  CHECK(framing.state() == State::kComplete);

  RequestFraming eager(kSmall);
  eager.advance(request("Expect: 100-continue\r\nContent-Length: 3\r\n", "a"));
  CHECK_FALSE(eager.take_expectation());
}

TEST_CASE("framing: what is read is what was sent, and the next request is left alone") {
  const std::string first =
      "PUT /a%2Fb?q=%41+c HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Percent:  %41 \r\nx-percent: two\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: u\r\n\r\n";
  const std::string second = "GET /next HTTP/1.0\r\n\r\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{5}, std::size_t{1000}}) {
    CAPTURE(piece);
    RequestFraming framing(kSmall);
    CHECK(feed(framing, first + second, piece) == first.size());
    REQUIRE(framing.state() == State::kComplete);
    const FramedRequest framed = framing.take_request();
    CHECK(framed.request.method == "PUT");
    CHECK(framed.request.target == "/a%2Fb?q=%41+c");
    CHECK(framed.request.body == "abcde");
    REQUIRE(framed.request.headers.size() == 5);
    CHECK(*framed.request.headers.find("X-Empty") == "");
    CHECK(*framed.request.headers.find("X-Percent") == "%41");
    CHECK(framed.request.headers.find("T") == nullptr);
    CHECK(framed.keep_alive);
    CHECK_FALSE(framing.started());
    feed(framing, second, piece);
    REQUIRE(framing.state() == State::kComplete);
    const FramedRequest next = framing.take_request();
    CHECK(next.request.target == "/next");
    CHECK(next.request.body == "");
    CHECK(next.http_1_0);
    CHECK_FALSE(next.keep_alive);
  }
}

TEST_CASE("framing: Connection says whether the connection is kept") {
  const auto kept = [](const std::string& text) {
    RequestFraming framing(kSmall);
    framing.advance(text);
    REQUIRE(framing.state() == State::kComplete);
    return framing.take_request().keep_alive;
  };
  CHECK(kept("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK_FALSE(kept("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"));
  CHECK_FALSE(kept("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n"));
  CHECK_FALSE(kept("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n"));
  CHECK_FALSE(kept("GET / HTTP/1.0\r\n\r\n"));
  CHECK(kept("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST_CASE("framing: a refusal carries what could be read of the request") {
  RequestFraming framing(kSmall);
  framing.advance("POST /x?y=1 HTTP/1.1\r\nHost: a\r\nX-Api-Key: k\r\nContent-Length: 99\r\n\r\n");
  REQUIRE(framing.state() == State::kRefused);
  const Refusal refusal = framing.take_refusal();
  CHECK(refusal.status == 413);
  CHECK(refusal.message == "Request body too large: the limit is 32 bytes.");
  CHECK_FALSE(refusal.reason.empty());
  CHECK(refusal.request.method == "POST");
  CHECK(refusal.request.target == "/x?y=1");
  CHECK(*refusal.request.headers.find("X-Api-Key") == "k");
}
