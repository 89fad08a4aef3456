#include "verify/replay.h"

#include <doctest/doctest.h>

#include "verify/scripted_target.h"

namespace qamera::verify {
namespace {

recordings::RecordedExchange recorded(Request request, Response response) {
  recordings::RecordedExchange exchange;
  exchange.place = "file:1";
  exchange.request = std::move(request);
  exchange.response = std::move(response);
  return exchange;
}

const std::string kRegister = "/api/external/models/register-ideas";
const std::string kVideos = "/api/external/videos";

/// What differs when the recorded body comes back as `now`.
std::string differing(const std::string& then, const std::string& now, ReplayOptions options = {}) {
  ScriptedTarget target([&](const Request&) { return json_response(200, now); });
  VirtualPace pace;
  Replay replay(std::move(options), target, pace);
  std::vector<ReplayDifference> differences;
  const auto sent = replay.send(recorded(made_request("POST", kRegister, "{}"), json_response(200, then)), differences);
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
  // A picture of this program is the same one at every address.
  const auto shown = [](const char* url) { return R"({"thumbnail":")" + std::string(url) + R"("})"; };
  CHECK(differing(shown("http://127.0.0.1:1/assets/images/a.jpg"), shown("https://cdn.example.com/images/a.jpg"),
                  exact) == "");
  CHECK(differing(shown("http://h/assets/images/a.jpg"), shown("http://h/assets/images/b.jpg"), exact) ==
        "/body/thumbnail ");
  CHECK(differing(shown("http://h/images/a.jpg"), shown("http://i/images/a.jpg"), exact) == "/body/thumbnail ");
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
  Request first = made_request("POST", kRegister, R"({"z":1, "a":2})");
  first.headers.add("X-Api-Key", "mk_live_old.***");
  first.headers.add("Host", "old.example");
  const Response made = json_response(200, R"({"createdRecordIds":["old_1"]})");
  REQUIRE(replay.send(recorded(first, made), differences).ok());
  Request second =
      made_request("POST", kRegister + "?productId=old_1&p=old_12", R"({"recordId":"old_1","name":"old_12"})");
  second.headers.add("Authorization", "Bearer ***");
  REQUIRE(replay.send(recorded(second, made), differences).ok());
  CHECK(differences.empty());
  CHECK(target.seen[0].body == R"({"z":1, "a":2})");
  CHECK(target.seen[0].headers.value_or("X-Api-Key", "") == "mk_live_mine.secret");
  CHECK(target.seen[0].headers.find("Host") == nullptr);
  CHECK(target.seen[1].target == kRegister + "?productId=new_1&p=old_12");
  CHECK(target.seen[1].body == R"({"name":"old_12","recordId":"new_1"})");
  CHECK(target.seen[1].headers.find("X-Api-Key") == nullptr);
  CHECK(target.seen[1].headers.value_or("Authorization", "") == "Bearer mk_live_mine.secret");
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
  const auto listing = recorded(made_request("GET", kVideos),
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

TEST_CASE("replay: only requests to the API go out, without what belongs to others") {
  ScriptedTarget target([](const Request&) { return json_response(200, "{}"); });
  VirtualPace pace;
  Replay replay({.key = "mk_live_mine.secret"}, target, pace);
  std::vector<ReplayDifference> differences;
  for (const char* foreign : {"/session", "/", "/api/external", "/api/external/login", "/api/externals/models",
                              "/api/external/models/../../session", "/x?y=/api/external/models"}) {
    CAPTURE(foreign);
    REQUIRE(replay.send(recorded(made_request("POST", foreign, "secret"), json_response(200, "{}")), differences).ok());
    CHECK(target.seen.empty());
  }
  CHECK(replay.passed_over(PassedOver::kForeign) == 7);
  Request request =
      made_request("GET", "http://me:pass@h/api/external/models?api_key=S1&session=S2&a=mk_live_r.S3&b=1");
  for (const char* name :
       {"Cookie", "Proxy-Authorization", "X-Auth-Token", "X-CSRF-Token", "Ocp-Apim-Subscription-Key"}) {
    request.headers.add(name, "S4");
  }
  request.headers.add("Accept", "text/html");
  request.headers.add("X-Note", "of mk_live_r.S5");
  REQUIRE(replay.send(recorded(request, json_response(200, "{}")), differences).ok());
  REQUIRE(target.seen.size() == 1);
  CHECK(target.seen[0].target ==
        "/api/external/models?api_key=mk_live_mine.secret&session=%2A%2A%2A&a=mk_live_mine.secret&b=1");
  std::string fields;
  for (const Header& header : target.seen[0].headers) fields += header.name + ":" + header.value + " ";
  CHECK(fields == "Accept:text/html X-Note:of mk_live_r.*** X-Api-Key:mk_live_mine.secret ");
}

TEST_CASE("replay: whatever stands in place of a key, ours is sent; where a reply was 401, none is invented") {
  const auto sent = [](int status, const char* name, const char* value) {
    ScriptedTarget target([&](const Request&) { return json_response(status, "{}"); });
    VirtualPace pace;
    Replay replay({.key = "mk_live_mine.secret"}, target, pace);
    std::vector<ReplayDifference> differences;
    Request request = made_request("GET", kVideos);
    if (name) request.headers.add(name, value);
    REQUIRE(replay.send(recorded(request, json_response(status, "{}")), differences).ok());
    std::string fields;
    for (const Header& header : target.seen.at(0).headers) fields += header.name + ":" + header.value;
    return fields;
  };
  const std::string key = "X-Api-Key:mk_live_mine.secret";
  const std::string bearer = "Authorization:Bearer mk_live_mine.secret";
  for (const char* value : {"mk_live_real.SECRET", "mk_live_real.***", "***", "[REDACTED]", "<hidden>", "", "abc"}) {
    CAPTURE(value);
    CHECK(sent(200, "x-api-key", value) == key);
    CHECK(sent(200, "authorization", (std::string("Bearer ") + value).c_str()) == bearer);
    CHECK(sent(200, "Authorization", value) == bearer);
  }
  CHECK(sent(200, "Cookie", "a=b") == key);
  CHECK(sent(200, nullptr, nullptr) == key);
  CHECK(sent(401, nullptr, nullptr) == "");
  CHECK(sent(401, "X-Api-Key", "") == "X-Api-Key:");
  CHECK(sent(401, "X-Api-Key", "somebody's") == "X-Api-Key:***");
  CHECK(sent(401, "Authorization", "Basic c2VjcmV0") == "Authorization:***");
  CHECK(sent(401, "X-Api-Key", "mk_live_revoked.***") == key);
}

TEST_CASE("replay: a target that does not answer ends it; a request cut short is passed over") {
  ScriptedTarget target([](const Request&) -> Result<Response> { return Error{ErrorCode::kIo, "gone", ""}; });
  VirtualPace pace;
  Replay replay({}, target, pace);
  std::vector<ReplayDifference> differences;
  auto exchange = recorded(made_request("GET", kVideos), json_response(200, "{}"));
  CHECK(replay.send(exchange, differences).error().message == "gone");
  exchange.request_known.body = http::BodyState::kCut;
  CHECK(replay.send(exchange, differences).ok());
  CHECK(replay.passed_over(PassedOver::kBodyNotRecorded) == 1);
  CHECK(replay.passed_over() == 1);
}

TEST_CASE("replay: a request whose head would be another one is passed over, shown or sent") {
  ScriptedTarget target([](const Request&) -> Result<Response> { return json_response(200, "{}"); });
  VirtualPace pace;
  Replay replay({}, target, pace);
  std::vector<ReplayDifference> differences;
  auto bad_value = recorded(made_request("GET", kVideos), json_response(200, "{}"));
  bad_value.request.headers.add("A", "b\r\nC: d");
  auto bad_name = recorded(made_request("GET", kVideos), json_response(200, "{}"));
  bad_name.request.headers.add("A: b\r\nC", "d");
  auto bad_target = recorded(made_request("GET", kVideos), json_response(200, "{}"));
  bad_target.request.target += "?a=b\r\nC: d";
  for (const auto* exchange : {&bad_value, &bad_name, &bad_target}) {
    CHECK(std::get<PassedOver>(replay.prepare(*exchange)) == PassedOver::kForbidden);
    CHECK(replay.send(*exchange, differences).ok());
  }
  CHECK(replay.passed_over(PassedOver::kForbidden) == 6);
  CHECK(replay.sent() == 0);
}

}  // namespace qamera::verify
