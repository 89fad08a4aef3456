#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/handler.h"

namespace qamera::access {

/// Whether a browser asks on behalf of a page whether it may send a request (Fetch standard, "CORS-preflight request").
bool is_preflight(const Request& request);

/// Lets pages of other origins call the product API from a browser (Fetch standard, "CORS protocol"). Thread-safe.
class Cors {
 public:
  /// "*" allows every origin; with none, nothing is answered or added.
  explicit Cors(std::vector<std::string> allow_origins) : allow_origins_(std::move(allow_origins)) {}

  /// The answer to a preflight, and why it is this one; nothing for every other request.
  struct Answer {
    Response response;
    std::string reason;
  };
  std::optional<Answer> preflight(const Request& request) const;
  /// Lets the page read `response`, when its origin is allowed. What a rule or another server says of origins: the
  /// rule's stands, the other server's is replaced.
  void add_headers(const Request& request, Response& response) const;

  /// kInvalid for what no browser sends as `Origin`, and so could never match.
  static Result<void> check_origin(std::string_view origin);

 private:
  bool allows(std::string_view origin) const;

  std::vector<std::string> allow_origins_;
};

}  // namespace qamera::access
