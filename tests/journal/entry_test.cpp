#include <doctest/doctest.h>

#include "base/embedded.h"
#include "journal/encoding.h"
#include "journal/entries.h"
#include "journal/journal.h"

namespace qamera::journal {
namespace {

std::string redacted(std::string text) {
  redact_keys(text);
  return text;
}

TEST_CASE("redaction: a key keeps its id and loses its secret, wherever it stands") {
  CHECK(redacted("mk_live_abc123.secret456") == "mk_live_abc123.***");
  CHECK(redacted("Bearer mk_live_credit-exhaustion.worker7") == "Bearer mk_live_credit-exhaustion.***");
  CHECK(redacted(R"({"a":"mk_live_a.b","c":"mk_live_d.e"})") == R"({"a":"mk_live_a.***","c":"mk_live_d.***"})");
  CHECK(redacted("/x?key=mk_live_a.b&y=1") == "/x?key=mk_live_a.***&y=1");
  CHECK(redacted("/x?key=mk_live_a%2Eb%41&y=1") == "/x?key=mk_live_a%2E***&y=1");
  CHECK(redacted(R"("mk_live_a\u002esecret")") == R"("mk_live_a\u002e***")");
  CHECK(redacted("mk_live_a.b.c") == "mk_live_a.***");
  CHECK(redacted("mk_live_a.b mk_live_") == "mk_live_a.*** mk_live_");
}

TEST_CASE("redaction: in JSON the names of members lose their secrets too") {
  Json value = {{"mk_live_a.b", {{"x", "mk_live_c.d"}}}, {"list", {{{"mk_live_e.f", 1}}}}};
  redact_keys(value);
  CHECK(value == Json{{"mk_live_a.***", {{"x", "mk_live_c.***"}}}, {"list", {{{"mk_live_e.***", 1}}}}});
}

TEST_CASE("redaction: text without a secret stays as it is, and redacting twice changes nothing") {
  for (std::string text :
       {"", "mk_live_", "mk_live_abc", "mk_live_abc.", "mk_live_abc. next", "mk_live_abc.***", "nothing"}) {
    CHECK_FALSE(redact_keys(text));
  }
  CHECK(redacted("mk_live_abc") == "mk_live_abc");
}

TEST_CASE("redaction: a key that is percent-escaped in a field is hidden too") {
  Entry entry = list_models();
  entry.request_headers = {{"Referer", "http://x/?k=mk%5Flive%5Fabc%2Esecret&a=%20b"},
                           {"X-Api-Key", "%6Dk_live_abc.secret"},
                           {"X-Other", "100%25 %zz"}};
  entry.response_headers = {{"Location", "/%6dk_live_abc.secret%0d%0aX"}};
  redact(entry);
  std::vector<std::string> values;
  for (const Header& header : entry.request_headers) values.push_back(header.value);
  CHECK(values == std::vector<std::string>{"http://x/?k=mk_live_abc.***&a= b", "mk_live_abc.***", "100%25 %zz"});
  CHECK(*entry.response_headers.find("Location") == "/mk_live_abc.***  X");
}

TEST_CASE("redaction: credentials that are no key of ours vanish wholly") {
  Entry entry = list_models();
  entry.request_headers = {{"x-api-key", "hunter2"},
                           {"X-Api-Key", "mk_live_a.b trailing"},
                           {"Authorization", "Basic dXNlcjpw"},
                           {"authorization", "bearer mk_live_a.b"},
                           {"Proxy-Authorization", "Bearer mk_live_a.b"},
                           {"Cookie", "session=1"},
                           {"X-Other", "see mk_live_a.b"},
                           {"X-Api-Key", ""}};
  entry.response_headers = {{"Set-Cookie", "session=1"}};
  entry.request_body.text = "mk_live_a.b";
  entry.response_body.text = "mk_live_a.b";
  entry.target = "/?k=mk_live_a.b";
  entry.reason = "key mk_live_a.b is unknown";
  entry.rule = "rule mk_live_a.b";
  entry.draws = {{"rule mk_live_a.b", {{"probability", 0.25}}}};
  entry.findings.push_back({finding_kind::kUnknownField, "/body/mk_live_a.b", "mk_live_a.b"});
  redact(entry);
  std::vector<std::string> values;
  for (const Header& header : entry.request_headers) values.push_back(header.value);
  CHECK(values ==
        std::vector<std::string>{"***", "***", "***", "bearer mk_live_a.***", "***", "***", "see mk_live_a.***", ""});
  CHECK(*entry.response_headers.find("Set-Cookie") == "***");
  CHECK(entry.request_body.text == "mk_live_a.***");
  CHECK(entry.response_body.text == "mk_live_a.***");
  CHECK(entry.request_body.length == 11);
  CHECK(entry.target == "/?k=mk_live_a.***");
  CHECK(entry.reason == "key mk_live_a.*** is unknown");
  CHECK(entry.rule == "rule mk_live_a.***");
  CHECK(entry.draws == Json({{"rule mk_live_a.***", {{"probability", 0.25}}}}));
  CHECK(entry.findings[0].pointer == "/body/mk_live_a.***");
  CHECK(entry.findings[0].message == "mk_live_a.***");
}

TEST_CASE("bodies: beyond the cap a body keeps prefix, length and hash, and no half character") {
  KeptBody body{
      "abc\xC3\xA9"  // e with acute
      "def",
      0, ""};
  cap_body(body, 4);
  CHECK(body.text == "abc");
  CHECK(body.length == 8);
  CHECK(body.truncated());
  CHECK(body.hash.size() == 22);
  CHECK(body.hash.starts_with("fnv1a:"));

  KeptBody fits{"abcd", 0, ""};
  cap_body(fits, 4);
  CHECK(fits.text == "abcd");
  CHECK(fits.length == 4);
  CHECK_FALSE(fits.truncated());
}

TEST_CASE("bodies: a shared one is kept as an own one would be, without a copy where nothing has to go") {
  for (const std::string& text :
       {std::string(R"({"models":[],"count":0})"), std::string(), std::string("a_b mk_live_ mk_live_x. _"),
        std::string(R"({"name":"mk_live_a.secret"})"), std::string(R"({"name":"mk_live_a\u002esecret"})"),
        std::string(100, 'x'), std::string(99, 'x') + "\xC3\xA9", "mk_live_a.secret" + std::string(100, 'y')}) {
    CAPTURE(text);
    Entry own = list_models();
    own.response_body.text = text;
    redact(own);
    cap_body(own.response_body, 100);
    const auto bytes = std::make_shared<const std::string>(text);
    const KeptBody shared = retain_shared(bytes, 100);
    CHECK(shared.content() == own.response_body.text);
    CHECK(shared.length == own.response_body.length);
    CHECK(shared.hash == own.response_body.hash);
    if (text.find("mk_live_") == std::string::npos && text.size() <= 100) CHECK(shared.shared == bytes);
  }
}

TEST_CASE("bodies: an entry with a shared one reads and costs as one with its own") {
  Journal own({}, {.seed = 1, .recorder = nullptr});
  Journal sharing({}, {.seed = 1, .recorder = nullptr});
  const std::string text = R"({"name":"mk_live_a.secret","more":")" + std::string(70'000, 'x') + "\"}";
  Entry entry = list_models();
  entry.response_body.text = text;
  own.append(entry);
  entry.response_body = sharing.keep(std::make_shared<const std::string>(text));
  const EntryIds entry_ids = sharing.append(std::move(entry));
  CHECK(dump_json(to_json(*sharing.find(entry_ids.id))) == dump_json(to_json(*own.find(entry_ids.id))));
  CHECK(dump_json(to_json(*sharing.find(entry_ids.id))).find("secret") == std::string::npos);
  CHECK(sharing.counters({}).bytes == own.counters({}).bytes);
}

TEST_CASE("encoding: base64 goes there and back, and malformed text is refused") {
  for (std::string text : {"", "a", "ab", "abc", "abcd", "\xff\xfe\x01"})
    CHECK(base64_decode(base64_encode(text)) == text);
  CHECK(base64_encode("Man") == "TWFu");
  CHECK(base64_encode("Ma") == "TWE=");
  for (std::string_view bad : {"a", "TW=u", "T===", "TW!u"}) CHECK_FALSE(base64_decode(bad).has_value());
}

TEST_CASE("entry: the JSON has the documented members, in order") {
  Entry entry = list_models();
  entry.sequence = 7;
  entry.id = "req_000007";
  entry.correlation_id = "c-7";
  entry.reason = "listing";
  entry.request_headers.add("accept", "a");
  entry.request_headers.add("Accept", "b");
  entry.target += "&tag=1&tag=2";
  const std::string text = dump_json(to_json(entry));
  CHECK(text ==
        R"({"id":"req_000007","sequence":7,"at":"2026-03-27T12:00:00.000Z","receivedAt":"2026-11-22T09:30:00.250Z",)"
        R"("workspace":"ws1","operation":"listModels","correlationId":"c-7",)"
        R"("request":{"method":"GET","url":"/api/external/models?statusFilter=approved&tag=1&tag=2",)"
        R"("path":"/api/external/models","query":{"statusFilter":"approved","tag":["1","2"]},)"
        R"("headers":{"Host":"localhost:4010","X-Api-Key":"mk_live_abc123.secret456","accept":["a","b"]},"body":""},)"
        R"("response":{"status":200,"headers":{"Content-Type":"application/json",)"
        R"("Date":"Fri, 27 Mar 2026 12:00:00 GMT","X-Correlation-Id":"c-7",)"
        R"("X-Qamera-Mock-Request":"req_000007","X-Qamera-Mock-Reason":"listing"},"body":"{\"count\":0}"},)"
        R"("findings":[],"reason":"listing","durationMicros":37})");
}

TEST_CASE("entry: an unmatched request has a null operation, and set members are shown") {
  Entry entry = exchange("", "GET", "/nothing", 404);
  entry.rule = "outage";
  entry.fault = "stall";
  entry.draws = Json{{"probability", 0.25}};
  entry.findings.push_back({finding_kind::kUnknownField, "/body/x", "unknown"});
  const OrderedJson json = to_json(entry);
  CHECK(json["operation"].is_null());
  CHECK(json["rule"] == "outage");
  CHECK(json["fault"] == "stall");
  CHECK(json["draws"]["probability"] == 0.25);
  CHECK(json["findings"][0]["kind"] == "unknown-field");
  CHECK_FALSE(json.contains("reason"));
}

TEST_CASE("entry: the field of findings has kind and pointer of each, and only what a field can hold") {
  const auto field = [](std::vector<std::string> pointers) {
    std::vector<Finding> findings;
    for (std::string& pointer : pointers) findings.push_back({finding_kind::kUnknownField, std::move(pointer), "m"});
    std::string out;
    append_findings_field(out, findings);
    return out;
  };
  CHECK(field({"/body/cuont"}) == "unknown-field /body/cuont");
  CHECK(field({"/a", ""}) == "unknown-field /a, unknown-field");
  CHECK(field({"/a, b%\r\nSet-Cookie: x\"\xc5\x82\x7f"}) ==
        "unknown-field /a%2c%20b%25%0d%0aSet-Cookie:%20x\"%c5%82%7f");
  CHECK(field({std::string(199, 'p') + "\xc5\x82"}) == "unknown-field " + std::string(199, 'p') + "...");
  const std::string many = field(std::vector<std::string>(100, "/body/" + std::string(80, 'x')));
  CHECK(many.size() < 1020);
  CHECK(many.ends_with(", 91 more"));
  CHECK(field(std::vector<std::string>(5, std::string(300, ' '))).ends_with("..., 4 more"));
}

TEST_CASE("entry: findings are shown among the reply's fields, and read back without") {
  Entry entry = list_models();
  CHECK_FALSE(shown_response_headers(entry).find("X-Qamera-Mock-Findings"));
  entry.sequence = 1;
  entry.id = "req_000001";
  entry.findings.push_back({finding_kind::kUnknownQueryParameter, "/query/x", "m"});
  CHECK(shown_response_headers(entry).value_or("X-Qamera-Mock-Findings", "") == "unknown-query-parameter /query/x");
  const auto back = entry_from_json(*parse_json(dump_json(to_json(entry))));
  CHECK_FALSE(back->response_headers.find("X-Qamera-Mock-Findings"));
  entry.upstream = "https://api.test";
  CHECK_FALSE(shown_response_headers(entry).find("X-Qamera-Mock-Findings"));
}

TEST_CASE("entry: what was written reads back the same, binary and truncated bodies included") {
  Entry entry = exchange("createPreset", "POST", "/api/external/presets?a=%20b", 200);
  entry.sequence = 3;
  entry.id = "req_000003";
  entry.correlation_id = "c-3";
  entry.reason = "why";
  entry.rule = "rule";
  entry.draws = Json::array({1, 2});
  entry.request_body = {std::string("\xff\x00\x01 binary", 10), 0, ""};
  entry.response_body.text.assign(100, 'x');
  cap_body(entry.request_body, 1000);
  cap_body(entry.response_body, 10);
  entry.findings.push_back({finding_kind::kUnexpectedBody, "/body", "no body is documented"});
  const std::string text = dump_json(to_json(entry));
  const auto back = entry_from_json(*parse_json(text));
  REQUIRE(back.ok());
  CHECK(back->request_body.text == entry.request_body.text);
  CHECK(back->response_body.text == std::string(10, 'x'));
  CHECK(back->response_body.length == 100);
  CHECK(back->response_body.truncated());
  CHECK(dump_json(to_json(*back)) == text);
}

TEST_CASE("entry: its time is the reply's Date, unless the reply had another or is another server's") {
  Entry entry = list_models();
  entry.sequence = 1;
  const auto date = [](const Entry& one) { return std::string(shown_response_headers(one).value_or("Date", "none")); };
  const auto written_again = [](const Entry& one) { return *entry_from_json(*parse_json(dump_json(to_json(one)))); };
  CHECK(date(entry) == "Fri, 27 Mar 2026 12:00:00 GMT");
  CHECK(date(written_again(entry)) == date(entry));
  CHECK_FALSE(written_again(entry).response_headers.find("Date"));
  entry.response_headers.add("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(date(entry) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(date(written_again(entry)) == date(entry));
  entry.response_headers.remove("Date");
  entry.upstream = "https://api.test";
  CHECK(date(entry) == "none");
  CHECK(date(written_again(entry)) == "none");
}

TEST_CASE("entry: a key spelt with JSON escapes is hidden, in a text that is no JSON too") {
  const auto kept = [](std::string body) {
    Entry entry = list_models();
    entry.request_body.text = std::move(body);
    redact(entry);
    return entry.request_body.text;
  };
  CHECK(kept(R"({"a":"mk\u005flive_abc.secret1"})") == R"({"a":"mk_live_abc.***"})");
  CHECK(kept(R"({"a":"mk\u005flive_abc.secret1",})") == R"({"a":"mk_live_abc.***",})");
  CHECK(kept(R"({"a":"\u006d\u006b_live_abc\u002Esecret1")") == R"({"a":"mk_live_abc.***")");
  CHECK(kept(std::string(70, '[') + R"("mk\u005Flive_abc.secret1")") == std::string(70, '[') + R"("mk_live_abc.***")");
  // Where no key is hidden nothing changes, whatever the escapes.
  for (const char* plain : {R"({"a":"\u0041\u00e9\u005",})", R"(\u00)", R"(\u00zz\u0020\u0000)", R"({"a":"\u0041"})"}) {
    CHECK(kept(plain) == plain);
  }
}

TEST_CASE("entry: reading back refuses broken entries with a pointer") {
  const Json good = *parse_json(dump_json(to_json([] {
    Entry entry = list_models();
    entry.sequence = 1;
    return entry;
  }())));
  REQUIRE(entry_from_json(good).ok());
  const auto pointer_after = [&](std::string_view patch) {
    const auto result = entry_from_json(good.patch(*parse_json(patch)));
    return result.ok() ? std::string("accepted") : result.error().pointer;
  };
  CHECK(pointer_after(R"([{"op":"remove","path":"/sequence"}])") == "/sequence");
  CHECK(pointer_after(R"([{"op":"replace","path":"/request/method","value":1}])") == "/request/method");
  CHECK(pointer_after(R"([{"op":"remove","path":"/response/status"}])") == "/response/status");
  CHECK(pointer_after(R"([{"op":"replace","path":"/at","value":"noon"}])") == "/at");
  CHECK(pointer_after(R"([{"op":"add","path":"/request/bodyEncoding","value":"rot13"}])") == "/request/bodyEncoding");
  CHECK(pointer_after(R"([{"op":"add","path":"/later","value":1}])") == "accepted");
  CHECK_FALSE(entry_from_json(Json(1)).ok());
}

/// The members of `value` that `schema` does not know, and those it requires that are not there.
std::string departures(const Json& value, const Json& schema, const std::string& at) {
  std::string out;
  for (const auto& [name, member] : value.items()) {
    if (!schema["properties"].contains(name))
      out += at + "/" + name + " is unknown\n";
    else if (schema["properties"][name].contains("properties"))
      out += departures(member, schema["properties"][name], at + "/" + name);
  }
  for (const Json& name : schema["required"]) {
    if (!value.contains(name)) out += at + "/" + name.get<std::string>() + " is missing\n";
  }
  return out;
}

TEST_CASE("entry: the schema knows every member") {
  const auto text = embedded_file("schemas/journal-entry.schema.json");
  REQUIRE(text.has_value());
  const Json schema = *parse_json(*text);
  Entry entry = list_models();
  CHECK(departures(*parse_json(dump_json(to_json(entry))), schema, "") == "");
  entry.rule = entry.fault = entry.reason = "x";
  entry.draws = 1;
  entry.request_body.text = "\xff\xff";
  cap_body(entry.request_body, 1);
  entry.response_body = entry.request_body;
  CHECK(departures(*parse_json(dump_json(to_json(entry))), schema, "") == "");
  CHECK(departures(Json{{"later", 1}}, schema, "").find("/later is unknown") == 0);
}

TEST_CASE("entry: WireMock clients get the logged request they know") {
  Entry entry = list_models();
  entry.request_body.text = "{}";
  const OrderedJson json = wiremock_request_json(entry);
  CHECK(json["url"] == "/api/external/models?statusFilter=approved");
  CHECK(json["absoluteUrl"] == "http://localhost:4010/api/external/models?statusFilter=approved");
  CHECK(json["method"] == "GET");
  CHECK(json["body"] == "{}");
  CHECK(json["bodyAsBase64"] == "e30=");
  CHECK(json["headers"]["Host"] == "localhost:4010");
  CHECK(json["queryParams"]["statusFilter"]["values"][0] == "approved");
}

}  // namespace
}  // namespace qamera::journal
