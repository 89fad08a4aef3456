#include "system/junit.h"

#include <doctest/doctest.h>

namespace qamera {

TEST_CASE("junit: a suite has its time, timestamp, properties, and what each case came to") {
  using Outcome = JunitCase::Outcome;
  JunitSuite suite{.name = "a <b> & \"c\"", .classname = "k", .started = Instant{}, .taken = Duration(1'500)};
  suite.properties = {{"target", "http://t"}};
  suite.cases = {
      {.name = "fine", .taken = Duration(20)},
      {.name = "bad", .outcome = Outcome::kFailed, .type = "departure", .message = "m", .details = "\x1b</f>"},
      {.name = "lost", .outcome = Outcome::kError, .type = "incomplete", .message = "e"},
      {.name = "not", .outcome = Outcome::kSkipped, .message = "why"}};
  CHECK(to_junit(suite) == R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="a &lt;b&gt; &amp; &quot;c&quot;" tests="4" failures="1" errors="1" skipped="1" time="1.500")"
                           R"( timestamp="1970-01-01T00:00:00">
    <properties>
      <property name="target" value="http://t"/>
    </properties>
    <testcase classname="k" name="fine" time="0.020"/>
    <testcase classname="k" name="bad" time="0.000">
      <failure message="m" type="departure">?&lt;/f&gt;</failure>
    </testcase>
    <testcase classname="k" name="lost" time="0.000">
      <error message="e" type="incomplete"/>
    </testcase>
    <testcase classname="k" name="not" time="0.000">
      <skipped message="why"/>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST_CASE("junit: characters that XML does not have are replaced") {
  JunitSuite suite;
  suite.name = "\uFFFE\uFFFF\uFFFD";
  CHECK(to_junit(suite).find("name=\"??\uFFFD\"") != std::string::npos);
}

}  // namespace qamera
