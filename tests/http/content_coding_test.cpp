#include "http/content_coding.h"

#include <doctest/doctest.h>

#include <string>

namespace qamera::http {
namespace {

// "abc" as gzip, as zlib, as bare deflate, and as br.
const std::string kGzip("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\x00\x00\x00",
                        23);
const std::string kZlib("\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27", 11);
const std::string kBare("\x4b\x4c\x4a\x06\x00", 5);
const std::string kBrotli("\x0b\x01\x80\x61\x62\x63\x03", 7);

bool reads(std::string_view coding) { return readable_codings(coding) == coding; }

BodyState state(std::string_view codings, std::string_view body, std::size_t max = 100) {
  return decode_content(codings, body, max).state;
}

}  // namespace

TEST_CASE("content coding: only codings that can be undone are asked for") {
  CHECK(readable_codings("zstd, compress") == "identity");
  CHECK(readable_codings("") == "identity");
  CHECK(readable_codings("zstd, gzip;q=0.5 ,identity") == (reads("gzip") ? "gzip;q=0.5, identity" : "identity"));
}

TEST_CASE("content coding: a field and a list of fields name the same codings") {
  CHECK(content_codings({}) == "");
  CHECK(content_codings({{"Content-Encoding", "identity"}}) == "");
  CHECK(content_codings({{"content-encoding", " gzip , identity,br"}, {"Content-Encoding", "x"}}) == "gzip, br, x");
  CHECK(are_common(""));
  CHECK(are_common("GZip, deflate, x-gzip"));
  CHECK_FALSE(are_common("gzip, br"));
}

TEST_CASE("content coding: gzip, deflate and br are undone, the last one first") {
  if (!reads("gzip")) return;
  for (const auto& [codings, body] : {std::pair<std::string, std::string>{"GZip", kGzip},
                                      {"x-gzip", kGzip},
                                      {"deflate", kZlib},
                                      {"deflate", kBare},
                                      {reads("br") ? "br" : "gzip", reads("br") ? kBrotli : kGzip}}) {
    CAPTURE(codings);
    CHECK(decode_content(codings, body, 3).body == "abc");
    CHECK(state(codings, body, 2) == BodyState::kTooLarge);
    CHECK(state(codings, body.substr(0, body.size() / 2)) == BodyState::kBrokenCoding);
    CHECK(state(codings, "{}") == BodyState::kBrokenCoding);
  }
  CHECK(decode_content("gzip", kGzip + kGzip, 6).body == "abcabc");
  CHECK(state("gzip, gzip", kGzip) == BodyState::kBrokenCoding);
}

TEST_CASE("content coding: what is in none stays, and what is in another is not touched") {
  CHECK(state("", "abc") == BodyState::kReadable);
  CHECK_FALSE(decode_content("", "abc", 1).body);
  CHECK(state("gzip", "") == BodyState::kReadable);
  CHECK(state("zstd", "abc") == BodyState::kUnsupportedCoding);
  CHECK(state("zstd, gzip", kGzip) == BodyState::kUnsupportedCoding);
  CHECK(state("gzip, gzip, gzip, gzip, gzip", kGzip) != BodyState::kReadable);
}

}  // namespace qamera::http
