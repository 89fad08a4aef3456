#include "api/cors.h"

#include <algorithm>

namespace qamera::api {

std::optional<Reply> Cors::preflight(const Request& request) const {
  if (allow_origins_.empty() || request.method != "OPTIONS" || !request.headers.find("Access-Control-Request-Method")) {
    return std::nullopt;
  }
  Reply reply;
  Response& response = reply.response;
  response.status = 204;
  add_headers(request, response);
  response.headers.add("Access-Control-Allow-Methods", "GET, POST");
  response.headers.add("Access-Control-Allow-Headers", "X-Api-Key, Authorization, Content-Type");
  response.headers.add("Access-Control-Max-Age", "600");
  return reply;
}

void Cors::add_headers(const Request& request, Response& response) const {
  if (allow_origins_.empty()) return;
  const std::string* origin = request.headers.find("Origin");
  if (!origin) return;
  const bool allowed = std::any_of(allow_origins_.begin(), allow_origins_.end(),
                                   [&](const std::string& o) { return o == "*" || o == *origin; });
  if (!allowed) return;
  response.headers.add("Access-Control-Allow-Origin", *origin);
  response.headers.add("Vary", "Origin");
  response.headers.add("Access-Control-Expose-Headers",
                       "X-Correlation-Id, X-Qamera-Mock-Request, X-Qamera-Mock-Reason");
}

}  // namespace qamera::api
