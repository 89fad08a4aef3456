#include "api/received_request.h"

#include "base/eager_lock.h"
#include "contract/form.h"

namespace qamera::api {
namespace {

using contract::BodyFormat;

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

/// Sets the body, or why it cannot be read.
ExaminedRequest read_body(const Request& request, const contract::Operation* operation) {
  const BodyFormat format = operation ? operation->body : BodyFormat::kJson;
  if (format == BodyFormat::kNone || (!operation && request.body.empty())) return {};
  if (format == BodyFormat::kMultipart) {
    if (!is_broken_form(request)) return {.body = contract::form_fields(request.parts)};
    return {.body_problem =
                "Content-Type needs a boundary, the body a closing delimiter and at most 1,000 parts, and "
                "each part a name"};
  }
  auto parsed = parse_json(request.body);
  if (!parsed) return {.body_problem = parsed.error().message};
  return {.body = *std::move(parsed)};
}

}  // namespace

std::string_view presented_key(const Request& request) {
  if (const std::string* key = request.headers.find("X-Api-Key")) return *key;
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view value = request.headers.value_or("Authorization", "");
  if (value.size() < kScheme.size() || !equal_ignoring_case(value.substr(0, kScheme.size()), kScheme)) return {};
  const auto start = value.find_first_not_of(' ', kScheme.size());
  return start == std::string_view::npos ? std::string_view() : value.substr(start);
}

ReceivedRequest receive(Request&& request, Workspaces& workspaces, const TimeSource& time) {
  ReceivedRequest received{std::move(request), time.monotonic(), time.wall()};
  received.route = contract::route(received.request.method, received.request.path);
  const std::string_view key = presented_key(received.request);
  if (key.empty()) {
    received.key_problem = "none was sent";
  } else if (auto handle = workspaces.for_key(key); !handle) {
    received.key_problem = handle.error().message;
  } else {
    received.handle = *std::move(handle);
    received.key_id = sim::parse_api_key(key)->id;
  }
  return received;
}

std::unique_lock<std::mutex> lock_workspace(const ReceivedRequest& received) {
  return received.handle ? lock_eagerly(received.handle->mutex) : std::unique_lock<std::mutex>();
}

Instant enter_workspace(const ReceivedRequest& received, const TimeSource& time) {
  if (!received.handle) return received.received_at;
  received.handle->workspace.sync(time.monotonic());
  ++received.handle->requests;
  return received.handle->workspace.now();
}

ExaminedRequest examine(const Request& request, const contract::Operation* operation,
                        const contract::Contract& contract) {
  ExaminedRequest examined = read_body(request, operation);
  if (!operation) return examined;
  const Json* body = examined.body ? &*examined.body : nullptr;
  examined.findings = contract.request_findings(*operation, request, body);
  if (body) examined.violation = contract.check_request(*operation, *body);
  return examined;
}

}  // namespace qamera::api
