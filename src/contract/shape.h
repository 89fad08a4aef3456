#pragma once

#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/json.h"

namespace qamera::contract {

/// Documents that a schema accepted, remembered by their shape. The shape of a document is all of it that the schema
/// can tell apart: member names, numbers and the strings that the schema lists stand in it as they are, every other
/// string only as empty or not. So two documents of one shape get the same verdict, and only the first needs the
/// validator. A schema that looks at more of a string than that (a pattern, say) remembers nothing. Thread-safe.
class AcceptedShapes {
 public:
  explicit AcceptedShapes(const Json& schema);

  /// The shape of a document. False when it has none that is worth remembering, or `text` is not compact JSON.
  bool describe(const Json& document, std::string& shape) const;
  bool describe_text(std::string_view text, std::string& shape) const;

  bool contains(const std::string& shape) const;
  void insert(const std::string& shape);

 private:
  bool describe_value(const Json& value, std::string& shape) const;

  std::vector<std::string> listed_;  ///< strings anywhere in `enum` and `const`
  bool usable_;
  mutable std::shared_mutex mutex_;
  std::unordered_set<std::string> accepted_;  ///< guarded by mutex_; bounded
};

}  // namespace qamera::contract
