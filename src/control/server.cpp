// The server itself.

#include "contract/openapi.h"
#include "control/handlers.h"

namespace qamera::control {

Result<Reply> get_health(const Call& call) {
  const auto up = std::chrono::duration<double>(call.now - call.context.started);
  return json_reply(200, {{"status", "ok"},
                          {"version", call.context.options.version},
                          {"uptimeSeconds", static_cast<double>(static_cast<std::int64_t>(up.count() * 1000)) / 1000},
                          {"workspaces", call.context.workspaces.size()}});
}

Result<Reply> get_openapi(const Call& call) {
  return json_reply(200, contract::openapi_document(call.context.options.version));
}

Result<Reply> shut_down(const Call& call) {
  call.context.log.info("shutdown asked for by the control API");
  call.context.options.shut_down();
  return json_reply(200, {{"status", "stopping"}});
}

}  // namespace qamera::control
