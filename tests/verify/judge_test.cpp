#include "verify/judge.h"

#include <doctest/doctest.h>

#include <string>

#include "verify/scripted_target.h"

namespace qamera::verify {
namespace {

const Judge& judge() {
  static const contract::Contract contract;
  static const Judge made(contract);
  return made;
}

std::string pointers(const std::vector<Departure>& departures) {
  std::string out;
  for (const Departure& one : departures) out += one.pointer + " ";
  return out;
}

std::string of_reply(const std::string& target, int status, const std::string& body) {
  return pointers(judge().response(made_request("GET", target), json_response(status, body)));
}

std::string of_request(const std::string& method, const std::string& target, const std::string& body = {}) {
  return pointers(judge().request(made_request(method, target, body)));
}

const std::string kModels = "/api/external/models";
const std::string kRegister = "/api/external/models/register-ideas";

std::string model(const std::string& id, const std::string& voting, const std::string& created) {
  return R"({"id":")" + id + R"(","name":"N","thumbnail":"https://x.example/t.jpg","status":"DONE","voting":)" +
         voting + R"(,"createdAt":")" + created + "\"}";
}
const std::string kTime = "2026-03-20T14:00:00.000Z";

}  // namespace

TEST_CASE("judge: a listing within the contract has no departure") {
  const std::string body = R"({"models":[)" + model("m1", "\"APPROVED\"", kTime) + R"(],"count":1})";
  CHECK(of_reply(kModels + "?statusFilter=approved", 200, body) == "");
}

TEST_CASE("judge: count, filter, duplicate ids and dates are judged beyond the schema") {
  const std::string two = model("m1", "\"APPROVED\"", kTime) + "," + model("m1", "null", "2026-03-20");
  CHECK(of_reply(kModels + "?statusFilter=approved", 200, R"({"models":[)" + two + R"(],"count":3})") ==
        "/body/models/1/createdAt /body/models/1/id /body/count /body/models/1/voting ");
}

TEST_CASE("judge: white space about a media type is none of it, parameters follow it") {
  const std::string body = R"({"models":[],"count":0})";
  Response reply = json_response(200, body);
  for (const char* type : {"application/json ; charset=utf-8", " application/json", "Application/JSON\t;q=1"}) {
    reply.headers.set("Content-Type", type);
    CHECK(pointers(judge().response(made_request("GET", kModels), reply)) == "");
  }
  reply.headers.set("Content-Type", "text/json");
  CHECK(pointers(judge().response(made_request("GET", kModels), reply)) == "/headers/Content-Type ");
}

TEST_CASE("judge: every record is judged, and every unknown member named") {
  CHECK(of_reply(kModels, 200, R"({"models":[{},{"id":5}],"count":2,"a":1,"b":2})") ==
        "/body/a /body/b /body/models/0/id /body/models/1/id ");
}

TEST_CASE("judge: error bodies have exactly one member") {
  CHECK(of_reply(kModels, 401, R"({"error":"Invalid API key."})") == "");
  CHECK(of_reply(kModels, 401, R"({"error":"x","code":1})") == "/body/code ");
  CHECK(of_reply(kModels, 500, "oops") == "/body ");
  CHECK(of_reply(kModels, 418, R"({"error":"x"})") == "/status ");
}

TEST_CASE("judge: a departure says what was expected, what stood there and the page") {
  const auto found = judge().response(made_request("GET", kModels), json_response(200, R"({"models":[],"count":"0"})"));
  REQUIRE(found.size() == 1);
  CHECK(found[0].operation == "listModels");
  CHECK(found[0].side == "response");
  CHECK(found[0].expected == "a whole number of at least 0");
  CHECK(found[0].actual == "\"0\"");
  CHECK(found[0].page == "models.txt");
  CHECK(to_text(found[0]) ==
        ": listModels response /body/count: expected a whole number of at least 0; actual \"0\" "
        "[models.txt]");
}

TEST_CASE("judge: requests are judged by path, method, query and body") {
  CHECK(of_request("GET", kModels) == "");
  CHECK(of_request("GET", kModels + "?statusFilter=done&page=1") == "/query/statusFilter /query/page ");
  CHECK(of_request("DELETE", kModels) == "/path ");
  CHECK(of_request("GET", "/api/external/model") == "/path ");
  CHECK(of_request("GET", "/style.css") == "");
  CHECK(of_request("POST", kRegister, R"({"preferences":"p","count":5})") == "");
  CHECK(of_request("POST", kRegister, R"({"preferences":"p","count":21})") == "/body/count ");
  CHECK(of_request("POST", kRegister, "{") == "/body ");
}

TEST_CASE("judge: a number is told as it was written") {
  const auto sent = [](const std::string& count) {
    return judge()
        .request(made_request("POST", kRegister, R"({"preferences":"p","count":)" + count + "}"), {})
        .at(0)
        .actual;
  };
  CHECK(sent("18446744073709551616") == "18446744073709551616");
  CHECK(sent("20.0000000000000001") == "20.0000000000000001");
  const auto replied =
      judge().response(made_request("GET", kModels), json_response(200, R"({"models":[],"count":1e2})"));
  CHECK(replied.at(0).actual == "1e2");
}

TEST_CASE("judge: as many records are made as were asked for, ten by default") {
  const auto reply = [](const std::string& body) {
    return pointers(judge().response(
        made_request("POST", kRegister, body),
        json_response(200, R"({"createdRecordIds":["a","b"],"batchId":"b","orderId":"o","reservationId":"r",)"
                           R"("creditsReserved":20})")));
  };
  CHECK(reply(R"({"preferences":"p","count":2})") == "");
  CHECK(reply(R"({"preferences":"p"})") == "/body/createdRecordIds ");
}

TEST_CASE("judge: a body that is not whole is not judged") {
  const recordings::Known cut{.body = http::BodyState::kCut};
  CHECK(judge().response(made_request("GET", kModels), json_response(200, "{\"mod"), cut).empty());
  CHECK(judge().request(made_request("POST", kRegister, "{\"pref"), cut).empty());
}

TEST_CASE("judge: the departures of one side are bounded") {
  std::string records;
  for (int i = 0; i < 100; ++i) records += std::string(i > 0 ? "," : "") + "{}";
  const auto found = judge().response(made_request("GET", kModels),
                                      json_response(200, R"({"models":[)" + records + R"(],"count":1})"));
  CHECK(found.size() == kMaxDepartures);
}

}  // namespace qamera::verify
