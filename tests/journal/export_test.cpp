#include <doctest/doctest.h>

#include <sstream>

#include "journal/entries.h"
#include "journal/export.h"
#include "journal/journal.h"
#include "journal/ndjson.h"

namespace qamera::journal {
namespace {

std::string all_of(ReplyStream& stream, std::size_t limit = 100) {
  std::string out;
  for (auto state = ReplyStream::State::kMore; state == ReplyStream::State::kMore;) {
    std::string piece;
    state = stream.read(piece, limit);
    CHECK(piece.size() <= limit);
    out += piece;
  }
  return out;
}

std::vector<EntryPtr> sample() {
  Journal journal{Limits{.body_bytes = 40}};
  journal.append(list_models());
  Entry post = exchange("createPreset", "POST", "/api/external/presets?a=b%20c", 200);
  post.request_headers.add("Content-Type", "multipart/form-data; boundary=x");
  post.request_body.text = "\xff binary";
  post.response_body.text.assign(100, 'y');
  journal.append(std::move(post));
  journal.append(exchange("", "OPTIONS", "*", 404));
  return journal.select({});
}

struct Read {
  std::vector<Entry> entries;
  std::vector<std::string> warnings;
  std::string error;
};

Read read(const std::string& text) {
  Read out;
  std::istringstream in(text);
  const auto result = read_ndjson(
      in, "rec.ndjson",
      [&](Entry entry, std::uint64_t) -> Result<void> {
        out.entries.push_back(std::move(entry));
        return {};
      },
      [&](const std::string& warning) { out.warnings.push_back(warning); });
  if (!result)
    out.error = result.error().message;
  else
    CHECK(result->entries == out.entries.size());
  return out;
}

TEST_CASE("NDJSON: what is exported reads back, line by line") {
  const std::string text = all_of(*ndjson_export(sample()));
  const Read back = read(text);
  CHECK(back.error == "");
  CHECK(back.warnings.empty());
  REQUIRE(back.entries.size() == 3);
  CHECK(back.entries[1].request_body.text == "\xff binary");
  // Values, since headers come back sorted by name.
  std::istringstream lines(text);
  std::string line;
  for (const Entry& entry : back.entries) {
    REQUIRE(std::getline(lines, line));
    CHECK(*parse_json(dump_json(to_json(entry))) == *parse_json(line));
  }
  CHECK(text.find("secret456") == std::string::npos);
  CHECK(all_of(*ndjson_export({})).empty());
}

TEST_CASE("NDJSON: a torn line is skipped with a warning, at the end or closed by a later process") {
  const std::string text = all_of(*ndjson_export(sample()));
  const Read end = read(text + "{\"id\":\"req_0");
  CHECK(end.entries.size() == 3);
  CHECK(end.error == "");
  REQUIRE(end.warnings.size() == 1);
  CHECK(end.warnings[0] == "rec.ndjson line 4: skipped, it was torn when the recording broke off");
  const Read middle = read("{\"id\":\x18\n" + text);
  CHECK(middle.entries.size() == 3);
  CHECK(middle.warnings.size() == 1);
  // A whole last line that only lacks its newline is no torn one.
  CHECK(read(text.substr(0, text.size() - 1)).entries.size() == 3);
  CHECK(read(text + "\n\r\n").entries.size() == 3);
  CHECK(read("").entries.empty());
}

TEST_CASE("NDJSON: any other bad line is an error with its number") {
  const std::string text = all_of(*ndjson_export(sample()));
  CHECK(read(text + "nonsense\n" + text).error.find("rec.ndjson line 4: ") == 0);
  CHECK(read("{\"sequence\":1}\n").error.find("rec.ndjson line 1: ") == 0);
  std::istringstream in(text);
  const auto stopped = read_ndjson(
      in, "x",
      [](Entry, std::uint64_t line) -> Result<void> {
        return Error{ErrorCode::kInvalid, "stop at " + std::to_string(line), ""};
      },
      [](const std::string&) {});
  CHECK(stopped.error().message == "stop at 1");
}

TEST_CASE("HAR: the document has the members that HAR 1.2 requires") {
  const auto har = parse_json(all_of(*har_export(sample(), {"http://127.0.0.1:4010", "0.1.0"})));
  REQUIRE(har.ok());
  const Json& log = har->at("log");
  CHECK(log["version"] == "1.2");
  CHECK(log["creator"] == Json{{"name", "qamera-mock"}, {"version", "0.1.0"}});
  REQUIRE(log["entries"].size() == 3);
  for (const Json& entry : log["entries"]) {
    CHECK(parse_instant(entry.at("startedDateTime").get<std::string>()).ok());
    CHECK(entry.at("time").is_number());
    CHECK(entry.at("cache").is_object());
    for (const char* part : {"send", "wait", "receive"}) CHECK(entry.at("timings").at(part).is_number());
    const Json& request = entry.at("request");
    CHECK(request.at("url").get<std::string>().starts_with("http://"));
    for (const char* list : {"cookies", "headers", "queryString"}) CHECK(request.at(list).is_array());
    for (const char* text : {"method", "httpVersion"}) CHECK(request.at(text).is_string());
    for (const char* number : {"headersSize", "bodySize"}) CHECK(request.at(number).is_number_integer());
    const Json& response = entry.at("response");
    for (const char* list : {"cookies", "headers"}) CHECK(response.at(list).is_array());
    for (const char* text : {"statusText", "httpVersion", "redirectURL"}) CHECK(response.at(text).is_string());
    for (const char* number : {"status", "headersSize", "bodySize"}) CHECK(response.at(number).is_number_integer());
    CHECK(response.at("content").at("size").is_number_integer());
    CHECK(response.at("content").at("mimeType").is_string());
  }
  const Json& get = log["entries"][0];
  CHECK(get["request"]["url"] == "http://localhost:4010/api/external/models?statusFilter=approved");
  CHECK(get["request"]["queryString"][0] == Json{{"name", "statusFilter"}, {"value", "approved"}});
  CHECK_FALSE(get["request"].contains("postData"));
  CHECK(get["response"]["content"]["text"] == "{\"count\":0}");
  CHECK(get["_id"] == "req_000001");
  CHECK(get["time"] == 0.037);
  const Json& post = log["entries"][1];
  CHECK(post["request"]["postData"]["mimeType"] == "multipart/form-data; boundary=x");
  CHECK(post["request"]["postData"]["_encoding"] == "base64");
  CHECK(post["response"]["content"]["size"] == 100);
  CHECK(post["response"]["content"]["text"] == std::string(40, 'y'));
  CHECK(post["response"]["content"].contains("_truncated"));
  CHECK(log["entries"][2]["request"]["url"] == "http://127.0.0.1:4010/");
  CHECK(log["entries"][2]["_operation"].is_null());
}

TEST_CASE("HAR: an export of nothing is a document too") {
  const auto har = parse_json(all_of(*har_export({}, {"http://127.0.0.1:4010", "0.1.0"})));
  REQUIRE(har.ok());
  CHECK(har->at("log").at("entries").empty());
}

}  // namespace
}  // namespace qamera::journal
