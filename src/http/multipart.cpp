#include "http/multipart.h"

#include <algorithm>

#include "http/field_syntax.h"

namespace qamera::http {
namespace {

constexpr std::size_t kLongestBoundary = 70;  // RFC 2046, section 5.1.1
constexpr std::size_t kMaxHead = 4u << 10;
constexpr std::size_t kMaxParts = 1'000;

bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= kLongestBoundary && std::all_of(text.begin(), text.end(), [](char c) {
    return is_token_byte(c) || std::string_view("(),/:=?").find(c) != std::string_view::npos;
  });
}

/// RFC 8187: charset'language'percent-encoded. Only UTF-8 is in use.
std::optional<std::string> extended_value(std::string_view value) {
  const std::size_t first = value.find('\'');
  const std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second == std::string_view::npos || !equal_ignoring_case(value.substr(0, first), "utf-8")) return std::nullopt;
  return percent_decode(value.substr(second + 1), false);
}

bool read_disposition(std::string_view value, Part& part) {
  if (!equal_ignoring_case(media_type(value), "form-data")) return false;
  const auto name = field_parameter(value, "name");
  if (!name || name->empty()) return false;
  part.name = *name;
  const auto filename = field_parameter(value, "filename");
  const auto extended = field_parameter(value, "filename*");
  part.is_file = filename.has_value() || extended.has_value();
  part.filename = filename.value_or("");
  if (extended) part.filename = extended_value(*extended).value_or(part.filename);
  return true;
}

/// A part without its content, or nothing when its head is malformed or has no name.
std::optional<Part> read_head(std::string_view text) {
  Part part;
  bool named = false;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
    const std::string_view value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) return std::nullopt;
    if (equal_ignoring_case(line.substr(0, colon), "Content-Type")) {
      part.content_type = value;
    } else if (equal_ignoring_case(line.substr(0, colon), "Content-Disposition")) {
      if (named || !read_disposition(value, part)) return std::nullopt;
      named = true;
    }
  }
  return named ? std::optional(std::move(part)) : std::nullopt;
}

/// RFC 2046, section 5.1.1, but for white space after a delimiter, which only mail gateways add: that is refused.
std::vector<Part> read_parts(std::string_view body, std::string_view boundary) {
  const std::string delimiter = "\r\n--" + std::string(boundary);
  // The first may stand at the very start, without the line end before it. What goes before it is no part.
  const bool at_start = body.starts_with(std::string_view(delimiter).substr(2));
  std::size_t at = at_start ? 0 : body.find(delimiter);
  if (at == std::string_view::npos) return {};
  at += delimiter.size() - (at_start ? 2 : 0);
  std::vector<Part> parts;
  while (body.substr(at, 2) == "\r\n") {
    // Searched from the delimiter's line end, so that a part whose head is empty is found out too.
    const std::size_t end = body.substr(0, at + 2 + kMaxHead).find("\r\n\r\n", at);
    if (end == std::string_view::npos || end == at || parts.size() == kMaxParts) return {};
    auto part = read_head(body.substr(at + 2, end - at - 2));
    // The line end that ends the head may be that of the delimiter, when there is no content.
    at = body.find(delimiter, end + 2);
    if (!part || at == std::string_view::npos) return {};
    if (at > end + 2) part->content = body.substr(end + 4, at - end - 4);
    parts.push_back(*std::move(part));
    at += delimiter.size();
  }
  const std::string_view rest = body.substr(at);
  if (rest != "--" && !rest.starts_with("--\r\n")) return {};
  return parts;
}

}  // namespace

std::vector<Part> parse_multipart(const Request& request) {
  const std::string* type = request.headers.find("Content-Type");
  if (!type || !equal_ignoring_case(media_type(*type), "multipart/form-data")) return {};
  const auto boundary = field_parameter(*type, "boundary");
  if (!boundary || !is_boundary(*boundary)) return {};
  return read_parts(request.body, *boundary);
}

std::optional<std::string> field_parameter(std::string_view field, std::string_view name) {
  std::size_t at = field.find(';');
  while (at != std::string_view::npos && at < field.size()) {
    std::string_view rest = field.substr(at + 1);
    const std::size_t equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos) return std::nullopt;
    if (rest[equals] == ';') {
      at += equals + 1;
      continue;
    }
    const bool wanted = equal_ignoring_case(trim(rest.substr(0, equals)), name);
    std::size_t i = equals + 1;
    while (i < rest.size() && (rest[i] == ' ' || rest[i] == '\t')) ++i;
    std::string value;
    if (i < rest.size() && rest[i] == '"') {
      for (++i; i < rest.size() && rest[i] != '"'; ++i) {
        // Only these two are ever escaped: browsers and old clients send Windows paths with single
        // backslashes.
        if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
        value.push_back(rest[i]);
      }
      if (i == rest.size()) return std::nullopt;
    } else {
      const std::size_t end = std::min(rest.find(';', i), rest.size());
      value = trim(rest.substr(i, end - i));
      i = end;
    }
    if (wanted) return value;
    at = field.find(';', at + 1 + i);
  }
  return std::nullopt;
}

}  // namespace qamera::http
