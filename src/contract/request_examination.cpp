#include "contract/request_examination.h"

#include "contract/form.h"

namespace qamera::contract {
namespace {

using http::BodyState;

/// Sent as a form, but without a part that can be read. A form of no fields is its closing delimiter, one line.
bool is_broken_form(const Request& request) {
  constexpr std::string_view kForm = "multipart/form-data";
  const std::string_view type = request.headers.value_or("Content-Type", "");
  if (!request.parts.empty() || !equal_ignoring_case(type.substr(0, kForm.size()), kForm)) return false;
  std::string_view line = request.body;
  if (line.ends_with("\r\n")) line.remove_suffix(2);
  return !line.empty() &&
         (line.find('\n') != std::string_view::npos || !line.starts_with("--") || !line.ends_with("--"));
}

/// Sets the body, or why it cannot be read; `repeats`: a JSON object in it has a member twice.
ExaminedRequest read_body(const Request& request, const Operation* operation, BodyState state, bool& repeats) {
  const BodyFormat format = operation ? operation->body : BodyFormat::kJson;
  if (format == BodyFormat::kNone || !is_judged(state)) return {.body_state = state};
  if (state == BodyState::kBrokenCoding) {
    if (!operation) return {.body_state = state};
    return {.body_state = state, .body_problem = "the bytes are not what Content-Encoding says"};
  }
  if (format == BodyFormat::kMultipart) {
    if (!is_broken_form(request)) return {.body = form_fields(request.parts), .body_state = state};
    return {.body_state = state,
            .body_problem =
                "Content-Type needs a boundary, the body a closing delimiter and at most 1,000 parts, and "
                "each part a name"};
  }
  if (!operation && request.body.empty()) return {};
  auto parsed = parse_json(request.body, &repeats);
  if (parsed) return {.body = *std::move(parsed), .body_state = state};
  if (!operation) return {};
  return {.body_state = state, .body_problem = parsed.error().message};
}

}  // namespace

ExaminedRequest examine(const Request& request, const Operation* operation, const Contract& contract,
                        BodyState body_state) {
  bool repeats = false;
  ExaminedRequest examined = read_body(request, operation, body_state, repeats);
  if (!operation) return examined;
  const Json* body = examined.body ? &*examined.body : nullptr;
  examined.findings = contract.request_findings(*operation, request, body, repeats);
  if (body) examined.violation = contract.check_request(*operation, *body);
  return examined;
}

std::vector<Finding> all_findings(const ExaminedRequest& examined, const Operation* operation) {
  std::vector<Finding> findings = examined.findings;
  if (!examined.body_problem.empty()) {
    findings.push_back({finding_kind::kInvalidRequest, "/body",
                        "not " + body_format(examined, operation) + ": " + examined.body_problem});
  } else if (examined.violation) {
    findings.push_back(
        {finding_kind::kInvalidRequest, "/body" + examined.violation->pointer, examined.violation->message});
  }
  return findings;
}

std::string body_format(const ExaminedRequest& examined, const Operation* operation) {
  if (examined.body_state == BodyState::kBrokenCoding) return "in its content coding";
  return operation && operation->body == BodyFormat::kMultipart ? "a form" : "JSON";
}

}  // namespace qamera::contract
