#pragma once

#include "api/outcome.h"
#include "api/product_context.h"
#include "api/received_request.h"

namespace qamera::api {

/// Performs a valid request of the product API on `workspace` (the request's own, or a copy of it): existence, then
/// credits, then the change. `examined.body` satisfies the request schema. A reply that would break the contract is a
/// bug of ours, and is replaced by a 500. Findings are those of the request's meaning: a record that is not ready.
/// REQUIRES: `workspace` is synced and nobody else uses it.
/// (docs: the endpoint pages; "Errors" and "Credits" in the vendor's facts.)
Outcome perform(const ReceivedRequest& received, const ExaminedRequest& examined, sim::Workspace& workspace,
                const ProductContext& context);

}  // namespace qamera::api
