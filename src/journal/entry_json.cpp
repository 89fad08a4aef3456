#include <charconv>

#include "base/text.h"
#include "http/reply_head.h"
#include "journal/encoding.h"
#include "journal/entry.h"

namespace qamera::journal {
namespace {

/// Writes an object's members one after the other, and its end when it goes out of scope. Every value is written by
/// the caller right after its key.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_.push_back('{'); }
  Members(const Members&) = delete;
  ~Members() { out_.push_back('}'); }
  void key(std::string_view name) {
    if (!first_) out_.push_back(',');
    first_ = false;
    append_json_string(out_, name);
    out_.push_back(':');
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
  }
  template <typename Integer>
  void number(std::string_view name, Integer value) {
    key(name);
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
  }

 private:
  std::string& out_;
  bool first_ = true;
};

/// Named values, where a name that occurs again makes an array at the place of its first occurrence. Quadratic
/// in the number of fields, which the edge bounds.
template <typename Fields, typename SameName>
void append_grouped(std::string& out, const Fields& fields, SameName same_name) {
  Members members(out);
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    bool seen = false;
    for (auto earlier = fields.begin(); earlier != field && !seen; ++earlier) {
      seen = same_name(earlier->name, field->name);
    }
    if (seen) continue;
    members.key(field->name);
    const std::size_t start = out.size();
    append_json_string(out, field->value);
    bool repeated = false;
    for (auto later = std::next(field); later != fields.end(); ++later) {
      if (!same_name(later->name, field->name)) continue;
      if (!repeated) out.insert(start, 1, '[');
      repeated = true;
      out.push_back(',');
      append_json_string(out, later->value);
    }
    if (repeated) out.push_back(']');
  }
}

void append_body(Members& members, std::string& out, const KeptBody& body) {
  const std::string& text = body.content();
  if (is_utf8(text)) {
    members.text("body", text);
  } else {
    members.text("body", base64_encode(text));
    members.text("bodyEncoding", "base64");
  }
  if (!body.coding.empty()) members.text("bodyCoding", body.coding);
  if (!body.truncated()) return;
  members.number("bodyLength", body.length);
  members.text("bodyHash", body.hash);
  members.key("bodyTruncated");
  out += "true";
}

void append_request(std::string& out, const Entry& entry) {
  const Request parsed = request_to(entry.target);
  Members request(out);
  request.text("method", entry.method);
  request.text("url", entry.target);
  request.text("path", parsed.path);
  request.key("query");
  append_grouped(out, parsed.query, [](const std::string& a, const std::string& b) { return a == b; });
  request.key("headers");
  append_grouped(out, entry.request_headers, equal_ignoring_case);
  append_body(request, out, entry.request_body);
}

void append_response(std::string& out, const Entry& entry, bool with_body) {
  Members response(out);
  response.number("status", entry.status);
  response.key("headers");
  append_grouped(out, shown_response_headers(entry), equal_ignoring_case);
  const KeptBody& body = entry.response_body;
  if (with_body)
    append_body(response, out, body);
  else
    response.number("bodyLength", body.truncated() ? body.length : body.content().size());
}

void append_findings(std::string& out, const std::vector<Finding>& findings) {
  out.push_back('[');
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (i > 0) out.push_back(',');
    Members finding(out);
    finding.text("kind", findings[i].kind);
    finding.text("pointer", findings[i].pointer);
    finding.text("message", findings[i].message);
  }
  out.push_back(']');
}

OrderedJson grouped_json(const Headers& headers) {
  std::string text;
  append_grouped(text, headers, equal_ignoring_case);
  return parse_ordered_json(text).value();
}

}  // namespace

bool is_unmatched(const Entry& entry) {
  return entry.operation.empty() && !entry.other_protocol && !is_preflight(entry.method, entry.request_headers);
}

Headers shown_response_headers(const Entry& entry) {
  Headers headers = entry.response_headers;
  if (!entry.upstream.empty()) return headers;
  if (!http::is_bodiless(entry.status) && !headers.find("Content-Type")) {
    headers.add("Content-Type", "application/json");
  }
  if (!headers.find("Date")) headers.add("Date", format_http_date(entry.at));
  if (entry.id.empty()) return headers;
  headers.add("X-Correlation-Id", entry.correlation_id);
  headers.add("X-Qamera-Mock-Request", entry.id);
  if (!entry.reason.empty()) headers.add("X-Qamera-Mock-Reason", entry.reason);
  if (!entry.findings.empty()) {
    std::string findings;
    append_findings_field(findings, entry.findings);
    headers.add("X-Qamera-Mock-Findings", std::move(findings));
  }
  return headers;
}

void append_findings_field(std::string& out, const std::vector<Finding>& findings) {
  constexpr std::size_t kMaxPointer = 200, kMaxField = 1000;
  const std::size_t start = out.size();
  std::size_t told = 0;
  for (; told < findings.size(); ++told) {
    const auto& [kind, pointer, message] = findings[told];
    const std::size_t before = out.size();
    out.append(told == 0 ? "" : ", ").append(kind);
    if (!pointer.empty()) out.push_back(' ');
    for (const char c : std::string_view(pointer).substr(0, whole_characters(pointer, kMaxPointer))) {
      const bool is_plain = c > ' ' && c < '\x7f' && c != '%' && c != ',';
      if (is_plain)
        out.push_back(c);
      else
        append_hex(out.append("%"), static_cast<unsigned char>(c), 2);
    }
    if (pointer.size() > kMaxPointer) out += "...";
    if (out.size() - start <= kMaxField) continue;
    out.resize(before);
    break;
  }
  if (told < findings.size()) out.append(", ").append(std::to_string(findings.size() - told)).append(" more");
}

void append_json(std::string& out, const Entry& entry, bool response_body) {
  Members members(out);
  members.text("id", entry.id);
  members.number("sequence", entry.sequence);
  members.text("at", format_instant(entry.at));
  members.text("receivedAt", format_instant(entry.received_at));
  members.text("workspace", entry.workspace);
  members.key("operation");
  if (entry.operation.empty())
    out += "null";
  else
    append_json_string(out, entry.operation);
  members.text("correlationId", entry.correlation_id);
  members.key("request");
  append_request(out, entry);
  members.key("response");
  append_response(out, entry, response_body);
  members.key("findings");
  append_findings(out, entry.findings);
  if (!entry.upstream.empty()) members.text("upstream", entry.upstream);
  if (!entry.rule.empty()) members.text("rule", entry.rule);
  if (!entry.fault.empty()) members.text("fault", entry.fault);
  if (!entry.draws.is_null()) {
    members.key("draws");
    out += dump_json(entry.draws);
  }
  if (!entry.reason.empty()) members.text("reason", entry.reason);
  members.number("durationMicros", entry.duration.count());
}

OrderedJson to_json(const Entry& entry) {
  std::string text;
  append_json(text, entry);
  return parse_ordered_json(text).value();
}

std::string path_of(const Entry& entry) {
  std::string_view target = entry.target;
  if (target.starts_with('/')) {
    const std::string_view path = target.substr(0, target.find_first_of("?#"));
    if (path.find('%') == std::string_view::npos) return std::string(path);
  }
  Request parsed = request_to(entry.target);
  return std::move(parsed.path);
}

OrderedJson wiremock_request_json(const Entry& entry) {
  const Request parsed = request_to(entry.target);
  OrderedJson query = OrderedJson::object();
  for (const QueryParameter& parameter : parsed.query) {
    OrderedJson& shown = query[parameter.name];
    shown["key"] = parameter.name;
    shown["values"].push_back(parameter.value);
  }
  const bool absolute = !entry.target.starts_with('/');
  const std::string authority(entry.request_headers.value_or("Host", "localhost"));
  // Only text that is UTF-8 may enter a JSON value that others dump.
  const std::string& body = entry.request_body.content();
  return {{"url", entry.target},
          {"absoluteUrl", absolute ? entry.target : "http://" + authority + entry.target},
          {"method", entry.method},
          {"clientIp", "127.0.0.1"},
          {"headers", grouped_json(entry.request_headers)},
          {"cookies", OrderedJson::object()},
          {"browserProxyRequest", false},
          {"loggedDate", entry.received_at.time_since_epoch().count()},
          {"loggedDateString", format_instant(entry.received_at)},
          {"bodyAsBase64", base64_encode(body)},
          {"body", body},
          {"queryParams", std::move(query)}};
}

}  // namespace qamera::journal
