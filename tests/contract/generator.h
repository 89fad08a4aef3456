#pragma once

#include <cstdint>

#include "base/json.h"

namespace qamera::contract {

/// Draws documents on both sides of what a schema accepts: made from the schema, or an example of it, and then changed
/// in up to three places. The same sequence on every platform.
class Generator {
 public:
  explicit Generator(const OrderedJson& schema, std::uint64_t seed = 42) : schema_(schema), state_(seed) {}

  Json next();

 private:
  std::size_t below(std::size_t bound);
  bool one_in(std::size_t times) { return below(times) == 0; }
  /// Any of a JSON array.
  template <typename Array>
  const auto& any_of(const Array& array) {
    return array[below(array.size())];
  }

  Json document_of(const OrderedJson& given);
  Json object_of(const OrderedJson& schema);
  Json number_of(const OrderedJson& schema);
  void change(Json& value);
  void rename_member(Json& object, std::string name);
  void change_scalar(Json& value);

  const OrderedJson& schema_;
  std::uint64_t state_;
};

}  // namespace qamera::contract
