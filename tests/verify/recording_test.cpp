#include "verify/recording.h"

#include <doctest/doctest.h>

#include <sstream>
#include <vector>

namespace qamera::verify {
namespace {

struct Reading {
  std::vector<RecordedExchange> exchanges;
  std::string error;
};

Reading read(const std::string& text) {
  Reading reading;
  std::istringstream in(text);
  const auto result = read_recording(
      in, "file",
      [&](RecordedExchange exchange) -> Result<void> {
        reading.exchanges.push_back(std::move(exchange));
        return {};
      },
      [](const std::string&) {});
  if (!result.ok()) reading.error = result.error().message;
  return reading;
}

std::string har(const std::string& entries) {
  return "{\n  \"log\": {\"version\": \"1.2\", \"entries\": [" + entries + "]}}";
}

}  // namespace

TEST_CASE("recording: NDJSON lines and HAR entries say where they stand") {
  const auto ndjson = read(R"({"sequence":1,"request":{"method":"GET","url":"/a?b=c"},"response":{"status":200}})"
                           "\n\n"
                           R"({"sequence":2,"request":{"method":"GET","url":"/d"},"response":{"status":0}})"
                           "\n");
  REQUIRE(ndjson.exchanges.size() == 2);
  CHECK(ndjson.exchanges[0].place == "file:1");
  CHECK(ndjson.exchanges[0].request.path == "/a");
  CHECK(ndjson.exchanges[1].place == "file:3");
  const auto entry = R"({"_id":"req_7","request":{"method":"GET","url":"http://h:1/a"},"response":{"status":200}})";
  const auto hars = read(har(entry));
  REQUIRE(hars.exchanges.size() == 1);
  CHECK(hars.exchanges[0].place == "file entry 1 (req_7)");
  CHECK(hars.exchanges[0].request.target == "/a");
}

TEST_CASE("recording: HAR bodies may be base64, absent or cut") {
  const auto entry = [](const std::string& content) {
    return read(har(R"({"request":{"method":"GET","url":"http://h/a"},"response":{"status":200,"content":)" + content +
                    "}}"))
        .exchanges.at(0);
  };
  CHECK(entry(R"({"text":"e30=","encoding":"base64"})").response.body == "{}");
  CHECK(entry(R"({"text":"{}"})").response_whole);
  CHECK_FALSE(entry(R"({"text":"{","_truncated":"fnv1a:0"})").response_whole);
  CHECK_FALSE(entry(R"({"text":"?","encoding":"base64"})").response_whole);
  CHECK_FALSE(entry(R"({"size":10})").response_whole);
}

TEST_CASE("recording: a self-hosted base URL with a path of its own is cut off") {
  const auto at = [](const std::string& url) {
    return read(har(R"({"request":{"method":"GET","url":")" + url + R"("},"response":{"status":200}})"))
        .exchanges.at(0)
        .request.target;
  };
  CHECK(at("https://h/base/api/external/models?a=b#c") == "/api/external/models?a=b");
  CHECK(at("https://h/login?next=/api/external/models") == "/login?next=/api/external/models");
  CHECK(at("https://h") == "/");
}

TEST_CASE("recording: what is no recording is refused with its place") {
  CHECK(read(har(R"({"request":{}})")).error ==
        "file entry 1: expected request.method, request.url and response.status");
  CHECK(read("{\"log\": {\"version\": \"1.2\"}}").error == "file: expected a HAR document with log.entries");
  CHECK(read("{\"log\": {\"entries\": [").error.starts_with("file: "));
  CHECK(read("{}\n").error.starts_with("file line 1: "));
  CHECK(read(har(R"({"request":)" + std::string(100, '[') + std::string(100, ']') + "}")).error ==
        "file: nested too deeply");
}

}  // namespace qamera::verify
