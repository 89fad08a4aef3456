#include "base/time.h"

#include <doctest/doctest.h>

#include <string>

namespace qamera {
namespace {

using std::chrono::hours;

struct DurationCase {
  const char* text;
  std::int64_t milliseconds;
};

std::string duration_refusal(std::string_view text) {
  const auto parsed = parse_duration(text);
  return parsed.ok() ? "accepted" : parsed.error().message;
}

std::string instant_refusal(std::string_view text) {
  const auto parsed = parse_instant(text);
  return parsed.ok() ? "accepted" : parsed.error().message;
}

}  // namespace

TEST_CASE("durations: a number and a unit are read, fractions to the nearest millisecond") {
  for (const DurationCase& one : {DurationCase{"0s", 0},
                                  {"0ms", 0},
                                  {"1ms", 1},
                                  {"1500ms", 1'500},
                                  {"30s", 30'000},
                                  {"2m", 120'000},
                                  {"1.5h", 5'400'000},
                                  {"7d", 604'800'000},
                                  {"0.0004s", 0},
                                  {"0.0005s", 1},
                                  {"1.4ms", 1},
                                  {"1.5ms", 2},
                                  {"0.1s", 100},
                                  {"007s", 7'000},
                                  {"0.333333333333s", 333},
                                  {"36500d", kLongestDuration.count()}}) {
    CAPTURE(one.text);
    const auto parsed = parse_duration(one.text);
    REQUIRE(parsed.ok());
    CHECK(parsed->count() == one.milliseconds);
  }
}

TEST_CASE("durations: anything else is refused, and the message shows what was expected") {
  for (const std::string text :
       {"",    "s",   "5",     "5 s",    " 5s",   "5s ",  "-5s",  "+5s",  "5S",   "5sec", "5us", "1e3s",
        ".5s", "5.s", "1..5s", "1.2.3s", "0x10s", "5,5s", "infs", "nans", "5mss", "PT5S", "5s5s"}) {
    CAPTURE(text);
    CHECK(duration_refusal(text) == "expected a duration such as \"30s\", \"1500ms\" or \"2m\", got \"" + text + "\"");
  }
  CHECK(duration_refusal(std::string("5s\0", 3)).starts_with("expected a duration"));
  CHECK(duration_refusal(std::string(500, '9') + "s").starts_with("expected a duration"));
}

TEST_CASE("durations: the longest is 36500d") {
  for (const char* text : {"36501d", "36500.0001d", "876001h", "3153600000001ms", "99999999999999999999999d"}) {
    CAPTURE(text);
    CHECK(duration_refusal(text) == "a duration is at most 36500d, got \"" + std::string(text) + "\"");
  }
  CHECK(parse_duration("3153600000000ms").ok());
}

TEST_CASE("durations: each is written in the largest unit that divides it, and read back") {
  for (const DurationCase& one : {DurationCase{"0s", 0},
                                  {"1ms", 1},
                                  {"999ms", 999},
                                  {"1s", 1'000},
                                  {"1500ms", 1'500},
                                  {"90s", 90'000},
                                  {"2m", 120'000},
                                  {"1h", 3'600'000},
                                  {"90m", 5'400'000},
                                  {"1d", 86'400'000},
                                  {"36500d", kLongestDuration.count()}}) {
    CAPTURE(one.text);
    CHECK(format_duration(Duration(one.milliseconds)) == one.text);
    CHECK(parse_duration(one.text).value().count() == one.milliseconds);
  }
}

TEST_CASE("instants: the documented form is read and written back as it was") {
  for (const char* text : {"1970-01-01T00:00:00.000Z", "2026-03-27T12:00:00.000Z", "2000-02-29T23:59:59.999Z",
                           "2024-02-29T00:00:00.001Z", "2100-02-28T01:02:03.040Z", "9999-12-31T23:59:59.999Z"}) {
    CAPTURE(text);
    const auto parsed = parse_instant(text);
    REQUIRE(parsed.ok());
    CHECK(format_instant(*parsed) == text);
  }
  CHECK(parse_instant("2026-03-27T12:00:00.000Z").value().time_since_epoch().count() == 1'774'612'800'000);
}

TEST_CASE("instants: an offset is taken off, where one may be given") {
  const auto read = [](std::string_view text) {
    const auto parsed = parse_zoned_instant(text);
    return parsed ? format_instant(*parsed) : "refused";
  };
  CHECK(read("2026-11-26T01:00:00+00:00") == "2026-11-26T01:00:00.000Z");
  CHECK(read("2026-11-26T01:00:00.5+05:30") == "2026-11-25T19:30:00.500Z");
  CHECK(read("2026-12-31T20:00:00-08:00") == "2027-01-01T04:00:00.000Z");
  CHECK(read("2026-11-26T01:00:00Z") == "2026-11-26T01:00:00.000Z");
  for (const char* text : {"", "+00:00", "2026-11-26T01:00:00", "2026-11-26T01:00:00+0000", "2026-11-26T01:00:00+24:00",
                           "2026-11-26T01:00:00+00:60", "2026-11-26T01:00:00Z+00:00", "2026-11-26T01:00:00+aa:00",
                           "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-11-26T01:00:00+1:00"}) {
    CAPTURE(text);
    CHECK(read(text) == "refused");
  }
  CHECK_FALSE(parse_instant("2026-11-26T01:00:00+00:00").ok());
}

TEST_CASE("instants: HTTP writes them its own way") {
  CHECK(format_http_date(parse_instant("1994-11-06T08:49:37.999Z").value()) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(format_http_date(Instant{}) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(format_http_date(parse_instant("9999-12-31T23:59:59.999Z").value()) == "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST_CASE("instants: the fraction is optional, and digits beyond the third are dropped") {
  CHECK(format_instant(*parse_instant("2026-03-27T12:00:00Z")) == "2026-03-27T12:00:00.000Z");
  CHECK(format_instant(*parse_instant("2026-03-27T12:00:00.5Z")) == "2026-03-27T12:00:00.500Z");
  CHECK(format_instant(*parse_instant("2026-03-27T12:00:00.05Z")) == "2026-03-27T12:00:00.050Z");
  CHECK(format_instant(*parse_instant("2026-03-27T12:00:00.1239999Z")) == "2026-03-27T12:00:00.123Z");
}

TEST_CASE("instants: a day after another is 24 hours later, over leap days too") {
  CHECK(*parse_instant("2024-03-01T00:00:00Z") - *parse_instant("2024-02-28T00:00:00Z") == hours(48));
  CHECK(*parse_instant("2023-03-01T00:00:00Z") - *parse_instant("2023-02-28T00:00:00Z") == hours(24));
  CHECK(*parse_instant("2100-03-01T00:00:00Z") - *parse_instant("2100-02-28T00:00:00Z") == hours(24));
}

TEST_CASE("instants: days that are in no calendar and other forms are refused") {
  for (const std::string text : {"",
                                 "2026-03-27",
                                 "2026-03-27T12:00:00.000",
                                 "2026-03-27 12:00:00.000Z",
                                 "2026-03-27T12:00Z",
                                 "2026-3-27T12:00:00Z",
                                 "26-03-27T12:00:00Z",
                                 "2026-02-29T00:00:00Z",
                                 "2100-02-29T00:00:00Z",
                                 "2026-04-31T00:00:00Z",
                                 "2026-13-01T00:00:00Z",
                                 "2026-00-01T00:00:00Z",
                                 "2026-01-00T00:00:00Z",
                                 "2026-01-32T00:00:00Z",
                                 "2026-03-27T24:00:00Z",
                                 "2026-03-27T12:60:00Z",
                                 "2026-03-27T12:00:60Z",
                                 "2026-03-27T12:00:00.Z",
                                 "2026-03-27T12:00:00+01:00",
                                 "2026-03-27T12:00:00.000z",
                                 "2026-03-27t12:00:00Z",
                                 "1969-12-31T23:59:59Z",
                                 "0000-01-01T00:00:00Z",
                                 "10000-01-01T00:00:00Z",
                                 "+026-03-27T12:00:00Z",
                                 "2026-03-27T12:00:00.000Z ",
                                 " 2026-03-27T12:00:00.000Z",
                                 "2026-03-27T12:00:00.000ZZ",
                                 "1774612800000"}) {
    CAPTURE(text);
    CHECK(instant_refusal(text) ==
          "expected an ISO 8601 time in UTC such as \"2026-03-27T12:00:00.000Z\", got \"" + text + "\"");
  }
}

TEST_CASE("time: the machine's monotonic clock does not go back") {
  const MonotonicTime first = system_time().monotonic();
  CHECK(system_time().monotonic() >= first);
  CHECK(system_time().wall() > *parse_instant("2020-01-01T00:00:00Z"));
}

}  // namespace qamera
