#include "fuzz/target.h"

#include <algorithm>
#include <cstdint>

namespace qamera::fuzz {

std::size_t next_piece(std::size_t size, std::size_t at) {
  const std::uint64_t mixed = (static_cast<std::uint64_t>(size) * 31 + at + 1) * 0x9E3779B97F4A7C15u;
  return std::min<std::size_t>(1 + static_cast<std::size_t>(mixed >> 60), size - at);
}

Json known_json(std::string_view text) {
  auto parsed = parse_json(text);
  QM_CHECK(parsed.ok(), "a document that a target wrote is not JSON");
  return *std::move(parsed);
}

bool generates_more_than(const Json& document, std::int64_t most) {
  if (!document.is_structured()) return false;
  for (const auto& [name, value] : document.items()) {
    if (generates_more_than(value, most)) return true;
    if (name != "generate" || !value.is_structured()) continue;
    for (const Json& count : value) {
      if (count.is_number() && count.get<double>() > static_cast<double>(most)) return true;
    }
  }
  return false;
}

Json without_notes(Json document) {
  if (document.is_object()) {
    document.erase("$schema");
    document.erase("$comment");
  }
  if (document.is_structured()) {
    for (Json& child : document) child = without_notes(std::move(child));
  }
  return document;
}

}  // namespace qamera::fuzz
