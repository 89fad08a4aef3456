#include "http/chunked.h"

#include <doctest/doctest.h>

#include <string>

#include "http/request_framing.h"

using namespace qamera::http;

TEST_CASE("chunked: decoding stops at the end of the body and says how much it took") {
  const FramingLimits limits;
  ChunkedDecoder decoder(limits);
  decoder.start(100);
  std::string body;
  const std::string coded = "5\r\nhello\r\n1;x=\"y\"\r\n!\r\n0\r\nA: b\r\n\r\n";
  CHECK(decoder.advance(coded + "GET /", body) == coded.size());
  CHECK(decoder.state() == ChunkedDecoder::State::kDone);
  CHECK(body == "hello!");
}

TEST_CASE("chunked: a decoder that is started again has forgotten the body before") {
  const FramingLimits limits;
  ChunkedDecoder decoder(limits);
  std::string body;
  decoder.start(4);
  decoder.advance("5\r\n", body);
  CHECK(decoder.state() == ChunkedDecoder::State::kBodyTooLarge);
  decoder.start(5);
  CHECK(decoder.advance("5\r\nhello\r\n0\r\n\r\n", body) == 15);
  CHECK(decoder.state() == ChunkedDecoder::State::kDone);
  CHECK(body == "hello");
}

TEST_CASE("chunked: the limit counts all chunks together") {
  const FramingLimits limits;
  ChunkedDecoder decoder(limits);
  std::string body;
  decoder.start(4);
  decoder.advance("3\r\nabc\r\n1\r\nd\r\n", body);
  CHECK(decoder.state() == ChunkedDecoder::State::kMore);
  decoder.advance("1\r\n", body);
  CHECK(decoder.state() == ChunkedDecoder::State::kBodyTooLarge);
  CHECK(body == "abcd");
}
