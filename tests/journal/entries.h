#pragma once

#include <string>
#include <utility>

#include "journal/entry.h"

namespace qamera::journal {

inline Instant instant(std::string_view text) { return *parse_instant(text); }

/// An exchange as the API would hand it over.
inline Entry exchange(std::string operation, std::string method, std::string target, int status = 200) {
  Entry entry;
  entry.at = instant("2026-03-27T12:00:00.000Z");
  entry.received_at = instant("2026-11-22T09:30:00.250Z");
  entry.workspace = "ws1";
  entry.operation = std::move(operation);
  entry.method = std::move(method);
  entry.target = std::move(target);
  entry.request_headers = {{"Host", "localhost:4010"}, {"X-Api-Key", "mk_live_abc123.secret456"}};
  entry.status = status;
  entry.response_headers = {{"Content-Type", "application/json"}};
  entry.response_body.text = R"({"count":0})";
  entry.duration = std::chrono::microseconds(37);
  return entry;
}

inline Entry list_models(int status = 200) {
  return exchange("listModels", "GET", "/api/external/models?statusFilter=approved", status);
}

}  // namespace qamera::journal
