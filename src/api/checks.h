#pragma once

#include <optional>
#include <string_view>

#include "api/outcome.h"
#include "api/received_request.h"

namespace qamera::api {

/// Checks that the proxy makes as the simulator does. Their order is in simulator.cpp and proxy.cpp.

/// 503, while a scenario's maintenance window lasts.
std::optional<Outcome> check_maintenance(const sim::Workspace& workspace);

/// Counts the request of the key. The finding when there are more than documented.
std::optional<Finding> count_request(sim::Workspace& workspace, std::string_view key_id);

/// 400: the body cannot be read, or breaks its schema, or else, when `strict`, the request has findings.
std::optional<Outcome> check_request(const ExaminedRequest& examined, const contract::Operation* operation,
                                     bool strict);

/// The documented limit: "60 requests in 1m".
std::string described(const sim::RateLimit& limit);

}  // namespace qamera::api
