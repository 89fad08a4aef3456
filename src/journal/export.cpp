#include "journal/export.h"

#include <utility>

#include "base/text.h"
#include "journal/encoding.h"
#include "journal/stream.h"

namespace qamera::journal {
namespace {

/// Entries one after the other, each let go once it is written.
class EntryStream : public PieceStream {
 protected:
  explicit EntryStream(std::vector<EntryPtr> entries) : entries_(std::move(entries)) {}
  /// Null at the end.
  EntryPtr next_entry() { return next_ < entries_.size() ? std::move(entries_[next_++]) : nullptr; }

 private:
  std::vector<EntryPtr> entries_;
  std::size_t next_ = 0;
};

class NdjsonExport final : public EntryStream {
 public:
  explicit NdjsonExport(std::vector<EntryPtr> entries) : EntryStream(std::move(entries)) {}

 protected:
  State next_piece(std::string& out) override {
    const EntryPtr entry = next_entry();
    if (!entry) return State::kEnd;
    append_json(out, *entry);
    out.push_back('\n');
    return State::kMore;
  }
};

class HarExport final : public EntryStream {
 public:
  HarExport(std::vector<EntryPtr> entries, HarOptions options)
      : EntryStream(std::move(entries)), options_(std::move(options)) {}

 protected:
  State next_piece(std::string& out) override {
    if (ended_) return State::kEnd;
    if (!std::exchange(begun_, true)) {
      out += R"({"log":{"version":"1.2","creator":{"name":"qamera-mock","version":)";
      append_json_string(out, options_.version);
      out += "},\"entries\":[\n";
      return State::kMore;
    }
    const EntryPtr entry = next_entry();
    if (!entry) {
      ended_ = true;
      out += "\n]}}\n";
      return State::kMore;
    }
    if (std::exchange(some_, true)) out += ",\n";
    out += dump_json(har_entry(*entry, options_));
    return State::kMore;
  }

 private:
  HarOptions options_;
  bool begun_ = false;
  bool some_ = false;
  bool ended_ = false;
};

OrderedJson name_value_list(const Headers& headers) {
  OrderedJson list = OrderedJson::array();
  for (const Header& header : headers) list.push_back({{"name", header.name}, {"value", header.value}});
  return list;
}

std::string absolute_url(const Entry& entry, const HarOptions& options) {
  if (!entry.target.starts_with('/'))
    return entry.target.find("://") != std::string::npos ? entry.target : options.base_url + "/";
  const std::string* host = entry.request_headers.find("Host");
  return (host && !host->empty() ? "http://" + *host : options.base_url) + entry.target;
}

OrderedJson har_request(const Entry& entry, const HarOptions& options) {
  const Request parsed = request_to(entry.target);
  OrderedJson query = OrderedJson::array();
  for (const QueryParameter& parameter : parsed.query)
    query.push_back({{"name", parameter.name}, {"value", parameter.value}});
  OrderedJson request = {{"method", entry.method},
                         {"url", absolute_url(entry, options)},
                         {"httpVersion", "HTTP/1.1"},
                         {"cookies", OrderedJson::array()},
                         {"headers", name_value_list(entry.request_headers)},
                         {"queryString", std::move(query)},
                         {"headersSize", -1},
                         {"bodySize", entry.request_body.length}};
  const KeptBody& body = entry.request_body;
  if (body.content().empty() && !body.truncated()) return request;
  const bool text = is_utf8(body.content());
  OrderedJson post = {{"mimeType", entry.request_headers.value_or("Content-Type", "application/octet-stream")},
                      {"params", OrderedJson::array()},
                      {"text", text ? body.content() : base64_encode(body.content())}};
  // HAR has no encoding for request bodies.
  if (!text) post["_encoding"] = "base64";
  if (body.truncated()) post["_truncated"] = body.hash;
  request["postData"] = std::move(post);
  return request;
}

OrderedJson har_response(const Entry& entry) {
  const KeptBody& body = entry.response_body;
  const bool text = is_utf8(body.content());
  OrderedJson content = {{"size", body.length},
                         {"mimeType", entry.response_headers.value_or("Content-Type", "x-unknown")},
                         {"text", text ? body.content() : base64_encode(body.content())}};
  if (!text) content["encoding"] = "base64";
  if (body.truncated()) content["_truncated"] = body.hash;
  return {{"status", entry.status},
          {"statusText", reason_phrase(entry.status)},
          {"httpVersion", "HTTP/1.1"},
          {"cookies", OrderedJson::array()},
          {"headers", name_value_list(shown_response_headers(entry))},
          {"content", std::move(content)},
          {"redirectURL", entry.response_headers.value_or("Location", "")},
          {"headersSize", -1},
          {"bodySize", body.length}};
}

}  // namespace

OrderedJson har_entry(const Entry& entry, const HarOptions& options) {
  const double milliseconds = static_cast<double>(entry.duration.count()) / 1000.0;
  OrderedJson json = {{"startedDateTime", format_instant(entry.received_at)},
                      {"time", milliseconds},
                      {"request", har_request(entry, options)},
                      {"response", har_response(entry)},
                      {"cache", OrderedJson::object()},
                      {"timings", {{"send", 0}, {"wait", milliseconds}, {"receive", 0}}},
                      {"_id", entry.id},
                      {"_sequence", entry.sequence},
                      {"_virtualTime", format_instant(entry.at)},
                      {"_workspace", entry.workspace}};
  json["_operation"] = entry.operation.empty() ? OrderedJson() : OrderedJson(entry.operation);
  OrderedJson findings = OrderedJson::array();
  for (const Finding& finding : entry.findings) {
    findings.push_back({{"kind", finding.kind}, {"pointer", finding.pointer}, {"message", finding.message}});
  }
  json["_findings"] = std::move(findings);
  if (!entry.upstream.empty()) json["_upstream"] = entry.upstream;
  if (!entry.rule.empty()) json["_rule"] = entry.rule;
  if (!entry.fault.empty()) json["_fault"] = entry.fault;
  return json;
}

std::unique_ptr<ReplyStream> ndjson_export(std::vector<EntryPtr> entries) {
  return std::make_unique<NdjsonExport>(std::move(entries));
}

std::unique_ptr<ReplyStream> har_export(std::vector<EntryPtr> entries, HarOptions options) {
  return std::make_unique<HarExport>(std::move(entries), std::move(options));
}

}  // namespace qamera::journal
