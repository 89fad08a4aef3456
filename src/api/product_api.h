#pragma once

#include "api/exchange.h"
#include "contract/contract.h"

namespace qamera::api {

/// Performs a valid request of the product API on its workspace: existence, then credits, then the change.
/// `exchange.body` satisfies the request schema. REQUIRES: the cell's mutex is held, its workspace synced. Findings of
/// the request's meaning (a record that is not ready) are added to the exchange.
/// (docs: the endpoint pages; order of checks: README of the documentation.)
Answer perform(Exchange& exchange, const contract::Contract& contract);

}  // namespace qamera::api
