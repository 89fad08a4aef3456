#include "assertions/evaluate.h"

namespace qamera::assertions {
namespace {

ExpectationResult without_workspace() {
  ExpectationResult outcome;
  outcome.verdict = Verdict::kInconclusive;
  outcome.expected = "a workspace to look at";
  outcome.seen = "every workspace is asked at once";
  outcome.reason = "send the workspace's key, or ?workspace=ID";
  return outcome;
}

bool belongs(const Facts::RecordCount& count, const expectation::Records::Group& group) {
  return (!group.kind || count.kind == *group.kind) && (!group.status || count.status == *group.status) &&
         (!group.voting || count.voting == *group.voting);
}

std::string noun_of(const expectation::Records::Group& group) {
  return (group.kind ? std::string(name_of(*group.kind)) + " " : std::string()) + "record";
}

std::string condition_of(const expectation::Records::Group& group) {
  std::string text;
  if (group.status) text += " with status " + *group.status;
  if (group.voting) text += std::string(group.status ? " and" : " with") + " voting " + group.voting->value_or("null");
  return text;
}

/// "4 image DONE (voting APPROVED), 1 image FAILED": what there is of the kind.
std::string inventory(const std::vector<Facts::RecordCount>& counts, const expectation::Records::Group& group) {
  std::string text;
  for (const Facts::RecordCount& one : counts) {
    if ((group.kind && one.kind != *group.kind) || one.count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(one.count) + " " + std::string(name_of(one.kind)) + " " +
            one.status;
    if (one.voting) text += " (voting " + *one.voting + ")";
  }
  return text.empty() ? "none of that kind" : text;
}

void append_line(std::string& text, const std::string& line) { text += (text.empty() ? "" : "\n") + line; }

}  // namespace

ExpectationResult judge(const expectation::Ledger& ledger, const Facts* facts) {
  if (!facts) return without_workspace();
  ExpectationResult outcome;
  for (const auto& [figure, bounds] : ledger.figures) {
    const std::string name(name_of(figure));
    const std::int64_t seen = facts->ledger[figure];
    append_line(outcome.expected, name + ": " + describe(bounds, "credit"));
    append_line(outcome.seen, name + ": " + std::to_string(seen) + (within(bounds, seen) ? "" : "  <-"));
    if (!within(bounds, seen)) outcome.verdict = Verdict::kFailed;
  }
  if (outcome.verdict == Verdict::kFailed) {
    using enum LedgerFigure;
    const auto credits = [&](LedgerFigure figure) { return std::to_string(facts->ledger[figure]); };
    outcome.reason = "the whole ledger: granted " + credits(kGranted) + " = available " + credits(kAvailable) +
                     " + reserved " + credits(kReserved) + " + consumed " + credits(kConsumed) + "; refunded so far " +
                     credits(kRefunded);
  }
  return outcome;
}

ExpectationResult judge(const expectation::Records& records, const Facts* facts) {
  if (!facts) return without_workspace();
  ExpectationResult outcome;
  for (const auto& group : records.groups) {
    std::uint64_t seen = 0;
    for (const Facts::RecordCount& count : facts->records) seen += belongs(count, group) ? count.count : 0;
    const bool fits = within(group.bounds, static_cast<std::int64_t>(seen));
    append_line(outcome.expected, describe(group.bounds, noun_of(group)) + condition_of(group));
    append_line(outcome.seen, counted(seen, noun_of(group)) + condition_of(group) +
                                  (fits ? "" : "; there are: " + inventory(facts->records, group)));
    if (!fits) outcome.verdict = Verdict::kFailed;
  }
  return outcome;
}

}  // namespace qamera::assertions
