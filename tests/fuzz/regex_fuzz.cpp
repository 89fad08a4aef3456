// A regular expression (the first line) and a subject (the rest).
//
// Held: the same answer as std::regex, where both know the pattern; a text escaped matches itself and nothing longer.

#include <algorithm>
#include <regex>

#include "base/check.h"
#include "base/regex.h"
#include "base/text.h"
#include "fuzz/target.h"

namespace qamera::fuzz {
namespace {

/// Patterns that mean the same to both, and that std::regex decides before long.
bool is_comparable(std::string_view pattern, std::string_view subject) {
  constexpr std::size_t kLongestPattern = 20, kLongestSubject = 12;
  constexpr std::string_view kPlain = "ab01.*+?|()";
  if (pattern.size() > kLongestPattern || subject.size() > kLongestSubject) return false;
  if (pattern.find("(?") != std::string_view::npos) return false;
  // A repetition of a repetition is an error to std::regex, or exponential.
  for (std::size_t i = 1; i < pattern.size(); ++i) {
    const bool repeats = std::string_view("*+?").find(pattern[i]) != std::string_view::npos;
    if (repeats && std::string_view("*+?)").find(pattern[i - 1]) != std::string_view::npos) return false;
  }
  const auto plain = [&](char c) { return kPlain.find(c) != std::string_view::npos; };
  return std::all_of(pattern.begin(), pattern.end(), plain) && std::all_of(subject.begin(), subject.end(), plain);
}

void check_against_standard(std::string_view pattern, std::string_view subject, const Regex& ours) {
  try {
    const std::regex theirs{std::string(pattern)};
    const std::string text(subject);
    QM_CHECK(std::regex_match(text, theirs) == ours.matches(text), "std::regex says otherwise");
    QM_CHECK(std::regex_search(text, theirs) == ours.search(text), "std::regex finds otherwise");
  } catch (const std::regex_error&) {
    // A pattern that only ours knows.
  }
}

}  // namespace

void run(std::string_view input) {
  if (!is_utf8(input)) return;
  const std::string_view pattern = input.substr(0, input.find('\n'));
  const std::string_view subject = input.substr(std::min(pattern.size() + 1, input.size()));
  const auto regex = Regex::compile(pattern);
  if (regex.ok()) {
    const bool matched = regex->matches(subject);
    QM_CHECK(regex->matches(subject) == matched, "the same answer twice");
    QM_CHECK(!matched || regex->search(subject), "what matches is found");
    if (is_comparable(pattern, subject)) check_against_standard(pattern, subject, *regex);
  } else {
    QM_CHECK(regex.error().message.starts_with("regular expression, character ") || !regex.error().message.empty(),
             "a refusal says why");
  }
  const auto escaped = Regex::compile(escape_regex(subject));
  if (!escaped.ok()) return;  // too long once escaped
  QM_CHECK(escaped->matches(subject), "an escaped text matches itself");
  QM_CHECK(!escaped->matches(std::string(subject) + "x"), "an escaped text matches nothing longer");
}

}  // namespace qamera::fuzz
