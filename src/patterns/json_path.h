#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace qamera::patterns {

/// A JSON path as users of WireMock write it: members and indexes (`$.config.product.id`, `$['a'][0]`), `*`, `..`,
/// filters by equality (`[?(@.id == 'x')]`) and `.length()` at the end. What goes beyond that (slices, unions, other
/// functions, other comparisons) is kUnsupported by name, since a path that leads nowhere passes for "not there". A
/// filter on an object asks the object itself, as Jayway's library has it, on an array each element.
class JsonPath {
 public:
  static Result<JsonPath> parse(std::string_view text);

  /// The places that a path leads to, each once. They are the document's own, but for the numbers of `length()`.
  struct Found {
    Found() = default;
    Found(Found&&) = default;
    Found& operator=(Found&&) = default;

    std::vector<const Json*> values;
    std::vector<Json> lengths;
  };
  Found find(const Json& document) const;

  /// Whether it leads to one place at most.
  bool is_definite() const;
  const std::string& text() const { return text_; }
  /// As a JSON Pointer, up to where the path leads to several places: `/config/product/id`.
  std::string pointer() const;

 private:
  struct All {};      ///< `*`
  struct Descend {};  ///< `..`: the place itself and everything below
  struct Length {
    bool is_member = false;  ///< written without parentheses: of an object it is the member "length"
  };
  struct Filter {
    std::shared_ptr<const JsonPath> path;  ///< from the candidate on; definite
    Json equals;
  };
  using Step = std::variant<std::string, std::size_t, All, Descend, Filter, Length>;
  class Parser;
  struct Walk;

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace qamera::patterns
