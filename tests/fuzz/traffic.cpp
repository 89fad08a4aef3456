#include "fuzz/traffic.h"

#include "journal/journal.h"

namespace qamera::fuzz {
namespace {

journal::Entry exchange(std::string operation, std::string method, std::string target, int status, std::string body) {
  static Instant at = *parse_instant("2026-03-27T12:00:00.000Z");
  at += Duration(500);
  journal::Entry entry;
  entry.at = entry.received_at = at;
  entry.workspace = "ws_1";
  entry.operation = std::move(operation);
  entry.method = std::move(method);
  entry.target = std::move(target);
  entry.request_headers = {{"Host", "localhost:4010"}, {"X-Api-Key", "mk_live_abc123.secret456"}, {"Accept", "a"}};
  entry.request_headers.add("accept", "application/json");
  entry.request_body.text = std::move(body);
  entry.status = status;
  entry.response_headers = {{"Content-Type", "application/json"}};
  entry.response_body.text = R"({"count":1,"createdRecordIds":["img_001"],"a":{"b":[1,"two",null]}})";
  return entry;
}

std::vector<journal::EntryPtr> made() {
  journal::Journal journal(journal::Limits{.body_bytes = 80});
  journal.append(exchange("listModels", "GET", "/api/external/models?statusFilter=approved&a=1&a=2", 200, ""));
  journal::Entry post = exchange("registerImages", "POST", "/api/external/image-picker/register-ideas?dry=a%20b", 402,
                                 R"({"config":{"product":{"id":"prod_1"}},"count":4,"tags":["a","b"]})");
  post.findings.push_back({finding_kind::kUnknownQueryParameter, "/query/dry", "unknown"});
  journal.append(std::move(post));
  journal.append(exchange("registerImages", "POST", "/api/external/image-picker/register-ideas", 200,
                          R"({"text":")" + std::string(100, 'x') + "\"}"));
  journal.append(exchange("createPreset", "POST", "/api/external/presets", 503, "\xff\xfe binary"));
  journal::Entry lost = exchange("createPreset", "POST", "/api/external/presets", 200, "plain text");
  lost.fault = "connection-reset";
  journal.append(std::move(lost));
  journal.append(exchange("", "BREW", "/nothing/here?x", 404, "null"));
  return journal.select({});
}

}  // namespace

const std::vector<journal::EntryPtr>& sample_traffic() {
  static const std::vector<journal::EntryPtr> traffic = made();
  return traffic;
}

}  // namespace qamera::fuzz
