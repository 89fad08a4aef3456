#include "base/json_compare.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace qamera {
namespace {

Json json(std::string_view text) { return parse_json(text).value(); }

TEST_CASE("json: numbers are equal by value, however they are written, and by nothing else") {
  for (const auto& [a, b] :
       {std::pair("1", "1.0"), std::pair("1", "1e0"), std::pair("0", "-0.0"), std::pair("-1", "-1.0"),
        std::pair("10", "1E1"), std::pair("0.5", "5e-1"), std::pair("9007199254740992", "9007199254740992.0"),
        std::pair("9223372036854775808", "9223372036854775808.0"),
        std::pair("-9223372036854775808", "-9.223372036854775808e18"),
        std::pair("18446744073709549568", "18446744073709549568.0"),
        std::pair("[1, {\"a\": 2}]", "[1.0, {\"a\": 2e0}]")}) {
    CAPTURE(a);
    CHECK(equal_json(json(a), json(b)));
    CHECK(equal_json(json(b), json(a)));
    CHECK(equal_json(parse_ordered_json(a).value(), json(b)));
  }
  for (const auto& [a, b] :
       {std::pair("-1", "18446744073709551615"), std::pair("9007199254740993", "9007199254740992.0"),
        std::pair("9223372036854775807", "9223372036854775808.0"),
        std::pair("-9223372036854775808", "9223372036854775808"),
        std::pair("18446744073709551615", "18446744073709551614.0"), std::pair("1", "1.5"), std::pair("1", "\"1\""),
        std::pair("1", "true"), std::pair("0", "null"), std::pair("0", "false"), std::pair("[1]", "[1, 1]"),
        std::pair("{\"a\": -1}", "{\"a\": 18446744073709551615}"), std::pair("{\"a\": 1}", "{\"b\": 1}"),
        std::pair("[]", "{}"), std::pair("{}", "{\"a\": null}"), std::pair("\"a\"", "\"A\"")}) {
    CAPTURE(a);
    CHECK_FALSE(equal_json(json(a), json(b)));
    CHECK_FALSE(equal_json(json(b), json(a)));
    CHECK_FALSE(equal_json(parse_ordered_json(a).value(), json(b)));
  }
}

TEST_CASE("json: a number beyond 64 bits equals nothing, itself included") {
  for (const char* text : {"18446744073709551616", "-9223372036854775809000", "1e300", "-1e20"}) {
    CAPTURE(text);
    CHECK_FALSE(equal_json(json(text), json(text)));
    CHECK_FALSE(contains_json(json("{\"n\": " + std::string(text) + "}"), json("{\"n\": " + std::string(text) + "}")));
    const auto refused = refuse_inexact_numbers(json("{\"a/b\": [1, {\"n\": " + std::string(text) + "}]}"), "/at");
    REQUIRE(refused.has_value());
    CHECK(refused->pointer == "/at/a~1b/1/n");
    CHECK(refused->message.find("18446744073709551615") != std::string::npos);
  }
  for (const char* text : {"18446744073709551615", "-9223372036854775808", "1e19", "0.1", "\"1e300\"", "[]"}) {
    CHECK_FALSE(refuse_inexact_numbers(json(text), "").has_value());
  }
}

TEST_CASE("json: the order of values is strict, and equal ones are neighbours in it") {
  std::vector<Json> values;
  for (const char* text : {"-18446744073709551616",
                           "-9223372036854775808",
                           "-9223372036854775807",
                           "-2",
                           "-1.5",
                           "-1",
                           "-1.0",
                           "-0.5",
                           "0",
                           "-0.0",
                           "0.5",
                           "1",
                           "1e0",
                           "1.5",
                           "2",
                           "9007199254740992.0",
                           "9007199254740993",
                           "9007199254740992",
                           "9223372036854775807",
                           "9223372036854775808",
                           "9223372036854775808.0",
                           "18446744073709551615",
                           "1e300",
                           "null",
                           "true",
                           "false",
                           "\"a\"",
                           "\"b\"",
                           "[]",
                           "[1]",
                           "[1.0]",
                           "[-1]",
                           "[18446744073709551615]",
                           "{}",
                           "{\"a\": 1}",
                           "{\"a\": 1.0}",
                           "{\"a\": 2}",
                           "{\"b\": 1}"}) {
    values.push_back(json(text));
  }
  for (const Json& a : values) {
    for (const Json& b : values) {
      CAPTURE(dump_json(a));
      CAPTURE(dump_json(b));
      CHECK_FALSE((less_json(a, b) && less_json(b, a)));
      if (equal_json(a, b)) CHECK_FALSE(less_json(a, b));
      if (a.is_number() && b.is_number() && &a < &b && !equal_json(a, b) && a != b) {
        // By value, as they stand above, but for the three around 2^53.
        const bool near = a.get<double>() == b.get<double>();
        if (!near) CHECK(less_json(a, b) == (a.get<double>() < b.get<double>()));
      }
      for (const Json& c : values) {
        if (less_json(a, b) && less_json(b, c)) CHECK(less_json(a, c));
      }
    }
  }
  CHECK(less_json(json("9007199254740992.0"), json("9007199254740993")));
  CHECK(less_json(json("9223372036854775807"), json("9223372036854775808.0")));
}

TEST_CASE("json: partial JSON compares the numbers of rules exactly") {
  const Json value = json(R"({"count": 9007199254740993, "config": {"n": -1, "list": [1.0, 2]}})");
  for (const char* pattern :
       {R"({"count": 9007199254740993})", R"({"config": {"n": -1.0}})", R"({"config": {"list": [1, 2e0]}})"}) {
    CHECK(contains_json(value, json(pattern)));
  }
  for (const char* pattern : {R"({"count": 9007199254740992.0})", R"({"count": 9007199254740992})",
                              R"({"config": {"n": 18446744073709551615}})"}) {
    CHECK_FALSE(contains_json(value, json(pattern)));
  }
}

}  // namespace
}  // namespace qamera
