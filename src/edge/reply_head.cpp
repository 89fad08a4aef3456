#include "edge/reply_head.h"

#include <algorithm>
#include <charconv>

#include "edge/field_syntax.h"

namespace qamera::edge {
namespace {

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

bool is_ours(std::string_view name) {
  // The lengths rule out almost every field before a byte is compared.
  switch (name.size()) {
    case 10: return equal_ignoring_case(name, "Connection");
    case 14: return equal_ignoring_case(name, "Content-Length");
    case 17: return equal_ignoring_case(name, "Transfer-Encoding");
    default: return false;
  }
}

void append_field(std::string& out, const Header& field) {
  out.append(field.name).append(": ");
  const std::size_t start = out.size();
  out.append(field.value);
  if (!is_field_value(field.value)) {
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  }
  out.append("\r\n");
}

}  // namespace

bool is_bodiless(int status) { return status < 200 || status == 204 || status == 304; }

void append_head(std::string& out, const Response& response, BodyLength length, std::size_t body_size,
                 Persistence persistence) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(std::max(response.status, 0)));
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  bool has_type = false;
  for (const Header& field : response.headers) {
    if (is_ours(field.name) || !is_token(field.name)) continue;
    has_type = has_type || equal_ignoring_case(field.name, "Content-Type");
    append_field(out, field);
  }
  if (!is_bodiless(response.status)) {
    if (!has_type) out.append("Content-Type: application/json\r\n");
    if (length == BodyLength::kKnown) {
      out.append("Content-Length: ");
      append_number(out, body_size);
      out.append("\r\n");
    } else if (length == BodyLength::kChunked) {
      out.append("Transfer-Encoding: chunked\r\n");
    }
  }
  if (persistence == Persistence::kClose) out.append("Connection: close\r\n");
  if (persistence == Persistence::kKeepAliveDeclared) out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
}

}  // namespace qamera::edge
