#pragma once

#include <optional>
#include <string_view>

#include "api/outcome.h"
#include "api/product_context.h"
#include "api/received_request.h"

namespace qamera::api {

/// Checks that the proxy makes as the simulator does. Their order is in simulator.cpp and proxy.cpp.

/// CONNECT, which no part of this server is for.
std::optional<Outcome> check_method(const Request& request);

/// 503, while a scenario's maintenance window lasts.
std::optional<Outcome> check_maintenance(const sim::Workspace& workspace);

/// Counts the request of the key. The finding when there are more than documented. While the clock is stopped nothing
/// is counted, unless the scenario enforces the limit.
std::optional<Finding> count_request(sim::Workspace& workspace, std::string_view key_id);

/// 415: the body is in another content coding than gzip and deflate; 413: it would be too large without; 400: it cannot
/// be read, or breaks its schema, or else, where the context is strict, the request has findings.
std::optional<Outcome> check_request(const ReceivedRequest& received, const ExaminedRequest& examined,
                                     const ProductContext& context);

}  // namespace qamera::api
