#include <doctest/doctest.h>

#include "base/hash.h"
#include "patterns/matcher.h"

namespace qamera::patterns {
namespace {

ValueMatcher matcher_of(std::string_view text) {
  auto parsed = parse_matcher(*parse_json(text), "");
  INFO(text, " ", parsed.ok() ? "" : parsed.error().message);
  REQUIRE(parsed.ok());
  return std::move(*parsed);
}

struct Row {
  std::string_view matcher;
  std::string_view passes;
  std::string_view fails;
};

const Row kRows[] = {
    {R"({"equalTo":"approved"})", "approved", "Approved"},
    {R"({"equalTo":"approved","caseInsensitive":true})", "APPROVED", "approve"},
    {R"({"equalTo":"mk_live_abc.secret"})", "mk_live_abc.***", "mk_live_xyz.***"},
    {R"({"contains":"rov"})", "approved", "all"},
    {R"({"doesNotContain":"rov"})", "all", "approved"},
    {R"({"matches":"app.*"})", "approved", "unapproved"},
    {R"({"doesNotMatch":"app.*"})", "unapproved", "approved"},
    {R"({"equalToJson":"{\"a\":1,\"b\":[1,2]}"})", R"({"b":[1,2],"a":1.0})", R"({"a":1,"b":[2,1]})"},
    {R"({"equalToJson":{"a":1}})", R"( {"a" : 1} )", R"({"a":1,"b":2})"},
    {R"({"equalToJson":{"a":[1,2]},"ignoreArrayOrder":true})", R"({"a":[2,1]})", R"({"a":[2,2]})"},
    {R"({"equalToJson":{"a":{"b":1}},"ignoreExtraElements":true})", R"({"a":{"b":1,"c":2},"d":3})", R"({"a":{"c":1}})"},
    {R"({"equalToJson":[1,2],"ignoreExtraElements":true})", "[1,2,3]", "[2,1,3]"},
    {R"({"equalToJson":[{"a":1},{}],"ignoreArrayOrder":true,"ignoreExtraElements":true})", R"([{"b":2},{"a":1,"c":0}])",
     R"([{"a":1}])"},
    {R"({"matchesJsonPath":"$.config.product.id"})", R"({"config":{"product":{"id":"p"}}})",
     R"({"config":{"product":{}}})"},
    {R"({"matchesJsonPath":"$['a'][1]"})", R"({"a":[0,false]})", R"({"a":[0]})"},
    {R"({"matchesJsonPath":"$.a"})", R"({"a":[1]})", R"({"a":[]})"},
    {R"({"matchesJsonPath":{"expression":"$.n","equalTo":"4"}})", R"({"n":4})", R"({"n":5})"},
    {R"({"matchesJsonPath":{"expression":"$.n","absent":true}})", R"({"n":null})", R"({"n":5})"},
    {R"({"matchesJsonPath":{"expression":"$.ids","contains":"b"}})", R"({"ids":["a","bc"]})", R"({"ids":["a"]})"},
    {R"({"matchesJsonPath":{"expression":"$.o","equalToJson":{"x":1}}})", R"({"o":{"x":1}})", R"({"o":{"x":2}})"},
    {R"({"matchesJsonPath":{"expression":"$.ids","absent":true}})", R"({"id":1})", R"({"ids":[]})"},
    {R"({"matchesJsonPath":{"expression":"$.ids","equalToJson":"[]"}})", R"({"ids":[]})", R"({"ids":[1]})"},
    {R"({"matchesJsonPath":"$..id"})", R"({"a":[{"id":1}]})", R"({"a":[{"i":1}]})"},
    {R"({"matchesJsonPath":{"expression":"$..id","equalTo":"q"}})", R"({"id":"p","a":[{"id":"q"}]})",
     R"({"id":"p","a":[{"i":"q"}]})"},
    {R"({"matchesJsonPath":{"expression":"$.a[*].id","equalTo":"q"}})", R"({"a":[{"id":"p"},{"id":"q"}]})",
     R"({"a":[{"id":"p"}],"id":"q"})"},
    {R"({"matchesJsonPath":{"expression":"$.*.id","equalTo":"q"}})", R"({"a":{"id":"q"}})", R"({"id":"q"})"},
    {R"j({"matchesJsonPath":{"expression":"$.ids.length()","equalTo":"2"}})j", R"({"ids":["a","b"]})",
     R"({"ids":["a"]})"},
    {R"({"matchesJsonPath":{"expression":"$.ids.length","equalTo":"2"}})", R"({"ids":["a","b"]})",
     R"({"ids":{"length":3}})"},
    {R"j({"matchesJsonPath":"$.a[?(@.id == 'p')]"})j", R"({"a":[{"id":"o"},{"id":"p"}]})", R"({"a":[{"id":"o"}]})"},
    {R"j({"matchesJsonPath":"$[?(@.id=='p')]"})j", R"({"id":"p"})", R"({"id":"o","a":{"id":"p"}})"},
    {R"({"matchesJsonPath":"$..[?@['n'] == 1]"})", R"({"a":{"b":[{"n":1.0}]}})", R"({"a":{"b":[{"n":"1"}]}})"},
    {R"j({"matchesJsonPath":"$.a[?(\"x\" == @)]"})j", R"({"a":["y","x"]})", R"({"a":["y"]})"},
    {R"j({"matchesJsonPath":"$.a[?(@.tags.length() == 2)].id"})j", R"({"a":[{"tags":[1,2],"id":7}]})",
     R"({"a":[{"tags":[1],"id":7}]})"},
    {R"j({"matchesJsonPath":{"expression":"$.a[?(@.on == true)].id","equalTo":"7"}})j", R"({"a":[{"on":true,"id":7}]})",
     R"({"a":[{"on":true,"id":8},{"on":false,"id":7}]})"},
    {R"({"matchesJsonPath":{"expression":"$.n","equalTo":"1"}})", R"({"n":1.0})", R"({"n":"1.0"})"},
    {R"({"matchesJsonPath":{"expression":"$.n","equalTo":"9007199254740993"}})", R"({"n":9007199254740993})",
     R"({"n":9007199254740992.0})"},
    {R"({"matchesJsonPath":{"expression":"$.n","equalTo":"-1"}})", R"({"n":-1e0})", R"({"n":18446744073709551615})"},
    {R"({"equalToJson":{"n":-1}})", R"({"n":-1})", R"({"n":18446744073709551615})"},
    {R"({"equalToJson":"{\"n\":9007199254740993}"})", R"({"n":9007199254740993})", R"({"n":9007199254740992.0})"},
    {R"({"equalToJson":[-1,18446744073709551615],"ignoreArrayOrder":true})", "[18446744073709551615,-1.0]", "[-1,-1]"},
    {R"({"equalToJson":[9007199254740993,1],"ignoreArrayOrder":true,"ignoreExtraElements":true})",
     "[0,1.0,9007199254740993]", "[1,9007199254740992]"},
    {R"({"and":[{"contains":"a"},{"contains":"b"}]})", "ab", "a"},
    {R"({"or":[{"equalTo":"a"},{"equalTo":"b"}]})", "b", "c"},
    {R"({"not":{"equalTo":"a"}})", "b", "a"},
};

TEST_CASE("matchers: each accepts what it describes and refuses the rest") {
  for (const Row& row : kRows) {
    const ValueMatcher matcher = matcher_of(row.matcher);
    CAPTURE(row.matcher);
    const SubjectText good(row.passes), bad(row.fails);
    CHECK(match(matcher, good) == Truth::kYes);
    CHECK(match(matcher, bad) == Truth::kNo);
    CHECK(distance(matcher, good) == 0);
    CHECK(distance(matcher, bad) > 0);
    CHECK(distance(matcher, bad) <= 1);
    std::vector<Difference> differences;
    explain(matcher, good, "/x", differences);
    CHECK(differences.empty());
    explain(matcher, bad, "/x", differences);
    REQUIRE_FALSE(differences.empty());
    CHECK(differences[0].pointer.starts_with("/x"));
    CHECK(match(matcher_of(suggest(matcher, bad).dump()), bad) == Truth::kYes);
  }
}

TEST_CASE("matchers: absence satisfies only absent and the negations") {
  const SubjectText nothing;
  for (std::string_view yes :
       {R"({"absent":true})", R"({"doesNotContain":"x"})", R"({"doesNotMatch":"x"})", R"({"not":{"equalTo":"x"}})"}) {
    CHECK(match(matcher_of(yes), nothing) == Truth::kYes);
  }
  for (std::string_view no : {R"({"equalTo":""})", R"({"contains":""})", R"({"matches":".*"})", R"({"equalToJson":{}})",
                              R"({"matchesJsonPath":"$"})"}) {
    CHECK(match(matcher_of(no), nothing) == Truth::kNo);
  }
  CHECK(match(matcher_of(R"({"absent":true})"), SubjectText("")) == Truth::kNo);
  CHECK(match(matcher_of(R"({"absent":true})"), SubjectText::body("", "")) == Truth::kYes);
  CHECK(match(matcher_of(R"({"equalTo":""})"), SubjectText::body("", "")) == Truth::kYes);
}

TEST_CASE("matchers: of a truncated body what cannot be known is neither a match nor a mismatch") {
  const std::string whole = "abcdefghij";
  std::string hash = "fnv1a:";
  for (int shift = 60; shift >= 0; shift -= 4) hash += "0123456789abcdef"[fnv1a(whole) >> shift & 0xF];
  const auto truth = [&](std::string_view matcher) {
    return match(matcher_of(matcher), SubjectText::body("abcd", hash));
  };
  CHECK(truth(R"({"equalTo":"abcdefghij"})") == Truth::kYes);
  CHECK(truth(R"({"equalTo":"abcdefghix"})") == Truth::kNo);
  CHECK(truth(R"({"equalTo":"ABCDEFGHIJ","caseInsensitive":true})") == Truth::kUnknown);
  CHECK(truth(R"({"equalTo":"XBCDEFGHIJ","caseInsensitive":true})") == Truth::kNo);
  CHECK(truth(R"({"contains":"bc"})") == Truth::kYes);
  CHECK(truth(R"({"contains":"hi"})") == Truth::kUnknown);
  CHECK(truth(R"({"doesNotContain":"bc"})") == Truth::kNo);
  CHECK(truth(R"({"doesNotContain":"hi"})") == Truth::kUnknown);
  CHECK(truth(R"({"matches":"abcd"})") == Truth::kUnknown);
  CHECK(truth(R"({"absent":true})") == Truth::kNo);
  CHECK(truth(R"({"equalToJson":{}})") == Truth::kUnknown);
  CHECK(truth(R"({"matchesJsonPath":"$.a"})") == Truth::kUnknown);
  CHECK(truth(R"({"and":[{"contains":"hi"},{"contains":"bc"}]})") == Truth::kUnknown);
  CHECK(truth(R"({"or":[{"contains":"hi"},{"contains":"bc"}]})") == Truth::kYes);
  CHECK(truth(R"({"not":{"contains":"hi"}})") == Truth::kUnknown);
}

TEST_CASE("matchers: what is unsupported or malformed is refused with a pointer") {
  struct Bad {
    std::string_view matcher;
    ErrorCode code;
    std::string_view pointer;
    std::string_view says;
  };
  const Bad rows[] = {
      {R"({"equalToXml":"<a/>"})", ErrorCode::kUnsupported, "/m/equalToXml", "\"equalToXml\" is no matcher"},
      {R"({"contians":"a"})", ErrorCode::kUnsupported, "/m/contians", "did you mean \"contains\""},
      {R"({"contains":"a","caseInsensitive":true})", ErrorCode::kUnsupported, "/m/caseInsensitive",
       "no matcher or option"},
      {R"({"equalTo":"a","contains":"b"})", ErrorCode::kInvalid, "/m", "one matcher at a time"},
      {R"({})", ErrorCode::kInvalid, "/m", "expected one of"},
      {R"("approved")", ErrorCode::kInvalid, "/m", "expected a matcher"},
      {R"({"equalTo":3})", ErrorCode::kInvalid, "/m/equalTo", "expected text"},
      {R"({"absent":false})", ErrorCode::kInvalid, "/m/absent", "expected true"},
      {R"({"equalToJson":"{"})", ErrorCode::kInvalid, "/m/equalToJson", "not JSON"},
      {R"({"equalToJson":{"a":"${json-unit.ignore}"}})", ErrorCode::kUnsupported, "/m/equalToJson", "placeholders"},
      {R"({"matches":"(a"})", ErrorCode::kInvalid, "/m/matches", "missing \")\""},
      {R"j({"matches":"(?=a)"})j", ErrorCode::kUnsupported, "/m/matches", "not supported"},
      {R"({"equalToJson":"{\"a\":1,\"a\":2}"})", ErrorCode::kInvalid, "/m/equalToJson", "a member \"a\" already"},
      {R"({"equalToJson":{"a":[18446744073709551616]}})", ErrorCode::kInvalid, "/m/equalToJson/a/0", "beyond 64 bits"},
      {R"({"equalToJson":"{\"a\":-1e20}"})", ErrorCode::kInvalid, "/m/equalToJson", "/a: a number beyond 64 bits"},
      {R"({"matchesJsonPath":"$.a[0:2]"})", ErrorCode::kUnsupported, "/m/matchesJsonPath", "the slice \"[0:2]\""},
      {R"({"matchesJsonPath":"$.a[0,1]"})", ErrorCode::kUnsupported, "/m/matchesJsonPath", "several places"},
      {R"({"matchesJsonPath":"$['a','b']"})", ErrorCode::kUnsupported, "/m/matchesJsonPath", "several names"},
      {R"({"matchesJsonPath":"$.a[-1]"})", ErrorCode::kUnsupported, "/m/matchesJsonPath", "from the end"},
      {R"j({"matchesJsonPath":"$.a[(@.length-1)]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath", "script"},
      {R"j({"matchesJsonPath":"$.a.min()"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath", "function \"min()\""},
      {R"j({"matchesJsonPath":"$.a.length().b"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath",
       "\"length()\" before"},
      {R"j({"matchesJsonPath":"$.a[?(@.b)]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath", "without \"==\""},
      {R"j({"matchesJsonPath":"$.a[?(@.b > 1)]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath",
       "\">\" in a filter"},
      {R"j({"matchesJsonPath":"$.a[?(@.b != 'x')]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath", "\"!=\""},
      {R"j({"matchesJsonPath":"$.a[?(@.b =~ /x/)]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath", "\"=~\""},
      {R"j({"matchesJsonPath":"$.a[?(@.b in ['x'])]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath", "\"in\""},
      {R"j({"matchesJsonPath":"$.a[?(@.b == 1 && @.c == 2)]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath",
       "\"&&\""},
      {R"j({"matchesJsonPath":"$.a[?((@.b == 1) || (@.c == 2))]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath",
       "\"||\""},
      {R"j({"matchesJsonPath":"$.a[?(@.b == @.c)]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath", "two places"},
      {R"j({"matchesJsonPath":"$.a[?(@..b == 1)]"})j", ErrorCode::kUnsupported, "/m/matchesJsonPath",
       "within a filter"},
      {R"j({"matchesJsonPath":"$.a[?(@.b == x)]"})j", ErrorCode::kInvalid, "/m/matchesJsonPath", "got x"},
      {R"j({"matchesJsonPath":"$.a[?(@.b == 1e300)]"})j", ErrorCode::kInvalid, "/m/matchesJsonPath", "beyond 64 bits"},
      {R"j({"matchesJsonPath":"$.a[?(1 == 1)]"})j", ErrorCode::kInvalid, "/m/matchesJsonPath", "something of \"@\""},
      {R"({"matchesJsonPath":"$.a[x]"})", ErrorCode::kInvalid, "/m/matchesJsonPath", "got [x]"},
      {R"({"matchesJsonPath":"$.."})", ErrorCode::kInvalid, "/m/matchesJsonPath", "empty member name"},
      {R"({"matchesJsonPath":"$.a["})", ErrorCode::kInvalid, "/m/matchesJsonPath", "unclosed"},
      {R"({"hasExactly":[{"equalTo":"a"}]})", ErrorCode::kUnsupported, "/m/hasExactly", "no matcher"},
      {R"({"matchesJsonPath":"a.b"})", ErrorCode::kInvalid, "/m/matchesJsonPath", "must start"},
      {R"({"matchesJsonPath":{"equalTo":"a"}})", ErrorCode::kInvalid, "/m/matchesJsonPath/expression", "required"},
      {R"({"matchesJsonPath":{"expression":"$.a","equals":"a"}})", ErrorCode::kUnsupported, "/m/matchesJsonPath/equals",
       "did you mean"},
      {R"({"and":[]})", ErrorCode::kInvalid, "/m/and", "array of 1"},
      {R"({"or":[{"equalTo":"a"},{"x":1}]})", ErrorCode::kUnsupported, "/m/or/1/x", "no matcher"},
  };
  for (const Bad& row : rows) {
    CAPTURE(row.matcher);
    const auto result = parse_matcher(*parse_json(row.matcher), "/m");
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == row.code);
    CHECK(result.error().pointer == row.pointer);
    CHECK_MESSAGE(result.error().message.find(row.says) != std::string::npos, result.error().message);
  }
}

TEST_CASE("matchers: a number beyond 64 bits in a request equals nothing") {
  const SubjectText subject(R"({"n":18446744073709551616})");
  for (std::string_view no : {R"({"equalToJson":{"n":1},"ignoreExtraElements":true})",
                              R"({"matchesJsonPath":{"expression":"$.n","equalTo":"18446744073709551616"}})",
                              R"({"matchesJsonPath":{"expression":"$.n","equalTo":"1.8446744073709552e+19"}})"}) {
    CHECK(match(matcher_of(no), subject) == Truth::kNo);
  }
}

TEST_CASE("matchers: a path through everything looks at each place once, and its pointer ends where it branches") {
  const Json wide = *parse_json(R"({"a":[[1,2],[3,[4,{"a":5}]]]})");
  const auto all = [&](const char* path) { return JsonPath::parse(path)->find(wide).values.size(); };
  CHECK(all("$..*") == 10);
  CHECK(all("$..*..*..*..*") <= 10);
  CHECK(all("$..a") == 2);
  CHECK(all("$..[0]") == 4);
  CHECK(JsonPath::parse("$.a[1]['b c']..d[0]")->pointer() == "/a/1/b c");
  CHECK(JsonPath::parse("$.a[1]")->is_definite());
  CHECK_FALSE(JsonPath::parse("$.a[*]")->is_definite());
}

TEST_CASE("matchers: JSON differences lead to the leaf") {
  std::vector<Difference> out;
  const std::string_view body = R"({"config":{"product":{"id":"prod_2"},"extra":1},"count":4})";
  explain(matcher_of(R"({"equalToJson":{"config":{"product":{"id":"prod_1"}},"count":4,"gone":true}})"),
          SubjectText(body), "/body", out);
  REQUIRE(out.size() == 3);
  CHECK(out[0].pointer == "/body/config/product/id");
  CHECK(out[0].expected == "\"prod_1\"");
  CHECK(out[0].actual == "\"prod_2\"");
  CHECK(out[1].pointer == "/body/config/extra");
  CHECK(out[1].expected == "(absent)");
  CHECK(out[2].pointer == "/body/gone");
  CHECK(out[2].actual == "(absent)");
}

TEST_CASE("matchers: unordered comparison finds an assignment where first come first served would not") {
  const Json expected = *parse_json(R"([{}, {"a":1}])");
  const Json actual = *parse_json(R"([{"a":1}, {"b":1}])");
  CHECK(equal_json(expected, actual, {true, true}));
  CHECK_FALSE(equal_json(*parse_json(R"([{"a":1},{"a":1}])"), actual, {true, true}));
}

}  // namespace
}  // namespace qamera::patterns
