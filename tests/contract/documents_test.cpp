#include <doctest/doctest.h>

#include <string>

#include "contract/schema.h"
#include "contract/test_data.h"

namespace qamera::contract {
namespace {

constexpr Wording kPlain{.subject = "The document", .unknown = "is unknown", .values = Wording::Values::kOmit};

/// What is said of `document` under `schema`: "pointer: message", or "" when nothing is.
std::string said(const OrderedJson& schema, const char* document) {
  const auto found = Schema(schema).fault(parsed(document), kPlain);
  return found ? found->pointer + ": " + found->message : "";
}

std::string expected(const char* schema) {
  const auto parsed_schema = parse_ordered_json(schema);
  REQUIRE(parsed_schema.ok());
  return Schema(*parsed_schema).root().expected;
}

OrderedJson schema_of(const char* text) { return parse_ordered_json(text).value(); }

std::string fixture_message(const char* document) {
  return message_of(shared_contract().check_document("fixture.schema.json", parsed(document)));
}

}  // namespace

TEST_CASE("documents: a message says what was expected, what stands there and what was probably meant") {
  CHECK(fixture_message(R"({"name": "a", "description": "d"})") == "");
  CHECK(fixture_message("[]") == "The document must be a JSON object, not an array of 0 items.");
  CHECK(fixture_message(R"({"name": "a", "description": "d", "modles": []})") ==
        "'modles' is not a known key; did you mean 'models'?");
  CHECK(fixture_message(R"({"nam": "a", "description": "d"})") == "'nam' is not a known key; did you mean 'name'?");
  CHECK(fixture_message(R"({"name": "", "description": "d"})") == "'name' must be a non-empty string, not \"\".");
  CHECK(fixture_message(R"({"name": "a", "description": "d", "generate": {"models": -1}})") ==
        "'generate.models' must be a whole number from 0 to 1000000, not -1.");
  CHECK(fixture_message(R"({"name": "a", "description": "d", "generate": {"models": 2.5}})") ==
        "'generate.models' must be a whole number from 0 to 1000000, not 2.5.");
  CHECK(fixture_message(
            R"({"name": "a", "description": "d", "products": [{"id": "p", "thumbnail": "", "name": "n"}]})") ==
        "'products.0.createdAt' is required.");
  CHECK(fixture_message(R"({"name": "a", "description": "d", "ids": {"model": {"prefix": "m", "first": 1, "width": 3,
        "given": ["a", ""]}}})") == "'ids.model.given.1' must be a non-empty string, not \"\".");
}

TEST_CASE("expectations: read as the rest of a sentence") {
  CHECK(expected(R"({"type": "number"})") == "a number");
  CHECK(expected(R"({"type": "integer", "minimum": 0})") == "a whole number of at least 0");
  CHECK(expected(R"({"type": "number", "maximum": 1})") == "a number of at most 1");
  CHECK(expected(R"({"type": "integer", "maximum": 9223372036854775807})") ==
        "a whole number of at most 9223372036854775807");
  CHECK(expected(R"({"type": "number", "multipleOf": 0.5})") == "a number, a multiple of 0.5");
  CHECK(expected(R"({"type": "string", "minLength": 1, "maxLength": 80})") ==
        "a non-empty string of at most 80 characters");
  CHECK(expected(R"({"type": "string", "maxLength": 1})") == "a string of at most 1 character");
  CHECK(expected(R"({"type": "array", "minItems": 1})") == "an array of at least 1 item");
  CHECK(expected(R"({"type": "array", "minItems": 2, "maxItems": 2})") == "an array of 2 to 2 items");
  CHECK(expected(R"({"type": ["string", "null"]})") == "a string or null");
  CHECK(expected(R"({"type": "boolean"})") == "true or false");
  CHECK(expected(R"({"enum": ["a", 1, null]})") == "'a', 1 or null");
  CHECK(expected(R"({"const": "a"})") == "'a'");
  CHECK(expected(R"({"oneOf": [{"type": "string"}, {"type": "object"}, {"type": "string"}]})") ==
        "a string or an object");
  CHECK(expected(R"({"$ref": "#/definitions/d", "definitions": {"d": {"type": "null"}}})") == "null");
  CHECK(expected("{}") == "");
}

TEST_CASE("explanations: of alternatives, the one that was probably meant") {
  const OrderedJson schema = schema_of(R"({"oneOf": [
    {"type": "string", "minLength": 1},
    {"type": "object", "required": ["uniform"], "additionalProperties": false,
     "properties": {"uniform": {"type": "array", "minItems": 2, "maxItems": 2}}},
    {"type": "object", "required": ["lognormal"], "additionalProperties": false, "properties": {"lognormal": {
      "type": "object", "required": ["median", "sigma"],
      "properties": {"median": {"type": "string"}, "sigma": {"type": "number"}}}}}]})");
  CHECK(said(schema, "\"5s\"") == "");
  CHECK(said(schema, R"({"uniform": ["1s", "2s"]})") == "");
  CHECK(said(schema, "5") == ": The document must be a non-empty string or an object.");
  CHECK(said(schema, "\"\"") == ": The document must be a non-empty string.");
  CHECK(said(schema, R"({"uniform": ["1s"]})") == "/uniform: 'uniform' must be an array of 2 to 2 items.");
  CHECK(said(schema, R"({"lognormal": {"median": "1s"}})") == "/lognormal/sigma: 'lognormal.sigma' is required.");
  CHECK(said(schema, R"({"lognormal": {"median": 5, "sigma": 1}})") ==
        "/lognormal/median: 'lognormal.median' must be a string.");
}

TEST_CASE("explanations: alternatives told apart by a constant") {
  const OrderedJson schema = schema_of(R"({"anyOf": [
    {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}, "x": {"type": "string"}}},
    {"type": "object", "required": ["kind", "n"], "properties": {"kind": {"const": "b"}, "n": {"type": "number"}}}]})");
  CHECK(said(schema, R"({"kind": "b", "n": 1})") == "");
  CHECK(said(schema, R"({"kind": "b"})") == "/n: 'n' is required.");
  CHECK(said(schema, R"({"kind": "a", "x": 5})") == "/x: 'x' must be a string.");
}

TEST_CASE("explanations: members that only additionalProperties describes") {
  const OrderedJson schema = schema_of(R"({"type": "object", "additionalProperties": {"type": "number"}})");
  CHECK(said(schema, R"({"a": 1})") == "");
  CHECK(said(schema, R"({"a": 1, "b/c": "x"})") == "/b~1c: 'b/c' must be a number.");
}

TEST_CASE("explanations: bounds without a type, a required member without a schema, and an ambiguous choice") {
  CHECK(said(schema_of(R"({"minimum": 5})"), "3") == ": The document must be within its bounds.");
  CHECK(said(schema_of(R"({"required": ["a"]})"), "{}") == "/a: 'a' is required.");
  CHECK(said(schema_of(R"({"oneOf": [{"minimum": 1}, {"maximum": 9}]})"), "5") ==
        ": The document fits more than one of its alternatives.");
}

TEST_CASE("explanations: the pointer of a fault is the deepest one, with odd names intact") {
  const OrderedJson schema = schema_of(R"({"properties": {"a": {"properties": {"b/c": {"type": "string"}}}}})");
  CHECK(said(schema, R"({"a": {"b/c": 5}})") == "/a/b~1c: 'a.b/c' must be a string.");
  CHECK(said(schema, R"({"a": {}})") == "");
}

TEST_CASE("schema: references lead to definitions, and may recur") {
  const OrderedJson schema = schema_of(R"({"$ref": "#/definitions/node", "definitions": {
    "node": {"type": "object", "required": ["value"], "additionalProperties": false,
             "properties": {"value": {"$ref": "#/definitions/value"}, "next": {"$ref": "#/definitions/node"}}},
    "value": {"type": "integer"}}})");
  CHECK(said(schema, R"({"value": 1, "next": {"value": 2, "next": {"value": 3}}})") == "");
  CHECK(said(schema, R"({"value": 1, "next": {"value": 2, "next": {"value": "3"}}})") ==
        "/next/next/value: 'next.next.value' must be a whole number.");
  CHECK(said(schema, R"({"value": 1, "next": {"next": {"value": 3}}})") == "/next/value: 'next.value' is required.");
}

TEST_CASE("schema: a number with a fraction is no multiple of 1, and 2.0 is a whole number") {
  for (const char* schema : {R"({"type": "number", "multipleOf": 1})", R"({"type": "integer"})"}) {
    CAPTURE(schema);
    const Schema judge(schema_of(schema));
    for (const char* whole : {"2", "2.0", "-3.0", "0.0", "2e3", "18446744073709551615"}) {
      CHECK(judge.accepts(parsed(whole)));
    }
    for (const char* other : {"2.5", "0.1", "-0.5", "\"2\"", "null"}) CHECK_FALSE(judge.accepts(parsed(other)));
  }
  // A whole number of 64 bits is one however it is written; what is larger was read as the nearest double.
  CHECK(Schema(schema_of(R"({"type": "integer"})")).accepts(parsed("9007199254740992.0")));
  CHECK_FALSE(Schema(schema_of(R"({"type": "integer"})")).accepts(parsed("36893488147419103232.0")));
  const Schema even(schema_of(R"({"type": "number", "multipleOf": 2})"));
  CHECK(even.accepts(parsed("4.0")));
  CHECK_FALSE(even.accepts(parsed("3")));
  CHECK_FALSE(even.accepts(parsed("2.5")));
}

TEST_CASE("schema: lengths are counted in code points, a NUL being one") {
  const Schema three(schema_of(R"({"minLength": 3, "maxLength": 3})"));
  for (const std::string text : {"abc", "\u017c\u00f3\u0142", "\U0001F600\U0001F600\U0001F600"})
    CHECK(three.accepts(text));
  CHECK(three.accepts(std::string("a\0b", 3)));
  for (const std::string text : {"ab", "abcd", "\u017c\u00f3", "\U0001F600"}) CHECK_FALSE(three.accepts(text));
  CHECK_FALSE(three.accepts(std::string("a\0bc", 4)));
}

TEST_CASE("schema: a pattern is found anywhere in a string, and its breach named") {
  const OrderedJson schema = schema_of(R"({"properties": {"id": {"pattern": "^req_[0-9]{2,3}$", "maxLength": 9}}})");
  CHECK(said(schema, R"({"id": "req_12"})") == "");
  CHECK(said(schema, R"({"id": 5})") == "");
  CHECK(said(schema, R"({"id": "req_1"})") == "/id: 'id' does not conform to the documentation.");
  CHECK(Schema(schema_of(R"({"pattern": "b+", "maxLength": 9})")).accepts("abbc"));
}

TEST_CASE("schema: format is an annotation, and a property may be called as a keyword") {
  const Schema judge(schema_of(R"({"properties": {
    "at": {"type": "string", "format": "date-time"}, "format": {"type": "string"}, "multipleOf": {"type": "number"}},
    "enum": [{"at": "soon", "format": "x"}, {"format": 5}, {"multipleOf": 1, "type": "number"}]})"));
  CHECK(judge.accepts(parsed(R"({"at": "soon", "format": "x"})")));
  CHECK_FALSE(judge.accepts(parsed(R"({"format": 5})")));
  CHECK(judge.accepts(parsed(R"({"multipleOf": 1, "type": "number"})")));
}

}  // namespace qamera::contract
