#include "verify/capture.h"

#include <doctest/doctest.h>

#include <string>

#include "verify/scripted_target.h"

namespace qamera::verify {
namespace {

constexpr const char* kListing =
    R"({"images": [{"id": "a", "name": "A", "thumbnail": "", "status": "INPROGRESS", "voting": null,
        "createdAt": "2026-01-02T03:04:05.000Z"}], "count": 1})";
constexpr const char* kJob = R"({"config": {"product": {"id": "p"}}, "count": 1})";
constexpr const char* kRegistered =
    R"({"createdRecordIds": ["a"], "batchId": "b", "orderId": "o", "reservationId": "r", "creditsReserved": 10})";

/// The fixture of a capture to which a listing that shows image "a" was replied before the registration that made it;
/// their requests were received at these times, in ms.
Json fixture_of(int listing_at, int registration_at) {
  static const contract::Contract contract;
  static const Judge judge(contract);
  AccountCapture capture(judge);
  const auto add = [&](const Request& request, const char* body, int at) {
    Response response = json_response(200, body);
    response.relayed = true;
    capture.add(request, response, Instant(Duration(at)));
  };
  add(made_request("GET", "/api/external/image-picker"), kListing, listing_at);
  add(made_request("POST", "/api/external/image-picker/register-ideas", kJob), kRegistered, registration_at);
  return capture.scenario("s", "http://h")["fixture"];
}

}  // namespace

TEST_CASE("capture: a record that a listing showed before the reply to its own registration is made by that") {
  const Json raced = fixture_of(20, 10);
  CHECK_FALSE(raced.contains("images"));
  CHECK(raced["expected"]["image"][0]["id"] == "a");
  CHECK(raced["expected"]["image"][0]["polls"] == 1);
  const Json there_before = fixture_of(10, 20);
  CHECK(there_before["images"][0]["id"] == "a");
  CHECK_FALSE(there_before.contains("expected"));
}

TEST_CASE("capture: a registration's reply keeps the status that only the credits page shows") {
  static const contract::Contract contract;
  static const Judge judge(contract);
  AccountCapture capture(judge);
  for (const char* id : {"a", "b"}) {
    Json body = *parse_json(kRegistered);
    body["createdRecordIds"] = {id};
    body["status"] = "processing";
    Response response = json_response(200, dump_json(body));
    response.relayed = true;
    capture.add(made_request("POST", "/api/external/image-picker/register-ideas", kJob), response, Instant());
  }
  const Json rules = capture.scenario("s", "http://h")["rules"];
  REQUIRE(rules.size() == 1);
  CHECK(rules[0]["when"]["nth"] == Json({1, 2}));
  CHECK(rules[0]["patch"] == Json::array({{{"op", "add"}, {"path", "/status"}, {"value", "processing"}}}));
}

TEST_CASE("capture: of pictures that a server of ours makes the path alone is kept") {
  const contract::Contract contract;
  const Judge judge(contract);
  AccountCapture capture(judge);
  const auto record = [](const std::string& id, const std::string& url) {
    return R"({"id": ")" + id + R"(", "name": "A", "thumbnail": ")" + url +
           R"(", "status": "DONE", "voting": null, "createdAt": "2026-01-02T03:04:05.000Z"})";
  };
  Response response = json_response(200, R"({"images": [)" + record("a", "http://h:1/assets/images/a.jpg") + "," +
                                             record("b", "http://other/assets/images/b.jpg") + "," +
                                             record("c", "http://h:1/pictures/c.jpg") + R"(], "count": 3})");
  response.relayed = true;
  capture.add(made_request("GET", "/api/external/image-picker"), response, Instant(Duration(1)));
  const Json saved = capture.scenario("s", "http://h:1")["fixture"]["images"];
  REQUIRE(saved.size() == 3);
  CHECK(saved[0]["thumbnail"] == "/assets/images/a.jpg");
  CHECK(saved[1]["thumbnail"] == "http://other/assets/images/b.jpg");
  CHECK(saved[2]["thumbnail"] == "http://h:1/pictures/c.jpg");
}

}  // namespace qamera::verify
