#include "contract/shape.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "contract/contract.h"
#include "contract/test_data.h"

namespace qamera::contract {
namespace {

const Json kSchema = {{"type", "object"},
                      {"properties",
                       {{"id", {{"type", "string"}, {"minLength", 1}}},
                        {"status", {{"enum", {"DONE", nullptr}}}},
                        {"n", {{"minimum", 2}}}}}};

std::string shape_of(const Json& schema, std::string_view text) {
  std::string shape;
  return AcceptedShapes(schema).describe_text(text, shape) ? shape : "none";
}

std::string shape_of_value(const Json& schema, const Json& value) {
  std::string shape;
  return AcceptedShapes(schema).describe(value, shape) ? shape : "none";
}

constexpr std::string_view kRecord =
    R"({"id":"model_1","name":"Łódź \"A\"","thumbnail":"","status":"INPROGRESS","voting":null,)"
    R"("createdAt":"2026-03-20T14:00:00.000Z"})";

std::string changed(std::string_view from, std::string_view to) {
  std::string record(kRecord);
  record.replace(record.find(from), from.size(), to);
  return record;
}

}  // namespace

TEST_CASE("shapes: strings count as empty, listed or other, all else stands as it is") {
  CHECK(shape_of(kSchema, R"({"id":"a","status":"DONE","n":2.50})") == R"({"id":s,"status":"DONE","n":2.50})");
  CHECK(shape_of(kSchema, R"({"id":"other","status":"DONE","n":2.50})") == R"({"id":s,"status":"DONE","n":2.50})");
  CHECK(shape_of(kSchema, R"({"id":"","status":"Done","x":[true,false,null,{},[]]})") ==
        R"({"id":e,"status":s,"x":[true,false,null,{},[]]})");
  CHECK(shape_of(kSchema, R"("\"\\\n")") == "s");
  CHECK(shape_of_value(kSchema, {{"id", "a"}, {"n", -3}, {"status", "DONE"}}) == R"({"id":s,"n":-3,"status":"DONE"})");
}

TEST_CASE("shapes: a text that is no compact JSON, or spelt in a roundabout way, has none") {
  for (const char* text : {"",
                           "{",
                           "{}}",
                           "{} ",
                           " {}",
                           "[1,]",
                           "[,1]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{a:1}",
                           "{\"a\":1,}",
                           "[1 ,2]",
                           "nul",
                           "tru",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "+1",
                           "1e5",
                           "1234567890123456",
                           "\"",
                           "\"a",
                           "\"\\u0041\"",
                           "\"\\/\"",
                           "\"\\x\"",
                           "\"\\",
                           "\"\n\"",
                           "\"\xff\"",
                           "\"\xed\xa0\x80\"",
                           "{\"\\n\":1}",
                           "[[]"}) {
    CAPTURE(text);
    CHECK(shape_of(kSchema, text) == "none");
  }
  CHECK(shape_of(kSchema, std::string(70, '[') + std::string(70, ']')) == "none");
  CHECK(shape_of(kSchema, "[" + std::string(2000, '0')) == "none");
  CHECK(shape_of_value(kSchema, 5.0) == "none");
  CHECK(shape_of_value(kSchema, "\xff") == "none");
  CHECK(shape_of_value(kSchema, {{"a\"b", 1}}) == "none");
}

TEST_CASE("shapes: a schema that looks deeper into strings remembers nothing") {
  CHECK(shape_of({{"type", "string"}}, "\"a\"") == "s");
  for (const Json& schema : std::initializer_list<Json>{{{"pattern", "^a"}},
                                                        {{"minLength", 2}},
                                                        {{"maxLength", 5}},
                                                        {{"uniqueItems", true}},
                                                        {{"$ref", "#/definitions/a"}},
                                                        {{"properties", {{"a", {{"pattern", "x"}}}}}},
                                                        {{"items", {{"pattern", "x"}}}},
                                                        {{"oneOf", Json::array({{{"pattern", "x"}}})}},
                                                        {{"const", "a\"b"}}}) {
    CAPTURE(dump_json(schema));
    CHECK(shape_of(schema, "\"a\"") == "none");
  }
}

TEST_CASE("shapes: the schemas of records and replies can all be told by shape") {
  for (const Operation& operation : operations()) {
    CAPTURE(operation.name);
    CHECK(shape_of(embedded_json("schemas/" + std::string(operation.name) + ".response.json"), "{}") == "{}");
  }
}

TEST_CASE("shapes: a breach is found in a record although others of its kind were accepted") {
  const Contract contract;
  const auto wrong = [&](const std::string& record) {
    return message_of(contract.check_record_text(Collection::kModels, record));
  };
  for (int i = 0; i < 2; ++i) {
    CHECK(wrong(std::string(kRecord)) == "");
    CHECK(wrong(changed("\"INPROGRESS\"", "\"DONE\"")) == "");
    CHECK(wrong(changed("\"voting\":null", "\"voting\":\"APPROVED\"")) == "");
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
}

TEST_CASE("shapes: a reply's text gets the verdict that its document gets") {
  const Contract contract;
  for (const Json& example : documented_examples()) {
    if (!example.contains("response")) continue;
    const Operation& operation = row(example["operation"].get<std::string>());
    CAPTURE(operation.name);
    for (int i = 0; i < 2; ++i) {
      Json reply = example["response"];
      CHECK(message_of(contract.check_response_text(operation, 200, dump_json(reply))) ==
            message_of(contract.check_response(operation, 200, reply)));
      reply["extra"] = 1;
      CHECK(contract.check_response_text(operation, 200, dump_json(reply)).has_value());
      CHECK(message_of(contract.check_response_text(operation, 200, dump_json(reply))) ==
            message_of(contract.check_response(operation, 200, reply)));
    }
  }
  const Operation& models = row("listModels");
  CHECK(message_of(contract.check_response_text(models, 500, R"({"error":"Internal server error."})")) == "");
  CHECK(message_of(contract.check_response_text(models, 500, R"({"error":5})")) != "");
  CHECK(message_of(contract.check_response_text(models, 200, "{")).find("The response body is not JSON (") == 0);
}

}  // namespace qamera::contract
