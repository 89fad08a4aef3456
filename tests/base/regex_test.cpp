#include "base/regex.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace qamera {
namespace {

using namespace std::string_view_literals;

Regex compiled(std::string_view pattern) {
  auto regex = Regex::compile(pattern);
  INFO(pattern, " ", regex.ok() ? "" : regex.error().message);
  REQUIRE(regex.ok());
  return std::move(*regex);
}

bool regex_matches(std::string_view pattern, std::string_view subject) { return compiled(pattern).matches(subject); }

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

struct Row {
  std::string_view pattern;
  std::string_view passes;
  std::string_view fails;
};

void check(const Row& row) {
  CAPTURE(row.pattern);
  CHECK(regex_matches(row.pattern, row.passes));
  CHECK_FALSE(regex_matches(row.pattern, row.fails));
}

TEST_CASE("regular expressions: match the whole subject, as Java's matches does") {
  const Row rows[] = {
      {"abc", "abc", "abcd"},
      {"a.c", "a\nc", "ac"},
      {"a*b+c?", "aabbb", "aac"},
      {"(ab|cd)+", "abcdab", "abc"},
      {"[a-c_x]+", "cab_x", "d"},
      {"[^/]+", "abc", "a/b"},
      {"[]]", "]", "["},
      {"\\d{3}-\\w+", "123-a_9", "12-a"},
      {"x{2,3}", "xxx", "xxxx"},
      {"x{2,}", "xxxxx", "x"},
      {"(?:a|b)*?c", "abac", "ab"},
      {"(?<id>rec)_\\d+", "rec_12", "rec_"},
      {"(?i)GET /Api", "get /aPI", "got /api"},
      {"/api/external/(models|sceneries)(\\?.*)?", "/api/external/models?x=1", "/api/external/modelsx"},
      {"^abc$", "abc", "ab"},
      {"foo\\b.*", "foo bar", "foobar"},
      {"\\Qa.b\\E.", "a.bc", "axbc"},
      {"\\x41\\u0042", "AB", "ab"},
      {"[\\d\\-]+", "1-2", "a"},
      {"[\\D]", "a", "1"},
      {"caf.", "caf\xC3\xA9", "cafee"},
      {"\\s\\S", " x", "xx"},
      {"", "", "a"},
      {"a|", "", "b"},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("regular expressions: Java's and JavaScript's spellings mean what they do there") {
  const Row rows[] = {
      {"\\ud83d\\ude00", "\U0001F600", "\\ud83d\\ude00"},
      {"[\\ud83d\\ude00-\\ud83d\\ude02]", "\U0001F601", "\U0001F603"},
      {"[\\x41-\\u0043]", "B", "D"},
      {"(?<a>x)(?<b2>y)", "xy", "x"},
      {"\\Aabc\\Z", "abc", "abc\n"},
      {"abc\\z", "abc", "abc\n"},
      {"abc$", "abc", "abc\n"},
      {"a{02}", "aa", "a{02}"},
      {"a{0,01}", "a", "a{0,01}"},
      {"\\Q({[\\", "({[\\", "({["},
      {"\\Qab\\E*", "abb", "abab"},
      {"\\_\\-\\/\\\xC3\xA9", "_-/\xC3\xA9", "\\_\\-\\/\\\xC3\xA9"},
      {"(?i)a(?-i)b(?i:c)d", "AbCd", "ABcd"},
      {"(?s).", "\n", ""},
      {"(?-s).", "x", "\n"},
      {"]}", "]}", "]"},
      {"[-a][a-][!-[]", "--Z", "aab"},
      {"[^]a]", "b", "]"},
      {"[\\w-.]+", "a-.", "+"},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("regular expressions: classes are those of ASCII, the vertical tab a space in them") {
  for (std::string_view space : {" ", "\t", "\n", "\v", "\f", "\r"}) {
    CAPTURE(space);
    for (std::string_view pattern : {"\\s", "[\\s]", "[x\\s-]", "[^\\S]", "\\W"}) CHECK(regex_matches(pattern, space));
    for (std::string_view pattern : {"\\S", "[\\S]", "[\\S-]", "[^\\s]"}) CHECK_FALSE(regex_matches(pattern, space));
  }
  for (std::string_view other : {"x"sv, "\x1F"sv, "!"sv, "\x08"sv, "\x0E"sv, "\xC2\xA0"sv, "\U0010FFFF"sv, "\0"sv}) {
    CAPTURE(other);
    CHECK(regex_matches("\\S", other));
    CHECK(regex_matches("[\\S]", other));
    CHECK_FALSE(regex_matches("[\\s]", other));
  }
  CHECK(regex_matches("[\\s-x]{3}", " -x"));
  CHECK_FALSE(regex_matches("[\\s-x]", "a"));
  CHECK_FALSE(regex_matches("\\w", "\xC3\xA9"));
  CHECK_FALSE(regex_matches("\\d", "\xD9\xA3"));  // Arabic three
}

TEST_CASE("regular expressions: ignoring case is for all of Unicode") {
  const Row rows[] = {
      {"(?i)STRA\xC3\x9F\x45 \xC3\x89T\xC3\x89", "stra\xC3\x9F\x65 \xC3\xA9t\xC3\xA9", "strasse ete"},
      {"(?i)\xD0\xB4\xD0\xB0", "\xD0\x94\xD0\x90", "\xD0\x94\xD0\x94"},
      {"(?i)[\\u00e0-\\u00ef]", "\xC3\x8A", "\xC3\x90"},
      {"\xC3\xA9", "\xC3\xA9", "\xC3\x89"},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("regular expressions: a byte that is no UTF-8 is one character") {
  CHECK(regex_matches(".{3}", "\xFF\xC3/"));
  CHECK_FALSE(regex_matches(".{2}", "\xFF\xC3\xC3"));
  CHECK(regex_matches("[^/]*caf\xC3\xA9.*", "\x89PNG\0 caf\xC3\xA9 \xE2\x82"sv));
  CHECK(regex_matches("\\u00e9\xC3\xA9", "\xE9\xC3\xA9"));
  CHECK(
      compiled("b.\\z").search("a\x80"
                               "b\xC3"));
  CHECK_FALSE(regex_matches("a", "a\x80"));
}

TEST_CASE("regular expressions: a search is content with a part") {
  CHECK(compiled("b").search("abc"));
  CHECK(compiled("^a|c$").search("bbc"));
  CHECK_FALSE(compiled("^b").search("abc"));
  CHECK_FALSE(compiled("^c").search("ab\nc"));
  CHECK_FALSE(compiled("b$").search("ab\n"));
  CHECK(compiled("").search(""));
  CHECK(compiled("a{1000}$").search(std::string(60'000, 'a')));
}

TEST_CASE("regular expressions: long subjects and nested repeats need neither stack nor patience") {
  const std::string subject(60'000, 'a');
  CHECK(regex_matches("(a|aa|a*)*", subject));
  CHECK_FALSE(regex_matches("(a*)*b", subject));
  CHECK(regex_matches(".*", subject));
  CHECK(regex_matches(repeated("(", 600) + "a" + repeated("*)", 600), subject));
  for (std::string_view word : {"a", "-", "a-", "ab9 \xC3\xA9/", "\xFF"}) {
    const std::string body = repeated(word, 65'536 / static_cast<int>(word.size()));
    CAPTURE(word);
    CHECK_FALSE(regex_matches("(\\w*\\W*){40}x", body));
    CHECK(regex_matches("(\\w*\\W*){40}x", body.substr(0, 40) + "x"));
    CHECK_FALSE(compiled("(\\w*\\W*){40}x").search(body));
  }
}

TEST_CASE("regular expressions: what outgrows the automaton's memory is judged all the same") {
  const std::string subject = repeated("ab9-", 8'000);
  CHECK(regex_matches(".*a.{503}", subject));
  CHECK_FALSE(regex_matches(".*a.{500}", subject));
  CHECK_FALSE(regex_matches("(.*){300}x", subject));
  CHECK(regex_matches("\\W{1000}", std::string(1'000, '-')));
}

TEST_CASE("regular expressions: one is used by several threads at once") {
  const Regex regex = compiled(".*(a|b).{20}-");
  std::vector<std::thread> threads;
  std::vector<int> hits(4);
  for (std::size_t i = 0; i < hits.size(); ++i) {
    threads.emplace_back([&regex, &hits, i] {
      const Regex mine = regex;
      for (int round = 0; round < 200; ++round) {
        const std::string subject = repeated("xa-", round % 50) + "b" + std::string(20, 'c') + "-";
        hits[i] += mine.matches(subject) && !regex.matches(subject + "c") ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int hit : hits) CHECK(hit == 200);
}

TEST_CASE("regular expressions: malformed and unsupported ones are told apart") {
  for (std::string_view bad :
       {"(",   ")",   "[",       "a{2",     "a{3,1}",  "*a", "[b-a]", "\\",   "\\x4",      "a{,2}", "a{-1}",
        "{a}", "a**", "a{2}{3}", "\\x{41}", "\\u12g4", "[a", "[]",    "(?<a", "(?<a-b>x)", "\xFF"}) {
    CAPTURE(bad);
    const auto regex = Regex::compile(bad);
    REQUIRE_FALSE(regex.ok());
    CHECK(regex.error().code == ErrorCode::kInvalid);
    CHECK(regex.error().message.starts_with("regular expression"));
  }
  for (std::string_view bad :
       {"(?=a)",       "(?!a)",   "(?<=a)",  "(?<!a)",         "(?>a)",         "(?m)a",          "(?U)a",
        "(?P<a>a)",    "a*+",     "a{2}+",   "(a)\\1",         "(?<a>a)\\k<a>", "\\07",           "\\p{L}",
        "\\C",         "\\v",     "\\h",     "[\\b]",          "[a-\\d]",       "[a&&b]",         "[a[b]]",
        "[[:alpha:]]", "\\ud83d", "\\ude00", "\\ud83d\\u0041", "a{5000}",       "a{99999999999}", "(a{900}){900}",
        "(a{100}){11}"}) {
    CAPTURE(bad);
    const auto regex = Regex::compile(bad);
    REQUIRE_FALSE(regex.ok());
    CHECK(regex.error().code == ErrorCode::kUnsupported);
  }
  CHECK(Regex::compile(std::string(2'000, 'a')).ok());
  CHECK_FALSE(Regex::compile(std::string(2'001, 'a')).ok());
  const auto nothing = Regex::compile(repeated("(", 40) + "()" + repeated("{1000})", 40) + "a");
  REQUIRE_FALSE(nothing.ok());
  CHECK(nothing.error().code == ErrorCode::kUnsupported);
}

TEST_CASE("regular expressions: a refusal says what and where") {
  struct Refusal {
    std::string_view pattern;
    std::string_view message;
  };
  const Refusal rows[] = {
      {"ab(?=c)", "regular expression, character 5: a group of the kind \"(?=\" is not supported"},
      {"a(b)\\1", "regular expression, character 6: a backreference is not supported"},
      {"ab*+", "regular expression, character 4: a possessive quantifier is not supported"},
      {"\\p{L}", "regular expression, character 2: the escape \"\\p\" is not supported"},
      {"x[a-z&&b]", "regular expression, character 6: the intersection of classes is not supported"},
      {"[a[b]]", "regular expression, character 3: a class inside a class is not supported"},
      {"a{1001}", "regular expression, character 8: a count above 1000 is not supported"},
      {"\\ud83d", "regular expression, character 7: half a surrogate pair is not supported"},
      {"(a", "regular expression, character 3: missing \")\""},
      {"a)", "regular expression, character 2: unmatched \")\""},
      {"[a", "regular expression, character 3: missing \"]\""},
      {"a{,2}", "regular expression, character 5: expected a count such as {2}, {2,} or {2,5} (write \\{ for a brace)"},
      {"a{3,1}", "regular expression, character 7: the bounds of a count are the wrong way round"},
      {"\\xg", "regular expression, character 3: expected 2 hexadecimal digits"},
      {"a\\", "regular expression, character 3: a lone backslash at the end"},
      {"a|*", "regular expression: no argument for repetition operator: *"},
      {"[b-a]", "regular expression: invalid character class range: b-a"},
      {"(a{900}){900}", "the regular expression is too large once its counts are written out"},
  };
  for (const Refusal& row : rows) {
    const auto regex = Regex::compile(row.pattern);
    REQUIRE_FALSE(regex.ok());
    CHECK(regex.error().message == row.message);
  }
}

TEST_CASE("regular expressions: an escaped text matches itself") {
  for (std::string_view text : {"a.b*c[1]{2}"sv, "\\Q(\\E|^$?+"sv, "- &&/\n\xC3\xA9_"sv, ""sv, "a\0b"sv}) {
    CAPTURE(text);
    CHECK(regex_matches(escape_regex(text), text));
    CHECK_FALSE(regex_matches(escape_regex(text), std::string(text) + "x"));
  }
}

}  // namespace
}  // namespace qamera
