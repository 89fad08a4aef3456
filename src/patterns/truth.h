#pragma once

#include <algorithm>
#include <cstdint>

namespace qamera::patterns {

/// Whether something is so, as far as the journal can tell: of a body beyond the cap only a prefix is known.
/// Kleene's logic.
enum class Truth : std::uint8_t { kNo = 0, kUnknown = 1, kYes = 2 };

constexpr Truth truth_of(bool value) { return value ? Truth::kYes : Truth::kNo; }
constexpr Truth both(Truth a, Truth b) { return std::min(a, b); }
constexpr Truth either(Truth a, Truth b) { return std::max(a, b); }
constexpr Truth negate(Truth a) { return static_cast<Truth>(2 - static_cast<int>(a)); }

}  // namespace qamera::patterns
