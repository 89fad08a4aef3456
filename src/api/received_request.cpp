#include "api/received_request.h"

#include <utility>

#include "base/eager_lock.h"
#include "http/multipart.h"

namespace qamera::api {
namespace {

void decode_body(ReceivedRequest& received, const http::FramingLimits& limits) {
  Request& request = received.request;
  const std::string codings = http::content_codings(request.headers);
  auto decoded = http::decode_content(codings, request.body, http::body_limit(limits, request));
  received.body_state = decoded.state;
  if (!decoded.body) return;
  received.encoded_body = std::exchange(request.body, *std::move(decoded.body));
  request.parts = http::parse_multipart(request);
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

ReceivedRequest receive(Request&& request, Workspaces& workspaces, const TimeSource& time,
                        const http::FramingLimits& limits, WorkspaceHandle known) {
  ReceivedRequest received{std::move(request), time.monotonic(), time.wall()};
  if (received.request.headers.find("Content-Encoding")) decode_body(received, limits);
  received.route = contract::route(received.request.method, received.request.path);
  const std::string_view key = presented_key(received.request);
  if (key.empty()) {
    received.key_problem = "none was sent";
  } else if (auto handle = known ? Result(std::move(known)) : workspaces.for_key(key); !handle) {
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

Instant enter_workspace(const ReceivedRequest& received, const Workspaces& workspaces, const TimeSource& time) {
  if (!received.handle) return workspaces.default_now();
  received.handle->workspace.sync(time.monotonic());
  ++received.handle->requests;
  return received.handle->workspace.now();
}

}  // namespace qamera::api
