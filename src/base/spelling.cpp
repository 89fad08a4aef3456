#include "base/spelling.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/text.h"

namespace qamera {
namespace {

/// Insertions, deletions, changes and swaps of neighbours that make `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min(std::min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U));
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view word, std::span<const std::string_view> candidates) {
  // A longer word cannot be a slip for one of our names, and would make the table large.
  if (word.size() > 100) return {};
  std::string_view best;
  std::size_t min = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    if (equal_ignoring_case(word, candidate)) return candidate;
    // The distance is at least the difference of the lengths.
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    if (longer - shorter >= min) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < min) {
      min = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates,
                       const SuggestionWording& wording) {
  const std::string_view near = nearest_name(word, candidates);
  return near.empty() ? "" : std::string(wording.before).append(near).append(wording.after);
}

std::string suggestion_or_choices(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string near = suggestion(word, candidates);
  return near.empty() ? ", expected " + quoted_list(candidates) : near;
}

std::string quoted_list(std::span<const std::string_view> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out.append("\"").append(names[i]).append("\"");
  }
  return out;
}

}  // namespace qamera
