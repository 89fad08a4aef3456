#include "api/checks.h"

namespace qamera::api {
namespace {

Outcome invalid_body(std::string_view message, std::string reason) {
  return error_outcome(400, "Validation failed: " + std::string(message), "body: " + std::move(reason));
}

}  // namespace

std::optional<Outcome> check_maintenance(const sim::Workspace& workspace) {
  if (!workspace.maintenance()) return std::nullopt;
  return error_outcome(503, "Service temporarily unavailable. Please retry later.", "maintenance window");
}

std::string described(const sim::RateLimit& limit) {
  return std::to_string(limit.requests) + " requests in " + format_duration(limit.window);
}

std::optional<Finding> count_request(sim::Workspace& workspace, std::string_view key_id) {
  if (workspace.admit(key_id)) return std::nullopt;
  return Finding{finding_kind::kRateLimitExceeded, "",
                 "more than the documented " + described(workspace.scenario().rate_limit)};
}

std::optional<Outcome> check_request(const ExaminedRequest& examined, const contract::Operation* operation,
                                     bool strict) {
  if (!examined.body_problem.empty()) {
    const bool form = operation && operation->body == contract::BodyFormat::kMultipart;
    return invalid_body(std::string("the request body is not ") + (form ? "a valid form (" : "valid JSON (") +
                            examined.body_problem + ").",
                        form ? "not a form" : "not JSON");
  }
  if (examined.violation) return invalid_body(examined.violation->message, examined.violation->pointer);
  if (!strict || examined.findings.empty()) return std::nullopt;
  const Finding& first = examined.findings.front();
  return error_outcome(400, "Validation failed: " + first.message,
                       "strict: " + std::string(first.kind) + " " + first.pointer);
}

}  // namespace qamera::api
