#pragma once

#include <cstddef>

#include "base/json.h"
#include "sim/scenario.h"

namespace qamera::sim {

// What things take in memory, in bytes, about: sizes of objects and texts, with an allowance for what the allocator
// adds. Each takes as long as the thing is large, but for a record.

/// Of a rate window, beside its key's ID and its instants.
inline constexpr std::size_t kWindow = 128;

inline std::size_t bytes_of(const Record& record) {
  constexpr std::size_t kAllowance = 96;
  return sizeof(Record) + kAllowance + record.id.size() + record.name.size() + record.thumbnail.size() +
         record.video_url.size() + record.product_id.size() + record.label.size() + record.guidelines.size() +
         record.quantity_guidelines.size() + record.quality_guidelines.size() + record.json.size();
}
std::size_t bytes_of(const Json& value);
std::size_t bytes_of(const KeyRecord& key);
std::size_t bytes_of(const LedgerEntry& entry);
/// With its document, which is also most of what was read from it.
std::size_t bytes_of(const Rule& rule);
/// With its document and rules, and with the fixture where the document holds that too.
std::size_t bytes_of(const Scenario& scenario);
/// The least that a scenario's document asks for by `generate`.
std::size_t bytes_asked_for(const Json& scenario);

}  // namespace qamera::sim
