#pragma once

#include <cstdint>
#include <string_view>

namespace qamera {

/// FNV-1a, 64 bits: stable across platforms and runs. Not for secrets or hostile keys.
constexpr std::uint64_t fnv1a(std::string_view bytes, std::uint64_t seed = 0xcbf29ce484222325ULL) {
  std::uint64_t hash = seed;
  for (char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace qamera
