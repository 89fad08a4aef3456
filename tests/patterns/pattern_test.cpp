#include <doctest/doctest.h>

#include <array>

#include "journal/entries.h"
#include "patterns/pattern.h"

namespace qamera::patterns {

using namespace journal;
namespace {

Pattern pattern_of(std::string_view text) {
  auto parsed = parse_pattern(*parse_json(text));
  INFO(text, " ", parsed.ok() ? "" : parsed.error().message);
  REQUIRE(parsed.ok());
  return std::move(*parsed);
}

bool matches(const Pattern& pattern, const Entry& entry) { return match(pattern, RequestView(entry)) == Truth::kYes; }

/// A register call with everything that patterns look at.
Entry sample() {
  Entry entry =
      exchange("registerImages", "POST", "/api/external/image-picker/register-ideas?dry=1&dry=2&q=a%20b", 402);
  entry.request_headers.add("Content-Type", "application/json");
  entry.request_headers.add("Accept", "text/html");
  entry.request_headers.add("accept", "application/json");
  entry.request_body.text = R"({"config":{"product":{"id":"prod_1"}},"count":4})";
  entry.request_body.length = entry.request_body.text.size();
  entry.findings.push_back({finding_kind::kUnknownQueryParameter, "/query/dry", "unknown"});
  redact(entry);
  return entry;
}

struct Row {
  std::string_view passes;
  std::string_view fails;
  std::string_view pointer;  ///< of the first difference of the failing one
};

TEST_CASE("patterns: each member matches and refuses, explains where, and suggests what would match") {
  const Row rows[] = {
      {R"({"method":"POST"})", R"({"method":"GET"})", "/method"},
      {R"({"method":"any"})", R"({"method":"PUT"})", "/method"},
      {R"({"url":"/api/external/image-picker/register-ideas?dry=1&dry=2&q=a%20b"})",
       R"({"url":"/api/external/image-picker/register-ideas"})", "/url"},
      {R"({"urlPath":"/api/external/image-picker/register-ideas"})", R"({"urlPath":"/api/external/image-picker"})",
       "/path"},
      {R"({"urlPattern":"/api/.*\\?dry=1.*"})", R"({"urlPattern":"/api/external/image-picker"})", "/url"},
      {R"({"urlPathPattern":"/api/external/[^/]+/register-ideas"})", R"({"urlPathPattern":"/api/.*\\?dry.*"})",
       "/path"},
      {R"({"queryParameters":{"dry":{"equalTo":"2"}}})", R"({"queryParameters":{"dry":{"equalTo":"3"}}})",
       "/query/dry"},
      {R"({"queryParameters":{"q":{"equalTo":"a b"}}})", R"({"queryParameters":{"q":{"absent":true}}})", "/query/q"},
      {R"({"queryParameters":{"other":{"absent":true}}})", R"({"queryParameters":{"other":{"matches":".*"}}})",
       "/query/other"},
      {R"({"queryParameters":{"dry":{"hasExactly":[{"equalTo":"2"},{"equalTo":"1"}]}}})",
       R"({"queryParameters":{"dry":{"hasExactly":[{"equalTo":"2"}]}}})", "/query/dry"},
      {R"({"queryParameters":{"dry":{"hasExactly":[{"matches":"."},{"equalTo":"1"}]}}})",
       R"({"queryParameters":{"dry":{"hasExactly":[{"equalTo":"1"},{"equalTo":"1"}]}}})", "/query/dry"},
      {R"({"queryParameters":{"dry":{"includes":[{"equalTo":"2"}]}}})",
       R"({"queryParameters":{"dry":{"includes":[{"equalTo":"2"},{"equalTo":"3"}]}}})", "/query/dry"},
      {R"({"headers":{"ACCEPT":{"includes":[{"contains":"json"},{"contains":"html"}]}}})",
       R"({"headers":{"X-None":{"includes":[{"absent":true}]}}})", "/headers/X-None"},
      {R"({"headers":{"content-type":{"contains":"json"}}})",
       R"({"headers":{"Content-Type":{"equalTo":"text/plain"}}})", "/headers/Content-Type"},
      {R"({"headers":{"Accept":{"equalTo":"application/json"}}})", R"({"headers":{"Accept":{"equalTo":"image/png"}}})",
       "/headers/Accept"},
      {R"({"headers":{"X-Api-Key":{"equalTo":"mk_live_abc123.secret456"}}})",
       R"({"headers":{"X-Api-Key":{"equalTo":"mk_live_other.secret456"}}})", "/headers/X-Api-Key"},
      {R"({"bodyPatterns":[{"matchesJsonPath":"$.config.product.id"},{"contains":"prod_1"}]})",
       R"({"bodyPatterns":[{"contains":"prod_1"},)"
       R"({"matchesJsonPath":{"expression":"$.config.product.id","equalTo":"prod_2"}}]})",
       "/body/config/product/id"},
      {R"({"bodyPatterns":[{"equalToJson":{"count":4},"ignoreExtraElements":true}]})",
       R"({"bodyPatterns":[{"equalToJson":{"count":5},"ignoreExtraElements":true}]})", "/body/count"},
      {R"({"operation":"registerImages"})", R"({"operation":"listImages"})", "/operation"},
      {R"({"status":402})", R"({"status":200})", "/status"},
      {R"({"status":"4xx"})", R"({"status":"5xx"})", "/status"},
      {R"({"workspace":"ws1"})", R"({"workspace":"ws2"})", "/workspace"},
      {R"({"findings":true})", R"({"findings":false})", "/findings"},
      {R"({"findings":"unknown-query-parameter"})", R"({"findings":"unknown-field"})", "/findings"},
      {R"({})", R"({"operation":null})", "/operation"},
      {R"({"cookies":{},"customMatcher":null,"headers":null,"method":null})", R"({"method":"GET","cookies":{}})",
       "/method"},
  };
  const Entry entry = sample();
  const RequestView view(entry);
  for (const Row& row : rows) {
    CAPTURE(row.passes);
    CAPTURE(row.fails);
    const Pattern good = pattern_of(row.passes);
    CHECK(matches(good, entry));
    CHECK(explain(good, view).empty());
    CHECK(distance(good, view) == 0);
    const Pattern bad = pattern_of(row.fails);
    CHECK_FALSE(matches(bad, entry));
    CHECK(distance(bad, view) > 0);
    const auto differences = explain(bad, view);
    REQUIRE(differences.size() == 1);
    CHECK(differences[0].pointer == row.pointer);
    const Json suggestion = suggest(bad, view);
    REQUIRE_FALSE(suggestion.is_null());
    CHECK(matches(pattern_of(suggestion.dump()), entry));
  }
}

TEST_CASE("patterns: null operation matches the requests that reached none") {
  CHECK(matches(pattern_of(R"({"operation":null})"), exchange("", "GET", "/nothing", 404)));
}

TEST_CASE("patterns: unknown members and broken values are refused with a pointer") {
  const std::array<std::string_view, 2> operations = {"listModels", "listImages"};
  const auto refused = [&](std::string_view text) {
    const auto result = parse_pattern(*parse_json(text), "/request", {.operations = operations});
    REQUIRE_FALSE(result.ok());
    return result.error();
  };
  CHECK(refused(R"({"urlPathTemplate":"/a/{b}"})").code == ErrorCode::kUnsupported);
  CHECK(refused(R"({"urlPathTemplate":"/a/{b}"})").pointer == "/request/urlPathTemplate");
  CHECK(refused(R"({"customMatcher":{"name":"x"}})").code == ErrorCode::kUnsupported);
  CHECK(refused(R"({"header":{"A":{"absent":true}}})").message.find("did you mean \"headers\"") != std::string::npos);
  CHECK(refused(R"({"url":"/a","urlPath":"/a"})").pointer == "/request/urlPath");
  CHECK(refused(R"({"urlPattern":"("})").pointer == "/request/urlPattern");
  CHECK(refused(R"({"method":1})").pointer == "/request/method");
  CHECK(refused(R"({"headers":[1]})").pointer == "/request/headers");
  CHECK(refused(R"({"headers":{"A":{"hasExactly":[]}}})").pointer == "/request/headers/A/hasExactly");
  CHECK(refused(R"({"bodyPatterns":[{"equalToXml":"<a/>"}]})").pointer == "/request/bodyPatterns/0/equalToXml");
  CHECK(refused(R"({"bodyPatterns":[{"equalToXml":"<a/>"}]})").code == ErrorCode::kUnsupported);
  CHECK(refused(R"({"status":"6xx"})").pointer == "/request/status");
  CHECK(refused(R"({"status":2.5})").pointer == "/request/status");
  CHECK(refused(R"({"findings":3})").pointer == "/request/findings");
  CHECK(refused(R"({"operation":"listModel"})").message.find("did you mean \"listModels\"") != std::string::npos);
  CHECK(refused(R"({"method":"GTE"})").message == "no method \"GTE\"; did you mean \"GET\"?");
  CHECK(refused(R"({"findings":"unknown-query-paramter"})").message.find("did you mean \"unknown-query-parameter\"") !=
        std::string::npos);
  for (const char* fine : {R"({"method":"any"})", R"({"method":"purge"})", R"({"findings":"of-another-version"})"}) {
    CHECK(parse_pattern(*parse_json(fine)).ok());
  }
  CHECK(refused(R"({"findings":"UNKNOWN-FIELD"})").message.find("did you mean \"unknown-field\"") != std::string::npos);
  for (const char* hidden :
       {R"({"headers":{"authorization":{"contains":"tok123"}}})", R"({"headers":{"Cookie":{"equalTo":"a=1"}}})"}) {
    CHECK(refused(hidden).code == ErrorCode::kUnsupported);
    CHECK(refused(hidden).pointer == "/request/headers");
  }
  for (const char* fine :
       {R"({"headers":{"Cookie":{"absent":true}}})", R"({"headers":{"Authorization":{"equalTo":"***"}}})",
        R"({"headers":{"Authorization":{"equalTo":"Bearer mk_live_a.b"}}})"}) {
    CHECK(parse_pattern(*parse_json(fine)).ok());
  }
  CHECK(refused("[]").pointer == "/request");
  CHECK(
      parse_pattern(*parse_json(R"({"exactly":1})"), "", {.others = std::array<std::string_view, 1>{"exactly"}}).ok());
}

TEST_CASE("patterns: a body that was cut leaves the answer open, and is counted apart") {
  auto whole = std::make_shared<Entry>(sample());
  auto cut = std::make_shared<Entry>(sample());
  cap_body(cut->request_body, 10);
  const std::vector<EntryPtr> entries = {whole, cut, std::make_shared<Entry>(list_models())};
  const Matched matched =
      find_matching(pattern_of(R"({"operation":"registerImages","bodyPatterns":[{"contains":"prod_1"}]})"), entries);
  CHECK(matched.entries.size() == 1);
  CHECK(matched.unknown == 1);
  CHECK(find_matching(pattern_of(R"({"operation":"listModels"})"), entries).unknown == 0);
}

TEST_CASE("near misses: the nearest come first, matching ones not at all") {
  std::vector<EntryPtr> entries;
  const auto add = [&](Entry entry) {
    entry.sequence = entries.size() + 1;
    entry.id = "req_00000" + std::to_string(entry.sequence);
    entries.push_back(std::make_shared<Entry>(std::move(entry)));
  };
  add(exchange("listModels", "GET", "/api/external/models?statusFilter=aproved"));
  add(exchange("listImages", "GET", "/api/external/image-picker"));
  add(exchange("listModels", "GET", "/api/external/models"));
  add(exchange("registerModels", "POST", "/api/external/models/register-ideas"));
  add(list_models());
  const auto misses = near_misses(pattern_of(R"({"method":"GET","urlPath":"/api/external/models",)"
                                             R"("queryParameters":{"statusFilter":{"equalTo":"approved"}}})"),
                                  entries);
  REQUIRE(misses.size() == 3);
  CHECK(misses[0].entry->sequence == 1);
  CHECK(misses[1].entry->sequence == 3);
  REQUIRE(misses[0].differences.size() == 1);
  CHECK(misses[0].differences[0].pointer == "/query/statusFilter");
  CHECK(misses[0].differences[0].expected == "equal to \"approved\"");
  CHECK(misses[0].differences[0].actual == "\"aproved\"");
  const OrderedJson json = to_json(misses[0]);
  CHECK(json["id"] == "req_000001");
  CHECK(json["request"] == "GET /api/external/models?statusFilter=aproved -> 200");
  CHECK(json["differences"][0]["pointer"] == "/query/statusFilter");
}

}  // namespace
}  // namespace qamera::patterns
