#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace qamera {

/// The text that a value was read from, for the few members whose order counts: a `Json` has its members sorted. Read
/// in full when it is first asked, since most documents have no such member. Not thread-safe.
class WrittenJson {
 public:
  /// `text`, a document that `parse_json` accepts, must outlive it.
  explicit WrittenJson(std::string_view text) : text_(text) {}
  /// The value at `pointer`, null when there is none.
  const OrderedJson* at(const std::string& pointer) const;

 private:
  std::string_view text_;
  mutable std::optional<OrderedJson> document_;
};

/// Where a value stands in such a text. Nowhere, unless told.
struct WrittenPlace {
  const WrittenJson* document = nullptr;
  std::string pointer{};

  /// As text: the value at `pointer` below the place, in the order written where that is known, else `value` itself.
  std::string text_of(const std::string& below, const Json& value) const;
};

}  // namespace qamera
