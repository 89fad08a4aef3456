#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/schedule.h"

namespace qamera::sim {

/// The places of records by id. A flat hash table of our own, with linear probing, since a workspace is copied for each
/// fork and each fault before the commit: this copies as one block of memory, a standard map as a node a record. It
/// holds no ids, since the records have them. Copyable.
class RecordIndex {
 public:
  /// `id_at(place)` is the id of the record there.
  template <typename IdAt>
  std::optional<RecordPlace> find(std::string_view id, const IdAt& id_at) const {
    if (slots_.empty()) return std::nullopt;
    const std::uint64_t hash = hash_of(id);
    for (std::size_t at = hash & mask(); slots_[at].used; at = (at + 1) & mask()) {
      if (slots_[at].hash == hash && id_at(slots_[at].place()) == id) return slots_[at].place();
    }
    return std::nullopt;
  }
  /// REQUIRES: `find` knows no record of that id.
  void add(std::string_view id, RecordPlace place);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t used : 1 = 0;
    std::uint64_t collection : 7 = 0;
    std::uint64_t index : 56 = 0;

    RecordPlace place() const { return {static_cast<Collection>(collection), static_cast<std::size_t>(index)}; }
  };
  static std::uint64_t hash_of(std::string_view id) { return std::hash<std::string_view>()(id); }
  std::size_t mask() const { return slots_.size() - 1; }
  void put(const Slot& slot);

  std::vector<Slot> slots_;  ///< as many as a power of two, or none
  std::size_t used_ = 0;
};

}  // namespace qamera::sim
