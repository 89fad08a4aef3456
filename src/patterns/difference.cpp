#include "patterns/difference.h"

#include <algorithm>
#include <numeric>

#include "base/json_compare.h"

namespace qamera::patterns {
namespace {

/// The same value with every array sorted, so that equality ignores order.
Json sorted_arrays(const Json& value) {
  Json out = value;
  if (out.is_structured()) {
    for (Json& child : out) child = sorted_arrays(child);
  }
  if (out.is_array()) std::sort(out.begin(), out.end(), less_json);
  return out;
}

/// Gives expected element `i` an actual element of its own, moving earlier choices if need be (augmenting
/// paths).
bool assign(std::size_t i, const std::vector<std::vector<std::size_t>>& candidates, std::vector<std::size_t>& taken_by,
            std::vector<char>& tried) {
  for (std::size_t j : candidates[i]) {
    if (tried[j]) continue;
    tried[j] = 1;
    if (taken_by[j] == SIZE_MAX || assign(taken_by[j], candidates, taken_by, tried)) {
      taken_by[j] = i;
      return true;
    }
  }
  return false;
}

bool contains_each(const Json& expected, const Json& actual, JsonComparison how) {
  if (expected.size() > actual.size() || expected.size() > kMaxUnorderedElements) return false;
  std::vector<std::vector<std::size_t>> candidates(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (std::size_t j = 0; j < actual.size(); ++j) {
      if (equal_json(expected[i], actual[j], how)) candidates[i].push_back(j);
    }
  }
  return have_one_each(candidates, actual.size());
}

bool equal_arrays(const Json& expected, const Json& actual, JsonComparison how) {
  if (!how.ignore_extra_elements && expected.size() != actual.size()) return false;
  if (how.ignore_array_order && how.ignore_extra_elements) return contains_each(expected, actual, how);
  if (how.ignore_array_order) return qamera::equal_json(sorted_arrays(expected), sorted_arrays(actual));
  if (expected.size() > actual.size()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!equal_json(expected[i], actual[i], how)) return false;
  }
  return true;
}

std::string shown_json(const Json* value) { return value ? shortened(dump_json(*value)) : std::string("(absent)"); }

class Differ {
 public:
  Differ(JsonComparison how, std::size_t limit, std::vector<Difference>& out) : how_(how), limit_(limit), out_(out) {}

  /// Null stands for a value that is absent; one of them is there.
  void compare(const Json* expected, const Json* actual, const std::string& pointer) {
    if (out_.size() >= limit_) return;
    if (expected && actual) {
      if (equal_json(*expected, *actual, how_)) return;
      if (expected->is_object() && actual->is_object()) return objects(*expected, *actual, pointer);
      if (expected->is_array() && actual->is_array()) return arrays(*expected, *actual, pointer);
    }
    out_.push_back({pointer, shown_json(expected), shown_json(actual)});
  }

 private:
  void objects(const Json& expected, const Json& actual, const std::string& pointer) {
    for (const auto& [name, value] : expected.items()) {
      const auto member = actual.find(name);
      compare(&value, member == actual.end() ? nullptr : &*member, child_pointer(pointer, name));
    }
    if (how_.ignore_extra_elements) return;
    for (const auto& [name, value] : actual.items()) {
      if (!expected.contains(name)) compare(nullptr, &value, child_pointer(pointer, name));
    }
  }

  void arrays(const Json& expected, const Json& actual, const std::string& pointer) {
    if (how_.ignore_array_order) {
      const char* rule = how_.ignore_extra_elements ? "at least, in any order, " : "in any order, ";
      out_.push_back({pointer, rule + shown_json(&expected), shown_json(&actual)});
      return;
    }
    const auto element = [](const Json& array, std::size_t i) { return i < array.size() ? &array[i] : nullptr; };
    const std::size_t count = how_.ignore_extra_elements ? expected.size() : std::max(expected.size(), actual.size());
    for (std::size_t i = 0; i < count; ++i)
      compare(element(expected, i), element(actual, i), child_pointer(pointer, i));
  }

  JsonComparison how_;
  std::size_t limit_;
  std::vector<Difference>& out_;
};

}  // namespace

bool have_one_each(const std::vector<std::vector<std::size_t>>& candidates, std::size_t count) {
  std::vector<std::size_t> taken_by(count, SIZE_MAX);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    std::vector<char> tried(count);
    if (!assign(i, candidates, taken_by, tried)) return false;
  }
  return true;
}

bool equal_json(const Json& expected, const Json& actual, JsonComparison how) {
  if (expected.is_array() && actual.is_array()) return equal_arrays(expected, actual, how);
  if (!expected.is_object() || !actual.is_object()) return qamera::equal_json(expected, actual);
  if (!how.ignore_extra_elements && expected.size() != actual.size()) return false;
  for (const auto& [name, value] : expected.items()) {
    const auto member = actual.find(name);
    if (member == actual.end() || !equal_json(value, *member, how)) return false;
  }
  return true;
}

void json_differences(const Json& expected, const Json& actual, JsonComparison how, const std::string& pointer,
                      std::size_t limit, std::vector<Difference>& out) {
  Differ(how, limit, out).compare(&expected, &actual, pointer);
}

std::size_t leaf_count(const Json& value) {
  if (!value.is_structured() || value.empty()) return 1;
  return std::accumulate(value.begin(), value.end(), std::size_t{0},
                         [](std::size_t sum, const Json& child) { return sum + leaf_count(child); });
}

double text_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kCompared = 200;
  const std::size_t longer = std::max(a.size(), b.size());
  if (longer == 0) return 0;
  const auto begin =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(std::min(a.size(), b.size())), b.begin());
  a = a.substr(static_cast<std::size_t>(begin.first - a.begin()), kCompared);
  b = b.substr(static_cast<std::size_t>(begin.second - b.begin()), kCompared);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return std::min(1.0, static_cast<double>(row.back()) / static_cast<double>(std::min(longer, kCompared)));
}

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, shortened(text));
  return out;
}

}  // namespace qamera::patterns
