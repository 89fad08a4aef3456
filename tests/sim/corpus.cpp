#include "sim/corpus.h"

#include <doctest/doctest.h>

#include "contract/contract.h"

namespace qamera::sim {
namespace {

std::string schema_message(const Json& document) {
  static const contract::Contract contract;
  const auto wrong = contract.check_document("scenario.schema.json", document);
  return wrong ? wrong->message : "";
}

void check_message(const Broken& broken, const Json& document) {
  const auto scenario = parse_scenario(document, shipped_fixtures(), "test");
  REQUIRE_FALSE(scenario.ok());
  CHECK(scenario.error().pointer == std::string(broken.pointer));
  CHECK(scenario.error().message == std::string(broken.message));
}

}  // namespace

void check_both_refuse(const Broken& broken) {
  CAPTURE(broken.document);
  const Json document = parsed(broken.document);
  check_message(broken, document);
  CHECK(schema_message(document) != "");
}

void check_parser_refuses(const Broken& broken) {
  CAPTURE(broken.document);
  const Json document = parsed(broken.document);
  check_message(broken, document);
  CHECK(schema_message(document) == "");
}

void check_both_accept(const char* text) {
  CAPTURE(text);
  const Json document = parsed(text);
  const auto scenario = parse_scenario(document, shipped_fixtures(), "test");
  CHECK((scenario.ok() ? "" : scenario.error().pointer + ": " + scenario.error().message) == "");
  CHECK(schema_message(document) == "");
}

}  // namespace qamera::sim
