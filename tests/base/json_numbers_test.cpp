#include "base/json_numbers.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/json_compare.h"

namespace qamera {
namespace {

Json json(std::string_view text) { return *parse_json(text); }
bool are_equal(std::string_view a, std::string_view b) { return equal_json(json(a), json(b)); }

}  // namespace

TEST_CASE("numbers: a fraction that a double would lose is still one") {
  for (const char* text :
       {"20.0000000000000001", "19.99999999999999999", "1e-400", "-1e-400", "0.00000000000000001e-400",
        "4503599627370495.00000001", "-20.0000000000000001", "2000000000000000001e-17"}) {
    CAPTURE(text);
    const auto number = json(text).get<double>();
    CHECK(number != std::floor(number));
  }
  CHECK(json("20.0000000000000001").get<double>() > 20);
  CHECK(json("19.99999999999999999").get<double>() < 20);
  CHECK(json("-20.0000000000000001").get<double>() < -20);
  for (const char* text : {"20.0", "2e1", "200e-1", "20.000000000000000000000000", "0.0", "-0.0",
                           "0e-999999999999999999", "0e99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(with_exact_numbers(text));
  }
}

TEST_CASE("numbers: a whole one of 64 bits is itself, however it is written") {
  CHECK(are_equal("9007199254740993.0", "9007199254740993"));
  CHECK_FALSE(are_equal("9007199254740993.0", "9007199254740992"));
  CHECK(are_equal("1844674407370955161.5e1", "18446744073709551615"));
  CHECK(are_equal("-9.223372036854775808e18", "-9223372036854775808"));
  CHECK_FALSE(are_equal("9007199254740992.5", "9007199254740992"));
  CHECK_FALSE(are_equal("4503599627370497.00000001", "4503599627370497"));
  CHECK(are_equal("4503599627370497.0", "4503599627370497"));
  CHECK_FALSE(are_equal("18446744073709551616", "18446744073709551616"));
  CHECK(refuse_inexact_numbers(json("[9007199254740992.5]"), ""));
  CHECK_FALSE(refuse_inexact_numbers(json("[9007199254740993.0, 1e19, 4503599627370495.5]"), ""));
}

TEST_CASE("numbers: nothing else of a text is touched") {
  CHECK(*with_exact_numbers(R"({"20.0000000000000001": ["\"1e-400", 1e-400, 9007199254740993.0], "b": -1e20})") ==
        R"({"20.0000000000000001": ["\"1e-400", 5e-324, 9007199254740993], "b": -1e20})");
  CHECK(json(R"({"n": 1e-400, "s": "1e-400", "n": 3.0000000000000000001})")["n"].get<double>() > 3);
  CHECK_FALSE(parse_json("20.0000000000000001.1"));
  CHECK_FALSE(parse_json("1e999"));
}

TEST_CASE("numbers: errors show the digits that were written") {
  constexpr std::string_view kText = R"({"a": [1, 18446744073709551617], "b": {"c": 1e2}, "d": "x"})";
  CHECK(number_as_written("1.8446744073709552e+19", kText, "/a/1") == "18446744073709551617");
  CHECK(number_as_written("100.0", kText, "/b/c") == "1e2");
  // What is said of anything else, or of another number, stays.
  for (const char* pointer : {"/a", "/a/0", "/a/2", "/d", "", "/b"}) {
    CHECK(number_as_written("7", kText, pointer) == "7");
  }
  CHECK(number_as_written("\"x\"", kText, "/d") == "\"x\"");
  const Error error{ErrorCode::kInvalid, "expected a number, got 1.8446744073709552e+19", "/a/1"};
  CHECK(as_written(error, kText).message == "expected a number, got 18446744073709551617");
  CHECK(number_as_written("1e+60", "1" + std::string(60, '0'), "") == "1" + std::string(56, '0') + "...");
}

}  // namespace qamera
