#include "http/conditions.h"

#include <doctest/doctest.h>

namespace qamera::http {
namespace {

constexpr std::string_view kEtag = "\"abc\"";

/// `FIRST+LENGTH`, `whole` or `none`, of a file of 100 bytes.
std::string asked(Headers headers) {
  const Range range = requested_range(headers, kEtag, 100);
  if (range.kind == Range::Kind::kWhole) return "whole";
  if (range.kind == Range::Kind::kUnsatisfiable) return "none";
  return std::to_string(range.first) + "+" + std::to_string(range.length);
}
std::string of_range(std::string range) { return asked({{"Range", std::move(range)}}); }

}  // namespace

TEST_CASE("conditions: a range is a part of the file, cut at its end") {
  CHECK(asked({}) == "whole");
  CHECK(of_range("bytes=0-0") == "0+1");
  CHECK(of_range("bytes=0-99") == "0+100");
  CHECK(of_range("bytes=10-19") == "10+10");
  CHECK(of_range("bytes=90-") == "90+10");
  CHECK(of_range("bytes=90-1000") == "90+10");
  CHECK(of_range("bytes=-5") == "95+5");
  CHECK(of_range("bytes=-1000") == "0+100");
  CHECK(of_range("Bytes = 1-2") == "1+2");
  CHECK(of_range("bytes=5-99999999999999999999999999") == "5+95");
}

TEST_CASE("conditions: a range that begins behind the file cannot be had") {
  CHECK(of_range("bytes=100-") == "none");
  CHECK(of_range("bytes=100-200") == "none");
  CHECK(of_range("bytes=-0") == "none");
  CHECK(of_range("bytes=99999999999999999999999999-") == "none");
}

TEST_CASE("conditions: what is malformed, of another unit or of several parts asks for the whole") {
  for (const char* range : {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=5-4", "bytes=a-b", "bytes=1-2x",
                            "bytes=+1-2", "bytes=1--2", "items=0-1", "bytes=0-1,5-6", "=0-1", "bytes=0x1-2"}) {
    CAPTURE(range);
    CHECK(of_range(range) == "whole");
  }
}

TEST_CASE("conditions: If-Range asks for a part of the file that the client has, and else for the whole") {
  const auto with = [](const char* of) { return asked({{"Range", "bytes=1-2"}, {"If-Range", of}}); };
  CHECK(with("\"abc\"") == "1+2");
  CHECK(with("\"abd\"") == "whole");
  CHECK(with("W/\"abc\"") == "whole");
  CHECK(with("Fri, 27 Mar 2026 12:00:00 GMT") == "whole");
}

TEST_CASE("conditions: If-None-Match compares weakly, If-Match strongly") {
  const auto known = [](const char* list) { return is_known({{"If-None-Match", list}}, kEtag); };
  CHECK_FALSE(is_known({}, kEtag));
  CHECK(known("\"abc\""));
  CHECK(known("W/\"abc\""));
  CHECK(known("\"x\", \"abc\""));
  CHECK(known("*"));
  CHECK_FALSE(known("abc"));
  CHECK_FALSE(known("\"abcd\""));
  const auto outdated = [](const char* list) { return is_outdated({{"If-Match", list}}, kEtag); };
  CHECK_FALSE(is_outdated({}, kEtag));
  CHECK_FALSE(outdated("\"x\", \"abc\""));
  CHECK_FALSE(outdated("*"));
  CHECK(outdated("W/\"abc\""));
  CHECK(outdated("\"abd\""));
}

}  // namespace qamera::http
