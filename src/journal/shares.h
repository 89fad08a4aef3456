#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/names.h"

namespace qamera::journal {

/// The bounds of a journal, each of which its workspaces share.
enum class Bound { kEntries, kBytes };
constexpr auto names_of(Bound) { return enum_names("entries", "bytes"); }

/// Who holds how much, so that at a bound the one who holds most can be told at once, however many share. A search tree
/// or a heap would cost each append its logarithm; here those who hold as much stand in one list, and a change moves
/// its owner from one list to another. Bytes are told apart in steps, of which there are some thousands up to the
/// bound, so that most changes of them move nobody. Not thread-safe.
class Shares {
 public:
  /// Of a journal of so many bytes.
  explicit Shares(std::size_t bytes)
      : step_bits_(std::countr_zero(std::bit_floor(std::max<std::size_t>(64, bytes / 4096)))) {}

  /// What one workspace holds. It must not move, and has to be empty when it is destroyed.
  class Share {
   public:
    std::size_t held(Bound bound) const { return places_[bound].held; }

   private:
    friend class Shares;
    struct Place {
      std::size_t held = 0;
      Share* before = nullptr;
      Share* after = nullptr;
    };
    PerValue<Bound, Place> places_{};
  };

  /// One entry more, or one less. Where there is no memory for the former, nothing changes.
  void add(Share& share, std::size_t bytes) {
    reserve(share, 1, bytes);
    change(share, Bound::kEntries, share.held(Bound::kEntries) + 1);
    change(share, Bound::kBytes, share.held(Bound::kBytes) + bytes);
  }
  void remove(Share& share, std::size_t bytes) {
    change(share, Bound::kEntries, share.held(Bound::kEntries) - 1);
    change(share, Bound::kBytes, share.held(Bound::kBytes) - bytes);
  }

  /// Makes room for so much more, so that adding it takes no memory.
  void reserve(const Share& share, std::size_t entries, std::size_t bytes) {
    make_room(Bound::kEntries, share.held(Bound::kEntries) + entries);
    make_room(Bound::kBytes, share.held(Bound::kBytes) + bytes);
  }

  /// Who holds most; of several, who has held as much for longest. Null when nobody holds anything.
  Share* largest(Bound bound) const {
    const auto& lists = lists_[bound];
    return lists.empty() ? nullptr : lists.back().first;
  }

 private:
  struct List {
    Share* first = nullptr;
    Share* last = nullptr;
  };

  /// Those who hold nothing are in no list.
  std::size_t level(Bound bound, std::size_t held) const {
    return bound == Bound::kEntries ? held : (held + (std::size_t{1} << step_bits_) - 1) >> step_bits_;
  }

  void make_room(Bound bound, std::size_t held) {
    std::vector<List>& lists = lists_[bound];
    const std::size_t wanted = level(bound, held);
    if (wanted > lists.capacity()) lists.reserve(std::max(wanted, 2 * lists.capacity()));
  }

  void change(Share& share, Bound bound, std::size_t held) {
    Share::Place& place = share.places_[bound];
    const std::size_t from = level(bound, std::exchange(place.held, held));
    const std::size_t to = level(bound, held);
    if (from == to) return;
    std::vector<List>& lists = lists_[bound];
    if (to > lists.size()) lists.resize(to);
    if (from > 0) unlink(share, bound, lists[from - 1]);
    if (to > 0) link(share, bound, lists[to - 1]);
    // What was added before is all that can be taken off here.
    while (!lists.empty() && !lists.back().first) lists.pop_back();
  }

  static void unlink(Share& share, Bound bound, List& list) {
    Share::Place& place = share.places_[bound];
    (place.before ? place.before->places_[bound].after : list.first) = place.after;
    (place.after ? place.after->places_[bound].before : list.last) = place.before;
    place.before = place.after = nullptr;
  }

  static void link(Share& share, Bound bound, List& list) {
    Share::Place& place = share.places_[bound];
    place.before = list.last;
    (list.last ? list.last->places_[bound].after : list.first) = &share;
    list.last = &share;
  }

  const int step_bits_;                       ///< a step is two to the power of it
  PerValue<Bound, std::vector<List>> lists_;  ///< by level, from 1; the last is not empty
};

}  // namespace qamera::journal
