// Random values through what writes and reads them.

#include <doctest/doctest.h>

#include <rapidcheck.h>

#include "base/json.h"
#include "base/regex.h"
#include "base/text.h"
#include "base/time.h"
#include "journal/encoding.h"
#include "journal/entry.h"
#include "sim/random.h"

namespace qamera::property {

TEST_CASE("property: a duration is written as one that reads back as the same") {
  const bool held = rc::check("duration", [] {
    const Duration duration(*rc::gen::inRange<Duration::rep>(0, kLongestDuration.count()));
    const auto again = parse_duration(format_duration(duration));
    RC_ASSERT(again.ok());
    RC_ASSERT(*again == duration);
  });
  CHECK(held);
}

TEST_CASE("property: an instant is written as one that reads back as the same") {
  const bool held = rc::check("instant", [] {
    constexpr Duration::rep kEnd = 253'402'300'799'999;
    const Instant instant{Duration(*rc::gen::inRange<Duration::rep>(0, kEnd))};
    const auto again = parse_instant(format_instant(instant));
    RC_ASSERT(again.ok());
    RC_ASSERT(*again == instant);
  });
  CHECK(held);
}

TEST_CASE("property: base64 gives back the bytes it was given") {
  const bool held = rc::check("base64", [](const std::string& bytes) {
    const auto again = journal::base64_decode(journal::base64_encode(bytes));
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == bytes);
  });
  CHECK(held);
}

TEST_CASE("property: any text is escaped to JSON, and one in UTF-8 comes back") {
  const bool held = rc::check("json text", [](const std::string& text) {
    std::string quoted;
    append_json_string(quoted, text);
    const auto again = parse_json(quoted);
    RC_ASSERT(again.ok());
    if (is_utf8(text)) RC_ASSERT(again->get<std::string>() == text);
  });
  CHECK(held);
}

TEST_CASE("property: no key survives redaction, and redacting twice changes nothing") {
  const bool held = rc::check("redaction", [](const std::string& before, const std::string& after) {
    const std::string id = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
    RC_PRE(id.size() <= 64u);
    std::string text = before + " mk_live_" + id + ".topsecret99 " + after;
    journal::redact_keys(text);
    RC_ASSERT(text.find("topsecret99") == std::string::npos);
    std::string again = text;
    journal::redact_keys(again);
    RC_ASSERT(again == text);
  });
  CHECK(held);
}

TEST_CASE("property: an escaped text, as a pattern, matches itself and nothing else") {
  const bool held = rc::check("regex", [](const std::string& other) {
    const auto printable = rc::gen::container<std::string>(rc::gen::inRange(' ', '\x7f'));
    const std::string text = *printable;
    const auto regex = Regex::compile(escape_regex(text));
    RC_ASSERT(regex.ok());
    RC_ASSERT(regex->matches(text));
    RC_ASSERT(regex->matches(other) == (other == text));
  });
  CHECK(held);
}

TEST_CASE("property: tokens of one seed never repeat") {
  const bool held = rc::check("token", [](std::uint64_t seed, std::uint64_t salt) {
    constexpr std::uint64_t kTokens = 36ull * 36 * 36 * 36 * 36 * 36;
    const auto one = *rc::gen::inRange<std::uint64_t>(0, kTokens);
    const auto other = *rc::gen::inRange<std::uint64_t>(0, kTokens);
    RC_ASSERT((sim::token(seed, salt, one) == sim::token(seed, salt, other)) == (one == other));
  });
  CHECK(held);
}

}  // namespace qamera::property
