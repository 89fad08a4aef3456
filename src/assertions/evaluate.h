#pragma once

#include <string>
#include <vector>

#include "assertions/verdict.h"

namespace qamera::assertions {

/// The parts of `evaluate`, one function a kind of expectation; what they share.

ExpectationResult judge(const expectation::Count& count, const journal::View& view);
ExpectationResult judge(const expectation::Sequence& sequence, const journal::View& view);
ExpectationResult judge(const expectation::PollInterval& poll, const journal::View& view);
ExpectationResult judge(const expectation::Retries& retries, const journal::View& view);
ExpectationResult judge(const expectation::NoFindings& none, const journal::View& view);
ExpectationResult judge(const expectation::NoUnmatched& none, const journal::View& view);
ExpectationResult judge(const expectation::Ledger& ledger, const Facts* facts);
ExpectationResult judge(const expectation::Records& records, const Facts* facts);

/// Requests shown with an outcome.
inline constexpr std::size_t kShownRequests = 5;

/// "exactly 3 requests", "at least 1 request", "between 2 and 4 requests", "no request".
std::string describe(const Bounds& bounds, std::string_view noun);
bool within(const Bounds& bounds, std::int64_t number);
/// `that match {"operation":"listModels"}`, "" for a pattern of every request.
std::string that_match(const patterns::Pattern& pattern);
/// "req_000004, req_000009 and 3 more".
std::string ids_of(const std::vector<journal::EntryPtr>& entries);
/// Beyond this distance a request is too different for a changed pattern to be worth suggesting.
inline constexpr double kCloseDistance = 0.7;
/// Adds the nearest requests and, when the nearest is close, the pattern that it would satisfy.
void add_near_misses(ExpectationResult& outcome, const patterns::Pattern& pattern,
                     std::span<const journal::EntryPtr> entries);
/// "12 older requests of this scope were evicted from the journal", for reasons.
std::string evicted_text(const journal::View& view);
/// "2 requests may match, but only the beginning of their body was kept", for reasons.
std::string unknown_text(std::uint64_t unknown);

}  // namespace qamera::assertions
