#pragma once

#include <array>
#include <cstdint>

namespace qamera::assets {

inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 7;
/// The rows of a letter from the top, the leftmost dot in the highest of five bits.
using Glyph = std::array<std::uint8_t, kGlyphHeight>;

/// Letters (capital ones for either case), digits and a few marks, since ids are made of them; a box for other bytes.
const Glyph& glyph_of(char letter);

}  // namespace qamera::assets
