#include "verify/replay.h"

#include <doctest/doctest.h>

#include "verify/scripted_target.h"

namespace qamera::verify {
namespace {

RecordedExchange recorded(Request request, Response response) {
  RecordedExchange exchange;
  exchange.place = "file:1";
  exchange.request = std::move(request);
  exchange.response = std::move(response);
  return exchange;
}

/// What differs when the recorded body comes back as `now`.
std::string differing(const std::string& then, const std::string& now, ReplayOptions options = {}) {
  ScriptedTarget target([&](const Request&) { return json_response(200, now); });
  VirtualPace pace;
  Replay replay(std::move(options), target, pace);
  std::vector<ReplayDifference> differences;
  const auto sent = replay.send(recorded(made_request("POST", "/x", "{}"), json_response(200, then)), differences);
  REQUIRE(sent.ok());
  std::string out;
  for (const ReplayDifference& one : differences) out += one.pointer + " ";
  return out;
}

}  // namespace

TEST_CASE("replay: ids, times and URLs are compared by shape, everything else by value") {
  CHECK(differing(R"({"id":"a1"})", R"({"id":"b2"})") == "");
  CHECK(differing(R"({"id":"a1"})", R"({"id":""})") == "/body/id ");
  CHECK(differing(R"({"id":"a1"})", R"({"id":5})") == "/body/id ");
  CHECK(differing(R"({"createdAt":"2026-03-20T14:00:00.000Z"})", R"({"createdAt":"2027-01-01T00:00:00Z"})") == "");
  CHECK(differing(R"({"createdAt":"2026-03-20T14:00:00.000Z"})", R"({"createdAt":"today"})") == "/body/createdAt ");
  CHECK(differing(R"({"thumbnail":"https://a/b"})", R"({"thumbnail":"https://c/d"})") == "");
  CHECK(differing(R"({"name":"a"})", R"({"name":"b"})") == "/body/name ");
  CHECK(differing(R"({"a":1})", R"({"b":1})") == "/body/a /body/b ");
  CHECK(differing(R"({"a":[1,2]})", R"({"a":[1]})") == "/body/a ");
}

TEST_CASE("replay: exact and ignored pointers change what counts") {
  ReplayOptions exact;
  exact.exact = true;
  CHECK(differing(R"({"id":"a1"})", R"({"id":"b2"})", exact) == "/body/id ");
  ReplayOptions ignoring;
  ignoring.ignore = {"/a/*/b"};
  CHECK(differing(R"({"a":[{"b":1,"c":1}]})", R"({"a":[{"b":2,"c":2}]})", ignoring) == "/body/a/0/c ");
  CHECK(differing(R"({"a":[{"c":1}]})", R"({"a":[{"b":2,"c":1}]})", ignoring) == "");
}

TEST_CASE("replay: new ids go into later paths and bodies, and keys are put back where they were") {
  ScriptedTarget target([](const Request&) { return json_response(200, R"({"createdRecordIds":["new_1"]})"); });
  VirtualPace pace;
  ReplayOptions options;
  options.key = "mk_live_mine.secret";
  Replay replay(options, target, pace);
  std::vector<ReplayDifference> differences;
  Request first = made_request("POST", "/x", R"({"z":1, "a":2})");
  first.headers.add("X-Api-Key", "mk_live_old.***");
  first.headers.add("Host", "old.example");
  const Response made = json_response(200, R"({"createdRecordIds":["old_1"]})");
  REQUIRE(replay.send(recorded(first, made), differences).ok());
  Request second = made_request("POST", "/x?productId=old_1&p=old_12", R"({"recordId":"old_1","name":"old_12"})");
  second.headers.add("Authorization", "Bearer ***");
  REQUIRE(replay.send(recorded(second, made), differences).ok());
  CHECK(differences.empty());
  CHECK(target.seen[0].body == R"({"z":1, "a":2})");
  CHECK(target.seen[0].headers.value_or("X-Api-Key", "") == "mk_live_mine.secret");
  CHECK(target.seen[0].headers.find("Host") == nullptr);
  CHECK(target.seen[1].target == "/x?productId=new_1&p=old_12");
  CHECK(target.seen[1].body == R"({"name":"old_12","recordId":"new_1"})");
  CHECK(target.seen[1].headers.find("X-Api-Key") == nullptr);
}

TEST_CASE("replay: a listing is asked for again until its jobs are done, within the time allowed") {
  int asked = 0;
  ScriptedTarget target([&](const Request&) {
    return json_response(200, ++asked < 3 ? R"({"videos":[{"status":"INPROGRESS","thumbnail":""}]})"
                                          : R"({"videos":[{"status":"DONE","thumbnail":"https://a/b"}]})");
  });
  VirtualPace pace;
  Replay replay({}, target, pace);
  std::vector<ReplayDifference> differences;
  const auto listing = recorded(made_request("GET", "/v"),
                                json_response(200, R"({"videos":[{"status":"DONE","thumbnail":"https://c/d"}]})"));
  REQUIRE(replay.send(listing, differences).ok());
  CHECK(differences.empty());
  CHECK(target.seen.size() == 3);
  asked = -1000;
  REQUIRE(replay.send(listing, differences).ok());
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].replayed == "a job still INPROGRESS");
  CHECK(pace.time >= ReplayOptions{}.timeout);
}

TEST_CASE("replay: a target that does not answer ends it; a request cut short is passed over") {
  ScriptedTarget target([](const Request&) -> Result<Response> { return Error{ErrorCode::kIo, "gone", ""}; });
  VirtualPace pace;
  Replay replay({}, target, pace);
  std::vector<ReplayDifference> differences;
  auto exchange = recorded(made_request("GET", "/v"), json_response(200, "{}"));
  CHECK(replay.send(exchange, differences).error().message == "gone");
  exchange.request_whole = false;
  CHECK(replay.send(exchange, differences).ok());
  CHECK(replay.skipped() == 1);
}

}  // namespace qamera::verify
