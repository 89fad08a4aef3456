#pragma once

#include <vector>

#include "contract/contract.h"
#include "verify/conformance.h"
#include "verify/session.h"

namespace qamera::verify {

/// Listings and their filters. Free; changes nothing.
std::vector<Check> reading_checks();

/// Authentication, unknown paths and methods, and bodies that must be refused. Free; sends nothing that the documents
/// would let through, even half understood. `contract` must outlive the checks.
std::vector<Check> probe_checks(const contract::Contract& contract);

/// Generation within the budget: registers, polls to DONE, votes, and looks each time for what that must change.
/// Nothing when the budget is 0.
std::vector<Check> generation_checks(const ConformanceOptions& options);

/// Lists anew, whole and with each value of `statusFilter`: what was read before a record was made says nothing of it.
void check_filters(const contract::Operation& listing, Session& session, CheckResult& check);

/// The records in a listing's body, an empty array when there are none.
Json records_of(const contract::Operation& operation, const std::optional<Json>& body);

/// Adds a departure of the records in a listing's body.
void add_departure(CheckResult& check, const contract::Operation& listing, std::string expected, std::string actual);

}  // namespace qamera::verify
