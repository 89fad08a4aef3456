#include "api/json_patch.h"

#include <doctest/doctest.h>

#include <random>

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

TEST_CASE("patches: what is no index, or leads nowhere, is refused in words that name it") {
  const Row rows[] = {
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/7","value":1}])", "/0: array index 7 is out of range"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/x","value":1}])", "/0: unresolved reference token 'x'"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/01","value":1}])",
       "/0: parse error: array index '01' must not begin with '0'"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/x1","value":1}])",
       "/0: parse error: array index 'x1' is not a number"},
      {R"({"a":[1]})", R"([{"op":"add","path":"/a/1x","value":1}])", "/0: unresolved reference token '1x'"},
      {R"({"a":[1]})", R"([{"op":"remove","path":"/a/-"}])", "/0: the reply has nothing at \"/a/-\""},
      {R"({"a":[1]})", R"([{"op":"remove","path":"/a/1"}])", "/0: the reply has nothing at \"/a/1\""},
      {R"({"a":[1]})", R"([{"op":"remove","path":"/a/"}])", "/0: unresolved reference token ''"},
      {R"({"a":[1]})", R"([{"op":"remove","path":"/a/99999999999999999999"}])",
       "/0: unresolved reference token '99999999999999999999'"},
      {R"({"a":[1]})", R"([{"op":"move","from":"","path":"/a"}])", "/0: the whole reply cannot be removed"},
      {R"({"a":{"b":1}})", R"([{"op":"move","from":"/a","path":"/a/b"}])", "/0: the reply has nothing at \"/a\""},
      {R"({"a":1})", R"([{"op":"test","path":"/a/b","value":1}])", "/0: the reply has nothing at \"/a/b\""},
      {"5", R"([{"op":"add","path":"/a","value":1}])", "/0: \"\" of the reply has no members"},
      {R"({"a":1})", R"([{"op":"test","path":"a","value":1}])",
       "/0: parse error at byte 1: JSON pointer must be empty or begin with '/' - was: 'a'"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.patch);
    CHECK(patched(row.document, row.patch) == row.result);
  }
}

TEST_CASE("patches: corners of RFC 6902 and RFC 6901") {
  const Row rows[] = {
      {R"({"":1})", R"([{"op":"replace","path":"/","value":2}])", R"({"":2})"},
      {R"({"a":{"":[1]}})", R"([{"op":"remove","path":"/a//0"}])", R"({"a":{"":[]}})"},
      {R"({"0":1})", R"([{"op":"replace","path":"/0","value":2},{"op":"add","path":"/-","value":3}])",
       R"({"0":2,"-":3})"},
      {R"({"a":1,"b":2})", R"([{"op":"add","path":"/a","value":3}])", R"({"a":3,"b":2})"},
      {R"({"a":1,"b":2})", R"([{"op":"move","from":"/a","path":"/a"}])", R"({"b":2,"a":1})"},
      {R"({"a":1,"b":2})", R"([{"op":"move","from":"/a","path":"/b"}])", R"({"b":1})"},
      {R"([1,2,3])", R"([{"op":"move","from":"/0","path":"/2"}])", "[2,3,1]"},
      {R"([1,2,3])", R"([{"op":"move","from":"/2","path":"/0"}])", "[3,1,2]"},
      {R"({"a":[1]})", R"([{"op":"copy","from":"/a","path":"/a/0"}])", R"({"a":[[1],1]})"},
      {R"({"a":1})", R"([{"op":"copy","from":"","path":"/b"}])", R"({"a":1,"b":{"a":1}})"},
      {R"({"a":1})", R"([{"op":"move","from":"/a","path":""}])", "1"},
      {R"({"a":{"x":1,"y":[1,2.0,null]}})", R"([{"op":"test","path":"/a","value":{"y":[1.0,2,null],"x":1}}])",
       R"({"a":{"x":1,"y":[1,2.0,null]}})"},
      {R"({"a":"\u00e9"})", R"([{"op":"test","path":"/a","value":"é"}])", R"({"a":"é"})"},
      {"null", R"([{"op":"add","path":"","value":false}])", "false"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.patch);
    CHECK(patched(row.document, row.patch) == row.result);
  }
}

namespace {

/// Draws values and patches of few names and small numbers, so that many steps meet something.
class Draw {
 public:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }

  Json value(int depth) {
    const std::size_t kind = below(depth > 0 ? 8 : 5);
    if (kind == 0) return nullptr;
    if (kind == 1) return below(3);
    if (kind == 2) return static_cast<double>(below(3)) / static_cast<double>(below(2) + 1);
    if (kind == 3) return std::string(below(2), 'x');
    if (kind == 4) return below(2) == 0;
    Json made = kind < 6 ? Json::array() : Json::object();
    for (std::size_t count = below(4); count > 0; --count) {
      if (made.is_array())
        made.push_back(value(depth - 1));
      else
        made[token()] = value(depth - 1);
    }
    return made;
  }

  Json step() {
    constexpr const char* kOps[] = {"add", "remove", "replace", "move", "copy", "test"};
    Json made = {{"op", kOps[below(6)]}, {"path", path()}};
    if (made["op"] == "move" || made["op"] == "copy") made["from"] = path();
    if (made["op"] == "add" || made["op"] == "replace" || made["op"] == "test") made["value"] = value(2);
    return made;
  }

 private:
  std::string token() {
    constexpr const char* kTokens[] = {"a", "b", "0", "1", "2", "-", "", "01", "~1", "~0"};
    return kTokens[below(10)];
  }
  std::string path() {
    std::string made;
    for (std::size_t count = below(4); count > 0; --count) made += "/" + token();
    return made;
  }

  std::mt19937_64 engine_{20260327};
};

}  // namespace

TEST_CASE("patches: drawn ones give what the library's own patch gives") {
  Draw draw;
  int applied = 0;
  for (int round = 0; round < 20'000; ++round) {
    Json patch = Json::array();
    for (std::size_t count = draw.below(3) + 1; count > 0; --count) patch.push_back(draw.step());
    const OrderedJson document = {{"b", draw.value(3)}, {"a", draw.value(2)}, {"0", draw.value(1)}};
    const auto ours = apply_patch(document, patch);
    // What leads through a value without members, the library asserts or passes over in silence.
    if (!ours.ok()) continue;
    CAPTURE(document.dump());
    CAPTURE(patch.dump());
    CHECK(dump_json(*ours) == dump_json(document.patch(OrderedJson(patch))));
    ++applied;
  }
  CHECK(applied > 1'000);
}

TEST_CASE("patches: no number of steps makes a reply deeper than any reader takes, or doubles it for ever") {
  constexpr std::string_view kTooMuch =
      "the patch adds more than 100000 values or 8 MiB to the reply, or makes it deeper than 64 levels";
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
  Json copying = Json::array({{{"op", "add"}, {"path", "/text"}, {"value", std::string(1 << 20, 'x')}}});
  for (int i = 0; i < 10; ++i) {
    copying.push_back({{"op", "copy"}, {"from", "/text"}, {"path", "/" + std::to_string(i)}});
  }
  const auto copied = apply_patch(OrderedJson::object(), copying);
  REQUIRE_FALSE(copied.ok());
  CHECK(copied.error().pointer == "/7");
  CHECK(copied.error().message == kTooMuch);
}

TEST_CASE("patches: steps that move or look through all of a long reply are bounded too") {
  OrderedJson document = {{"list", OrderedJson(std::vector<int>(50'000, 1))}};
  for (int i = 0; i < 5'000; ++i) document["m" + std::to_string(i)] = i;
  const auto refused_at = [&](const Json& step) {
    const auto result = apply_patch(document, Json(std::vector<Json>(1'000, step)));
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message == "the steps look through or move more than 1000000 values of the reply");
    return result.error().pointer;
  };
  CHECK(refused_at({{"op", "add"}, {"path", "/list/0"}, {"value", 1}}) == "/18");
  CHECK(refused_at({{"op", "test"}, {"path", "/m4999"}, {"value", 4999}}) == "/199");
}

}  // namespace qamera::api
