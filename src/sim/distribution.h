#pragma once

#include <variant>

#include "base/json_reader.h"
#include "sim/random.h"

namespace qamera::sim {

/// A span of time, fixed or drawn. A fixed one draws nothing: a scenario without chance gives the same under each seed.
struct FixedSpan {
  Duration length{0};
};
struct UniformSpan {
  Duration least{0}, most{0};  ///< least <= most, both included
};
struct LognormalSpan {
  Duration median{0};
  double sigma = 0;  ///< of the logarithm, 0 to 5
};
using Distribution = std::variant<FixedSpan, UniformSpan, LognormalSpan>;

/// At most `kLongestDuration`.
Duration sample(const Distribution& distribution, Random& random);

/// Reads `"5s"`, `{"uniform": ["5s", "15s"]}` or `{"lognormal": {"median": "120ms", "sigma": 0.4}}`.
std::optional<Distribution> read_distribution(ObjectReader& reader, std::string_view name);

}  // namespace qamera::sim
