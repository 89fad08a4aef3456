#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/spelling.h"
#include "base/text.h"

namespace qamera::patterns {

/// How error texts of this room suggest a name.
inline constexpr SuggestionWording kQuestion{"; did you mean \"", "\"?"};

/// One way in which a request departs from a pattern. The pointer is into `{"method", "url", "path", "query",
/// "headers", "body", "operation", "status", "workspace", "findings"}`; both texts are for people.
struct Difference {
  std::string pointer;
  std::string expected;
  std::string actual;
};

/// How `equalToJson` compares.
struct JsonComparison {
  bool ignore_array_order = false;
  bool ignore_extra_elements = false;
};

/// Bound on an expected array that is compared with both order and extra elements ignored.
inline constexpr std::size_t kMaxUnorderedElements = 256;

/// Numbers are compared as `qamera::equal_json` does.
bool equal_json(const Json& expected, const Json& actual, JsonComparison how);

/// Appends what differs, leaf by leaf, at most until `out` has `limit` elements; nothing when `equal_json`.
void json_differences(const Json& expected, const Json& actual, JsonComparison how, const std::string& pointer,
                      std::size_t limit, std::vector<Difference>& out);

/// Whether each can have one of its candidates, of which there are `count`, for itself.
bool have_one_each(const std::vector<std::vector<std::size_t>>& candidates, std::size_t count);

/// The number of scalars and empty containers, at least 1.
std::size_t leaf_count(const Json& value);

/// 0 for equal texts, 1 for texts that share nothing: edit distance over the longer length. Only the first 200
/// bytes after what both begin with are compared.
double text_distance(std::string_view a, std::string_view b);

/// The shortened text as a JSON string.
std::string in_quotes(std::string_view text);

}  // namespace qamera::patterns
