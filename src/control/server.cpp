// The server itself.

#include "contract/openapi.h"
#include "control/handlers.h"
#include "control/openapi.h"

namespace qamera::control {

OrderedJson public_health(const Context& context) { return {{"status", "ok"}, {"version", context.options.version}}; }

Result<Reply> get_health(const Call& call) {
  const api::Workspaces& workspaces = call.context.workspaces;
  const auto up = std::chrono::duration<double>(call.now - call.context.started);
  OrderedJson health = public_health(call.context);
  health["uptimeSeconds"] = static_cast<double>(static_cast<std::int64_t>(up.count() * 1000)) / 1000;
  health["workspaces"] = workspaces.size();
  health["memory"] = {{"used", workspaces.memory()->used()},
                      {"budget", workspaces.memory()->limit()},
                      {"droppedWorkspaces", workspaces.dropped_for_memory()}};
  if (const journal::Recorder* recorder = call.context.journal.recorder()) {
    const journal::Recorder::Counters counters = recorder->counters();
    health["recording"] = {{"lines", counters.lines}, {"lost", counters.lost}};
  }
  return json_reply(200, health);
}

Result<Reply> get_openapi(const Call& call) {
  return json_reply(200, contract::openapi_document(call.context.options.version));
}

Result<Reply> get_control_openapi(const Call& call) {
  return json_reply(200, openapi_document(call.context.options.version));
}

Result<Reply> shut_down(const Call& call) {
  call.context.log.info("shutdown asked for by the control API");
  call.context.options.shut_down();
  return json_reply(200, {{"status", "stopping"}});
}

}  // namespace qamera::control
