#include "api/checks.h"

#include "base/text.h"

namespace qamera::api {
namespace {

Outcome invalid_body(std::string_view message, std::string reason) {
  return error_outcome(400, "Validation failed: " + std::string(message), "body: " + std::move(reason));
}

std::optional<Outcome> check_coding(const ReceivedRequest& received, const http::FramingLimits& limits) {
  const std::string codings = http::content_codings(received.request.headers);
  const auto quoted = [&] { return "'Content-Encoding: " + shortened(codings) + "'"; };
  if (received.body_state == http::BodyState::kUnsupportedCoding || !http::are_common(codings)) {
    return error_outcome(415, "Unsupported content coding: " + quoted() + "; gzip and deflate are read.",
                         "body: unsupported content coding");
  }
  if (received.body_state != http::BodyState::kTooLarge) return std::nullopt;
  return error_outcome(413,
                       "Request body too large: the limit is " +
                           std::to_string(http::body_limit(limits, received.request)) + " bytes, once unpacked.",
                       "body: over the limit once unpacked");
}

}  // namespace

std::optional<Outcome> check_method(const Request& request) {
  if (request.method != "CONNECT") return std::nullopt;
  Outcome outcome = error_outcome(405, "Method not allowed.", "method: CONNECT asks for a tunnel, and there is none");
  outcome.response.headers.add("Allow", "GET, POST");
  return outcome;
}

std::optional<Outcome> check_maintenance(const sim::Workspace& workspace) {
  if (!workspace.maintenance()) return std::nullopt;
  return error_outcome(503, "Service temporarily unavailable. Please retry later.", "maintenance window");
}

std::optional<Finding> count_request(sim::Workspace& workspace, std::string_view key_id) {
  // A stopped clock tells nothing of how fast a client asks, unless the scenario means its limit.
  const bool is_enforced = workspace.scenario().rate_limit.mode == sim::RateMode::kEnforce;
  if (workspace.clock().mode() == sim::ClockMode::kManual && !is_enforced) return std::nullopt;
  if (workspace.admit(key_id)) return std::nullopt;
  return Finding{finding_kind::kRateLimitExceeded, "",
                 "more than the documented " + workspace.scenario().rate_limit_words};
}

std::optional<Outcome> check_request(const ReceivedRequest& received, const ExaminedRequest& examined,
                                     const ProductContext& context) {
  const contract::Operation* operation = received.route.operation;
  const bool takes_body = operation && operation->body != contract::BodyFormat::kNone;
  if (takes_body && !received.request.body.empty()) {
    if (auto refused = check_coding(received, context.limits)) return refused;
  }
  if (!examined.body_problem.empty()) {
    const std::string format = contract::body_format(examined, operation);
    const std::string wanted = format == "JSON" ? "valid JSON" : format == "a form" ? "a valid form" : format;
    return invalid_body("the request body is not " + wanted + " (" + examined.body_problem + ").", "not " + format);
  }
  if (examined.violation) return invalid_body(examined.violation->message, examined.violation->pointer);
  if (!context.strict || examined.findings.empty()) return std::nullopt;
  const Finding& first = examined.findings.front();
  return error_outcome(400, "Validation failed: " + first.message,
                       "strict: " + std::string(first.kind) + " " + first.pointer);
}

}  // namespace qamera::api
