#include <algorithm>
#include <mutex>
#include <unordered_set>

#include "base/finding.h"
#include "base/json_reader.h"
#include "http/reply_head.h"
#include "journal/encoding.h"
#include "journal/entry.h"

namespace qamera::journal {
namespace {

constexpr std::size_t kMaxOtherKinds = 64;

Headers read_headers(ObjectReader& reader) {
  Headers headers;
  const Json* members = reader.object("headers");
  if (!members) return headers;
  for (const auto& [name, value] : members->items()) {
    for (const Json& text : value.is_array() ? value : Json::array({value})) {
      if (text.is_string())
        headers.add(name, text.get<std::string>());
      else
        reader.fail("headers", expected_got("text or an array of texts", text));
    }
  }
  return headers;
}

KeptBody read_body(ObjectReader& reader) {
  KeptBody body;
  body.text = reader.string("body").value_or("");
  if (const auto encoding = reader.string("bodyEncoding")) {
    auto bytes = *encoding == "base64" ? base64_decode(body.text) : std::nullopt;
    if (bytes)
      body.text = std::move(*bytes);
    else
      reader.fail("bodyEncoding", "expected \"base64\" and a body in base64");
  }
  body.coding = reader.string("bodyCoding").value_or("");
  body.hash = reader.string("bodyHash").value_or("");
  body.length = reader.count("bodyLength").value_or(body.text.size());
  return body;
}

void read_request(ReadErrors& errors, const Json& value, Entry& entry) {
  ObjectReader reader(errors, value, "/request");
  reader.require({"method", "url"});
  entry.method = reader.string("method").value_or("");
  entry.target = reader.string("url").value_or("");
  entry.request_headers = read_headers(reader);
  entry.request_body = read_body(reader);
}

void read_response(ReadErrors& errors, const Json& value, Entry& entry) {
  ObjectReader reader(errors, value, "/response");
  reader.require("status");
  // 0: the connection was lost before any status.
  entry.status = static_cast<int>(reader.integer("status", 0, 999).value_or(0));
  entry.response_headers = read_headers(reader);
  if (entry.upstream.empty()) {
    for (const std::string_view own :
         {"X-Correlation-Id", "X-Qamera-Mock-Request", "X-Qamera-Mock-Reason", "X-Qamera-Mock-Findings"}) {
      entry.response_headers.remove(own);
    }
    const bool own_date = entry.response_headers.value_or("Date", "") == format_http_date(entry.at);
    if (own_date) entry.response_headers.remove("Date");
    const bool own_type = entry.response_headers.value_or("Content-Type", "") == "application/json";
    if (own_type && !http::is_bodiless(entry.status)) entry.response_headers.remove("Content-Type");
  }
  entry.response_body = read_body(reader);
}

void read_findings(ObjectReader& top, Entry& entry) {
  top.each("findings", [&](const Json& value, const std::string& pointer) {
    ObjectReader reader(top.errors(), value, pointer);
    reader.require("kind");
    Finding finding;
    const auto kind = intern_finding_kind(reader.string("kind").value_or(""));
    if (kind)
      finding.kind = *kind;
    else
      reader.fail("kind", "too many different kinds of finding");
    finding.pointer = reader.string("pointer").value_or("");
    finding.message = reader.string("message").value_or("");
    entry.findings.push_back(std::move(finding));
  });
}

void read_top(ObjectReader& reader, Entry& entry) {
  reader.require("sequence");
  entry.sequence = reader.count("sequence", 1).value_or(0);
  entry.id = reader.string("id").value_or("");
  entry.correlation_id = reader.string("correlationId").value_or("");
  entry.at = reader.instant("at").value_or(Instant{});
  entry.received_at = reader.instant("receivedAt").value_or(Instant{});
  entry.workspace = reader.string("workspace").value_or("");
  const Json* operation = reader.any("operation");
  if (operation && !operation->is_null()) entry.operation = reader.string("operation").value_or("");
  entry.reason = reader.string("reason").value_or("");
  entry.upstream = reader.string("upstream").value_or("");
  entry.rule = reader.string("rule").value_or("");
  entry.fault = reader.string("fault").value_or("");
  if (const Json* draws = reader.any("draws")) entry.draws = *draws;
  entry.duration = std::chrono::microseconds(reader.integer("durationMicros", 0, INT64_MAX).value_or(0));
}

}  // namespace

std::optional<std::string_view> intern_finding_kind(std::string_view kind) {
  const auto known = std::find(finding_kind::kAll.begin(), finding_kind::kAll.end(), kind);
  if (known != finding_kind::kAll.end()) return *known;
  static std::mutex mutex;
  static std::unordered_set<std::string> others;
  const std::lock_guard lock(mutex);
  if (const auto other = others.find(std::string(kind)); other != others.end()) return *other;
  if (others.size() >= kMaxOtherKinds) return std::nullopt;
  return *others.emplace(kind).first;
}

Result<Entry> entry_from_json(const Json& value) {
  if (!value.is_object()) return Error{ErrorCode::kInvalid, expected_got("a journal entry (an object)", value), ""};
  ReadErrors errors;
  ObjectReader reader(errors, value, "");
  Entry entry;
  read_top(reader, entry);
  reader.require({"request", "response"});
  if (const Json* request = reader.object("request")) read_request(errors, *request, entry);
  if (const Json* response = reader.object("response")) read_response(errors, *response, entry);
  read_findings(reader, entry);
  if (!errors.ok()) return errors.error();
  return entry;
}

}  // namespace qamera::journal
