#include "control/control_api.h"

#include "base/spelling.h"

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

Result<void> read_body(Call& call) {
  if (call.request.body.empty()) return {};
  auto body = parse_written_json(call.request.body);
  if (!body) return Error{ErrorCode::kInvalid, "the request body is not valid JSON: " + body.error().message, ""};
  call.body = *std::move(body);
  return {};
}

}  // namespace

Reply ControlApi::handle(const Request& request) {
  auto reply = answer(request);
  return reply ? *std::move(reply) : error_reply(reply.error(), request.path);
}

Result<Reply> ControlApi::answer(const Request& request) {
  if (auto allowed = guard_.check(request); !allowed) return allowed.error();
  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : request.method;
  const std::string_view target = std::string_view(request.target).substr(0, request.target.find_first_of("?#"));
  RouteMatch match = match_route(method, target.starts_with('/') ? target : std::string_view(request.path));
  if (!match.route) {
    if (match.allow.empty()) return no_such_call(request.path);
    return method_not_allowed(request.path, match.allow);
  }
  Call call{context_, request, std::move(match.parameters), Json::object(), url(), context_.time.monotonic(), nullptr};
  if (auto read = read_body(call); !read) return read.error();
  if (auto found = find_targets(call, match.route->addresses); !found) return found.error();
  return match.route->handler(call);
}

}  // namespace qamera::control
