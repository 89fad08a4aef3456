#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "contract/test_data.h"

namespace qamera::contract {
namespace {

/// A body, and what is said of it: "" when it is accepted.
struct Case {
  const char* body;
  const char* message;
  const char* pointer = nullptr;  ///< null: not looked at
};

void check(std::string_view operation, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.body);
    const auto violation = shared_contract().check_request(row(operation), parsed(one.body));
    CHECK(message_of(violation) == one.message);
    if (one.pointer != nullptr && violation) CHECK(violation->pointer == one.pointer);
  }
}

const std::vector<const char*> kBadCounts = {"0",
                                             "-1",
                                             "2.5",
                                             "\"5\"",
                                             "true",
                                             "false",
                                             "null",
                                             "1e30",
                                             "-1e30",
                                             "0.5",
                                             "[]",
                                             "{}",
                                             "\"\"",
                                             "20.000001",
                                             "9223372036854775807",
                                             "18446744073709551615",
                                             "99999999999999999999"};

void check_counts(std::string_view operation, const std::string& before, int most) {
  const std::string refusal = "'count' must be a whole number from 1 to " + std::to_string(most) + ".";
  std::vector<std::string> bad(kBadCounts.begin(), kBadCounts.end());
  bad.push_back(std::to_string(most + 1));
  for (const std::string& count : bad) {
    CAPTURE(count);
    const auto violation =
        shared_contract().check_request(row(operation), parsed(before + ", \"count\": " + count + "}"));
    CHECK(message_of(violation) == refusal);
    if (violation) CHECK(violation->pointer == "/count");
  }
  for (const std::string& count : {std::string("1"), std::string("5.0"), std::string("1e0"), std::to_string(most)}) {
    CAPTURE(count);
    CHECK_FALSE(shared_contract().check_request(row(operation), parsed(before + ", \"count\": " + count + "}")));
  }
}

}  // namespace

TEST_CASE("refusals: count is a whole number within its bounds, or the message says so") {
  check_counts("registerModels", R"({"preferences": "p")", 20);
  check_counts("registerSceneries", R"({"preferences": "p")", 20);
  check_counts("registerImages", R"({"config": {"product": {"id": "p"}})", 20);
  check_counts("registerPackshots", R"({"config": {"product": {"id": "p"}})", 50);
}

TEST_CASE("refusals: a body that is no object") {
  for (const char* name : {"registerModels", "registerSceneries", "registerImages", "registerPackshots",
                           "updatePackshot", "registerVideo", "registerReel", "createPreset"}) {
    CAPTURE(name);
    for (const char* body : {"[]", "[{}]", "null", "true", "5", "\"{}\"", "2.5"}) {
      const auto violation = shared_contract().check_request(row(name), parsed(body));
      CHECK(message_of(violation) == "The request body must be a JSON object.");
      if (violation) CHECK(violation->pointer == "");
    }
  }
}

TEST_CASE("refusals: preferences of models and sceneries") {
  for (const char* name : {"registerModels", "registerSceneries"}) {
    constexpr auto kNonEmpty = "'preferences' must be a non-empty string.";
    check(name, {{R"({"preferences": "a"})", ""},
                 {R"({"preferences": " "})", ""},
                 {R"({})", "'preferences' is required.", "/preferences"},
                 {R"({"count": 5})", "'preferences' is required."},
                 {R"({"Preferences": "a"})", "'preferences' is required."},
                 {R"({"preferences": ""})", kNonEmpty, "/preferences"},
                 {R"({"preferences": null})", kNonEmpty},
                 {R"({"preferences": 5})", kNonEmpty},
                 {R"({"preferences": ["a"]})", kNonEmpty},
                 {R"({"preferences": {}})", kNonEmpty},
                 {R"({"preferences": false})", kNonEmpty},
                 // Two faults: the first in the documented order.
                 {R"({"count": 0})", "'preferences' is required."},
                 {R"({"preferences": "a", "count": 0})", "'count' must be a whole number from 1 to 20."}});
  }
}

TEST_CASE("refusals: the config of photo shoots and packshots") {
  for (const char* name : {"registerImages", "registerPackshots"}) {
    constexpr auto kMissing = "'config.product.id' is required.";
    constexpr auto kProduct = "'config.product' must be an object.";
    constexpr auto kId = "'config.product.id' must be a non-empty string.";
    check(name, {{R"({"config": {"product": {"id": "p"}}})", ""},
                 {R"({})", kMissing, "/config/product/id"},
                 {R"({"count": 5})", kMissing},
                 {R"({"config": {}})", kMissing, "/config/product/id"},
                 {R"({"config": {"product": {}}})", kMissing, "/config/product/id"},
                 {R"({"product": {"id": "p"}})", kMissing},
                 {R"({"config": null})", "'config' must be an object.", "/config"},
                 {R"({"config": "p"})", "'config' must be an object."},
                 {R"({"config": []})", "'config' must be an object."},
                 {R"({"config": {"product": null}})", kProduct, "/config/product"},
                 {R"({"config": {"product": "p"}})", kProduct},
                 {R"({"config": {"product": ["p"]}})", kProduct},
                 {R"({"config": {"product": {"id": ""}}})", kId, "/config/product/id"},
                 {R"({"config": {"product": {"id": null}}})", kId},
                 {R"({"config": {"product": {"id": 5}}})", kId},
                 {R"({"config": {"product": {"id": ["p"]}}})", kId}});
  }
}

TEST_CASE("refusals: the optional parts of a config") {
  const auto body = [](const std::string& rest) {
    return parsed(R"({"config": {"product": {"id": "p"}, )" + rest + "}}");
  };
  for (const char* name : {"registerImages", "registerPackshots"}) {
    for (const std::string part : {"model", "scenery", "preset"}) {
      const auto message = [&](const std::string& value) {
        return message_of(shared_contract().check_request(row(name), body("\"" + part + "\": " + value)));
      };
      CHECK(message("{}") == "");
      CHECK(message(R"({"id": "x"})") == "");
      CHECK(message("null") == "'config." + part + "' must be an object.");
      CHECK(message("\"x\"") == "'config." + part + "' must be an object.");
      CHECK(message(R"({"id": ""})") == "'config." + part + ".id' must be a non-empty string.");
      CHECK(message(R"({"id": null})") == "'config." + part + ".id' must be a non-empty string.");
      CHECK(message(R"({"id": 1})") == "'config." + part + ".id' must be a non-empty string.");
    }
  }
  for (const std::string part : {"industry", "suggestions"}) {
    const auto message = [&](const std::string& value) {
      return message_of(shared_contract().check_request(row("registerImages"), body("\"" + part + "\": " + value)));
    };
    CHECK(message("\"\"") == "");
    CHECK(message("\"fashion\"") == "");
    CHECK(message("null") == "'config." + part + "' must be a string.");
    CHECK(message("5") == "'config." + part + "' must be a string.");
    CHECK(message("{}") == "'config." + part + "' must be a string.");
  }
  // Packshots do not document them: unknown fields are findings, never refusals.
  CHECK_FALSE(shared_contract().check_request(row("registerPackshots"), body(R"("industry": 5)")));
}

TEST_CASE("refusals: a vote") {
  constexpr auto kVote = "'Voting' must be 'APPROVED' or 'REJECTED'.";
  constexpr auto kId = "'recordId' must be a non-empty string.";
  check("updatePackshot", {{R"({"recordId": "r", "Voting": "APPROVED"})", ""},
                           {R"({"recordId": "r", "Voting": "REJECTED"})", ""},
                           {R"({})", "'recordId' is required.", "/recordId"},
                           {R"({"Voting": "APPROVED"})", "'recordId' is required."},
                           {R"({"recordId": "r"})", "'Voting' is required.", "/Voting"},
                           {R"({"recordId": "r", "voting": "APPROVED"})", "'Voting' is required."},
                           {R"({"recordId": "r", "Voting": "approved"})", kVote, "/Voting"},
                           {R"({"recordId": "r", "Voting": ""})", kVote},
                           {R"({"recordId": "r", "Voting": null})", kVote},
                           {R"({"recordId": "r", "Voting": true})", kVote},
                           {R"({"recordId": "r", "Voting": ["APPROVED"]})", kVote},
                           {R"({"recordId": "", "Voting": "APPROVED"})", kId, "/recordId"},
                           {R"({"recordId": 1, "Voting": "APPROVED"})", kId},
                           {R"({"recordId": null, "Voting": "x"})", kId}});
}

TEST_CASE("refusals: a video has exactly one source image") {
  constexpr auto kNeither = "'imageId' or 'generatedImageId' is required.";
  check("registerVideo",
        {{R"({"imageId": "i"})", ""},
         {R"({"generatedImageId": "g"})", ""},
         {R"({"imageId": "i", "suggestion": "", "provider": ""})", ""},
         {R"({})", kNeither, "/imageId"},
         {R"({"suggestion": "s"})", kNeither},
         {R"({"imageID": "i"})", kNeither},
         {R"({"imageId": "i", "generatedImageId": "g"})", "'imageId' and 'generatedImageId' cannot both be given.",
          "/generatedImageId"},
         {R"({"imageId": ""})", "'imageId' must be a non-empty string.", "/imageId"},
         {R"({"imageId": null})", "'imageId' must be a non-empty string."},
         {R"({"imageId": 5})", "'imageId' must be a non-empty string."},
         {R"({"generatedImageId": ""})", "'generatedImageId' must be a non-empty string.", "/generatedImageId"},
         {R"({"imageId": "i", "generatedImageId": null})", "'generatedImageId' must be a non-empty string."},
         {R"({"imageId": "i", "suggestion": 5})", "'suggestion' must be a string.", "/suggestion"},
         {R"({"imageId": "i", "provider": null})", "'provider' must be a string.", "/provider"}});
}

TEST_CASE("refusals: a reel has 1 to 10 images") {
  constexpr auto kArray = "'imagesIds' must be an array of 1 to 10 items.";
  check("registerReel",
        {{R"({"imagesIds": ["a"]})", ""},
         {R"({"imagesIds": ["1","2","3","4","5","6","7","8","9","10"]})", ""},
         {R"({"imagesIds": ["a", "a"]})", ""},
         {R"({})", "'imagesIds' is required.", "/imagesIds"},
         {R"({"imageIds": ["a"]})", "'imagesIds' is required."},
         {R"({"imagesIds": []})", kArray, "/imagesIds"},
         {R"({"imagesIds": ["1","2","3","4","5","6","7","8","9","10","11"]})", kArray, "/imagesIds"},
         {R"({"imagesIds": "a"})", kArray},
         {R"({"imagesIds": null})", kArray},
         {R"({"imagesIds": {"0": "a"}})", kArray},
         {R"({"imagesIds": ["a", "b", ""]})", "'imagesIds.2' must be a non-empty string.", "/imagesIds/2"},
         {R"({"imagesIds": [5]})", "'imagesIds.0' must be a non-empty string.", "/imagesIds/0"},
         {R"({"imagesIds": ["a", null]})", "'imagesIds.1' must be a non-empty string."},
         {R"({"imagesIds": [["a"]]})", "'imagesIds.0' must be a non-empty string."}});
}

TEST_CASE("refusals: a preset has its three texts") {
  check("createPreset",
        {{R"({"name": "n", "quantityGuidelines": "q", "qualityGuidelines": "l"})", ""},
         {R"({})", "'name' is required.", "/name"},
         {R"({"quantityGuidelines": "q", "qualityGuidelines": "l"})", "'name' is required."},
         {R"({"name": "n", "qualityGuidelines": "l"})", "'quantityGuidelines' is required."},
         {R"({"name": "n", "quantityGuidelines": "q"})", "'qualityGuidelines' is required."},
         {R"({"name": "", "quantityGuidelines": "q", "qualityGuidelines": "l"})", "'name' must be a non-empty string."},
         {R"({"name": "n", "quantityGuidelines": "", "qualityGuidelines": "l"})",
          "'quantityGuidelines' must be a non-empty string."},
         {R"({"name": "n", "quantityGuidelines": "q", "qualityGuidelines": ""})",
          "'qualityGuidelines' must be a non-empty string."}});
}

TEST_CASE("refusals: an operation without a body accepts everything") {
  for (const char* body : {"null", "{}", "[1]"}) {
    CHECK_FALSE(shared_contract().check_request(row("listModels"), parsed(body)));
  }
}

TEST_CASE("refusals: a long text and strange member names are judged like any other") {
  CHECK_FALSE(shared_contract().check_request(row("registerModels"), Json{{"preferences", std::string(500'000, 'x')}}));
  check("registerModels", {{R"({"": 1, "a/b": 2, "~": 3, "[x]": 4})", "'preferences' is required."}});
}

TEST_CASE("refusals: threads share one contract") {
  const Contract contract;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int& found : wrong) {
    threads.emplace_back([&contract, &found] {
      for (int i = 0; i < 200; ++i) {
        for (const Operation& operation : operations()) {
          if (operation.body == BodyFormat::kNone) continue;
          if (!contract.check_request(operation, Json::object())) ++found;
        }
        if (contract.check_request(row("registerReel"), Json{{"imagesIds", {"a"}}})) ++found;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("refusals: a form's text that is not UTF-8 is named, at the top and within") {
  const auto refused = [](const Json& form) { return shared_contract().check_request(row("createPreset"), form); };
  Json form = {{"name", "Min\xb0\xb0"},
               {"quantityGuidelines", "two"},
               {"qualityGuidelines", "bright"},
               {"cover", "c.png"},
               {"gallery", {"g.png"}}};
  CHECK(message_of(refused(form)) == "'name' is not valid UTF-8.");
  CHECK(refused(form)->pointer == "/name");
  form["name"] = "Minimal";
  CHECK(message_of(refused(form)) == "");
  form["gallery"].push_back(std::string(64, '\xff'));
  CHECK(message_of(refused(form)) == "'gallery.1' is not valid UTF-8.");
  form["gallery"].erase(1);
  form["\xc3"] = "unknown";
  CHECK(message_of(refused(form)) == "'\xc3' is not valid UTF-8.");
}

}  // namespace qamera::contract
