#include "sim/record_index.h"

#include <utility>

namespace qamera::sim {

void RecordIndex::add(std::string_view id, RecordPlace place) {
  constexpr std::size_t kFewest = 16;
  if (slots_.empty() || (used_ + 1) * 4 > slots_.size() * 3) {
    const std::vector<Slot> old =
        std::exchange(slots_, std::vector<Slot>(slots_.empty() ? kFewest : 2 * slots_.size()));
    for (const Slot& slot : old) {
      if (slot.used) put(slot);
    }
  }
  Slot slot;
  slot.hash = hash_of(id);
  slot.used = 1;
  slot.collection = static_cast<std::uint64_t>(place.collection) & 0x7F;
  slot.index = place.index & 0xFF'FFFF'FFFF'FFFF;
  put(slot);
  ++used_;
}

void RecordIndex::put(const Slot& slot) {
  std::size_t at = slot.hash & mask();
  while (slots_[at].used) at = (at + 1) & mask();
  slots_[at] = slot;
}

}  // namespace qamera::sim
