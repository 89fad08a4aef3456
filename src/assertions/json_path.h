#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace qamera::assertions {

/// A JSON path of plain members and indexes: `$.config.product.id`, `$['a'][0]`. Wildcards, filters, slices,
/// functions and `..` are kUnsupported.
class JsonPath {
 public:
  static Result<JsonPath> parse(std::string_view text);

  /// The value, or null when there is none.
  const Json* find(const Json& document) const;
  const std::string& text() const { return text_; }
  /// The same place as a JSON Pointer: `/config/product/id`.
  std::string pointer() const;

 private:
  using Step = std::variant<std::string, std::size_t>;
  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace qamera::assertions
