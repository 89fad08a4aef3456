#include "http/part_heads.h"

#include <algorithm>

#include "http/field_syntax.h"
#include "http/message.h"
#include "http/multipart.h"

namespace qamera::http {
namespace {

constexpr std::size_t kMaxHead = 4u << 10;
constexpr std::size_t kMaxParts = 1'000;

/// RFC 8187: charset'language'percent-encoded. Only UTF-8 is in use.
std::optional<std::string> extended_value(std::string_view value) {
  const std::size_t first = value.find('\'');
  const std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second == std::string_view::npos || !equal_ignoring_case(value.substr(0, first), "utf-8")) return std::nullopt;
  return percent_decode(value.substr(second + 1), false);
}

bool read_disposition(std::string_view value, PartHead& head) {
  if (!equal_ignoring_case(trim(value.substr(0, value.find(';'))), "form-data")) return false;
  const auto name = field_parameter(value, "name");
  if (!name || name->empty()) return false;
  head.name = *name;
  const auto filename = field_parameter(value, "filename");
  const auto extended = field_parameter(value, "filename*");
  head.is_file = filename.has_value() || extended.has_value();
  head.filename = filename.value_or("");
  if (extended) head.filename = extended_value(*extended).value_or(head.filename);
  return true;
}

std::optional<PartHead> read_head(std::string_view text) {
  PartHead head;
  bool named = false;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
    const std::string_view value = trim(line.substr(colon + 1));
    if (equal_ignoring_case(line.substr(0, colon), "Content-Type")) {
      head.content_type = value;
    } else if (equal_ignoring_case(line.substr(0, colon), "Content-Disposition")) {
      if (named || !read_disposition(value, head)) return std::nullopt;
      named = true;
    }
  }
  return named ? std::optional(std::move(head)) : std::nullopt;
}

}  // namespace

std::string_view without_preamble(std::string_view body, std::string_view boundary) {
  const std::string delimiter = "\r\n--" + std::string(boundary);
  // It may stand at the very start, without the line end before it.
  if (body.starts_with(std::string_view(delimiter).substr(2))) return body;
  const std::size_t at = body.find(delimiter);
  return at == std::string_view::npos ? std::string_view() : body.substr(at + 2);
}

std::optional<std::vector<PartHead>> read_part_heads(std::string_view body, std::string_view boundary) {
  body = without_preamble(body, boundary);
  if (body.empty()) return std::nullopt;
  const std::string delimiter = "\r\n--" + std::string(boundary);
  std::vector<PartHead> heads;
  std::size_t at = delimiter.size() - 2;
  for (; body.substr(at, 2) != "--"; at += delimiter.size()) {
    if (body.substr(at, 2) != "\r\n" || heads.size() == kMaxParts) return std::nullopt;
    // Searched from the line end, so that a part whose head is empty is found out too.
    const std::size_t end = body.substr(0, at + 2 + kMaxHead).find("\r\n\r\n", at);
    if (end == std::string_view::npos) return std::nullopt;
    auto head = end == at ? std::nullopt : read_head(body.substr(at + 2, end - at - 2));
    if (!head) return std::nullopt;
    heads.push_back(*std::move(head));
    // An empty part's delimiter begins with the line end that ends its head.
    at = body.find(delimiter, end + 2);
    if (at == std::string_view::npos) return std::nullopt;
  }
  return heads;
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
