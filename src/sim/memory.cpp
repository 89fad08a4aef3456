#include "sim/memory.h"

#include <algorithm>

namespace qamera::sim {
namespace {

/// Of a fixture's record beside the record: its place in the list and in the index.
constexpr std::size_t kPlace = 128;

}  // namespace

std::size_t bytes_of(const Json& value) {
  constexpr std::size_t kMember = 64;  // a node of the tree, or of the list
  std::size_t bytes = sizeof(Json);
  if (value.is_string()) return bytes + sizeof(std::string) + value.get_ref<const std::string&>().size();
  if (value.is_array()) {
    for (const Json& item : value) bytes += bytes_of(item);
  } else if (value.is_object()) {
    for (const auto& [name, item] : value.items()) bytes += kMember + name.size() + bytes_of(item);
  }
  return bytes;
}

std::size_t bytes_of(const KeyRecord& key) {
  std::size_t bytes = sizeof(KeyRecord) + key.id.size();
  if (!key.scopes) return bytes;
  for (const std::string& scope : *key.scopes) bytes += sizeof(std::string) + scope.size();
  return bytes;
}

std::size_t bytes_of(const LedgerEntry& entry) {
  return sizeof(LedgerEntry) + entry.reservation.size() + entry.record.size();
}

std::size_t bytes_of(const Rule& rule) { return sizeof(Rule) + 2 * bytes_of(rule.document); }

std::size_t bytes_of(const Scenario& scenario) {
  std::size_t bytes = sizeof(Scenario) + 2 * bytes_of(scenario.document);
  for (const RulePtr& rule : scenario.rules) bytes += bytes_of(*rule);
  if (!scenario.document.contains("fixture") || !scenario.document["fixture"].is_object()) return bytes;
  for (const auto& records : scenario.fixture->records) {
    for (const RecordPtr& record : records) bytes += kPlace + bytes_of(*record);
  }
  return bytes;
}

std::size_t bytes_asked_for(const Json& scenario) {
  const Json none = Json::object();
  const Json& fixture = scenario.is_object() && scenario.contains("fixture") ? scenario["fixture"] : none;
  const Json& generate = fixture.is_object() && fixture.contains("generate") ? fixture["generate"] : none;
  std::size_t records = 0;
  for (const auto& [collection, count] : generate.items()) {
    const bool counts = count.is_number_unsigned();
    if (counts) records += std::min(count.get<std::size_t>(), static_cast<std::size_t>(kMaxGenerated));
  }
  return records * (sizeof(Record) + kPlace);
}

}  // namespace qamera::sim
