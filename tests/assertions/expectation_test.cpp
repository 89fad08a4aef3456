#include <doctest/doctest.h>

#include <array>

#include "assertions/verdict.h"
#include "journal/entries.h"

namespace qamera::assertions {

using namespace journal;
namespace {

/// A view built by hand, requests one second of virtual time apart unless said otherwise.
class Story {
 public:
  Story& add(Entry entry, Duration after = std::chrono::seconds(1)) {
    now_ += after;
    entry.at = now_;
    entry.received_at = entry.received_at + std::chrono::milliseconds(10 * view.entries.size());
    entry.sequence = view.entries.size() + 1;
    entry.id = "req_00000" + std::to_string(entry.sequence);
    entry.request_body.length = entry.request_body.text.size();
    view.entries.push_back(std::make_shared<Entry>(std::move(entry)));
    return *this;
  }
  Story& evicted(std::uint64_t count) {
    view.evicted = count;
    return *this;
  }
  View view;

 private:
  Instant now_ = instant("2026-03-27T12:00:00.000Z");
};

Entry register_images(std::string id, std::string product = "prod_1", int status = 200) {
  Entry entry = exchange("registerImages", "POST", "/api/external/image-picker/register-ideas", status);
  entry.request_body.text = R"({"config":{"product":{"id":")" + product + R"("}},"count":4})";
  entry.response_body.text = R"({"createdRecordIds":[")" + id + R"("],"creditsReserved":40})";
  return entry;
}

Entry vote(std::string id) {
  Entry entry = exchange("updatePackshot", "POST", "/api/external/packshots/update-packshot");
  entry.request_body.text = R"({"id":")" + id + R"(","voting":"APPROVED"})";
  return entry;
}

Entry list_images(int status = 200) {
  return exchange("listImages", "GET", "/api/external/image-picker?productId=prod_1", status);
}

Facts facts_of_a_workspace() {
  return {{100, 50, 10, 40, 20},
          {{RecordKind::kImage, "DONE", "APPROVED", 3},
           {RecordKind::kImage, "DONE", std::nullopt, 1},
           {RecordKind::kImage, "FAILED", std::nullopt, 2},
           {RecordKind::kModel, "DONE", std::nullopt, 5}}};
}

struct Judged {
  Verdict verdict;
  ExpectationResult outcome;
  std::string text;
};

Judged judge(const Story& story, std::string_view expectation, const Facts* facts = nullptr) {
  const auto parsed = parse_expectations(*parse_json(R"({"expect":[)" + std::string(expectation) + "]}"));
  INFO(expectation, " ", parsed.ok() ? "" : parsed.error().message);
  REQUIRE(parsed.ok());
  const Report report = evaluate(*parsed, story.view, facts);
  const OrderedJson json = to_json(report, *parsed);
  CHECK(json["verdict"] == name_of(report.verdict));
  CHECK(json["results"].size() == 1);
  return {report.verdict, report.outcomes[0], to_text(report, *parsed)};
}

struct Row {
  std::string_view expectation;
  Verdict verdict;
};

void check_rows(const Story& story, std::initializer_list<Row> rows, const Facts* facts = nullptr) {
  for (const Row& row : rows) {
    const Judged judged = judge(story, row.expectation, facts);
    CHECK_MESSAGE(judged.verdict == row.verdict, row.expectation, "\n", judged.text);
  }
}
constexpr Verdict kPassed = Verdict::kPassed, kFailed = Verdict::kFailed, kInconclusive = Verdict::kInconclusive;

TEST_CASE("count and never: numbers of matching requests") {
  Story story;
  story.add(list_models()).add(list_models()).add(list_images());
  check_rows(story, {{R"({"count":{"operation":"listModels","exactly":2}})", kPassed},
                     {R"({"count":{"operation":"listModels","exactly":3}})", kFailed},
                     {R"({"count":{"operation":"listModels","atLeast":2,"atMost":2}})", kPassed},
                     {R"({"count":{"operation":"listModels","atLeast":3}})", kFailed},
                     {R"({"count":{"operation":"listModels","atMost":1}})", kFailed},
                     {R"({"count":{"operation":"listModels","atMost":2}})", kPassed},
                     {R"({"count":{"exactly":3}})", kPassed},
                     {R"({"never":{"operation":"listVideos"}})", kPassed},
                     {R"({"never":{"operation":"listImages"}})", kFailed}});
}

TEST_CASE("count and never: with evicted requests only what is certain is decided") {
  Story story;
  story.add(list_models()).add(list_models()).evicted(3);
  check_rows(story, {{R"({"count":{"operation":"listModels","exactly":2}})", kInconclusive},
                     {R"({"count":{"operation":"listModels","exactly":1}})", kFailed},
                     {R"({"count":{"operation":"listModels","exactly":6}})", kFailed},
                     {R"({"count":{"operation":"listModels","atLeast":2}})", kPassed},
                     {R"({"count":{"operation":"listModels","atLeast":5}})", kInconclusive},
                     {R"({"count":{"operation":"listModels","atMost":2}})", kInconclusive},
                     {R"({"count":{"operation":"listModels","atMost":5}})", kPassed},
                     {R"({"count":{"operation":"listModels","atMost":1}})", kFailed},
                     {R"({"never":{"operation":"listVideos"}})", kInconclusive},
                     {R"({"never":{"operation":"listModels"}})", kFailed}});
  CHECK(judge(story, R"({"never":{"operation":"listVideos"}})")
            .outcome.reason.find("3 older requests of this scope were evicted") == 0);
}

TEST_CASE("count: a body kept in part leaves the answer open") {
  Story story;
  Entry cut = register_images("img_1");
  cap_body(cut.request_body, 12);
  story.add(std::move(cut)).add(register_images("img_2"));
  const std::string_view once = R"({"count":{"bodyPatterns":[{"contains":"prod_1"}],"exactly":1}})";
  CHECK(judge(story, once).verdict == kInconclusive);
  CHECK(judge(story, R"({"count":{"bodyPatterns":[{"contains":"prod_1"}],"atLeast":1}})").verdict == kPassed);
  CHECK(judge(story, R"({"count":{"bodyPatterns":[{"contains":"prod_1"}],"exactly":3}})").verdict == kFailed);
}

TEST_CASE("sequence: steps in order, with and without gaps") {
  Story story;
  story.add(list_models()).add(register_images("img_1")).add(list_images()).add(vote("img_1"));
  const std::string three =
      R"({"sequence":[{"request":{"operation":"listModels"}},{"request":{"operation":"registerImages"}},)"
      R"({"request":{"operation":"updatePackshot"}}])";
  check_rows(
      story,
      {{three + "}", kPassed},
       {three + R"(,"gaps":false})", kFailed},
       {R"({"sequence":[{"request":{"operation":"registerImages"}},)"
        R"({"request":{"operation":"listImages"}}],"gaps":false})",
        kPassed},
       {R"({"sequence":[{"request":{"operation":"registerImages"}},{"request":{"operation":"listModels"}}]})", kFailed},
       {R"({"sequence":[{"request":{"operation":"listVideos"}}]})", kFailed}});
  story.evicted(1);
  check_rows(story,
             {{three + "}", kPassed}, {R"({"sequence":[{"request":{"operation":"listVideos"}}]})", kInconclusive}});
}

TEST_CASE("sequence: a captured id is used later, whichever request it came from") {
  Story story;
  story.add(register_images("img_1", "prod_1")).add(register_images("img_2", "prod_1")).add(vote("img_2"));
  const auto voted = [](std::string_view matcher) {
    return R"({"sequence":[{"request":{"operation":"registerImages"},"capture":{"id":"$.createdRecordIds[0]"}},)"
           R"({"request":{"operation":"updatePackshot","bodyPatterns":[)" +
           std::string(matcher) + "]}}]}";
  };
  // The first registration does not fit, the second does.
  for (std::string_view matcher :
       {R"({"matchesJsonPath":{"expression":"$.id","equalTo":"{{id}}"}})", R"({"contains":"\"{{id}}\""})",
        R"({"equalToJson":{"id":"{{id}}"},"ignoreExtraElements":true})", R"({"matches":".*{{id}}.*"})",
        R"({"equalToJson":"{\"id\":\"{{id}}\",\"voting\":\"APPROVED\"}"})"}) {
    CAPTURE(matcher);
    CHECK(judge(story, voted(matcher)).verdict == kPassed);
  }
  Story wrong;
  wrong.add(register_images("img_1")).add(vote("img_9"));
  const Judged judged = judge(wrong, voted(R"({"matchesJsonPath":{"expression":"$.id","equalTo":"{{id}}"}})"));
  CHECK(judged.verdict == kFailed);
  REQUIRE(judged.outcome.nearest.size() == 1);
  CHECK(judged.outcome.nearest[0].differences[0].pointer == "/body/id");
  CHECK(judged.outcome.nearest[0].differences[0].expected == "equal to \"img_1\"");
  CHECK(judged.outcome.nearest[0].differences[0].actual == "\"img_9\"");
}

TEST_CASE("sequence: without gaps every start is tried, and a response without the value to capture is named") {
  Story story;
  story.add(list_models()).add(list_models()).add(list_images());
  CHECK(judge(story, R"({"sequence":[{"request":{"operation":"listModels"}},{"request":{"operation":"listImages"}}])"
                     R"(,"gaps":false})")
            .verdict == kPassed);
  const Judged judged =
      judge(story, R"({"sequence":[{"request":{"operation":"listModels"},"capture":{"id":"$.ids[0]"}},)"
                   R"({"request":{"url":"/{{id}}"}}]})");
  CHECK(judged.verdict == kFailed);
  REQUIRE(judged.outcome.nearest.size() == 1);
  CHECK(judged.outcome.nearest[0].differences[0].pointer == "/response/body/ids/0");
}

TEST_CASE("pollInterval: bounds, growth, tolerance and clock") {
  Story story;
  using namespace std::chrono_literals;
  story.add(list_images())
      .add(list_images(), 1s)
      .add(list_models(), 100ms)
      .add(list_images(), 1900ms)
      .add(list_images(), 4s);
  const auto poll = [](std::string_view rules) {
    return R"({"pollInterval":{"operation":"listImages",)" + std::string(rules) + "}}";
  };
  check_rows(story, {{poll(R"("atLeast":"1s")"), kPassed},
                     {poll(R"("atLeast":"1001ms")"), kFailed},
                     {poll(R"("atLeast":"1100ms","tolerance":"100ms")"), kPassed},
                     {poll(R"("atMost":"4s")"), kPassed},
                     {poll(R"("atMost":"3s")"), kFailed},
                     {poll(R"("backoffGrows":true)"), kPassed},
                     {poll(R"("clock":"wall","atMost":"20ms")"), kPassed},
                     {poll(R"("clock":"wall","atLeast":"1s")"), kFailed},
                     {R"({"pollInterval":{"operation":"listModels","atLeast":"1s"}})", kFailed},
                     {R"({"pollInterval":{"operation":"listVideos","atLeast":"1s"}})", kFailed}});
  story.evicted(1);
  check_rows(story, {{poll(R"("atLeast":"1s")"), kInconclusive},
                     {poll(R"("atLeast":"1001ms")"), kFailed},
                     {R"({"pollInterval":{"operation":"listModels","atLeast":"1s"}})", kInconclusive}});
  Story shrinking;
  shrinking.add(list_images()).add(list_images(), 2s).add(list_images(), 1900ms);
  check_rows(shrinking, {{poll(R"("backoffGrows":true)"), kFailed},
                         {poll(R"("backoffGrows":true,"tolerance":"100ms")"), kPassed}});
}

TEST_CASE("retries: how many, how soon, of the same request") {
  using namespace std::chrono_literals;
  Story story;
  story.add(list_images(500)).add(list_models(), 200ms).add(list_images(429), 800ms).add(list_images(), 2s);
  const auto retries = [](std::string_view rules) {
    return R"({"retries":{"operation":"listImages")" + std::string(rules) + "}}";
  };
  check_rows(story, {{retries(""), kPassed},
                     {retries(R"(,"exactly":2)"), kPassed},
                     {retries(R"(,"atMost":1)"), kFailed},
                     {retries(R"(,"atLeast":3)"), kFailed},
                     {retries(R"(,"delayAtLeast":"1s","delayAtMost":"2s","backoffGrows":true)"), kPassed},
                     {retries(R"(,"delayAtLeast":"1500ms")"), kFailed},
                     {retries(R"(,"delayAtMost":"1500ms")"), kFailed},
                     {retries(R"(,"after":[429],"exactly":1)"), kPassed},
                     {retries(R"(,"after":[503])"), kFailed},
                     {R"({"retries":{"operation":"listModels"}})", kFailed}});
  story.evicted(1);
  check_rows(story, {{retries(""), kInconclusive},
                     {retries(R"(,"atMost":1)"), kFailed},
                     {retries(R"(,"atLeast":3)"), kInconclusive},
                     {retries(R"(,"delayAtLeast":"1500ms")"), kFailed},
                     {R"({"retries":{"operation":"listModels"}})", kInconclusive}});
  Story other;
  other.add(register_images("", "prod_1", 500)).add(register_images("", "prod_2"));
  check_rows(other, {{R"({"retries":{}})", kFailed}, {R"({"retries":{"atMost":0}})", kPassed}});
  Story lost;
  Entry reset = list_images(0);
  reset.fault = "connection-reset";
  lost.add(std::move(reset)).add(list_images());
  check_rows(lost, {{R"({"retries":{"after":["fault"]}})", kPassed}, {R"({"retries":{}})", kFailed}});
}

TEST_CASE("expectations: of several workspaces each has its own retries and intervals") {
  const auto of = [](std::string workspace, int status) {
    Entry entry = list_images(status);
    entry.workspace = std::move(workspace);
    return entry;
  };
  Story story;
  story.add(of("ws_a", 503)).add(of("ws_b", 200));
  check_rows(story, {{R"({"retries":{"operation":"listImages","exactly":0}})", kPassed},
                     {R"({"retries":{"operation":"listImages","exactly":1}})", kFailed},
                     {R"({"pollInterval":{"operation":"listImages","atLeast":"1s"}})", kFailed}});
  CHECK(judge(story, R"({"pollInterval":{"operation":"listImages","atLeast":"1s"}})").outcome.seen ==
        "2 matching requests, each in another workspace, so there is no interval to judge");
  Story apart;  // clock b is behind clock a
  apart.add(of("ws_a", 200), std::chrono::minutes(5)).add(of("ws_b", 200), -std::chrono::minutes(4));
  apart.add(of("ws_a", 200), std::chrono::minutes(5)).add(of("ws_b", 200), -std::chrono::minutes(4));
  check_rows(apart, {{R"({"pollInterval":{"operation":"listImages","atLeast":"1m","atMost":"1m"}})", kPassed},
                     {R"({"pollInterval":{"operation":"listImages","atLeast":"61s"}})", kFailed}});
}

TEST_CASE("expectations: relayed requests stand in the order in which they came, whichever reply came first") {
  Entry slow = list_images();
  Entry quick = exchange("listSceneries", "GET", "/api/external/sceneries");
  slow.upstream = quick.upstream = "http://127.0.0.1:1";
  quick.received_at = slow.received_at + std::chrono::milliseconds(200);
  Story story;
  story.add(quick).add(slow);
  check_rows(
      story,
      {{R"({"sequence":[{"request":{"operation":"listImages"}},{"request":{"operation":"listSceneries"}}]})", kPassed},
       {R"({"sequence":[{"request":{"operation":"listSceneries"}},{"request":{"operation":"listImages"}}]})",
        kFailed}});
}

TEST_CASE("noFindings and noUnmatched: fail on what is there, decide nothing about what is gone") {
  Story story;
  story.add(list_models());
  check_rows(story, {{R"({"noFindings":true})", kPassed}, {R"({"noUnmatched":true})", kPassed}});
  story.evicted(1);
  check_rows(story, {{R"({"noFindings":true})", kInconclusive}, {R"({"noUnmatched":true})", kInconclusive}});
  Entry odd = list_images();
  odd.findings.push_back({finding_kind::kUndocumentedValue, "/query/statusFilter", "\"done\" is not documented"});
  story.add(std::move(odd)).add(exchange("", "GET", "/api/external/modles", 404));
  check_rows(story, {{R"({"noFindings":true})", kFailed}, {R"({"noUnmatched":true})", kFailed}});
  story.evicted(0);
  check_rows(story, {{R"({"noFindings":{"operation":"listModels"}})", kPassed},
                     {R"({"noFindings":{"findings":"unknown-field"}})", kPassed},
                     {R"({"noFindings":{"findings":"undocumented-value"}})", kFailed}});
  CHECK(judge(story, R"({"noFindings":true})").text.find("/query/statusFilter: \"done\" is not documented") !=
        std::string::npos);
}

TEST_CASE("ledger and records: the workspace's figures") {
  const Story story;
  const Facts workspace = facts_of_a_workspace();
  check_rows(story,
             {{R"({"ledger":{"available":50,"reserved":10,"consumed":40,"refunded":20,"granted":100}})", kPassed},
              {R"({"ledger":{"available":51}})", kFailed},
              {R"({"ledger":{"consumed":{"atLeast":40},"refunded":{"atMost":20}}})", kPassed},
              {R"({"ledger":{"consumed":{"atLeast":41}}})", kFailed},
              {R"({"records":{"kind":"image","exactly":6}})", kPassed},
              {R"({"records":{"kind":"image","status":"DONE","exactly":4}})", kPassed},
              {R"({"records":{"kind":"image","status":"DONE","voting":"APPROVED","exactly":4}})", kFailed},
              {R"({"records":{"kind":"image","status":"DONE","voting":null,"exactly":1}})", kPassed},
              {R"({"records":[{"kind":"image","atLeast":1},{"status":"FAILED","exactly":0}]})", kFailed},
              {R"({"records":{"atLeast":11}})", kPassed}},
             &workspace);
  check_rows(story,
             {{R"({"ledger":{"available":50}})", kInconclusive}, {R"({"records":{"exactly":0}})", kInconclusive}});
}

TEST_CASE("expectations: the verdict is the worst, and every outcome is told") {
  Story story;
  story.add(list_models()).evicted(1);
  const auto parsed =
      parse_expectations(*parse_json(R"({"expect":[{"count":{"operation":"listModels","atLeast":1},"name":"one"},)"
                                     R"({"noFindings":true},{"never":{"operation":"listModels"}}],"within":"2s"})"));
  REQUIRE(parsed.ok());
  CHECK(parsed->within == Duration(2000));
  CHECK(parsed->needs_workspace.empty());
  const Report report = evaluate(*parsed, story.view, nullptr);
  CHECK(report.verdict == kFailed);
  const OrderedJson json = to_json(report, *parsed);
  CHECK(json["passed"] == 1);
  CHECK(json["inconclusive"] == 1);
  CHECK(json["failed"] == 1);
  CHECK(json["window"]["evicted"] == 1);
  CHECK(json["results"][0]["name"] == "one");
  CHECK(json["results"][1]["verdict"] == "inconclusive");
  CHECK(json["results"][2]["requests"][0]["id"] == "req_000001");
}

TEST_CASE("expectations: mistakes are refused with a pointer") {
  const std::array<std::string_view, 2> operations = {"listModels", "listImages"};
  struct Bad {
    std::string_view text;
    std::string_view pointer;
    ErrorCode code = ErrorCode::kInvalid;
  };
  const Bad rows[] = {
      {R"({})", "/expect"},
      {R"({"expect":[]})", "/expect"},
      {R"({"expect":[{}]})", "/expect/0"},
      {R"({"expect":[{"noFindings":true}],"witin":"2s"})", "/witin"},
      {R"({"expect":[{"noFindings":true}],"within":"2 seconds"})", "/within"},
      {R"({"expect":[{"noFindings":true}],"within":"2h"})", "/within"},
      {R"({"expect":[{"cuont":{"exactly":1}}]})", "/expect/0/cuont"},
      {R"({"expect":[{"noFindings":true,"noUnmatched":true}]})", "/expect/0/noUnmatched"},
      {R"({"expect":[{"noFindings":false}]})", "/expect/0/noFindings"},
      {R"({"expect":[{"noUnmatched":1}]})", "/expect/0/noUnmatched"},
      {R"({"expect":[{"noFindings":true,"gaps":true}]})", "/expect/0/gaps"},
      {R"({"expect":[{"count":{"operation":"listModels"}}]})", "/expect/0/count"},
      {R"({"expect":[{"count":{"exactly":1,"atLeast":1}}]})", "/expect/0/count/exactly"},
      {R"({"expect":[{"count":{"atLeast":2,"atMost":1}}]})", "/expect/0/count/atLeast"},
      {R"({"expect":[{"count":{"exactly":-1}}]})", "/expect/0/count/exactly"},
      {R"({"expect":[{"count":{"operation":"listModel","exactly":1}}]})", "/expect/0/count/operation"},
      {R"({"expect":[{"count":{"operaton":"listModels","exactly":1}}]})", "/expect/0/count/operaton",
       ErrorCode::kUnsupported},
      {R"({"expect":[{"never":{"exactly":1}}]})", "/expect/0/never/exactly", ErrorCode::kUnsupported},
      {R"({"expect":[{"never":{"headers":{"A":{"equalToXml":""}}}}]})", "/expect/0/never/headers/A/equalToXml",
       ErrorCode::kUnsupported},
      {R"({"expect":[{"sequence":[]}]})", "/expect/0/sequence"},
      {R"({"expect":[{"sequence":[{"operation":"listModels"}]}]})", "/expect/0/sequence/0/request"},
      {R"({"expect":[{"sequence":[{"request":{"url":"/{{id}}"}}]}]})", "/expect/0/sequence/0/request"},
      {R"({"expect":[{"sequence":[{"request":{},"capture":{"id":"$..id"}}]}]})", "/expect/0/sequence/0/capture/id"},
      {R"({"expect":[{"sequence":[{"request":{"method":1}}]}]})", "/expect/0/sequence/0/request/method"},
      {R"({"expect":[{"pollInterval":{"operation":"listModels"}}]})", "/expect/0/pollInterval"},
      {R"({"expect":[{"pollInterval":{"atLeast":"2s","atMost":"1s"}}]})", "/expect/0/pollInterval/atLeast"},
      {R"({"expect":[{"pollInterval":{"atLeast":"2s","clock":"sun"}}]})", "/expect/0/pollInterval/clock"},
      {R"({"expect":[{"retries":{"after":["6xx"]}}]})", "/expect/0/retries/after"},
      {R"({"expect":[{"ledger":{}}]})", "/expect/0/ledger"},
      {R"({"expect":[{"ledger":{"spent":1}}]})", "/expect/0/ledger/spent"},
      {R"({"expect":[{"ledger":{"available":{}}}]})", "/expect/0/ledger/available"},
      {R"({"expect":[{"records":{"kind":"picture","exactly":1}}]})", "/expect/0/records/kind"},
      {R"({"expect":[{"records":{"status":"IN_PROGRESS","exactly":0}}]})", "/expect/0/records/status"},
      {R"({"expect":[{"records":{"status":"FAILD","exactly":0}}]})", "/expect/0/records/status"},
      {R"({"expect":[{"records":{"voting":"APPROVE","exactly":0}}]})", "/expect/0/records/voting"},
      {R"({"expect":[{"never":{"method":"PSOT"}}]})", "/expect/0/never/method"},
      {R"({"expect":[{"records":[]}]})", "/expect/0/records"},
      {R"({"expect":[{"records":[{"kind":"image"}]}]})", "/expect/0/records/0"},
  };
  for (const Bad& row : rows) {
    CAPTURE(row.text);
    const auto result = parse_expectations(*parse_json(row.text), operations);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().pointer == row.pointer);
    CHECK(result.error().code == row.code);
    CHECK_FALSE(result.error().message.empty());
  }
  CHECK(
      parse_expectations(*parse_json(R"({"expect":[{"records":{"status":"ERROR","voting":null,"exactly":1}}]})")).ok());
  CHECK(parse_expectations(*parse_json(R"({"expect":[{"noFindings":true},{"ledger":{"available":1}}]})"))
            ->needs_workspace == "/expect/1/ledger");
}

TEST_CASE("placeholders: filled in as their place demands") {
  const std::vector<CapturedValue> captures = {{"id", "a.b\"c"}, {"n", 4}};
  const auto filled = [&](std::string_view text) { return fill_placeholders(*parse_json(text), captures).dump(); };
  CHECK(filled(R"({"equalTo":"{{id}}-{{n}}-{{other}}"})") == R"({"equalTo":"a.b\"c-4-{{other}}"})");
  CHECK(filled(R"({"matches":"x{{id}}"})") == R"({"matches":"xa\\.b\\\"c"})");
  CHECK(filled(R"({"equalToJson":{"n":"{{n}}","t":"n={{n}}"}})") == R"({"equalToJson":{"n":4,"t":"n=4"}})");
  CHECK(filled(R"({"equalToJson":"{\"id\":\"{{id}}\"}"})") == R"({"equalToJson":"{\"id\":\"a.b\\\"c\"}"})");
}

TEST_CASE("explanations: a stranger can read why") {
  Story story;
  story.add(exchange("listModels", "GET", "/api/external/models?statusFilter=aproved")).add(list_images());
  const Judged judged = judge(story, R"({"name":"approved models are listed","count":{"operation":"listModels",)"
                                     R"("queryParameters":{"statusFilter":{"equalTo":"approved"}},"exactly":1}})");
  CHECK(judged.text ==
        "failed: 1 expected, 0 passed, 1 failed, 0 inconclusive\n"
        "\n"
        "FAILED  #1 count \"approved models are listed\"\n"
        "  expected: exactly 1 request matching "
        "{\"operation\":\"listModels\",\"queryParameters\":{\"statusFilter\":{\"equalTo\":\"approved\"}}}\n"
        "  seen: none of 2 requests\n"
        "  nearest requests:\n"
        "    req_000001  GET /api/external/models?statusFilter=aproved -> 200\n"
        "      /query/statusFilter: expected equal to \"approved\", was \"aproved\"\n"
        "    req_000002  GET /api/external/image-picker?productId=prod_1 -> 200\n"
        "      /operation: expected listModels, was listImages\n"
        "      /query/statusFilter: expected equal to \"approved\", was (absent)\n"
        "  this pattern would have matched the nearest: "
        "{\"operation\":\"listModels\",\"queryParameters\":{\"statusFilter\":{\"equalTo\":\"aproved\"}}}\n");
}

}  // namespace
}  // namespace qamera::assertions
