#pragma once

#include <functional>
#include <vector>

#include "base/kinds.h"
#include "verify/report.h"
#include "verify/session.h"

namespace qamera::verify {

struct ConformanceOptions {
  Session::Options session;
  double max_credits = 0;      ///< never reserves more; 0: registers nothing
  Duration timeout{600'000};   ///< for one job to be DONE
  bool create_preset = false;  ///< presets are shared by all accounts and cannot be deleted
  PerKind<double> prices{};    ///< of one record, where the documented ones do not hold; 0: they do
};

/// What a request to register asks for.
enum class Asked {
  kOne,      ///< one record
  kTooMany,  ///< one more than may be: it must be refused, and then takes nothing
  kDefault,  ///< as many as there are when it does not say
  kMost,     ///< as many as may be
};

/// One job that a run would register.
struct PlannedJob {
  const contract::Operation* operation = nullptr;
  Asked asked = Asked::kOne;
  int records = 1;
  double max_credits = 0;      ///< credits it may take, by the documents
  std::vector<double> prices;  ///< the documented prices of all its records
};

/// The jobs that fit the budget, in the order they are registered: the smallest of each kind, one record each; then,
/// where much is left, those that tell the bounds and the default of `count`.
std::vector<PlannedJob> spending_plan(const ConformanceOptions& options);

using OnProgress = std::function<void(std::size_t done, std::size_t all, const CheckResult& last)>;

/// Runs the contract against a target, the live service for one: the mock is worth as much as its likeness, and this is
/// what measures it. Free checks first, then generation within the budget. The error says why it
/// could not begin; a run that is interrupted, or loses its target, gives an incomplete report.
/// Bounded: every job is waited for at most `timeout`.
Result<ConformanceReport> verify_target(const ConformanceOptions& options, const contract::Contract& contract,
                                        Exchanger& exchanger, Pace& pace, const OnProgress& on_progress);

}  // namespace qamera::verify
