#pragma once

#include "api/exchange.h"
#include "contract/contract.h"

namespace qamera::api {

/// Performs a valid request of the product API on `workspace` (the exchange's own, or a copy of it): existence, then
/// credits, then the change. `exchange.body` satisfies the request schema. REQUIRES: `workspace` is synced and
/// nobody else uses it. Findings of the request's meaning (a record that is not ready) are added to the exchange.
/// (docs: the endpoint pages; order of checks: README of the documentation.)
Answer perform(Exchange& exchange, sim::Workspace& workspace, const contract::Contract& contract);

}  // namespace qamera::api
