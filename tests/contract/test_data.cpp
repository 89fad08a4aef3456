#include "contract/test_data.h"

#include <fstream>
#include <sstream>

#include "base/check.h"
#include "base/embedded.h"

namespace qamera::contract {

const Contract& shared_contract() {
  static const Contract contract;
  return contract;
}

Json parsed(std::string_view text) {
  auto result = parse_json(text);
  QM_CHECK(result.ok(), "a test document is not JSON");
  return std::move(result).value();
}

std::string repository_file(std::string_view path) {
  std::ifstream file(std::string(QAMERA_SOURCE_DIR) + "/" + std::string(path), std::ios::binary);
  QM_CHECK(file.good(), "a file of the repository cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

OrderedJson embedded_json(std::string_view path) {
  const auto text = embedded_file(path);
  QM_CHECK(text.has_value(), "a file is not embedded");
  auto result = parse_ordered_json(*text);
  QM_CHECK(result.ok(), "an embedded file is not JSON");
  return std::move(result).value();
}

const Json& documented_examples() {
  static const Json examples = parsed(repository_file("tests/contract/documented_examples.json"));
  return examples;
}

const Operation& row(std::string_view name) {
  const Operation* operation = find_operation(name);
  QM_CHECK(operation != nullptr, "no such operation");
  return *operation;
}

std::string message_of(const std::optional<Violation>& violation) { return violation ? violation->message : ""; }

}  // namespace qamera::contract
