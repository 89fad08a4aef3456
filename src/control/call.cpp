#include "control/call.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "tasks/pooled_stream.h"

namespace qamera::control {
namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid: return 400;
    case ErrorCode::kUnauthorized: return 401;
    case ErrorCode::kPayment: return 402;
    case ErrorCode::kForbidden: return 403;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kUnsupported: return 422;
    case ErrorCode::kIo: return 500;
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kTimeout: return 504;
    case ErrorCode::kBusy: return 429;
  }
  return 500;
}

/// Those whose replies WireMock's own classes read.
constexpr std::array<std::string_view, 4> kWiremockCalls = {"/__admin/requests/count", "/__admin/requests/find",
                                                            "/__admin/requests/remove",
                                                            "/__admin/near-misses/request-pattern"};

/// WireMock numbers kinds of errors: 10 is input that it cannot take, 30 is not permitted. Others are ours, and it
/// makes a plain ClientError of them.
int wiremock_code(int status) {
  if (status == 400 || status == 422) return 10;
  return status == 401 || status == 403 ? 30 : status;
}

Reply reply_of(int status, const char* type, std::string body) {
  Reply reply;
  reply.response.status = status;
  reply.response.headers.add("Content-Type", type);
  reply.response.body = std::move(body);
  return reply;
}

}  // namespace

sim::Workspace fresh_workspace(const Context& context) {
  api::WorkspaceOverrides overrides;
  overrides.scenario = context.workspaces.default_scenario();
  return sim::Workspace(context.workspaces.start_of(std::move(overrides)));
}

Result<void> require_room(const Context& context, std::size_t bytes) {
  const api::Workspaces& workspaces = context.workspaces;
  if (!workspaces.is_full() && bytes <= workspaces.memory()->limit()) return {};
  std::string why = workspaces.is_full() ? workspaces.fullness()
                                         : "this takes " + std::to_string(bytes) + " bytes, and --max-memory allows " +
                                               std::to_string(workspaces.memory()->limit());
  return Error{ErrorCode::kUnavailable, std::move(why), ""};
}

Error no_workspace(std::string_view id, std::string pointer) {
  return {ErrorCode::kNotFound, "there is no workspace \"" + std::string(id) + "\"", std::move(pointer)};
}

Reply json_reply(int status, const OrderedJson& body) {
  return reply_of(status, "application/json", pretty_json(body));
}

Reply text_reply(int status, std::string text) {
  return reply_of(status, "text/plain; charset=utf-8", std::move(text));
}

Reply xml_reply(int status, std::string text) { return reply_of(status, "application/xml", std::move(text)); }

Result<Reply> stream_reply(const Call& call, std::string_view type, std::unique_ptr<ReplyStream> stream) {
  const Context& context = call.context;
  tasks::Quota::Share share = context.streams.take();
  if (!share) {
    return Error{ErrorCode::kBusy,
                 std::to_string(context.streams.most()) +
                     " exports and event streams are open already, which is as many as may: close some",
                 ""};
  }
  Reply reply;
  reply.response.headers.add("Content-Type", std::string(type));
  reply.response.headers.add("Cache-Control", "no-store");
  reply.stream = context.options.pools
                     ? tasks::pooled_stream(context.options.pools->pieces, std::move(stream), std::move(share))
                     : std::move(stream);
  return reply;
}

Reply error_reply(int status, const Error& error, std::string_view path) {
  // It quotes what was sent; replies end up in the logs of test runs.
  std::string message = error.message;
  std::string pointer = error.pointer;
  journal::redact_keys(message);
  journal::redact_keys(pointer);
  if (std::find(kWiremockCalls.begin(), kWiremockCalls.end(), path) != kWiremockCalls.end()) {
    OrderedJson one = {{"code", wiremock_code(status)},
                       {"title", reason_phrase(status)},
                       {"detail", std::move(message)},
                       {"source", {{"pointer", std::move(pointer)}}}};
    return json_reply(status, {{"errors", OrderedJson::array({std::move(one)})}});
  }
  OrderedJson body = {{"error", std::move(message)}};
  if (!pointer.empty()) body["pointer"] = std::move(pointer);
  Reply reply = json_reply(status, body);
  // What every 401 must have (RFC 9110, section 15.5.2).
  if (status == 401) reply.response.headers.add("WWW-Authenticate", "Bearer realm=\"qamera-mock control API\"");
  return reply;
}

Reply error_reply(const Error& error, std::string_view path) { return error_reply(status_of(error.code), error, path); }

namespace {

std::string lower_accept(const Request& request) {
  std::string accept(request.headers.value_or("Accept", ""));
  std::transform(accept.begin(), accept.end(), accept.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return accept;
}

}  // namespace

bool wants_xml(const Request& request) {
  const std::string accept = lower_accept(request);
  const auto xml = std::min(accept.find("application/xml"), accept.find("text/xml"));
  return xml < std::min({accept.find("text/plain"), accept.find("application/json"), accept.find("text/html")});
}

bool wants_text(const Request& request) {
  const std::string accept = lower_accept(request);
  const auto text = std::min(accept.find("text/plain"), accept.find("text/*"));
  return text != std::string::npos && text < accept.find("application/json");
}

}  // namespace qamera::control
