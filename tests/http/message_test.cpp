#include "http/message.h"

#include <doctest/doctest.h>

#include <string>

namespace qamera {
namespace {

Request request(std::string target) {
  Request made;
  made.target = std::move(target);
  made.query = {{"left", "over"}};
  parse_target(made);
  return made;
}

/// The query as "name=value" in brackets.
std::string shown(const Request& made) {
  std::string out;
  for (const QueryParameter& one : made.query) out += "[" + one.name + "=" + one.value + "]";
  return out;
}

}  // namespace

TEST_CASE("headers: names are found in any case, and the first of several is the one") {
  Headers headers{{"X-Api-Key", "a"}, {"Accept", "b"}};
  headers.add("x-api-key", "c");
  CHECK(*headers.find("X-API-KEY") == "a");
  CHECK(headers.find("X-Api") == nullptr);
  CHECK(headers.value_or("accept", "none") == "b");
  CHECK(headers.value_or("host", "none") == "none");
  CHECK(headers.size() == 3);
}

TEST_CASE("headers: set leaves one field of the name, remove leaves none") {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  headers.set("A", "4");
  CHECK(headers.size() == 2);
  CHECK(*headers.find("a") == "4");
  CHECK(headers.begin()->name == "B");
  headers.remove("b");
  headers.remove("absent");
  CHECK(headers.size() == 1);
  headers.remove("A");
  CHECK(headers.empty());
}

TEST_CASE("headers: of repeated fields the first can be left") {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}, {"a", "5"}};
  headers.remove_repeated("a");
  std::string left;
  for (const Header& field : headers) left += field.name + field.value;
  CHECK(left == "A1B2C4");
}

TEST_CASE("headers: only ASCII letters are equal in both cases") {
  CHECK(equal_ignoring_case("Content-TYPE", "content-type"));
  CHECK_FALSE(equal_ignoring_case("content-type", "content-typ"));
  CHECK_FALSE(equal_ignoring_case("[", "{"));
  CHECK_FALSE(equal_ignoring_case("\xc3\x89", "\xc3\xa9"));
}

TEST_CASE("targets: path and query are split and decoded") {
  const Request made = request("/api/external/models?statusFilter=approved&maxRecords=5");
  CHECK(made.path == "/api/external/models");
  CHECK(shown(made) == "[statusFilter=approved][maxRecords=5]");
  CHECK(*made.query_value("maxRecords") == "5");
  CHECK(made.query_value("maxrecords") == nullptr);
}

TEST_CASE("targets: the authority of an absolute form is dropped") {
  CHECK(request("http://app.qamera.ai/api/x?a=1").path == "/api/x");
  CHECK(request("HTTPS://user@host:443/p").path == "/p");
  CHECK(request("http://host").path == "/");
  const Request bare = request("http://host?a=1");
  CHECK(bare.path == "/");
  CHECK(shown(bare) == "[a=1]");
  CHECK(request("/http://host/p").path == "/http://host/p");
}

TEST_CASE("targets: in a query + is a space, in a path it is itself") {
  const Request made = request("/a+b?c+d=e+f&g=%2B");
  CHECK(made.path == "/a+b");
  CHECK(shown(made) == "[c d=e f][g=+]");
}

TEST_CASE("targets: duplicate, empty and valueless parameters are kept, empty pairs are not") {
  CHECK(shown(request("/?a=1&a=2&b&c=&=d&&")) == "[a=1][a=2][b=][c=][=d]");
  CHECK(*request("/?a=1&a=2").query_value("a") == "1");
  CHECK(shown(request("/?a=b=c")) == "[a=b=c]");
  CHECK(shown(request("/?a=1?b=2")) == "[a=1?b=2]");
  CHECK(shown(request("/?")) == "");
  CHECK(shown(request("/")) == "");
}

TEST_CASE("targets: a fragment is no part of the query") {
  const Request made = request("/p?a=1#b=2");
  CHECK(made.path == "/p");
  CHECK(shown(made) == "[a=1]");
  CHECK(request("/p#x?a=1").path == "/p");
  CHECK(shown(request("/p#x?a=1")) == "");
}

TEST_CASE("targets: an empty one is the root") {
  CHECK(request("").path == "/");
  CHECK(request("?a=1").path == "/");
}

TEST_CASE("percent escapes: what is escaped is decoded to the same") {
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a b+c&d=%/\xc3\xa9") == "a%20b%2Bc%26d%3D%25%2F%C3%A9");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  CHECK(percent_decode(percent_encode(all), true) == all);
}

TEST_CASE("percent escapes: well-formed ones are decoded, others stay as they are") {
  CHECK(percent_decode("%41%62%2f%2F", false) == "Ab//");
  CHECK(percent_decode("a%20b", true) == "a b");
  CHECK(percent_decode("%00", false) == std::string(1, '\0'));
  CHECK(request("/a%00b").path == std::string("/a\0b", 4));
  CHECK(percent_decode("%C3%A9", false) == "\xc3\xa9");
  CHECK(percent_decode("%2541", false) == "%41");
  for (const char* text : {"%", "%4", "%G1", "%1G", "100%", "% 41", "%-1", "%%"}) {
    CAPTURE(text);
    CHECK(percent_decode(text, false) == text);
  }
  CHECK(percent_decode("%%41", false) == "%A");
}

TEST_CASE("statuses: known ones have their phrase") {
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(402) == "Payment Required");
  CHECK(reason_phrase(429) == "Too Many Requests");
  CHECK(reason_phrase(205) == "Reset Content");
  CHECK(reason_phrase(451) == "Unavailable For Legal Reasons");
  CHECK(reason_phrase(508) == "Loop Detected");
  CHECK(reason_phrase(799) == "Unknown");
}

}  // namespace qamera
