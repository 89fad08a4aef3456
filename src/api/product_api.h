#pragma once

#include <string>

#include "api/outcome.h"
#include "api/received_request.h"
#include "contract/contract.h"

namespace qamera::api {

/// What a request of the product API came to.
struct Performed {
  Outcome outcome;
  std::string breach{};  ///< how the reply breaks the contract, which is a bug of ours; "" when it keeps it
};

/// Performs a valid request of the product API on `workspace` (the request's own, or a copy of it): existence, then
/// credits, then the change. `examined.body` satisfies the request schema. REQUIRES: `workspace` is synced and nobody
/// else uses it. Findings are those of the request's meaning: a record that is not ready.
/// (docs: the endpoint pages; "Errors" and "Credits" in the vendor's facts.)
Performed perform(const ReceivedRequest& received, const ExaminedRequest& examined, sim::Workspace& workspace,
                  const contract::Contract& contract);

}  // namespace qamera::api
