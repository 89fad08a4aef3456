#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/handler.h"

namespace qamera::api {

/// Lets pages of other origins call the product API from a browser (Fetch standard, "CORS protocol"). Thread-safe.
class Cors {
 public:
  /// "*" allows every origin; with none, nothing is answered or added.
  explicit Cors(std::vector<std::string> allow_origins) : allow_origins_(std::move(allow_origins)) {}

  /// The answer to a browser that asks before it sends the request itself; nothing for every other request.
  std::optional<Reply> preflight(const Request& request) const;
  /// Lets the page read `response`, when its origin is allowed.
  void add_headers(const Request& request, Response& response) const;

 private:
  std::vector<std::string> allow_origins_;
};

}  // namespace qamera::api
