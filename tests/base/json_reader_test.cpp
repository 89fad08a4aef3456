#include "base/json_reader.h"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <string>

#include "base/kinds.h"

namespace qamera {
namespace {

constexpr std::array<std::string_view, 3> kChoices = {"real", "manual", "off"};

/// Runs `read` on the object `text` below the pointer "/at"; gives "pointer: message", or "" when nothing was at fault.
std::string fault(const char* text, const std::function<void(ObjectReader&)>& read) {
  const Json value = parse_json(text).value();
  ReadErrors errors;
  ObjectReader reader(errors, value, "/at");
  read(reader);
  return errors.ok() ? "" : errors.error().pointer + ": " + errors.error().message;
}

/// What `read` makes of the member "a" of `{"a": <value>}`.
template <typename Read>
auto member(const char* value, Read read) {
  const Json document = parse_json("{\"a\": " + std::string(value) + "}").value();
  ReadErrors errors;
  ObjectReader reader(errors, document, "");
  auto result = read(reader);
  CHECK(errors.ok() == static_cast<bool>(result));
  return result;
}

}  // namespace

TEST_CASE("reader: strings are read, other types refused") {
  const auto read = [](ObjectReader& r) { return r.string("a"); };
  CHECK(member(R"("x")", read) == "x");
  CHECK(member(R"("")", read) == "");
  for (const char* text : {R"({"a": 1})", R"({"a": null})", R"({"a": ["x"]})"}) {
    CAPTURE(text);
    CHECK(fault(text, read).starts_with("/at/a: expected a string, got "));
  }
  CHECK(fault(R"({"a": 1})", read) == "/at/a: expected a string, got 1");
  CHECK(fault(R"({})", read) == "");
}

TEST_CASE("reader: an empty string is refused where it must not be") {
  const auto read = [](ObjectReader& r) { return r.nonempty_string("a"); };
  CHECK(member(R"("x")", read) == "x");
  CHECK(fault(R"({"a": ""})", read) == "/at/a: expected a non-empty string, got \"\"");
  CHECK(fault(R"({"a": {}})", read).starts_with("/at/a: expected a "));
}

TEST_CASE("reader: whole numbers are read within their bounds, however they are written") {
  const auto read = [](ObjectReader& r) { return r.integer("a", 1, 20); };
  CHECK(member("1", read) == 1);
  CHECK(member("20", read) == 20);
  CHECK(member("5.0", read) == 5);
  CHECK(member("2e1", read) == 20);
  for (const char* value : {"0", "21", "-1", "2.5", "\"5\"", "null", "true", "[]", "1e300", "-1e300",
                            "18446744073709551615", "9223372036854775808", "-9223372036854775808"}) {
    CAPTURE(value);
    const std::string text = "{\"a\": " + std::string(value) + "}";
    CHECK(fault(text.c_str(), read) ==
          "/at/a: expected a whole number from 1 to 20, got " + dump_json(parse_json(value).value()));
  }
}

TEST_CASE("reader: whole numbers reach the whole range of 64 bits and not beyond") {
  const auto read = [](ObjectReader& r) { return r.integer("a", INT64_MIN, INT64_MAX); };
  CHECK(member("9223372036854775807", read) == INT64_MAX);
  CHECK(member("-9223372036854775808", read) == INT64_MIN);
  CHECK(member("9007199254740993", read) == 9'007'199'254'740'993);
  CHECK(member("-9223372036854775808.0", read) == INT64_MIN);
  for (const char* text : {R"({"a": 9223372036854775808})", R"({"a": 9223372036854775808.0})", R"({"a": 1e19})",
                           R"({"a": 18446744073709551615})", R"({"a": -1e19})"}) {
    CAPTURE(text);
    CHECK(fault(text, read).starts_with("/at/a: expected a whole number from "));
  }
}

TEST_CASE("reader: numbers are read within their bounds") {
  const auto read = [](ObjectReader& r) { return r.number("a", 0.001, 5); };
  CHECK(member("0.001", read) == 0.001);
  CHECK(member("5", read) == 5.0);
  CHECK(fault(R"({"a": 5.1})", read) == "/at/a: expected a number from 0.001 to 5, got 5.1");
  CHECK(fault(R"({"a": 0})", read) == "/at/a: expected a number from 0.001 to 5, got 0");
  CHECK(fault(R"({"a": "1"})", read) == "/at/a: expected a number from 0.001 to 5, got \"1\"");
}

TEST_CASE("reader: booleans are true or false and nothing like them") {
  const auto read = [](ObjectReader& r) { return r.boolean("a"); };
  CHECK(member("true", read) == true);
  CHECK(member("false", read) == false);
  for (const char* text : {R"({"a": 1})", R"({"a": "true"})", R"({"a": null})"}) {
    CAPTURE(text);
    CHECK(fault(text, read).starts_with("/at/a: expected true or false, got "));
  }
}

TEST_CASE("reader: durations and instants are strings of their form") {
  const auto duration = [](ObjectReader& r) { return r.duration("a"); };
  const auto instant = [](ObjectReader& r) { return r.instant("a"); };
  CHECK(member(R"("1.5s")", duration) == Duration(1'500));
  CHECK(member(R"("1970-01-01T00:00:01Z")", instant) == Instant(Duration(1'000)));
  CHECK(fault(R"({"a": 5})", duration) == "/at/a: expected a duration such as \"30s\", \"1500ms\" or \"2m\", got 5");
  CHECK(fault(R"({"a": "5"})", duration) ==
        "/at/a: expected a duration such as \"30s\", \"1500ms\" or \"2m\", got \"5\"");
  CHECK(fault(R"({"a": 5})", instant) ==
        "/at/a: expected an ISO 8601 time such as \"2026-03-27T12:00:00.000Z\", got 5");
  CHECK(fault(R"({"a": "noon"})", instant) ==
        "/at/a: expected an ISO 8601 time such as \"2026-03-27T12:00:00.000Z\", got \"noon\"");
}

TEST_CASE("reader: a choice is one of its names, and a slip is told the nearest") {
  const auto read = [](ObjectReader& r) { return r.choice("a", kChoices); };
  CHECK(member(R"("real")", read) == std::size_t{0});
  CHECK(member(R"("off")", read) == std::size_t{2});
  CHECK(fault(R"({"a": "manuel"})", read) ==
        "/at/a: expected \"real\", \"manual\" or \"off\", got \"manuel\" (did you mean \"manual\"?)");
  CHECK(fault(R"({"a": "lunar"})", read) == "/at/a: expected \"real\", \"manual\" or \"off\", got \"lunar\"");
  CHECK(fault(R"({"a": "Real"})", read).ends_with("(did you mean \"real\"?)"));
  CHECK(fault(R"({"a": 0})", read) == "/at/a: expected \"real\", \"manual\" or \"off\", got 0");
}

TEST_CASE("reader: objects and arrays are handed out as they are") {
  const auto object = [](ObjectReader& r) { return r.object("a"); };
  const auto array = [](ObjectReader& r) { return r.array("a"); };
  CHECK(fault(R"({"a": {"b": 1}})", object) == "");
  CHECK(fault(R"({"a": [1]})", array) == "");
  CHECK(fault(R"({"a": [1]})", object) == "/at/a: expected an object, got [1]");
  CHECK(fault(R"({"a": {"b": 1}})", array) == "/at/a: expected an array, got {\"b\":1}");
  CHECK(fault(R"({"a": null})", [](ObjectReader& r) { CHECK(r.any("a")->is_null()); }) == "");
  CHECK(fault("{}", [](ObjectReader& r) { CHECK(r.any("a") == nullptr); }) == "");
}

TEST_CASE("reader: a missing member is refused only when it is required") {
  CHECK(fault("{}", [](ObjectReader& r) { r.require("a"); }) == "/at/a: \"a\" is required");
  CHECK(fault(R"({"a": null})", [](ObjectReader& r) { r.require("a"); }) == "");
  CHECK(fault("{}", [](ObjectReader& r) { CHECK_FALSE(r.has("a")); }) == "");
}

TEST_CASE("reader: unknown members are refused with the nearest known name, or with all of them") {
  const auto read = [](ObjectReader& r) {
    r.any("clock");
    r.has("credits");
    r.finish();
  };
  CHECK(fault(R"({"clock": 1, "credits": 2})", read) == "");
  CHECK(fault(R"({"clok": 1})", read) == "/at/clok: unknown member \"clok\" (did you mean \"clock\"?)");
  CHECK(fault(R"({"x/y": 1})", read) == "/at/x~1y: unknown member \"x/y\", expected \"clock\" or \"credits\"");
  CHECK(fault(R"({"$schema": 1, "$comment": [2]})", read) == "");
  CHECK(fault(R"({"$id": "x"})", read).starts_with("/at/$id: unknown member"));
}

TEST_CASE("reader: the first mistake is the one that is kept") {
  const auto read = [](ObjectReader& r) {
    r.string("b");
    r.string("a");
    r.finish();
  };
  CHECK(fault(R"({"a": 1, "b": 2, "zzz": 3})", read) == "/at/b: expected a string, got 2");
}

TEST_CASE("reader: what is no object is refused, and then every member is absent") {
  for (const char* text : {"[]", "5", "null", "\"{}\""}) {
    CAPTURE(text);
    const auto read = [](ObjectReader& r) {
      r.require("a");
      CHECK_FALSE(r.string("a"));
      r.finish();
    };
    CHECK(fault(text, read) == "/at: expected an object, got " + std::string(text));
  }
}

TEST_CASE("reader: a long value is shown by its beginning, cut between characters") {
  const std::string got = expected_got("x", Json(std::string(100, 'a')));
  CHECK(got == "expected x, got \"" + std::string(56, 'a') + "...");
  std::string accents;
  for (int i = 0; i < 50; ++i) accents += "\xc3\xa9";
  const std::string cut = expected_got("x", Json(accents));
  CHECK(dump_json(Json(cut)).find("\xef\xbf\xbd") == std::string::npos);
  CHECK(cut.ends_with("..."));
}

TEST_CASE("reader: a member is read as the value of an enum that it names") {
  const auto read = [](ObjectReader& r) { return r.enumeration<RecordStatus>("a"); };
  CHECK(member("\"DONE\"", read) == RecordStatus::kDone);
  CHECK(fault(R"({"a": "DOEN"})", read) ==
        "/at/a: expected \"UPLOADED\", \"INPROGRESS\", \"DONE\" or \"FAILED\", got \"DOEN\" "
        "(did you mean \"DONE\"?)");
}

TEST_CASE("reader: an object within is read, and its unknown members are refused") {
  const auto read = [](ObjectReader& r) {
    return r.nested("a", [](ObjectReader& inner) { inner.integer("n", 0, 9); });
  };
  CHECK(fault(R"({"a": {"n": 3}})", read) == "");
  CHECK(fault("{}", read) == "");
  CHECK(fault(R"({"a": {"n": 10}})", read) == "/at/a/n: expected a whole number from 0 to 9, got 10");
  CHECK(fault(R"({"a": {"m": 3}})", read) == "/at/a/m: unknown member \"m\" (did you mean \"n\"?)");
  CHECK(fault(R"({"a": []})", read) == "/at/a: expected an object, got []");
}

TEST_CASE("reader: the elements of an array are read up to the first that is at fault") {
  std::string seen;
  const auto read = [&](ObjectReader& r) {
    r.each("a", [&](const Json& element, const std::string& pointer) {
      seen += dump_json(element);
      if (element == 2) r.errors().fail(pointer, "two");
    });
  };
  CHECK(fault(R"({"a": [1, 2, 3]})", read) == "/at/a/1: two");
  CHECK(seen == "12");
  const auto strings = [](ObjectReader& r) { return r.strings("a", "a name", 1); };
  CHECK(member(R"(["x", "y"])", strings) == std::vector<std::string>{"x", "y"});
  CHECK(fault(R"({"a": ["x", ""]})", strings) == "/at/a/1: expected a name, got \"\"");
}

TEST_CASE("reader: a member is written in the order of its text, where the text is known") {
  constexpr std::string_view kText = R"({"at": [{"z": 1, "a": {"y": [2, {"x": 3, "b": 4}], "c": "d"}}]})";
  const Json document = parse_json(kText).value();
  const WrittenJson written(kText);
  const auto text_of = [&](WrittenPlace place, const std::string& pointer) {
    ReadErrors errors(std::move(place));
    ObjectReader reader(errors, document["at"][0], pointer);
    return reader.written("a") + reader.written("z") + reader.written("none");
  };
  CHECK(text_of({&written}, "/at/0") == R"({"y":[2,{"x":3,"b":4}],"c":"d"}1)");
  CHECK(text_of({&written, "/at"}, "/0") == R"({"y":[2,{"x":3,"b":4}],"c":"d"}1)");
  CHECK(text_of({}, "/at/0") == R"({"c":"d","y":[2,{"b":4,"x":3}]}1)");
  CHECK(written.at("/at/1") == nullptr);
}

}  // namespace qamera
