#include "journal/export.h"

#include <functional>
#include <utility>

#include "base/text.h"
#include "journal/encoding.h"
#include "journal/stream.h"

namespace qamera::journal {
namespace {

/// A document of entries: what stands before, between and after them, and how each is written.
struct Format {
  std::string head;
  std::string separator;
  std::string tail;
  std::function<void(std::string& out, const Entry& entry)> append;
};

/// The entries one after the other, each let go once it is written.
class Export final : public PieceStream {
 public:
  Export(std::vector<EntryPtr> entries, Format format) : entries_(std::move(entries)), format_(std::move(format)) {}

 protected:
  State next_piece(std::string& out) override {
    if (next_ > entries_.size()) return State::kEnd;
    if (next_ == 0) out += format_.head;
    if (next_ == entries_.size()) {
      out += format_.tail;
    } else {
      if (next_ > 0) out += format_.separator;
      format_.append(out, *std::exchange(entries_[next_], nullptr));
    }
    ++next_;
    return State::kMore;
  }

 private:
  std::vector<EntryPtr> entries_;
  const Format format_;
  std::size_t next_ = 0;  ///< beyond the last entry by one once the tail is written
};

/// Of headers or query parameters.
template <typename Fields>
OrderedJson name_value_list(const Fields& fields) {
  OrderedJson list = OrderedJson::array();
  for (const auto& field : fields) list.push_back({{"name", field.name}, {"value", field.value}});
  return list;
}

std::string absolute_url(const Entry& entry, const HarOptions& options) {
  if (!entry.target.starts_with('/'))
    return entry.target.find("://") != std::string::npos ? entry.target : options.base_url + "/";
  const std::string* host = entry.request_headers.find("Host");
  return (host && !host->empty() ? "http://" + *host : options.base_url) + entry.target;
}

OrderedJson har_request(const Entry& entry, const HarOptions& options) {
  OrderedJson request = {{"method", entry.method},
                         {"url", absolute_url(entry, options)},
                         {"httpVersion", "HTTP/1.1"},
                         {"cookies", OrderedJson::array()},
                         {"headers", name_value_list(entry.request_headers)},
                         {"queryString", name_value_list(request_to(entry.target).query)},
                         {"headersSize", -1},
                         {"bodySize", entry.request_body.length}};
  // Of such a target the URL is no more than a likeness.
  if (!entry.target.starts_with('/') || entry.target.find('#') != std::string::npos) request["_target"] = entry.target;
  const KeptBody& body = entry.request_body;
  if (body.content().empty() && !body.truncated()) return request;
  const bool text = is_utf8(body.content());
  OrderedJson post = {{"mimeType", entry.request_headers.value_or("Content-Type", "application/octet-stream")},
                      {"params", OrderedJson::array()},
                      {"text", text ? body.content() : base64_encode(body.content())}};
  // HAR has no encoding for request bodies.
  if (!text) post["_encoding"] = "base64";
  if (!body.coding.empty()) post["_coding"] = body.coding;
  if (body.truncated()) post["_truncated"] = body.hash;
  request["postData"] = std::move(post);
  return request;
}

OrderedJson har_response(const Entry& entry) {
  const KeptBody& body = entry.response_body;
  const bool text = is_utf8(body.content());
  const Headers headers = shown_response_headers(entry);
  OrderedJson content = {{"size", body.length},
                         {"mimeType", headers.value_or("Content-Type", "x-unknown")},
                         {"text", text ? body.content() : base64_encode(body.content())}};
  if (!text) content["encoding"] = "base64";
  if (!body.coding.empty()) content["_coding"] = body.coding;
  if (body.truncated()) content["_truncated"] = body.hash;
  return {{"status", entry.status},
          {"statusText", reason_phrase(entry.status)},
          {"httpVersion", "HTTP/1.1"},
          {"cookies", OrderedJson::array()},
          {"headers", name_value_list(headers)},
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
  const auto append = [](std::string& out, const Entry& entry) {
    append_json(out, entry);
    out.push_back('\n');
  };
  return std::make_unique<Export>(std::move(entries), Format{"", "", "", append});
}

std::unique_ptr<ReplyStream> har_export(std::vector<EntryPtr> entries, HarOptions options) {
  std::string head = R"({"log":{"version":"1.2","creator":{"name":"qamera-mock","version":)";
  append_json_string(head, options.version);
  head += "},\"entries\":[\n";
  const auto append = [options = std::move(options)](std::string& out, const Entry& entry) {
    out += dump_json(har_entry(entry, options));
  };
  return std::make_unique<Export>(std::move(entries), Format{std::move(head), ",\n", "\n]}}\n", append});
}

}  // namespace qamera::journal
