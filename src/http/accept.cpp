#include "http/accept.h"

#include <algorithm>

#include "base/text.h"
#include "http/field_syntax.h"

namespace qamera::http {
namespace {

constexpr int kMostWeight = 1000;

/// `0.25` in thousandths. What is no weight counts as none given.
int read_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.')) return kMostWeight;
  int weight = (text[0] - '0') * kMostWeight;
  int digit_worth = kMostWeight;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return kMostWeight;
    weight += (c - '0') * (digit_worth /= 10);
  }
  return std::min(weight, kMostWeight);
}

enum Fit { kNot, kAnything, kSameFamily, kSameType, kSameVersion };

Fit fit_of(std::string_view range, std::string_view type) {
  if (range == "*/*") return kAnything;
  if (equal_ignoring_case(range, type)) return kSameType;
  const std::string_view family = type.substr(0, type.find('/') + 1);
  const bool same = range.ends_with("/*") && equal_ignoring_case(range.substr(0, range.size() - 1), family);
  return same ? kSameFamily : kNot;
}

std::string_view unquoted(std::string_view text) {
  return text.size() > 1 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

int accepted_weight(std::string_view accept, std::string_view type, std::string_view version) {
  Fit best = kNot;
  int weight = 0;
  while (!accept.empty()) {
    std::string_view rest = next_element(accept);
    Fit fit = fit_of(media_type(rest), type);
    int own = kMostWeight;
    while (rest.find(';') != std::string_view::npos) {
      rest.remove_prefix(rest.find(';') + 1);
      const std::string_view parameter = media_type(rest);
      const auto equals = parameter.find('=');
      if (equals == std::string_view::npos) continue;
      const std::string_view name = trim(parameter.substr(0, equals));
      const std::string_view value = unquoted(trim(parameter.substr(equals + 1)));
      if (equal_ignoring_case(name, "q")) own = read_weight(value);
      if (equal_ignoring_case(name, "version")) fit = fit == kSameType && value == version ? kSameVersion : kNot;
    }
    // Of two that are equally specific the one that is wanted more.
    if (fit == kNot || fit < best || (fit == best && own <= weight)) continue;
    best = fit;
    weight = own;
  }
  return weight;
}

}  // namespace qamera::http
