#include "http/reply_head.h"

#include <algorithm>
#include <charconv>

#include "http/field_syntax.h"

namespace qamera::http {
namespace {

using namespace std::string_view_literals;  // their lengths are known here, where the compiler may not look

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

bool is_content_length(std::string_view name) {
  // The length rules out almost every field before a byte is compared.
  return name.size() == 14 && equal_ignoring_case(name, "Content-Length");
}

bool is_about_the_connection(std::string_view name) {
  return (name.size() == 10 && equal_ignoring_case(name, "Connection")) ||
         (name.size() == 17 && equal_ignoring_case(name, "Transfer-Encoding"));
}

void append_field(std::string& out, const Header& field) {
  out.append(field.name).append(": ");
  const std::size_t start = out.size();
  out.append(field.value);
  if (!is_field_value(field.value)) {
    std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), is_control, ' ');
  }
  out.append("\r\n"sv);
}

bool is_date(std::string_view name) { return name.size() == 4 && equal_ignoring_case(name, "Date"); }

void append_date(std::string& out, Instant instant) {
  // Most replies of one thread are of the second of the one before.
  using std::chrono::floor;
  using std::chrono::seconds;
  thread_local auto formatted = Instant::min();
  thread_local std::string text;
  if (floor<seconds>(instant) != floor<seconds>(formatted) || text.empty()) {
    text = "Date: " + format_http_date(instant) + "\r\n";
    formatted = instant;
  }
  out.append(text);
}

}  // namespace

bool is_bodiless(int status) { return status < 200 || status == 204 || status == 304; }

void append_head(std::string& out, const Response& response, BodyLength length, std::size_t body_size,
                 Persistence persistence) {
  out.append("HTTP/1.1 "sv);
  append_number(out, static_cast<std::size_t>(std::max(response.status, 0)));
  out.append(" "sv);
  out.append(response.phrase.empty() ? reason_phrase(response.status) : std::string_view(response.phrase));
  out.append("\r\n"sv);
  const bool keeps_length = response.relayed && (length == BodyLength::kKnown || length == BodyLength::kAsRelayed);
  bool has_type = response.relayed;
  bool has_length = false;
  bool has_date = response.relayed || !response.date;
  for (const Header& field : response.headers) {
    if (is_about_the_connection(field.name) || !is_token(field.name)) continue;
    if (is_content_length(field.name)) {
      if (!keeps_length) continue;
      has_length = true;
    }
    has_date = has_date || is_date(field.name);
    has_type = has_type || equal_ignoring_case(field.name, "Content-Type");
    append_field(out, field);
  }
  out.append(response.own_fields);
  if (!has_date) append_date(out, *response.date);
  if (!is_bodiless(response.status)) {
    if (!has_type) out.append("Content-Type: application/json\r\n"sv);
    if (length == BodyLength::kKnown && !has_length) {
      out.append("Content-Length: "sv);
      append_number(out, body_size);
      out.append("\r\n"sv);
    } else if (length == BodyLength::kChunked) {
      out.append("Transfer-Encoding: chunked\r\n"sv);
    }
  }
  if (persistence == Persistence::kClose) out.append("Connection: close\r\n"sv);
  if (persistence == Persistence::kKeepAliveDeclared) out.append("Connection: keep-alive\r\n"sv);
  out.append("\r\n"sv);
}

}  // namespace qamera::http
