#include "base/text.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "base/hash.h"

namespace qamera {

TEST_CASE("text: a list is joined, numbers in decimal, other elements as they are shown") {
  CHECK(joined(std::vector<std::string>{}, ", ") == "");
  CHECK(joined(std::array{404, 405}, " or ") == "404 or 405");
  CHECK(joined(std::vector<std::string>{"", "b"}, ", ") == ", b");
  CHECK(joined(std::array{1, 2}, "+", [](int number) { return std::string(1, static_cast<char>('a' + number)); }) ==
        "b+c");
}

TEST_CASE("text: a long text is cut at a whole character") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcd", 3) == "abc...");
  CHECK(shortened("ab\xc3\xa9", 3) == "ab...");
}

TEST_CASE("text: control characters are the bytes below a space, and the one above the tilde") {
  for (int byte = 0; byte < 256; ++byte) CHECK(is_control(static_cast<char>(byte)) == (byte < 32 || byte == 127));
  CHECK(without_controls("a\n\x7f\tz\xc3\xa9") == "a???z\xc3\xa9");
  CHECK(without_controls("a\rb", ' ') == "a b");
  CHECK(printable("a\nb\x7f") == "a\\x0ab\\x7f");
  CHECK(printable("\u2028\u202e\u2066|\u2027\u202f\u2065") ==
        "\\xe2\\x80\\xa8\\xe2\\x80\\xae\\xe2\\x81\\xa6|\u2027\u202f\u2065");
  CHECK(printable("\xc2\x9b\xc2\xa0\xc3\xa9\xff\xe2\x82") == "\\xc2\\x9b\xc2\xa0\xc3\xa9\\xff\\xe2\\x82");
}

TEST_CASE("text: hexadecimal digits are written and read") {
  std::string out = "0x";
  append_hex(out, 0xBEEF0A, 4);
  CHECK(out == "0xef0a");
  CHECK(hex_digit('f') == 15);
  CHECK(hex_digit('A') == 10);
  CHECK(hex_digit('9') == 9);
  for (char c : {'g', 'G', '/', ':', '@', '`'}) CHECK(hex_digit(c) == -1);
}

TEST_CASE("text: one is counted in the singular") {
  CHECK(counted(1, "request") == "1 request");
  CHECK(counted(0, "request") == "0 requests");
}

TEST_CASE("hash: SplitMix64 gives the published numbers") {
  std::uint64_t state = 1234567;
  CHECK(split_mix(state) == 6457827717110365317ULL);
  CHECK(split_mix(state) == 3203168211198807973ULL);
}

}  // namespace qamera
