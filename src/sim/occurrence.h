#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/json_reader.h"
#include "sim/random.h"

namespace qamera::sim {

/// Which of a counted series is meant. Rules count requests with it and job outcomes count records, in the same words:
/// the `nth` ones, the `first` n, `every` n-th, or each with a `probability` drawn
/// from the workspace's seed. Several given must all hold; none given means each.
struct Occurrence {
  std::vector<std::int64_t> nth;  ///< ascending order not required
  std::optional<std::int64_t> first;
  std::optional<std::int64_t> every;
  std::optional<double> probability;

  bool unconditional() const { return nth.empty() && !first && !every && !probability; }
  /// `count` is 1 for the first. Draws once, and only when a probability is given and everything else holds; the
  /// draw is left in `drawn`.
  bool matches(std::uint64_t count, Random& random, std::optional<double>* drawn = nullptr) const;
};

/// Reads the members `nth` (a number or an array of numbers), `first`, `every` and `probability`.
Occurrence read_occurrence(ObjectReader& reader);

}  // namespace qamera::sim
