#pragma once

#include <cstdint>
#include <string>

#include "base/hash.h"

namespace qamera::sim {

/// SplitMix64: a seeded generator whose whole state is one number, so that snapshots carry it. The distributions are
/// our own, since those of the standard library differ between platforms.
class Random {
 public:
  explicit Random(std::uint64_t seed = 1) : state_(seed) {}

  std::uint64_t next() { return split_mix(state_); }
  /// In [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Standard normal (Box-Muller; always two draws, so the position in the stream does not depend on history).
  double normal();

  std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_;
};

/// The `index`-th of a seeded permutation of the six-character tokens over [0-9a-z]: no two indexes below 36^6 give the
/// same token, and neighbours look unrelated. `salt` tells apart the sequences of one seed.
std::string token(std::uint64_t seed, std::uint64_t salt, std::uint64_t index);

}  // namespace qamera::sim
