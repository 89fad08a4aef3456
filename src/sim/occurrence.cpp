#include "sim/occurrence.h"

#include <algorithm>
#include <cmath>

namespace qamera::sim {
namespace {

constexpr std::int64_t kMax = 1'000'000'000;

void read_nth(ObjectReader& reader, std::vector<std::int64_t>& nth) {
  const Json* value = reader.any("nth");
  if (!value) return;
  if (!value->is_array()) {
    if (auto number = reader.integer("nth", 1, kMax)) nth.push_back(*number);
    return;
  }
  if (value->empty()) reader.fail("nth", "expected at least one number, got []");
  reader.each("nth", [&](const Json& item, const std::string& pointer) {
    const double number = item.is_number() ? item.get<double>() : 0;
    if (number >= 1 && number <= static_cast<double>(kMax) && std::floor(number) == number) {
      nth.push_back(static_cast<std::int64_t>(number));
    } else {
      reader.errors().fail(pointer, expected_got("a whole number from 1 to 1000000000", item));
    }
  });
}

}  // namespace

bool Occurrence::matches(std::uint64_t count, Random& random, std::optional<double>* drawn) const {
  const auto n = static_cast<std::int64_t>(count);
  if (!nth.empty() && std::find(nth.begin(), nth.end(), n) == nth.end()) return false;
  if (first && n > *first) return false;
  if (every && n % *every != 0) return false;
  if (!probability) return true;
  const double draw = random.unit();
  if (drawn) *drawn = draw;
  return draw < *probability;
}

Occurrence read_occurrence(ObjectReader& reader) {
  Occurrence occurrence;
  read_nth(reader, occurrence.nth);
  occurrence.first = reader.integer("first", 1, kMax);
  occurrence.every = reader.integer("every", 1, kMax);
  occurrence.probability = reader.number("probability", 0, 1);
  return occurrence;
}

}  // namespace qamera::sim
