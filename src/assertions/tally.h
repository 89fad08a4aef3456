#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "assertions/verdict.h"

namespace qamera::assertions {

/// Whether expectations hold, kept up to date by the entries that are new: a verdict that is waited for would otherwise
/// look at the whole journal each time a request comes. It says no more than that; the report is `evaluate`'s to make.
/// Not thread-safe.
class Tally {
 public:
  /// `expectations` must outlive this.
  explicit Tally(const Expectations& expectations);

  /// Entries that came, in the journal's order.
  void add(std::span<const journal::EntryPtr> entries);
  /// Entries with a lesser number went.
  void forget_before(std::uint64_t sequence);
  /// Back to no entry.
  void clear();

  /// Whether `evaluate` would say `passed` of the entries that are here, when so many were evicted. Nothing when all
  /// that is counted here holds, and the rest (orders, intervals, retries) only `evaluate` can tell.
  std::optional<bool> passes(std::uint64_t evicted, const Facts* facts) const;

 private:
  /// The newest entries that count for one expectation, by number: as many as can make a difference.
  struct Marks {
    std::size_t most_certain = 0;
    std::size_t most_unknown = 0;
    std::deque<std::uint64_t> certain{};
    std::deque<std::uint64_t> unknown{};  ///< may match: only the beginning of the body was kept
  };

  const Expectations& expectations_;
  std::vector<Marks> marks_;  ///< one for each expectation
};

}  // namespace qamera::assertions
