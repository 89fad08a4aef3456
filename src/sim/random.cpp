#include "sim/random.h"

#include <cmath>
#include <numbers>

namespace qamera::sim {
namespace {

constexpr std::uint64_t kTokens = 36ULL * 36 * 36 * 36 * 36 * 36;

}  // namespace

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - unit()));
  return radius * std::cos(2.0 * std::numbers::pi * unit());
}

std::string token(std::uint64_t seed, std::uint64_t salt, std::uint64_t index) {
  // A linear map modulo 36^6 is a permutation when its factor shares no divisor (2, 3) with the modulus. The factor is
  // below 2^31 and the index below 2^32, so the product cannot overflow.
  Random draw(seed ^ (salt * 0x9E3779B97F4A7C15ULL));
  std::uint64_t factor = (draw.next() % 1'000'000'000) | 1;
  while (factor % 3 == 0) factor += 2;
  const std::uint64_t offset = draw.next() % kTokens;
  std::uint64_t value = ((index % kTokens) * factor + offset) % kTokens;
  std::string text(6, '0');
  for (char& c : text) {
    c = "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
    value /= 36;
  }
  return text;
}

}  // namespace qamera::sim
