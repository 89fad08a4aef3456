#include "base/spelling.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace qamera {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"clock", "credits", "keys", "jobs"};

}  // namespace

TEST_CASE("spelling: the nearest name is within a third of the word, or one letter") {
  CHECK(nearest_name("clcok", kNames) == "clock");
  CHECK(nearest_name("colkc", kNames) == "");
  CHECK(nearest_name("clok", kNames) == "clock");
  CHECK(nearest_name("clocks", kNames) == "clock");
  CHECK(nearest_name("cerdits", kNames) == "credits");
  CHECK(nearest_name("key", kNames) == "keys");
  CHECK(nearest_name("job", kNames) == "jobs");
  CHECK(nearest_name("keys", kNames) == "keys");
  CHECK(nearest_name("timeline", kNames) == "");
  CHECK(nearest_name("", kNames) == "");
  CHECK(nearest_name("CREDITS", kNames) == "credits");
}

TEST_CASE("spelling: of equally near names the first is taken") {
  constexpr std::array<std::string_view, 2> kPair = {"nat", "net"};
  CHECK(nearest_name("nit", kPair) == "nat");
}

TEST_CASE("spelling: a very long word is near to nothing") {
  CHECK(nearest_name(std::string(1'000'000, 'c'), kNames) == "");
  CHECK(nearest_name("clock", {}) == "");
}

TEST_CASE("spelling: a suggestion says the nearest name, in the words it is given") {
  CHECK(suggestion("clok", kNames) == " (did you mean \"clock\"?)");
  CHECK(suggestion("clok", kNames, {"; did you mean '", "'?"}) == "; did you mean 'clock'?");
  CHECK(suggestion("timeline", kNames) == "");
  CHECK(suggestion_or_choices("timeline", kNames) == ", expected \"clock\", \"credits\", \"keys\" or \"jobs\"");
}

TEST_CASE("spelling: lists of names read as in a sentence") {
  CHECK(quoted_list({}) == "");
  CHECK(quoted_list(std::array<std::string_view, 1>{"a"}) == "\"a\"");
  CHECK(quoted_list(std::array<std::string_view, 2>{"a", "b"}) == "\"a\" or \"b\"");
  CHECK(quoted_list(std::array<std::string_view, 3>{"a", "b", "c"}) == "\"a\", \"b\" or \"c\"");
}

}  // namespace qamera
