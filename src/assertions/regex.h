#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace qamera::assertions {

/// A regular expression that must match the whole subject, as Java's `matches` with DOTALL (which is what
/// WireMock uses). Simulates all alternatives at once: time is linear in the subject and the stack does not
/// grow with it, where std::regex may take exponential time and overflows the stack on long subjects.
///
/// Supported: literals, `.`, classes with ranges and negation, `\d \D \w \W \s \S \b \B`, `\t \n \r \f \xHH
/// \uHHHH`, `\Q...\E`, groups (capturing, `(?:`, named), `|`, `* + ? {n} {n,} {n,m}` greedy or lazy, `^ $ \A
/// \z`, and `(?i)`, `(?s)` at the start. Not: backreferences, lookaround, possessive and atomic groups,
/// `\p{...}`, class intersection. Characters are code points; ignoring case is for ASCII.
class Regex {
 public:
  static constexpr std::size_t kMaxPatternBytes = 2'000;
  static constexpr std::size_t kMaxInstructions = 4'000;

  /// kUnsupported names a construct left out; kInvalid says what is malformed, and where.
  static Result<Regex> compile(std::string_view pattern);

  bool matches(std::string_view subject) const;

  struct Range {
    char32_t low;
    char32_t high;
  };
  struct CharacterClass {
    std::vector<Range> ranges;
    bool negated = false;
    bool contains(char32_t c) const;
  };
  enum class Op : std::uint8_t { kClass, kAny, kSplit, kJump, kBegin, kEnd, kWordBoundary, kNotWordBoundary, kMatch };
  struct Instruction {
    Op op = Op::kMatch;
    std::uint32_t first = 0;   ///< class index, or where to go on
    std::uint32_t second = 0;  ///< the other way of a split
  };

 private:
  std::vector<Instruction> program_;
  std::vector<CharacterClass> classes_;
};

/// The text with every character that means something in a pattern escaped.
std::string escape_regex(std::string_view text);

}  // namespace qamera::assertions
