#include "api/json_patch.h"

#include <doctest/doctest.h>

namespace qamera::api {
namespace {

/// The document afterwards, or `pointer: why`.
std::string patched(std::string_view document, std::string_view patch) {
  auto result = apply_patch(*parse_ordered_json(document), *parse_json(patch));
  return result.ok() ? dump_json(*result) : result.error().pointer + ": " + result.error().message;
}

struct Row {
  const char* document;
  const char* patch;
  const char* result;
};

}  // namespace

TEST_CASE("patches: each operation does what RFC 6902 says, and keeps the order of members") {
  const Row rows[] = {
      {R"({"b":1,"a":2})", R"([{"op":"add","path":"/c","value":3}])", R"({"b":1,"a":2,"c":3})"},
      {R"({"b":[1]})", R"([{"op":"add","path":"/b/0","value":0},{"op":"add","path":"/b/-","value":2}])",
       R"({"b":[0,1,2]})"},
      {R"({"b":1,"a":2})", R"([{"op":"replace","path":"/b","value":null}])", R"({"b":null,"a":2})"},
      {R"({"b":1,"a":2})", R"([{"op":"remove","path":"/b"}])", R"({"a":2})"},
      {R"({"b":{"x":1}})", R"([{"op":"move","from":"/b/x","path":"/y"}])", R"({"b":{},"y":1})"},
      {R"({"b":[1]})", R"([{"op":"copy","from":"/b","path":"/c"}])", R"({"b":[1],"c":[1]})"},
      {R"({"a/b":{"~":1}})", R"([{"op":"test","path":"/a~1b/~0","value":1}])", R"({"a/b":{"~":1}})"},
      {R"({"a":1})", R"([{"op":"replace","path":"","value":[2]}])", "[2]"},
      {R"({"a":1.0})", R"([{"op":"test","path":"/a","value":1}])", R"({"a":1.0})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.patch);
    CHECK(patched(row.document, row.patch) == row.result);
  }
}

TEST_CASE("patches: a step that does not fit is named, and why") {
  const Row rows[] = {
      {R"({"a":1})", R"([{"op":"remove","path":"/b"}])", "/0: the reply has nothing at \"/b\""},
      {R"({"a":1})", R"([{"op":"remove","path":""}])", "/0: the whole reply cannot be removed"},
      {R"({"a":1})", R"([{"op":"add","path":"/a/b","value":1}])", "/0: \"/a\" of the reply has no members"},
      {R"({"a":1})", R"([{"op":"add","path":"/x/y","value":1}])", "/0: the reply has nothing at \"/x\""},
      {R"({"a":1})", R"([{"op":"test","path":"/a","value":1},{"op":"test","path":"/a","value":2}])",
       "/1: test: \"/a\" of the reply is another value"},
      {R"({"a":1})", R"([{"op":"copy","from":"/b","path":"/c"}])", "/0: the reply has nothing at \"/b\""},
      {R"({"a":1})", R"([{"op":"replace","path":"/b","value":1}])", "/0: the reply has nothing at \"/b\""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.patch);
    CHECK(patched(row.document, row.patch) == row.result);
  }
  CHECK(patched(R"({"a":[1]})", R"([{"op":"add","path":"/a/7","value":1}])").starts_with("/0: "));
  CHECK(patched(R"({"a":[1]})", R"([{"op":"add","path":"/a/x","value":1}])").starts_with("/0: "));
}

TEST_CASE("patches: no number of steps makes a reply deeper than any reader takes, or doubles it for ever") {
  constexpr std::string_view kTooMuch = "the patch makes the reply larger than 1000000 values or deeper than 64 levels";
  Json doubling = Json::array();
  for (int i = 0; i < 40; ++i) doubling.push_back({{"op", "copy"}, {"from", ""}, {"path", "/" + std::to_string(i)}});
  const auto doubled = apply_patch(OrderedJson::object(), doubling);
  REQUIRE_FALSE(doubled.ok());
  CHECK(doubled.error().message == kTooMuch);
  for (const char* op : {"add", "replace"}) {
    CAPTURE(op);
    Json nesting = Json::array();
    std::string path;
    for (int i = 0; i < 80; ++i) {
      nesting.push_back({{"op", op}, {"path", path}, {"value", Json::array({Json::array()})}});
      path += "/0";
    }
    const auto nested = apply_patch(OrderedJson::array(), nesting);
    REQUIRE_FALSE(nested.ok());
    CHECK(nested.error().message == kTooMuch);
  }
}

}  // namespace qamera::api
