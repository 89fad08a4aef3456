#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/workspaces.h"
#include "base/finding.h"
#include "base/json.h"
#include "contract/contract.h"
#include "contract/operation.h"
#include "http/message.h"

namespace qamera::api {

/// A product request, and where its path, method and key lead. The simulator and the proxy begin with it.
struct ReceivedRequest {
  Request request;
  MonotonicTime started{0};
  Instant received_at;  ///< wall
  contract::Route route{};
  WorkspaceHandle handle{};   ///< null: no workspace has such a key
  std::string key_id{};       ///< of `handle`
  std::string key_problem{};  ///< why there is no `handle`
};

ReceivedRequest receive(Request&& request, Workspaces& workspaces, const TimeSource& time);

/// The API key of a request: `X-Api-Key`, else `Authorization: Bearer`. "" when there is none.
/// (docs: "Authentication" in the vendor's facts.)
std::string_view presented_key(const Request& request);

/// Locks the workspace of the request, if it has one. The lock lasts no longer than `received.handle`.
std::unique_lock<std::mutex> lock_workspace(const ReceivedRequest& received);

/// Brings the workspace's time up to now and counts the request. The time in the workspace; wall time when the request
/// has none. REQUIRES: the workspace is locked.
Instant enter_workspace(const ReceivedRequest& received, const TimeSource& time);

/// A request held against its documentation. It takes longest of all, and no workspace.
struct ExaminedRequest {
  std::optional<Json> body{};  ///< the JSON, or the text fields of a form; nothing when there is none to read
  std::string body_problem{};  ///< why it cannot be read, "" when it can
  std::optional<contract::Violation> violation{};  ///< of the body, against its schema
  std::vector<Finding> findings{};                 ///< what the API tolerates
};

/// `operation` is null for an undocumented path.
ExaminedRequest examine(const Request& request, const contract::Operation* operation,
                        const contract::Contract& contract);

}  // namespace qamera::api
