#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::control {
namespace {

constexpr std::string_view kSecret = "mk_live_test.secret-part";

struct Sender {
  Sender() {
    served.workspace_of(R"("fixture": "docs-examples")", kSecret);
    path = "/workspaces/" + served.application.workspaces().all().front()->id + "/send";
  }
  Reply send(std::string_view body) { return served.control("POST", path, body); }

  Served served;
  std::string path;
};

}  // namespace

TEST_CASE("send: a product request with the workspace's key, answered and recorded as any other") {
  Sender sender;
  const Reply reply = sender.send(R"({"method": "GET", "url": "/api/external/models?statusFilter=all"})");
  CHECK(reply.response.status == 200);
  CHECK(reply.response.content().find("\"models\":") != std::string_view::npos);
  const std::string id(header(reply, "X-Qamera-Mock-Request"));
  const Json entry = body_of(sender.served.control("GET", "/requests/" + id));
  CHECK(entry.at("operation") == "listModels");
  CHECK(entry.at("request").at("headers").at("X-Api-Key") == "mk_live_test.***");
  CHECK(entry.at("request").at("url") == "/api/external/models?statusFilter=all");
}

TEST_CASE("send: a header that the connection or the key decides is refused, not dropped") {
  Sender sender;
  for (const char* name : {"x-api-key", "Authorization", "Content-Length", "Transfer-Encoding", "Host", "Connection"}) {
    CAPTURE(name);
    const std::string at = "/headers/" + std::string(name);
    const auto told = [&](const std::string& value) {
      return located(sender.send(R"({"method": "GET", "url": "/api/external/models", "headers": {")" +
                                 std::string(name) + "\": " + value + "}}"));
    };
    CHECK(told("\"a\"") == "400 " + at + ": the connection and the workspace's key decide this field: leave it out");
    CHECK(told("[\"a\"]").starts_with("400 " + at + "/0: "));
  }
  CHECK(sender.served.journal.counters(std::nullopt).recorded == 0);
}

TEST_CASE("send: body and headers go along") {
  Sender sender;
  const Reply reply = sender.send(
      R"({"method": "POST", "url": "/api/external/packshots/update-packshot",
          "headers": {"Content-Type": "application/json", "X-Trace": ["a", "b"]},
          "body": "{\"recordId\": \"img_001\", \"Voting\": \"APPROVED\"}"})");
  INFO(reply.response.body);
  const Json entry =
      body_of(sender.served.control("GET", "/requests/" + std::string(header(reply, "X-Qamera-Mock-Request"))));
  const Json& headers = entry.at("request").at("headers");
  CHECK(headers.at("X-Trace") == Json({"a", "b"}));
  CHECK(headers.at("X-Api-Key") == "mk_live_test.***");
  CHECK_FALSE(headers.contains("Authorization"));
  CHECK_FALSE(headers.contains("Content-Length"));
  CHECK_FALSE(headers.contains("Transfer-Encoding"));
  CHECK(entry.at("request").at("body") == "{\"recordId\": \"img_001\", \"Voting\": \"APPROVED\"}");
}

TEST_CASE("send: a form's bytes come as base64") {
  Sender sender;
  // --b CRLF Content-Disposition: form-data; name="name" CRLF CRLF Mine CRLF --b-- CRLF
  const Reply reply = sender.send(
      R"({"method": "POST", "url": "/api/external/presets",
          "headers": {"Content-Type": "multipart/form-data; boundary=b"}, "bodyEncoding": "base64",
          "body": "LS1iDQpDb250ZW50LURpc3Bvc2l0aW9uOiBmb3JtLWRhdGE7IG5hbWU9Im5hbWUiDQoNCk1pbmUNCi0tYi0tDQo="})");
  INFO(reply.response.body);
  const std::string id(header(reply, "X-Qamera-Mock-Request"));
  CHECK(body_of(sender.served.control("GET", "/requests/" + id)).at("operation") == "createPreset");
  CHECK(reply.response.body.find("boundary") == std::string::npos);
}

TEST_CASE("send: nothing but the product API, and no field that would break a request") {
  Sender sender;
  const auto told = [&](std::string_view body) { return located(sender.send(body)); };
  CHECK(told(R"({"method": "GET", "url": "/__admin/state"})").starts_with("400 /url: expected a path of the product"));
  CHECK(told(R"({"method": "GET", "url": "/%5f_admin/state"})").starts_with("400 /url: "));
  CHECK(told(R"({"method": "GET", "url": "http://other/api"})").starts_with("400 /url: "));
  CHECK(told(R"({"method": "GET", "url": "/a b"})").starts_with("400 /url: "));
  CHECK(told(R"({"method": "GET", "url": "/a\nb"})").starts_with("400 /url: "));
  CHECK(told(R"({"method": "G T", "url": "/a"})").starts_with("400 /method: "));
  CHECK(told(R"({"method": "GET"})").starts_with("400 /url: "));
  CHECK(told(R"({"method": "GET", "url": "/a", "headers": {"X": "a\r\nY: b"}})").starts_with("400 /headers/X: "));
  CHECK(told(R"({"method": "GET", "url": "/a", "headers": {"X": [1]}})").starts_with("400 /headers/X/0: "));
  CHECK(told(R"({"method": "GET", "url": "/a", "body": "!", "bodyEncoding": "base64"})").starts_with("400 /body: "));
  CHECK(told(R"({"method": "GET", "url": "/a", "more": 1})").starts_with("400 /more: "));
  CHECK(sender.served.journal.counters(std::nullopt).recorded == 0);
  sender.path = "/workspaces/ws_none/send";
  CHECK(told(R"({"method": "GET", "url": "/a"})").starts_with("404 "));
}

TEST_CASE("send: the key is told to nobody") {
  Sender sender;
  const Reply reply = sender.send(R"({"method": "GET", "url": "/api/external/products"})");
  CHECK(reply.response.body.find("secret-part") == std::string::npos);
  for (const Header& field : reply.response.headers) CHECK(field.value.find("secret-part") == std::string::npos);
  CHECK(sender.send(R"({"method": "GET", "url": "mk_live_test.secret-part"})").response.body.find("secret-part") ==
        std::string::npos);
}

}  // namespace qamera::control
