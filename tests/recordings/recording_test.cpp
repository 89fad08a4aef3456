#include "recordings/recording.h"

#include <doctest/doctest.h>

#include <optional>
#include <sstream>
#include <vector>

namespace qamera::recordings {
namespace {

using http::BodyState;

struct Reading {
  std::vector<RecordedExchange> exchanges;
  std::string warnings;
  std::string error;
};

Reading read(const std::string& text, const ReadFile& read_file = {}) {
  Reading reading;
  std::istringstream in(text);
  const auto result = read_recording(
      in, "file",
      [&](RecordedExchange exchange) -> Result<void> {
        reading.exchanges.push_back(std::move(exchange));
        return {};
      },
      [&](const std::string& warning) { reading.warnings += warning + "\n"; }, read_file);
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

/// The exchange of an entry whose request and response have these members, after those that every entry has.
RecordedExchange exchange_with(const std::string& request, const std::string& response,
                               const ReadFile& read_file = {}) {
  const Reading reading =
      read(har(R"({"request":{"method":"POST","url":"http://h/api/external/models/register-ideas")" + request +
               R"(},"response":{"status":200)" + response + "}}"),
           read_file);
  REQUIRE(reading.error == "");
  REQUIRE(reading.warnings == "");
  return reading.exchanges.at(0);
}

TEST_CASE("recording: HAR bodies may be base64 in any spelling, or cut") {
  const auto content = [](const std::string& members) { return exchange_with("", R"(,"content":{)" + members + "}"); };
  for (const char* members :
       {R"("text":"{}")", R"("text":"e30=","encoding":"base64")", R"("text":"e30","encoding":"BASE64")",
        R"("text":" e3\n0=\r\n","encoding":"Base64")", R"("text":"{}","encoding":"utf-8","size":2)", R"("text":{})"}) {
    CAPTURE(members);
    const auto exchange = content(members);
    CHECK(exchange.response.body == "{}");
    CHECK(exchange.response_known.body == BodyState::kReadable);
  }
  CHECK(content(R"("text":"-_8=","encoding":"base64")").response.body == "\xfb\xff");
  CHECK(content(R"("text":"{","_truncated":"fnv1a:0")").response_known.body == BodyState::kCut);
  CHECK(read(har(R"({"_sequence":1,"_workspace":"","request":{"method":"GET","url":"http://h/api/external/models"},)"
                 R"("response":{"status":200,"content":{"text":"","_truncated":"fnv1a:0"}}})"))
            .exchanges.at(0)
            .response_known.body == BodyState::kCut);
  CHECK(content(R"("text":"{\"models\":","size":5000)").response_known.body == BodyState::kCut);
  CHECK(content(R"("text":"oops","size":4)").response_known.body == BodyState::kReadable);
  CHECK(content(R"("text":"?","encoding":"base64")").response_known.body == BodyState::kNotRecorded);
  CHECK(content(R"("text":"e30=","encoding":"rot13")").response_known.body == BodyState::kNotRecorded);
}

TEST_CASE("recording: compressed bytes that no header names are known by how they begin, and told apart") {
  const auto content = [](const std::string& text) {
    return exchange_with("", R"(,"content":{"encoding":"base64","text":")" + text + R"("})");
  };
  for (const char* packed : {"H4sIAAAAAAACA6tWSlSyMqwFAK+sG1YHAAAA", "eJyrVkpUsjKsBQAIKgIJ"}) {
    const auto exchange = content(packed);
    CHECK(exchange.response.body == R"({"a":1})");
    CHECK(exchange.response_known.body == BodyState::kReadable);
    CHECK(exchange.response_known.unnamed_coding);
  }
  CHECK_FALSE(content("e30=").response_known.unnamed_coding);
  const auto cut = content("H4sIAAAAAAACA6tWSlSyMqwF");
  CHECK(cut.response_known.body == BodyState::kNotRecorded);
  CHECK_FALSE(cut.response_known.unnamed_coding);
  // Bytes that were taken for text are lost, whatever the headers say.
  CHECK(exchange_with("", R"(,"content":{"text":"\u001f\ufffd\b"})").response_known.body == BodyState::kNotRecorded);
}

TEST_CASE("recording: numbers that JSON does not have are nobody's business") {
  constexpr const char* kGood =
      R"({"request":{"method":"GET","url":"http://h/api/external/models"},"response":{"status":200}})";
  const std::string beyond(400, '9');
  for (const std::string& number :
       std::vector<std::string>{"NaN", "-Infinity", "Infinity", "nan", "undefined", "1e999", "-1e999", "0x1F", "01",
                                "+1", ".5", "1.", "--1", "1e", beyond}) {
    CAPTURE(number);
    for (const std::string& at :
         {R"({"time":)" + number + "}", R"({"timings":[)" + number + "," + number + "]}", number}) {
      const Reading reading = read(har(at + "," + kGood + "," + R"({"s":"a )" + number + R"(","t":)" + number + "}"));
      CHECK(reading.error == "");
      REQUIRE(reading.exchanges.size() >= 2);
      CHECK(reading.exchanges[reading.exchanges.size() - 2].response.status == 200);
    }
    const Reading own = read(har(
        R"({"request":{"method":"GET","url":"http://h/api/external/models"},"response":{"status":)" + number + "}}"));
    CHECK(own.warnings == "file entry 1: response.status not recorded\n");
  }
  // Others are as they were, also where the reading is cut in two.
  for (const std::size_t space : {65520U, 65533U, 65536U}) {
    const Reading reading = read(
        har(std::string(space, ' ') +
            R"({"time":NaN,"request":{"method":"GET","url":"http://h/api/external/models"},)"
            R"("a":[true,false,null,-0.5e-3,1E5,0,12345678901234567890],"response":{"status":203,"headers":[]}})"));
    CHECK(reading.error == "");
    CHECK(reading.exchanges.at(0).response.status == 203);
  }
  CHECK(read(har("nonsense")).error != "");
}

TEST_CASE("recording: a body that is not recorded is told from an empty one by what stands beside it") {
  const std::string length_5 = R"(,"headers":[{"name":"content-length","value":"5"}])";
  const std::string length_0 = R"(,"headers":[{"name":"Content-Length","value":0}])";
  for (const auto& [members, state] :
       {std::pair<std::string, BodyState>{"", BodyState::kNotRecorded},
        {length_5, BodyState::kNotRecorded},
        {length_0, BodyState::kReadable},
        {R"(,"bodySize":0)", BodyState::kReadable},
        {R"(,"bodySize":0)" + length_5, BodyState::kNotRecorded},
        {R"(,"bodySize":"12")", BodyState::kNotRecorded},
        {R"(,"bodySize":12,"postData":{"text":""})", BodyState::kNotRecorded},
        {R"(,"bodySize":12,"postData":{"text":null,"params":[]})", BodyState::kNotRecorded},
        {R"(,"bodySize":-1,"postData":{"text":"{}"})", BodyState::kReadable},
        {R"(,"bodySize":-1,"postData":{"_file":"b"})", BodyState::kNotRecorded}}) {
    CAPTURE(members);
    CHECK(exchange_with(members, "").request_known.body == state);
  }
  for (const auto& [members, state] : {std::pair<std::string, BodyState>{"", BodyState::kNotRecorded},
                                       {R"(,"content":{"size":-1})", BodyState::kNotRecorded},
                                       {R"(,"content":{"size":540,"text":""})", BodyState::kNotRecorded},
                                       {R"(,"content":{"size":540,"text":null})", BodyState::kNotRecorded},
                                       {R"(,"content":{"size":0,"text":""})", BodyState::kReadable},
                                       {R"(,"content":{"size":0})" + length_5, BodyState::kNotRecorded},
                                       {R"(,"bodySize":0,"content":{})", BodyState::kReadable}}) {
    CAPTURE(members);
    CHECK(exchange_with("", members).response_known.body == state);
  }
  const auto refused =
      read(R"({"sequence":1,"id":"r","request":{"method":"POST","url":"/api/external/presets"},"reason":"edge: x",)"
           R"("response":{"status":413}})");
  CHECK(refused.exchanges.at(0).request_known.body == BodyState::kNotRecorded);
}

TEST_CASE("recording: a body in a file beside the HAR is read, and so are the fields that are left of one") {
  const auto in_file = exchange_with(R"(,"postData":{"text":"","_file":"b.json"})", R"(,"content":{"_file":"none"})",
                                     [](const std::string& name) -> std::optional<std::string> {
                                       if (name != "b.json") return std::nullopt;
                                       return "{}";
                                     });
  CHECK(in_file.request.body == "{}");
  CHECK(in_file.request_known.body == BodyState::kReadable);
  CHECK(in_file.response_known.body == BodyState::kNotRecorded);
  const auto params = [](const std::string& type, const std::string& list) {
    return exchange_with(R"(,"postData":{"mimeType":")" + type + R"(","params":[)" + list + "]}", "");
  };
  const std::string two = R"({"name":"a","value":"x y"},{"name":"b","value":[1]},{"name":"a","value":2})";
  CHECK(params("application/json", two).request.body == R"({"a":["x y",2],"b":[1]})");
  CHECK(params("application/json", two).request_known.body == BodyState::kFields);
  CHECK(params("application/x-www-form-urlencoded", R"({"name":"a b","value":"1&2"})").request.body == "a%20b=1%262");
  CHECK(params("multipart/form-data", R"({"name":"n","value":"v"},{"name":"f","fileName":"c.png"})")
            .request.body.find("name=\"f\"; filename=\"c.png\"") != std::string::npos);
  CHECK(params("application/json", R"({"name":"config","value":"[object Object]"})").request_known.body ==
        BodyState::kNotRecorded);
}

TEST_CASE("recording: the content coding is undone where a recorder did not") {
  // {} as gzip.
  const std::string gzip = "H4sIAAAAAAACA6uuBQBDv6ajAgAAAA==";
  const std::string header = R"(,"headers":[{"name":"Content-Encoding","value":"gzip"}],"content":{"text":")";
  const auto read_as = [&](const std::string& text, const char* encoding) {
    return exchange_with("", header + text + R"(","encoding":")" + encoding + "\"}");
  };
  CHECK(read_as(gzip, "base64").response.body == "{}");
  CHECK(read_as("e30=", "base64").response.body == "{}");
  CHECK(read_as("{}", "").response.body == "{}");
  CHECK(read_as("oops", "").response_known.body == BodyState::kReadable);
  CHECK(read_as(gzip.substr(0, 20), "base64").response_known.body == BodyState::kBrokenCoding);
  CHECK(read_as("\\u001f\\ufffd", "").response_known.body == BodyState::kNotRecorded);
}

TEST_CASE("recording: what others leave out or spell in their way is made up for") {
  const auto entry =
      read(har(R"({"request":{"method":"get","url":"http://h/api/external/models","headers":{"A":"1","B":[2,"3"]},)"
               R"("queryString":[{"name":"statusFilter","value":"a b"},{"name":"n","value":5}]},)"
               R"("response":{"status":"200","headers":[],"content":{"mimeType":"application/json","text":"{}"}}})"))
          .exchanges.at(0);
  CHECK(entry.request.method == "GET");
  CHECK(entry.request.target == "/api/external/models?statusFilter=a%20b&n=5");
  CHECK(entry.request.headers.size() == 3);
  CHECK(entry.response.status == 200);
  CHECK(entry.response.headers.value_or("Content-Type", "") == "application/json");
  CHECK_FALSE(entry.response_known.headers);
  const auto bare = read(har(R"({"request":{"method":"GET","url":"http://h/api/external/models?",)"
                             R"("queryString":[{"name":"b","value":"2"}]},"response":{"status":200}})"));
  CHECK(bare.exchanges.at(0).request.target == "/api/external/models?b=2");
  const auto given = read(har(R"({"request":{"method":"GET","url":"http://h/api/external/models?a=1",)"
                              R"("queryString":[{"name":"b","value":"2"}]},"response":{"status":200}})"));
  CHECK(given.exchanges.at(0).request.target == "/api/external/models?a=1");
}

TEST_CASE("recording: an entry that lacks something is named, and all others are read") {
  const std::string good = R"({"request":{"method":"GET","url":"http://h/a"},"response":{"status":200}})";
  const auto reading = read(har(R"({},{"request":{"method":"GET","url":"http://h/a"}},5,[],)"
                                R"({"request":{"url":"http://h/a"},"response":{}},)" +
                                good));
  CHECK(reading.error == "");
  CHECK(reading.warnings ==
        "file entry 1: request, response not recorded\n"
        "file entry 2: response not recorded\n"
        "file entry 3: expected an object\n"
        "file entry 4: expected an object\n"
        "file entry 5: request.method, response.status not recorded\n");
  REQUIRE(reading.exchanges.size() == 4);
  CHECK(reading.exchanges[1].response.status == 0);
  CHECK(reading.exchanges[3].place == "file entry 6");
  std::string many;
  for (int i = 0; i < 30; ++i) many += "{},";
  CHECK(read(har(many + good)).warnings.ends_with("file: 10 more entries lack something\n"));
}

TEST_CASE("recording: damage in one entry keeps no other from being read") {
  const std::string good = R"({"request":{"method":"GET","url":"http://h/api/external/models"},)"
                           R"("response":{"status":200,"content":{"text":"{}"}}})";
  std::string deep = "1";
  for (int i = 0; i < 500; ++i) deep = R"({"parent":[)" + deep + "]}";
  for (const std::string& foreign : {std::string(R"("\ud800")"), std::string(R"("\udc00\ud800x")"),
                                     std::string("\"\xff\xc3\""), std::string("\"a\nb\x01\""), deep}) {
    CAPTURE(foreign);
    const auto reading = read(
        har(R"({"_x":)" + foreign + R"(,"request":{"method":"GET","url":"data:x"},"response":{"status":0}},)" + good));
    CHECK(reading.error == "");
    REQUIRE(reading.exchanges.size() == 2);
    CHECK(reading.exchanges[1].response_known.body == BodyState::kReadable);
  }
  const auto paired = read(har(R"({"request":{"method":"GET","url":"http://h/api/external/models"},)"
                               R"("response":{"status":200,"content":{"text":"\ud83d\ude00\u00e9"}}})"));
  CHECK(paired.exchanges.at(0).response.body == "\xf0\x9f\x98\x80\xc3\xa9");
  const auto damaged = exchange_with("", R"(,"content":{"text":"{\"a\":\"\ud800\"}"})");
  CHECK(damaged.response_known.body == BodyState::kNotRecorded);
}

TEST_CASE("recording: a HAR is known by its content, whatever comes first and however it is encoded") {
  const std::string entries =
      R"("entries":[{"request":{"method":"GET","url":"http://h/\u00e9"},"response":{"status":200}}])";
  const std::string log = R"({"version":"1.2",)" + entries + "}";
  const auto utf16 = [](const std::string& text, bool big) {
    std::string out = big ? "\xFE\xFF" : "\xFF\xFE";
    for (char c : text) big ? out.append({'\0', c}) : out.append({c, '\0'});
    return out;
  };
  for (const std::string& text :
       {R"({"log":)" + log + "}", R"({"comment":"a {\"id\":[","x":{"id":["id"]},"log":)" + log + "}", log,
        "{" + entries + R"(,"version":"1.2"})", "\xEF\xBB\xBF \n" + log, utf16(log, false), utf16(log, true),
        utf16(log, false).substr(2), utf16(log, true).substr(2), "/* made by x */ " + log}) {
    CAPTURE(text);
    const auto reading = read(text);
    CHECK(reading.error == "");
    REQUIRE(reading.exchanges.size() == 1);
    CHECK(reading.exchanges[0].request.path == "/\xc3\xa9");
  }
  const std::string line = R"({"sequence":1,"request":{"method":"GET","url":"/a"},"response":{"status":200}})";
  for (const std::string& text : {line, "\xEF\xBB\xBF" + line, utf16(line, false)}) {
    CHECK(read(text).exchanges.at(0).place == "file:1");
  }
}

TEST_CASE("recording: only URLs of HTTP lead to the API") {
  const auto path = [](const std::string& url) {
    return read(har(R"({"request":{"method":"GET","url":")" + url + R"("},"response":{"status":200}})"))
        .exchanges.at(0)
        .request.path;
  };
  for (const char* url : {"https://h:1/x/api/external/models", "/api/external/models",
                          "localhost:4010/api/external/models", "HTTP://h/api/external/models?next=data:x"}) {
    CHECK(path(url) == "/api/external/models");
  }
  for (const char* url : {"data:text/html,/api/external/models", "blob:https://h/api/external/models", "about:blank",
                          "wss://h/api/external/models", "chrome-extension://a/api/external/models"}) {
    CHECK(path(url) == "");
  }
}

TEST_CASE("recording: preflights are told apart") {
  const auto is_preflight = [](const std::string& method, const std::string& members) {
    return read(har(R"({"request":{"method":")" + method + R"(","url":"http://h/api/external/models")" + members +
                    R"(},"response":{"status":204}})"))
        .exchanges.at(0)
        .is_preflight;
  };
  CHECK(is_preflight("OPTIONS", R"(,"headers":[{"name":"access-control-request-method","value":"GET"}])"));
  CHECK(is_preflight("OPTIONS", ""));
  CHECK_FALSE(is_preflight("OPTIONS", R"(,"headers":[{"name":"A","value":"b"}])"));
  CHECK_FALSE(is_preflight("GET", R"(,"headers":[{"name":"Access-Control-Request-Method","value":"GET"}])"));
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
  CHECK(read("{\"log\": {\"version\": \"1.2\"}}").error == "file: expected a HAR document with log.entries");
  CHECK(read("{\"log\": {\"entries\": [").error.starts_with("file: "));
  CHECK(read("{}\n").error.starts_with("file line 1: "));
  const std::string broken = read(har("{\"a\": \"" + std::string(1000, 'x') + "\" 5")).error;
  CHECK(broken.size() < 220);
  CHECK(broken.find("exception") == std::string::npos);
}

}  // namespace qamera::recordings
