#include "control/control_api.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "api/exchange.h"
#include "base/spelling.h"
#include "contract/openapi.h"

namespace qamera::control {
namespace {

/// The segments of `path` (as sent) that stand where `pattern` has braces, decoded; nothing when they do not match.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parameters;
  for (;;) {
    const auto pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const auto path_end = std::min(path.find('/', 1), path.size());
    const std::string_view expected = pattern.substr(0, pattern_end);
    const std::string_view segment = path.substr(0, path_end);
    if (expected.starts_with("/{")) {
      if (segment.size() < 2) return std::nullopt;
      parameters.push_back(percent_decode(segment.substr(1), false));
    } else if (expected != segment) {
      return std::nullopt;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
    if (pattern.empty() || path.empty()) break;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

}  // namespace

std::span<const ControlApi::Route> ControlApi::routes() {
  using C = ControlApi;
  static constexpr std::array kRoutes = {
      Route{"GET", "/__admin/health", &C::health},
      Route{"GET", "/__admin/workspaces", &C::list_workspaces},
      Route{"POST", "/__admin/workspaces", &C::create_workspace},
      Route{"GET", "/__admin/workspaces/{id}", &C::show_workspace},
      Route{"DELETE", "/__admin/workspaces/{id}", &C::delete_workspace},
      Route{"POST", "/__admin/workspaces/{id}/fork", &C::fork_workspace},
      Route{"POST", "/__admin/reset", &C::reset},
      Route{"GET", "/__admin/clock", &C::get_clock},
      Route{"PUT", "/__admin/clock", &C::put_clock},
      Route{"POST", "/__admin/clock/advance", &C::advance_clock},
      Route{"GET", "/__admin/credits", &C::get_credits},
      Route{"PATCH", "/__admin/credits", &C::patch_credits},
      Route{"POST", "/__admin/records/{id}", &C::settle_record},
      Route{"GET", "/__admin/state", &C::get_state},
      Route{"PUT", "/__admin/state", &C::put_state},
      Route{"GET", "/__admin/scenarios", &C::list_scenarios},
      Route{"PUT", "/__admin/scenario", &C::put_scenario},
      Route{"GET", "/__admin/rules", &C::list_rules},
      Route{"POST", "/__admin/rules", &C::add_rules},
      Route{"DELETE", "/__admin/rules", &C::delete_rules},
      Route{"DELETE", "/__admin/rules/{id}", &C::delete_rule},
      Route{"GET", "/__admin/script", &C::get_script},
      Route{"PUT", "/__admin/script", &C::put_script},
      Route{"PATCH", "/__admin/keys", &C::patch_keys},
      Route{"GET", "/__admin/requests", &C::list_requests},
      Route{"DELETE", "/__admin/requests", &C::delete_requests},
      Route{"GET", "/__admin/requests/unmatched", &C::unmatched_requests},
      Route{"GET", "/__admin/requests/{id}", &C::show_request},
      Route{"POST", "/__admin/requests/count", &C::count_requests},
      Route{"POST", "/__admin/requests/find", &C::find_requests},
      Route{"POST", "/__admin/requests/remove", &C::remove_requests},
      Route{"POST", "/__admin/requests/near-misses", &C::near_misses},
      Route{"GET", "/__admin/requests.ndjson", &C::export_ndjson},
      Route{"GET", "/__admin/requests.har", &C::export_har},
      Route{"GET", "/__admin/findings", &C::findings},
      Route{"GET", "/__admin/events", &C::events},
      Route{"GET", "/__admin/openapi.json", &C::openapi},
      Route{"POST", "/__admin/verify", &C::verify},
      Route{"POST", "/__admin/shutdown", &C::shutdown},
  };
  return kRoutes;
}

Reply json_reply(int status, const OrderedJson& body) {
  Reply reply;
  reply.response.status = status;
  reply.response.headers.add("Content-Type", "application/json");
  reply.response.body = pretty_json(body);
  return reply;
}

Reply text_reply(int status, std::string text) {
  Reply reply;
  reply.response.status = status;
  reply.response.headers.add("Content-Type", "text/plain; charset=utf-8");
  reply.response.body = std::move(text);
  return reply;
}

bool wants_text(const Request& request) {
  std::string accept(request.headers.value_or("Accept", ""));
  std::transform(accept.begin(), accept.end(), accept.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto text = std::min(accept.find("text/plain"), accept.find("text/*"));
  return text != std::string::npos && text < accept.find("application/json");
}

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
  }
  return 500;
}

ControlApi::ControlApi(Options options, api::Workspaces& workspaces, api::ScenarioStore& store,
                       journal::Journal& journal, const TimeSource& time, const Log& log)
    : options_(std::move(options)),
      guard_(options_.guard),
      workspaces_(workspaces),
      store_(store),
      journal_(journal),
      time_(time),
      log_(log),
      started_(time.monotonic()) {}

Reply ControlApi::error_reply(const Error& error) const {
  // It quotes what was sent; replies end up in the logs of test runs.
  std::string message = error.message;
  std::string pointer = error.pointer;
  journal::redact_keys(message);
  journal::redact_keys(pointer);
  OrderedJson body = {{"error", std::move(message)}};
  if (!pointer.empty()) body["pointer"] = std::move(pointer);
  return json_reply(status_of(error.code), body);
}

Reply ControlApi::handle(const Request& request) {
  if (auto allowed = guard_.check(request); !allowed.ok()) return error_reply(allowed.error());
  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  // As sent, so that an escaped slash is part of a segment.
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find_first_of("?#"));
  std::string allow;
  std::vector<std::string_view> paths;
  for (const Route& route : routes()) {
    paths.push_back(route.path);
    auto parameters = match_path(route.path, path.starts_with('/') ? path : std::string_view(request.path));
    if (!parameters) continue;
    if (route.method != method) {
      allow += (allow.empty() ? "" : ", ") + std::string(route.method);
      continue;
    }
    ControlCall call{request, *std::move(parameters), Json::object(), {}, false};
    if (auto read = read_body(call); !read.ok()) return error_reply(read.error());
    // What makes a workspace names its key in the body: a key that is always sent must not make it first.
    const bool makes = route.handler == &ControlApi::create_workspace || route.handler == &ControlApi::fork_workspace;
    if (auto resolved = makes ? Result<void>() : resolve(call); !resolved.ok()) return error_reply(resolved.error());
    auto reply = (this->*route.handler)(call);
    return reply.ok() ? *std::move(reply) : error_reply(reply.error());
  }
  if (!allow.empty()) {
    std::string message = "method not allowed: " + request.path + " takes " + allow;
    journal::redact_keys(message);
    Reply reply = json_reply(405, {{"error", std::move(message)}});
    reply.response.headers.add("Allow", allow);
    return reply;
  }
  std::string message = "the control API has no " + request.path.substr(0, 200);
  if (const auto near = nearest_name(request.path, paths); !near.empty()) {
    message += " (did you mean " + std::string(near) + "?)";
  }
  return error_reply({ErrorCode::kNotFound, message, ""});
}

Result<void> ControlApi::read_body(ControlCall& call) {
  if (call.request.body.empty()) return {};
  auto body = parse_written_json(call.request.body);
  if (!body.ok()) {
    return Error{ErrorCode::kInvalid, "the request body is not valid JSON: " + body.error().message, ""};
  }
  call.body = *std::move(body);
  return {};
}

Result<void> ControlApi::resolve(ControlCall& call) {
  if (const std::string* id = call.request.query_value("workspace")) {
    api::WorkspaceHandle handle = workspaces_.find(*id);
    if (!handle) return Error{ErrorCode::kNotFound, "there is no workspace \"" + *id + "\"", ""};
    call.handles = {std::move(handle)};
    call.addressed = true;
  } else if (const std::string* key = call.request.headers.find("X-Api-Key")) {
    auto handle = workspaces_.for_key(*key);
    if (!handle.ok()) {
      return Error{ErrorCode::kUnauthorized, "the API key in X-Api-Key is " + handle.error().message, ""};
    }
    call.handles = {*std::move(handle)};
    call.addressed = true;
  } else {
    call.handles = workspaces_.all();
  }
  return {};
}

Result<Reply> ControlApi::health(ControlCall&) {
  const auto up = std::chrono::duration<double>(time_.monotonic() - started_);
  return json_reply(200, {{"status", "ok"},
                          {"version", options_.version},
                          {"uptimeSeconds", static_cast<double>(static_cast<std::int64_t>(up.count() * 1000)) / 1000},
                          {"workspaces", workspaces_.size()}});
}

Result<Reply> ControlApi::openapi(ControlCall&) {
  return json_reply(200, contract::openapi_document(options_.version));
}

Result<Reply> ControlApi::shutdown(ControlCall&) {
  log_.info("shutdown asked for by the control API");
  options_.shut_down();
  return json_reply(200, {{"status", "stopping"}});
}

}  // namespace qamera::control
