#pragma once

#include <span>
#include <string>
#include <string_view>

namespace qamera {

/// The candidate nearest to `word` (edits, a swap of neighbours being one; at most a third of its length and at
/// least 1), or the one that differs in case alone, or "".
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> candidates);

/// What stands around the name that is suggested.
struct SuggestionWording {
  std::string_view before = " (did you mean \"";
  std::string_view after = "\"?)";
};

/// ` (did you mean "x"?)` for the candidate nearest to `word`, "" when none is near.
std::string suggestion(std::string_view word, std::span<const std::string_view> candidates,
                       const SuggestionWording& wording = {});

/// The same, or where none is near `, expected "a", "b" or "c"`.
std::string suggestion_or_choices(std::string_view word, std::span<const std::string_view> candidates);

/// `"a", "b" or "c"`, for error texts.
std::string quoted_list(std::span<const std::string_view> names);

}  // namespace qamera
