#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace qamera {

/// A regular expression that comes from outside and meets texts from outside. std::regex takes exponential time on some
/// and overflows the stack on long texts; this is RE2, whose time is linear in the text and whose memory has a bound.
///
/// Written as in Java (WireMock's language) and JavaScript: literals, `.` (line ends too, as with DOTALL), classes with
/// ranges and negation, `\d \D \w \W \s \S \b \B` (ASCII), `\t \n \r \f \xHH \uHHHH`, `\Q...\E`, groups
/// (capturing, `(?:`, `(?<name>`), `|`, `* + ? {n} {n,} {n,m}` greedy or lazy, `^ $ \A \z \Z` (the ends of the text,
/// not of a line), `(?i)` (Unicode) and `(?s)`. Counts go to 1,000, nested ones multiplied. Not: backreferences,
/// lookaround, possessive and atomic groups, `\p{...}`, class intersection. Characters are code points; a byte of the
/// text that is no UTF-8 counts as the character of its value.
///
/// Immutable, cheap to copy, usable by several threads at once.
class Regex {
 public:
  static constexpr std::size_t kMaxPatternBytes = 2'000;
  static constexpr int kMaxCount = 1'000;

  /// kUnsupported names a construct left out, with its place, or says that the pattern is too large; kInvalid says what
  /// is malformed.
  static Result<Regex> compile(std::string_view pattern);

  /// Whether all of the subject matches, as for WireMock.
  bool matches(std::string_view subject) const;

  /// Whether a part of it does, as for JSON Schema.
  bool search(std::string_view subject) const;

 private:
  explicit Regex(std::shared_ptr<const re2::RE2> program) : program_(std::move(program)) {}

  std::shared_ptr<const re2::RE2> program_;
};

/// The text with every character that means something in a pattern escaped.
std::string escape_regex(std::string_view text);

}  // namespace qamera
