#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/workspaces.h"
#include "base/finding.h"
#include "base/json.h"
#include "contract/operation.h"
#include "contract/request_examination.h"
#include "http/message.h"
#include "http/request_framing.h"

namespace qamera::api {

/// A product request, and where its path, method and key lead. The simulator and the proxy begin with it.
struct ReceivedRequest {
  Request request;  ///< its body and parts without content codings, as far as these can be undone
  MonotonicTime started{0};
  Instant received_at;  ///< wall
  contract::Route route{};
  WorkspaceHandle handle{};     ///< null: no workspace has such a key
  std::string key_id{};         ///< of `handle`
  std::string key_problem{};    ///< why there is no `handle`
  bool other_protocol = false;  ///< no request at all: its client does not speak HTTP/1
  http::BodyState body_state = http::BodyState::kReadable;
  std::optional<std::string> encoded_body{};  ///< as it was sent, where a content coding was undone
};

/// A body is not unpacked beyond the size that `limits` allow for a plain one. `known` is the workspace of the key,
/// where the caller has looked it up already.
ReceivedRequest receive(Request&& request, Workspaces& workspaces, const TimeSource& time,
                        const http::FramingLimits& limits, WorkspaceHandle known = nullptr);

/// The API key of a request: `X-Api-Key`, else `Authorization: Bearer`. "" when there is none.
/// (docs: "Authentication" in the vendor's facts.)
std::string_view presented_key(const Request& request);

/// Locks the workspace of the request, if it has one. The lock lasts no longer than `received.handle`.
std::unique_lock<std::mutex> lock_workspace(const ReceivedRequest& received);

/// Brings the workspace's time up to now and counts the request. The time in the workspace; by the server's default
/// clock when the request has none. REQUIRES: the workspace is locked.
Instant enter_workspace(const ReceivedRequest& received, const Workspaces& workspaces, const TimeSource& time);

using contract::examine;
using contract::ExaminedRequest;

}  // namespace qamera::api
