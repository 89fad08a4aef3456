#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assertions/expectation.h"
#include "journal/journal.h"
#include "patterns/pattern.h"

namespace qamera::assertions {

/// What the journal does not know: the workspace as it is.
struct Facts {
  struct RecordCount {
    RecordKind kind = RecordKind::kProduct;
    std::string status;
    std::optional<std::string> voting;
    std::uint64_t count = 0;
  };
  PerValue<LedgerFigure, std::int64_t> ledger{};
  /// Groups in any order; several of the same kind, status and voting add up.
  std::vector<RecordCount> records{};
};

enum class Verdict { kPassed, kInconclusive, kFailed };
constexpr auto names_of(Verdict) { return enum_names("passed", "inconclusive", "failed"); }

/// The outcome of one expectation, explained.
struct ExpectationResult {
  Verdict verdict = Verdict::kPassed;
  std::string expected;                     ///< `exactly 3 requests that match {"operation":"listModels"}`
  std::string seen;                         ///< `2: req_000004, req_000009`
  std::string reason;                       ///< why it is inconclusive, or a remark; "" when there is nothing to add
  std::vector<journal::EntryPtr> requests;  ///< that decided it, at most five: those that should not be there, say
  std::vector<patterns::NearMiss> nearest;
  Json would_have_matched;  ///< a pattern, null when there is none
};

struct Report {
  Verdict verdict = Verdict::kPassed;       ///< failed if any failed, else inconclusive if any is
  std::vector<ExpectationResult> outcomes;  ///< one for each expectation, in order
  std::uint64_t entries = 0;                ///< looked at
  std::uint64_t evicted = 0;
};

/// Judges by what `view` holds. Never guesses: where evicted entries or bodies kept in part could turn the
/// answer, the verdict is inconclusive. `facts` may be null when no expectation needs a workspace; one that
/// does is then inconclusive.
Report evaluate(const Expectations& expectations, const journal::View& view, const Facts* facts);

OrderedJson to_json(const Report& report, const Expectations& expectations);
std::string to_text(const Report& report, const Expectations& expectations);
/// A case an expectation; one that is inconclusive is an error. `now` is when it was asked, `taken` how long it took.
std::string to_junit(const Report& report, const Expectations& expectations, Instant now, Duration taken);

}  // namespace qamera::assertions
