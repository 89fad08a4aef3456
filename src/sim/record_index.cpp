#include "sim/record_index.h"

#include <utility>

namespace qamera::sim {

void RecordIndex::add(std::string_view id, RecordPlace place) {
  constexpr std::size_t kFewest = 4;
  Slot slot;
  slot.hash = hash_of(id);
  slot.used = 1;
  slot.collection = static_cast<std::uint64_t>(place.collection) & 0x7F;
  slot.index = place.index & 0xFF'FFFF'FFFF'FFFF;
  if (!tables_) bytes_ += sizeof(*tables_);
  Table& table = tables_.edit()[table_of(slot.hash)].edit();
  if (table.slots.empty() || (table.used + 1) * 4 > table.slots.size() * 3) {
    const std::size_t room = table.slots.empty() ? kFewest : 2 * table.slots.size();
    std::vector<Slot> old(room);
    std::swap(old, table.slots);
    bytes_ += (room - old.size()) * sizeof(Slot);
    for (const Slot& moved : old) {
      if (moved.used) table.put(moved);
    }
  }
  table.put(slot);
  ++table.used;
}

void RecordIndex::Table::put(const Slot& slot) {
  std::size_t at = slot.hash & mask();
  while (slots[at].used) at = (at + 1) & mask();
  slots[at] = slot;
}

}  // namespace qamera::sim
