#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

// To destroy an array or object the library first moves what it holds to a list, so that no depth of nesting overflows
// the stack. That takes memory, in a destructor, where a failure ends the process. Depth is bounded here
// (`kMaxJsonDepth`), so these do without.
namespace nlohmann {

template <typename Held>
void destroy_held(Held* held) {
  std::destroy_at(held);
  std::allocator<Held>().deallocate(held, 1);
}

template <>
inline void json::json_value::destroy(value_t type) {
  if (type == value_t::object) destroy_held(object);
  if (type == value_t::array) destroy_held(array);
  if (type == value_t::string) destroy_held(string);
  if (type == value_t::binary) destroy_held(binary);
}

template <>
inline void ordered_json::json_value::destroy(value_t type) {
  if (type == value_t::object) destroy_held(object);
  if (type == value_t::array) destroy_held(array);
  if (type == value_t::string) destroy_held(string);
  if (type == value_t::binary) destroy_held(binary);
}

}  // namespace nlohmann

namespace qamera {

/// Input and state: members sorted by name, so iteration is deterministic.
using Json = nlohmann::json;

/// Output that a person or a client reads: members in the order written.
using OrderedJson = nlohmann::ordered_json;

/// Deepest nesting accepted in any JSON input. Deeper documents overflow recursive code.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// Parses one JSON document (RFC 8259), refusing trailing text, invalid UTF-8 and nesting beyond `kMaxJsonDepth`.
/// The error's message names line and column: `line 3, column 7: ...`. Of members of one name in an object the last
/// counts; `repeats`, unless null, becomes whether there are such.
Result<Json> parse_json(std::string_view text, bool* repeats = nullptr);

/// Pointers to the members that their object has already, in the order of the text, each once and at most `limit` of
/// them. `text` must be a document that `parse_json` accepts.
std::vector<std::string> repeated_members(std::string_view text, std::size_t limit);

/// As `parse_json`, for what people write: refuses a member that its object has already, of which one would be ignored.
Result<Json> parse_written_json(std::string_view text);

/// As `parse_json`, keeping the members' order.
Result<OrderedJson> parse_ordered_json(std::string_view text);

/// Compact text. Invalid UTF-8 in strings is replaced by U+FFFD, so this never throws.
std::string dump_json(const Json& value);
std::string dump_json(const OrderedJson& value);

/// A string as it is, without quotes; any other value as JSON.
std::string plain_text(const Json& value);

/// The string member of an object, or "".
std::string text_of(const Json& object, std::string_view name);

/// Indented by two spaces, ending in a newline, for people.
std::string pretty_json(const OrderedJson& value);

/// Appends `text` as a JSON string with its quotes. Invalid UTF-8 is replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Appends `/token`, escaped as RFC 6901 asks (`~0`, `~1`).
void append_pointer(std::string& pointer, std::string_view token);
void append_pointer(std::string& pointer, std::size_t index);
/// `pointer` with that appended.
std::string child_pointer(std::string pointer, std::string_view token);
std::string child_pointer(std::string pointer, std::size_t index);

/// `/config/product/id` as `config.product.id`, the form error texts use. "" for the root.
std::string dotted_pointer(std::string_view pointer);

/// Line and column (both from 1) of the value at `pointer` in `text`; for a missing member, of the nearest parent.
/// `text` must be a document that `parse_json` accepts.
struct TextPosition {
  std::size_t line = 1;
  std::size_t column = 1;
};
TextPosition locate_pointer(std::string_view text, std::string_view pointer);

}  // namespace qamera
