#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "contract/explain.h"
#include "contract/test_data.h"

namespace qamera::contract {
namespace {

/// A small generator of its own: the same sequence on every platform.
class Draws {
 public:
  std::size_t below(std::size_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_ = 42;
};

const Json kValues = Json::array({nullptr,
                                  true,
                                  false,
                                  0,
                                  1,
                                  5,
                                  20,
                                  21,
                                  50,
                                  51,
                                  -1,
                                  2.5,
                                  5.0,
                                  1e30,
                                  "",
                                  "x",
                                  "APPROVED",
                                  "DONE",
                                  "2026-03-27T12:00:00.000Z",
                                  Json::array(),
                                  {"a"},
                                  {1, ""},
                                  Json::object(),
                                  {{"id", "x"}},
                                  {{"id", 5}},
                                  {{"product", {{"id", "x"}}}}});

/// One change somewhere in `value`: another value, a member less or a member more.
void change(Json& value, Draws& draws) {
  if (value.is_structured() && !value.empty() && draws.below(4) != 0) {
    auto child = value.begin();
    std::advance(child, static_cast<std::ptrdiff_t>(draws.below(value.size())));
    if (draws.below(5) == 0) {
      value.erase(child);
    } else {
      change(*child, draws);
    }
  } else if (value.is_object() && draws.below(2) == 0) {
    value["extra"] = kValues[draws.below(kValues.size())];
  } else {
    value = kValues[draws.below(kValues.size())];
  }
}

constexpr Wording kWording{.subject = "It", .unknown = "is unknown", .values = Wording::Values::kOmit};

struct Tally {
  int accepted = 0;
  int refused = 0;
};

/// Judges changed copies of `original` by `check`, and by the words of the schema.
template <typename Check>
Tally compare(const OrderedJson& schema, const Json& original, Draws& draws, Check check) {
  Tally tally;
  for (int i = 0; i < 400; ++i) {
    Json document = original;
    for (std::size_t changes = draws.below(3) + 1; changes > 0; --changes) change(document, draws);
    const std::optional<Violation> violation = check(document);
    const std::optional<Violation> words = explain(schema, document, kWording);
    ++(violation ? tally.refused : tally.accepted);
    INFO(dump_json(document));
    CHECK(violation.has_value() == words.has_value());
    if (violation && words) CHECK(violation->pointer == words->pointer);
    CHECK(message_of(violation).find("does not conform") == std::string::npos);
  }
  return tally;
}

}  // namespace

TEST_CASE("agreement: every refused request is explained, and nothing accepted has a fault") {
  Draws draws;
  Tally all;
  for (const Json& example : documented_examples()) {
    if (!example.contains("request") || !example["request"].contains("body")) continue;
    const Operation& operation = row(example["operation"].get<std::string>());
    CAPTURE(operation.name);
    const OrderedJson schema = embedded_json("schemas/" + std::string(operation.name) + ".request.json");
    const Tally tally = compare(schema, example["request"]["body"], draws,
                                [&](const Json& body) { return shared_contract().check_request(operation, body); });
    all.accepted += tally.accepted;
    all.refused += tally.refused;
  }
  CHECK(all.accepted > 200);
  CHECK(all.refused > 1000);
}

TEST_CASE("agreement: every refused reply is explained, and nothing accepted has a fault") {
  Draws draws;
  Tally all;
  for (const Json& example : documented_examples()) {
    if (!example.contains("response")) continue;
    const Operation& operation = row(example["operation"].get<std::string>());
    CAPTURE(operation.name);
    const OrderedJson schema = embedded_json("schemas/" + std::string(operation.name) + ".response.json");
    const Tally tally = compare(schema, example["response"], draws, [&](const Json& body) {
      return shared_contract().check_response(operation, 200, body);
    });
    all.accepted += tally.accepted;
    all.refused += tally.refused;
  }
  CHECK(all.accepted > 200);
  CHECK(all.refused > 1000);
}

}  // namespace qamera::contract
