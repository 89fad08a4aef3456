#include "http/conditions.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "http/field_syntax.h"

namespace qamera::http {
namespace {

bool names_etag(std::string_view list, std::string_view etag, bool is_weak_enough) {
  while (!list.empty()) {
    std::string_view one = next_element(list);
    if (is_weak_enough && one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag || one == "*") return true;
  }
  return false;
}

/// Digits and nothing else; a number that no file reaches is the largest.
std::optional<std::size_t> read_position(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::size_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() ? number : SIZE_MAX;
}

Range part(std::size_t first, std::size_t last, std::size_t size) {
  if (first >= size) return {Range::Kind::kUnsatisfiable};
  return {Range::Kind::kPart, first, std::min(last, size - 1) - first + 1};
}

Range read_range(std::string_view spec, std::size_t size) {
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view before = trim(spec.substr(0, dash));
  const std::string_view after = trim(spec.substr(dash + 1));
  if (before.empty()) {
    const auto suffix = read_position(after);
    if (!suffix) return {};
    return *suffix == 0 ? Range{Range::Kind::kUnsatisfiable} : part(size - std::min(*suffix, size), SIZE_MAX, size);
  }
  const auto first = read_position(before);
  const auto last = after.empty() ? std::optional(SIZE_MAX) : read_position(after);
  if (!first || !last || *last < *first) return {};
  return part(*first, *last, size);
}

}  // namespace

bool is_known(const Headers& headers, std::string_view etag) {
  return names_etag(headers.value_or("If-None-Match", ""), etag, true);
}

bool is_outdated(const Headers& headers, std::string_view etag) {
  const std::string* wanted = headers.find("If-Match");
  return wanted && !names_etag(*wanted, etag, false);
}

Range requested_range(const Headers& headers, std::string_view etag, std::size_t size) {
  const std::string* field = headers.find("Range");
  if (!field) return {};
  // A date in it names no file of ours, since none tells one.
  if (const std::string* of = headers.find("If-Range"); of && trim(*of) != etag) return {};
  const auto equals = field->find('=');
  if (equals == std::string::npos || !equal_ignoring_case(trim(field->substr(0, equals)), "bytes")) return {};
  std::string_view list = std::string_view(*field).substr(equals + 1);
  const std::string_view only = next_element(list);
  return list.empty() ? read_range(only, size) : Range{};
}

}  // namespace qamera::http
