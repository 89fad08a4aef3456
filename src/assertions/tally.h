#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assertions/verdict.h"
#include "journal/journal.h"

namespace qamera::assertions {

/// Whether expectations hold, kept up to date by the entries that are new: a verdict that is waited for would otherwise
/// look at the whole journal each time a request comes. It says no more than that; the report is `evaluate`'s to make.
/// Not thread-safe.
class Tally {
 public:
  /// `expectations` must outlive this.
  explicit Tally(const Expectations& expectations);

  /// Reads on in a scope of the journal, always the same one (a workspace's id; none: all). Whether anything came or
  /// went that may matter.
  bool follow(const journal::Journal& journal, const std::optional<std::string>& scope);

  /// Whether `evaluate` would say `passed` of the scope as it was read. Nothing when all that is counted here holds,
  /// and the rest (orders, intervals, retries) only `evaluate` can tell.
  std::optional<bool> passes(const Facts* facts) const;

 private:
  /// The newest entries that count for one expectation, by number: as many as can make a difference.
  struct Marks {
    std::size_t most_certain = 0;
    std::size_t most_unknown = 0;
    std::deque<std::uint64_t> certain{};
    std::deque<std::uint64_t> unknown{};  ///< may match: only the beginning of the body was kept
  };

  void add(std::span<const journal::EntryPtr> entries);
  void forget_before(std::uint64_t sequence);

  const Expectations& expectations_;
  std::vector<Marks> marks_;      ///< one for each expectation
  std::uint64_t read_up_to_ = 0;  ///< sequence number
  std::uint64_t removals_ = 0;    ///< `journal::Changes::removals` at the last reading
  std::uint64_t evicted_ = 0;     ///< of the scope, since it was last cleared
};

}  // namespace qamera::assertions
