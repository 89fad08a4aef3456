#include <doctest/doctest.h>

#include <string>

#include "contract/schema.h"
#include "contract/test_data.h"

namespace qamera::contract {
namespace {

constexpr std::string_view kRecord =
    R"({"id":"model_1","name":"Łódź \"A\"","thumbnail":"","status":"INPROGRESS","voting":null,)"
    R"("createdAt":"2026-03-20T14:00:00.000Z"})";

std::string changed(std::string_view from, std::string_view to) {
  std::string record(kRecord);
  record.replace(record.find(from), from.size(), to);
  return record;
}

bool accepts_plain(const char* schema, std::string_view text) {
  return Schema(parse_ordered_json(schema).value()).accepts_plain(text);
}

}  // namespace

TEST_CASE("texts: a record's text is accepted, or what is wrong with it is said") {
  const auto wrong = [](const std::string& record) {
    return message_of(shared_contract().check_record_text(Collection::kModels, record));
  };
  CHECK(wrong(std::string(kRecord)) == "");
  CHECK(wrong(changed("\"INPROGRESS\"", "\"DONE\"")) == "");
  CHECK(wrong(changed("\"voting\":null", "\"voting\": \"APPROVED\"")) == "");
  CHECK(wrong(changed("\"model_1\"", "\"\\u0041\"")) == "");
  CHECK(wrong(changed("\"model_1\"", "\"\"")) == "'id' must be a non-empty string, not \"\".");
  CHECK(wrong(changed("\"model_1\"", "7")) == "'id' must be a non-empty string, not 7.");
  CHECK(wrong(changed("\"INPROGRESS\"", "\"DOEN\"")).find("did you mean 'DONE'?") != std::string::npos);
  CHECK(wrong(changed("\"voting\":null", "\"voting\":\"\"")).find("'voting' must be") == 0);
  CHECK(wrong(changed(",\"voting\":null", "")) == "'voting' is required.");
  CHECK(wrong(changed("\"name\"", "\"nam\"")).find("did you mean 'name'?") != std::string::npos);
  CHECK(wrong(changed("\"thumbnail\":\"\"", "\"thumbnail\":null")) == "'thumbnail' must be a string, not null.");
  CHECK(wrong(changed("\"model_1\"", "\"model\x01\"")).find("The record is not JSON (") == 0);
  CHECK(wrong(changed("}", "")).find("The record is not JSON (") == 0);
}

TEST_CASE("texts: of members of one name the last counts") {
  const auto wrong = [](const std::string& record) {
    return message_of(shared_contract().check_record_text(Collection::kModels, record));
  };
  CHECK(wrong(changed("\"id\":\"model_1\"", "\"id\":7,\"id\":\"model_1\"")) == "");
  CHECK(wrong(changed("\"id\":\"model_1\"", "\"id\":\"model_1\",\"id\":7")) != "");
}

TEST_CASE("texts: a reply's text gets the verdict that its document gets") {
  const Contract& contract = shared_contract();
  for (const Json& example : documented_examples()) {
    if (!example.contains("response")) continue;
    const Operation& operation = row(example["operation"].get<std::string>());
    CAPTURE(operation.name);
    Json reply = example["response"];
    CHECK_FALSE(contract.check_response_text(operation, 200, dump_json(reply)));
    reply["extra"] = 1;
    CHECK(contract.check_response_text(operation, 200, dump_json(reply)).has_value());
    CHECK(message_of(contract.check_response_text(operation, 200, dump_json(reply))) ==
          message_of(contract.check_response(operation, 200, reply)));
  }
  const Operation& models = row("listModels");
  CHECK(message_of(contract.check_response_text(models, 500, R"({"error":"Internal server error."})")) == "");
  CHECK(message_of(contract.check_response_text(models, 500, R"({"error":5})")) != "");
  CHECK(message_of(contract.check_response_text(models, 200, "{")).find("The response body is not JSON (") == 0);
}

TEST_CASE("texts: what is accepted in passing") {
  CHECK(accepts_plain("{}", R"( {"a": [1, -2, true, false, null, "\"\\\n", {"b": {}}, []]} )"));
  CHECK(accepts_plain(R"({"minLength": 2})", R"("\"\\")"));
  CHECK_FALSE(accepts_plain(R"({"minLength": 3})", R"("\"\\")"));
  CHECK(accepts_plain(R"({"enum": ["a\"b", 5, null]})", R"("a\"b")"));
  CHECK(accepts_plain(R"({"enum": ["a\"b", 5, null]})", "5"));
  CHECK_FALSE(accepts_plain(R"({"enum": ["a\"b", 5, null]})", "6"));
  CHECK(accepts_plain(R"({"type": "array", "minItems": 1, "maxItems": 2})", "[1,2]"));
  CHECK_FALSE(accepts_plain(R"({"type": "array", "minItems": 1, "maxItems": 2})", "[]"));
  CHECK_FALSE(accepts_plain(R"({"type": "array", "minItems": 1, "maxItems": 2})", "[1,2,3]"));
  CHECK_FALSE(accepts_plain(R"({"type": "array"})", "{}"));
  CHECK_FALSE(accepts_plain(R"({"type": "object"})", "[]"));
  CHECK(
      accepts_plain(R"({"properties": {"a\nb": {"type": "number"}}, "additionalProperties": false})", R"({"a\nb":1})"));
  CHECK_FALSE(accepts_plain(R"({"additionalProperties": {"type": "number"}})", R"({"a":1,"b":"1"})"));
  const std::string deepest = std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']');
  CHECK(accepts_plain("{}", deepest));
  CHECK_FALSE(accepts_plain("{}", "[" + deepest + "]"));
}

TEST_CASE("texts: what is no JSON, or cannot be judged in passing, is not accepted") {
  for (const char* text : {"",
                           "{",
                           "{}}",
                           "{} x",
                           "[1,]",
                           "[,1]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{a:1}",
                           "{\"a\":1,}",
                           "nul",
                           "tru",
                           "01",
                           "-",
                           "1.",
                           "+1",
                           "1.5",
                           "1e5",
                           "1234567890123456789",
                           "\"",
                           "\"a",
                           "\"\\x\"",
                           "\"\\",
                           "\"\n\"",
                           "\"\xff\"",
                           "\"\xed\xa0\x80\"",
                           "[[]",
                           "\"\\u0041\""}) {
    CAPTURE(text);
    CHECK_FALSE(accepts_plain("{}", text));
  }
  CHECK_FALSE(accepts_plain(R"({"pattern": "a", "maxLength": 9})", "\"a\""));
  CHECK_FALSE(accepts_plain(R"({"anyOf": [{}]})", "1"));
  CHECK_FALSE(accepts_plain(R"({"oneOf": [{}]})", "1"));
  CHECK_FALSE(accepts_plain(R"({"enum": [{}]})", "{}"));
}

}  // namespace qamera::contract
