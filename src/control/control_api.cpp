#include "control/control_api.h"

#include "base/json_numbers.h"
#include "base/memory.h"
#include "base/spelling.h"
#include "base/text.h"
#include "control/handlers.h"
#include "control/waiting.h"
#include "http/content_coding.h"
#include "tasks/deferred_reply.h"

namespace qamera::control {
namespace {

Error no_such_call(const std::string& path) {
  // What users of WireMock reach for first.
  for (const std::string_view other : {"/__admin/mappings", "/__admin/settings", "/__admin/recordings"}) {
    if (path != other && !path.starts_with(std::string(other) + "/")) continue;
    return {ErrorCode::kNotFound,
            "the control API has no " + path.substr(0, 200) +
                ": the service is simulated, not stubbed; rules change its replies, see /__admin/rules",
            ""};
  }
  std::vector<std::string_view> paths;
  for (const Route& route : routes()) paths.push_back(route.path);
  const std::string near = suggestion(path, paths, {" (did you mean ", "?)"});
  return {ErrorCode::kNotFound, "the control API has no " + path.substr(0, 200) + near, ""};
}

Reply method_not_allowed(const std::string& path, const std::string& allow) {
  const std::string message = "method not allowed: " + path + " takes " + allow;
  Reply reply = error_reply(405, {ErrorCode::kInvalid, message, ""}, path);
  reply.response.headers.add("Allow", allow);
  return reply;
}

/// A row that is quick, with a body soon read and no key, which may be a new one whose workspace is to be made.
bool runs_on_loop(const Route& route, const Request& request) {
  constexpr std::size_t kSoonRead = 4u << 10;
  return route.runs == Runs::kLoop && request.body.size() <= kSoonRead && !request.headers.find("X-Api-Key");
}

/// Others read, free something or end the server, which may be what helps while memory is short.
bool takes_memory(const Route& route) {
  return route.method != "GET" && route.method != "DELETE" && route.path != "/__admin/reset" &&
         route.path != "/__admin/shutdown";
}

/// A body in a content coding would be "not valid JSON", of which its sender could make nothing.
std::optional<Reply> refuse_coding(const Request& request) {
  const std::string codings = http::content_codings(request.headers);
  if (codings.empty() || request.body.empty()) return std::nullopt;
  Reply reply = error_reply(
      415,
      {ErrorCode::kInvalid,
       "the control API reads bodies as they are: expected none of 'Content-Encoding: " + shortened(codings, 40) + "'",
       ""},
      request.path);
  // What may be sent instead (RFC 9110, section 12.5.3).
  reply.response.headers.add("Accept-Encoding", "identity");
  return reply;
}

Result<void> read_body(Call& call) {
  if (call.request.body.empty()) return {};
  auto body = parse_written_json(call.request.body);
  if (!body) return Error{ErrorCode::kInvalid, "the request body is not valid JSON: " + body.error().message, ""};
  call.body = *std::move(body);
  return {};
}

}  // namespace

Reply ControlApi::handle(Request request) {
  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  const std::string_view target = std::string_view(request.target).substr(0, request.target.find_first_of("?#"));
  RouteMatch match = match_route(method, target.starts_with('/') ? target : std::string_view(request.path));
  const MonotonicTime began = context_.time.monotonic();
  if (auto refused = refusal(request, match)) return counted(*std::move(refused), began);
  tasks::TaskPool* pool = context_.options.pools ? &context_.options.pools->calls : nullptr;
  // While memory is short no other thread's heap may have what this one has freed.
  if (!pool || runs_on_loop(*match.route, request) || memory::is_short()) return answer(request, match, began, {});
  // Shared, since a task can be copied.
  auto shared = std::make_shared<Request>(std::move(request));
  auto reply = tasks::deferred(
      *pool,
      [this, shared, began, match = std::move(match)](const std::stop_token& given_up) {
        return answer(*shared, match, began, given_up);
      },
      tasks::Queueing::kBounded);
  if (reply) return *std::move(reply);
  const Error busy{ErrorCode::kBusy,
                   std::to_string(pool->most_queued()) +
                       " calls of the control API wait already, which is as many as may: ask again when some are "
                       "answered",
                   ""};
  return counted(error_reply(busy, shared->path), began);
}

std::optional<Reply> ControlApi::refusal(const Request& request, const RouteMatch& match) const {
  if (auto allowed = guard_.check(request); !allowed) {
    if (match.route && match.route->handler == get_health) return json_reply(200, public_health(context_));
    return error_reply(allowed.error(), request.path);
  }
  if (match.route) return std::nullopt;
  if (match.allow.empty()) return error_reply(no_such_call(request.path), request.path);
  return method_not_allowed(request.path, match.allow);
}

Reply ControlApi::answer(const Request& request, const RouteMatch& match, MonotonicTime began,
                         const std::stop_token& given_up) const {
  auto made = perform(request, match, given_up);
  Reply reply = made ? *std::move(made) : error_reply(made.error(), request.path);
  return reply.pending ? std::move(reply) : counted(std::move(reply), began);
}

Reply ControlApi::counted(Reply reply, MonotonicTime began) const {
  context_.workspaces.metrics()->count(metrics::OtherTraffic::kControl, reply.response.status,
                                       context_.time.monotonic() - began);
  return reply;
}

Result<Reply> ControlApi::perform(const Request& request, const RouteMatch& match,
                                  const std::stop_token& given_up) const {
  if (takes_memory(*match.route)) memory::ensure();
  Call call{context_, request, match.parameters, Json::object(), url(), context_.time.monotonic(), nullptr};
  call.given_up = given_up;
  if (auto refused = refuse_coding(request)) return *std::move(refused);
  if (auto read = read_body(call); !read) return read.error();
  if (auto found = find_targets(call, match.route->addresses); !found) return found.error();
  auto reply = match.route->handler(call);
  if (!reply && !reply.error().pointer.empty()) return as_written(reply.error(), request.body);
  if (reply && call.named) {
    const std::lock_guard lock(call.named->mutex);
    reply->response.date = call.named->workspace.now();
  }
  if (reply) count_waiting(*reply, call);
  context_.workspaces.make_room(call.named.get());
  return reply;
}

}  // namespace qamera::control
