#pragma once

#include "base/json.h"

namespace qamera::api {

/// JSON Patch (RFC 6902): all of `patch`, whose steps have the right shape, or an error that says which step does not
/// fit and why; its pointer leads to the step.
Result<OrderedJson> apply_patch(OrderedJson document, const Json& patch);

}  // namespace qamera::api
