#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assertions/regex.h"

namespace qamera::assertions {

/// The syntax tree of a pattern.
struct RegexNode {
  enum class Kind { kConcat, kAlternate, kRepeat, kClass, kAny, kBegin, kEnd, kWordBoundary, kNotWordBoundary };
  Kind kind = Kind::kConcat;
  std::vector<RegexNode> children;
  Regex::CharacterClass characters;  ///< of kClass
  int least = 0;                     ///< of kRepeat
  int most = -1;                     ///< of kRepeat, -1: no bound
};

/// Reads a pattern. Groups nest at most 50 deep; counts go to 1,000.
Result<RegexNode> parse_regex(std::string_view pattern);

}  // namespace qamera::assertions
