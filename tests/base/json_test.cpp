#include "base/json.h"
#include "base/json_compare.h"

#include <doctest/doctest.h>

#include <string>

#include "base/json_plain.h"
#include "base/text.h"

namespace qamera {
namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string refusal(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed.ok() ? "accepted" : parsed.error().message;
}

std::string place(std::string_view text, std::string_view pointer) {
  const TextPosition at = locate_pointer(text, pointer);
  return std::to_string(at.line) + ":" + std::to_string(at.column);
}

std::string as_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

Json json(std::string_view text) { return parse_json(text).value(); }

}  // namespace

TEST_CASE("json: 64 levels are read and 65 are refused where the 65th opens") {
  CHECK(parse_json(nested(64)).ok());
  CHECK(refusal(nested(65)) == "line 1, column 65: nested deeper than 64 levels");
  CHECK(refusal("\n\n " + nested(65)) == "line 3, column 66: nested deeper than 64 levels");
  std::string objects;
  for (int i = 0; i < 65; ++i) objects += "{\"a\":";
  CHECK(refusal(objects + "1" + std::string(65, '}')) == "line 1, column 321: nested deeper than 64 levels");
}

TEST_CASE("json: what people write may not repeat a member of one object") {
  const auto told = [](std::string_view text) {
    const auto parsed = parse_written_json(text);
    return parsed.ok() ? dump_json(*parsed) : parsed.error().message;
  };
  CHECK(told(R"({"a": 1, "b": {"a": [1, {"a": 2}, {"a": "}"}]}, "": {}, "A": []})") ==
        R"({"":{},"A":[],"a":1,"b":{"a":[1,{"a":2},{"a":"}"}]}})");
  CHECK(told("{\"a\": 1,\n \"a\": 1}") == "line 2, column 2: the object has a member \"a\" already");
  CHECK(told(R"([0, {"x": "\"", "\"": {}, "\u0022" : 0}])") ==
        R"(line 1, column 27: the object has a member """ already)");
  CHECK(told(R"([{"é": {"é": 1}, "\u00e9": 2}])") == "line 1, column 20: the object has a member \"é\" already");
  CHECK(told("\xEF\xBB\xBF{\"a\": 1,\n\"a\": 1}") == "line 2, column 1: the object has a member \"a\" already");
  CHECK(place("\xEF\xBB\xBF{\n \"a\": {\"b\": 1}}", "/a/b") == "2:8");
  CHECK(told(R"({"a": 1, "a": })") == refusal(R"({"a": 1, "a": })"));
  for (const char* text : {"1", "\"a\"", "[]", "{}", " [ [ ] , { } , -1.5e3 , null ] "}) {
    CHECK(told(text) == dump_json(json(text)));
  }
  CHECK(parse_json(R"({"a": 1, "a": 2})").ok());
}

TEST_CASE("json: 200,000 levels are refused without recursion") {
  CHECK(refusal(nested(200'000)) == "line 1, column 65: nested deeper than 64 levels");
  CHECK(refusal(std::string(200'000, '[')) == "line 1, column 65: nested deeper than 64 levels");
  CHECK_FALSE(parse_ordered_json(nested(200'000)).ok());
}

TEST_CASE("json: brackets in strings are no nesting, and brackets side by side do not add up") {
  CHECK(parse_json("[\"" + std::string(500, '[') + "\"]").ok());
  CHECK(parse_json(R"(["\"[[[[", ")" + std::string(100, '{') + R"("])").ok());
  std::string wide = "[";
  for (int i = 0; i < 500; ++i) wide += "[],";
  CHECK(parse_json(wide + "[]]").ok());
}

TEST_CASE("json: a document at fault is refused with line and column") {
  CHECK(refusal("") == "line 1, column 1: empty document");
  CHECK(refusal(" \r\n\t") == "line 1, column 1: empty document");
  CHECK(refusal("{\n  \"a\": 1,\n  \"b\": x\n}").starts_with("line 3, column 8: syntax error"));
  CHECK(refusal("{} {}").starts_with("line 1, column 4: syntax error"));
  CHECK(refusal("{\"a\": 1").starts_with("line 1, column 8: syntax error"));
  CHECK(refusal("[1,]").starts_with("line 1, column 4: syntax error"));
  for (const char* text : {"{'a': 1}", "{a: 1}", "[1 2]", "nul", "NaN", "Infinity", "01", "1.", ".5", "+1", "0x1",
                           "\"\t\"", "\"\\x\"", "\"\\ud800\"", "// note\n1", "]", "\"open", "{\"a\"}", "tru"}) {
    CAPTURE(text);
    CHECK(refusal(text).starts_with("line 1, column "));
  }
}

TEST_CASE("json: a message quotes only the reason, not the library's name for it") {
  for (const char* text : {"[1,]", "x", "\"\\ud800\"", "[1e400]"}) {
    CAPTURE(text);
    CHECK(refusal(text).find("json.exception") == std::string::npos);
    CHECK(refusal(text).find("parse error") == std::string::npos);
  }
  CHECK(refusal("[\"" + std::string(1'000, 'x')).size() < 260);
}

TEST_CASE("json: text that is not UTF-8 is refused") {
  for (const char* text : {"\"\xff\"", "\"\xc3\x28\"", "\"\xe2\x82\"", "\"\xed\xa0\x80\"", "\"\xc0\xaf\"",
                           "\"\xf4\x90\x80\x80\"", "\xff", "{\"\x80\": 1}"}) {
    CAPTURE(text);
    CHECK(refusal(text).starts_with("line 1, column "));
  }
  CHECK(parse_json("\"\xc3\xa9 \xe2\x80\x94 \xf0\x9f\x99\x82\"").ok());
}

TEST_CASE("json: a NUL byte ends no document, whatever comes after it") {
  const auto refused = [](std::string text) { return refusal(text.replace(text.find('0'), 1, 1, '\0')); };
  CHECK(refused("{}0") == "line 1, column 3: syntax error: unexpected NUL byte");
  CHECK(refused("{}\n0{\"a\":1} garbage") == "line 2, column 1: syntax error: unexpected NUL byte");
  CHECK(refused("[1.5]0\xff\xfe[[[") == "line 1, column 6: syntax error: unexpected NUL byte");
  CHECK(refused("0{}").starts_with("line 1, column 1: "));
  CHECK(refused("{\"a\":0}").starts_with("line 1, column 6: "));
  CHECK(refused("\"a0\"").starts_with("line 1, column 3: "));
  CHECK_FALSE(parse_ordered_json(std::string_view("{}\0", 3)).ok());
}

TEST_CASE("json: a number beyond a double is refused where it stands") {
  CHECK(refusal("1e400") == "line 1, column 1: number overflow parsing '1e400'");
  CHECK(refusal("{\n  \"1e400\": \"\\\"1e400\",\n  \"b\": -1e400}") ==
        "line 3, column 8: number overflow parsing '-1e400'");
  CHECK(refusal("[1e40, 11e400,\n1e400]") == "line 1, column 8: number overflow parsing '11e400'");
  // Its place is found in one pass, although each part of the first number begins as the second does.
  const std::string ones(250'000, '1');
  const std::string told = refusal("[" + ones + "e-250000," + ones + "e999]");
  CHECK(told.starts_with("line 1, column 250011: number overflow parsing '111"));
  CHECK(told.size() < 300);
  CHECK(parse_json("1e-400").ok());
  CHECK(parse_json("1e300").ok());
}

TEST_CASE("json: of an ordered document the order of members is kept") {
  CHECK(dump_json(*parse_ordered_json(R"({"b": 1, "a": 2})")) == R"({"b":1,"a":2})");
  CHECK(dump_json(*parse_json(R"({"b": 1, "a": 2})")) == R"({"a":2,"b":1})");
  CHECK(pretty_json(*parse_ordered_json(R"({"b": [1]})")) == "{\n  \"b\": [\n    1\n  ]\n}\n");
}

TEST_CASE("json: what the quick reader takes is what the library reads, types included") {
  for (std::string_view text : {"{}",
                                "[]",
                                " \t\r\n{ } ",
                                "[ ]",
                                "null",
                                "true",
                                "false",
                                "0",
                                "-0",
                                "7",
                                "-7",
                                "999999999999999999",
                                "-999999999999999999",
                                R"("")",
                                R"("a\"b\\c\/d\b\f\n\r\te")",
                                "\"h\xc3\xa9 \xf0\x9f\x98\x80\"",
                                "\"\x7f\"",
                                R"({"a":1,"b":[true,false,null,{"c":"d"}],"a":2})",
                                R"([[],{},[[{}]]])",
                                R"({"":""})",
                                R"({"a name of more than fifteen letters" : "and a value of as many"})"}) {
    CAPTURE(text);
    const auto plain = read_plain_json(text);
    const Json read = Json::parse(text);
    REQUIRE(plain);
    CHECK(*plain == read);
    CHECK(Json::to_cbor(*plain) == Json::to_cbor(read));
  }
  CHECK(read_plain_json("7")->is_number_unsigned());
  CHECK(read_plain_json("-7")->type() == Json::value_t::number_integer);
  const std::string deepest(kMaxJsonDepth, '[');
  CHECK(read_plain_json(deepest + std::string(kMaxJsonDepth, ']')));
}

TEST_CASE("json: the quick reader leaves to the library what it is not sure of") {
  for (std::string_view text : {"",
                                " ",
                                "{",
                                "}",
                                "[",
                                "[1",
                                "[1,",
                                "[1,]",
                                "[,1]",
                                "{\"a\"}",
                                "{\"a\":}",
                                "{\"a\":1,}",
                                "{a:1}",
                                "{\"a\" 1}",
                                "1 2",
                                "[] []",
                                "nul",
                                "tru",
                                "falsey",
                                "01",
                                "-",
                                "-01",
                                "+1",
                                "1.5",
                                "1e3",
                                "1E3",
                                "1000000000000000000",
                                "\"",
                                "\"a",
                                "\"\\",
                                "\"\\u0041\"",
                                "\"\\x\"",
                                "\"\n\"",
                                "\"\xc3\"",
                                "\"\xed\xa0\x80\"",
                                "\xef\xbb\xbf{}",
                                "'a'",
                                "// a\n1"}) {
    CAPTURE(text);
    CHECK_FALSE(read_plain_json(text));
  }
  CHECK_FALSE(read_plain_json(std::string_view("1\0", 2)));
  CHECK_FALSE(read_plain_json(std::string_view("\"\0\"", 3)));
  CHECK_FALSE(read_plain_json(std::string_view("\"\\\0\"", 4)));
  CHECK_FALSE(read_plain_json(nested(kMaxJsonDepth + 1)));
  // The library reads what is rare.
  CHECK(parse_json("\"\\u0041\"").value() == "A");
  CHECK(parse_json("1.5").value() == 1.5);
}

TEST_CASE("json: strings that are not UTF-8 are written with U+FFFD") {
  CHECK(dump_json(Json("a\xff")) == "\"a\xef\xbf\xbd\"");
  CHECK(as_string("a\xff") == "\"a\xef\xbf\xbd\"");
}

TEST_CASE("json: an appended string is quoted and escaped as JSON asks") {
  CHECK(as_string("") == "\"\"");
  CHECK(as_string("plain ASCII") == "\"plain ASCII\"");
  CHECK(as_string("a\"b\\c") == R"("a\"b\\c")");
  CHECK(as_string("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(as_string(std::string("\0\x01\x1f", 3)) == "\"\\u0000\\u0001\\u001f\"");
  CHECK(as_string("caf\xc3\xa9") == "\"caf\xc3\xa9\"");
  for (int c = 0; c < 128; ++c) {
    const std::string text(1, static_cast<char>(c));
    CHECK(json(as_string(text)) == Json(text));
  }
}

TEST_CASE("json: pointers escape ~ and /, and their dotted form takes the escapes back") {
  std::string pointer;
  append_pointer(pointer, "a/b");
  append_pointer(pointer, "m~n");
  append_pointer(pointer, std::size_t{12});
  append_pointer(pointer, "");
  append_pointer(pointer, "~1");
  CHECK(pointer == "/a~1b/m~0n/12//~01");
  CHECK(dotted_pointer(pointer) == "a/b.m~n.12..~1");
  CHECK(dotted_pointer("") == "");
  CHECK(dotted_pointer("/config/product/id") == "config.product.id");
  CHECK(Json::json_pointer(pointer).to_string() == pointer);
}

TEST_CASE("json: a pointer is located at a member's name, or at an item's value") {
  const char* text = "{\n  \"a\": {\"b\": [10, {\"c\": true}]},\n  \"x/y\": \"{\\\"a\\\":1}\",\n  \"m~n\": 2\n}";
  CHECK(place(text, "") == "1:1");
  CHECK(place(text, "/a") == "2:3");
  CHECK(place(text, "/a/b") == "2:9");
  CHECK(place(text, "/a/b/0") == "2:15");
  CHECK(place(text, "/a/b/1") == "2:19");
  CHECK(place(text, "/a/b/1/c") == "2:20");
  CHECK(place(text, "/x~1y") == "3:3");
  CHECK(place(text, "/m~0n") == "4:3");
}

TEST_CASE("json: what is missing is located at the nearest parent") {
  const char* text = "{\n  \"a\": {\"b\": [10, 20]},\n  \"c\": 3\n}";
  CHECK(place(text, "/z") == "1:1");
  CHECK(place(text, "/a/z") == "2:8");
  CHECK(place(text, "/a/b/7") == "2:14");
  CHECK(place(text, "/c/d/e") == "3:8");
  CHECK(place("[]", "/0") == "1:1");
  CHECK(place("5", "/a") == "1:1");
}

TEST_CASE("json: names with escapes and brackets in strings do not mislead the locator") {
  CHECK(place(R"({"\u0061": 1, "b": 2})", "/a") == "1:2");
  CHECK(place(R"({"s": "}],\"b\":{", "b": 2})", "/b") == "1:21");
  CHECK(place(R"({"skip": {"b": [1, {"b": "]"}]}, "b": 2})", "/b") == "1:34");
}

TEST_CASE("json: a value contains a pattern when every member of the pattern is there and equal") {
  const Json value =
      json(R"({"config": {"industry": "fashion", "n": 1, "tags": ["a", "b"], "none": null}, "count": 4})");
  for (const char* pattern :
       {"{}", R"({"count": 4})", R"({"count": 4.0})", R"({"config": {}})", R"({"config": {"industry": "fashion"}})",
        R"({"config": {"tags": ["a", "b"]}})", R"({"config": {"none": null}})"}) {
    CAPTURE(pattern);
    CHECK(contains_json(value, json(pattern)));
  }
  for (const char* pattern : {R"({"count": 5})", R"({"count": "4"})", R"({"config": {"industry": "Fashion"}})",
                              R"({"config": {"tags": ["a"]}})", R"({"config": {"tags": ["b", "a"]}})", R"({"z": null})",
                              R"({"config": []})", R"({"count": {}})", "4", "null", "[]"}) {
    CAPTURE(pattern);
    CHECK_FALSE(contains_json(value, json(pattern)));
  }
  CHECK(contains_json(json("[1, {\"a\": 2}]"), json("[1, {\"a\": 2}]")));
}

TEST_CASE("json: repeated members are told while reading, and where they are when asked") {
  struct Row {
    std::string_view text;
    std::vector<std::string> pointers;
  };
  const Row rows[] = {
      {R"({"a": 1, "b": 2})", {}},
      {R"([{"a": 1}, {"a": 1}])", {}},
      {R"({"a": {"a": 1}})", {}},
      {R"({"a": 1, "a": 2})", {"/a"}},
      {R"({"a": 1, "a": 2, "a": 3})", {"/a"}},
      {R"({"x": [{"b": 1, "b/c": 0, "b/c": 0}], "y": {"": 1, "": 2}})", {"/x/0/b~1c", "/y/"}},
      // What the plain reader leaves to the library.
      {R"({"a": 1.5, "\u0061": 2})", {"/a"}},
      {R"({"a": 1.5, "A": 2})", {}},
      {R"({"a": {"b": 1e3, "b": 1}, "a": {"b": 2, "b": 1}})", {"/a/b", "/a"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    bool repeats = row.pointers.empty();
    const auto parsed = parse_json(row.text, &repeats);
    REQUIRE(parsed.ok());
    CHECK(repeats == !row.pointers.empty());
    CHECK(repeated_members(row.text, 100) == row.pointers);
    CHECK(parse_written_json(row.text).ok() == row.pointers.empty());
    CHECK(*parsed == *parse_json(row.text));
  }
  std::string many = "{";
  for (int i = 0; i < 500; ++i) many += "\"m" + std::to_string(i % 250) + "\": 0, ";
  CHECK(repeated_members(many + "\"end\": 0}", 100).size() == 100);
}

TEST_CASE("utf-8: text is judged as RFC 3629 does") {
  CHECK(is_utf8("plain ascii text of some length, and more"));
  CHECK(is_utf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
  for (std::string_view bad :
       {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8", "\xC3", "a\xE2\x82"}) {
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("json: a text is quoted as the JSON library quotes it") {
  std::string every;
  for (int c = 0; c < 128; ++c) every.push_back(static_cast<char>(c));
  every += "\xC3\xA9\xF0\x9F\x98\x80";
  std::string quoted;
  append_json_string(quoted, every);
  CHECK(quoted == Json(every).dump());
  std::string broken;
  append_json_string(broken, "a\xFF");
  CHECK(broken == "\"a\xEF\xBF\xBD\"");
}

}  // namespace qamera
