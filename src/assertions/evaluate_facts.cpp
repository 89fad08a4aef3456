#include <algorithm>

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

std::int64_t figure_of(const Facts::LedgerFigures& ledger, std::string_view name) {
  if (name == "granted") return ledger.granted;
  if (name == "available") return ledger.available;
  if (name == "reserved") return ledger.reserved;
  if (name == "consumed") return ledger.consumed;
  return ledger.refunded;
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
  const Facts::LedgerFigures figures = facts->ledger();
  ExpectationResult outcome;
  for (const auto& [name, bounds] : ledger.figures) {
    const std::int64_t seen = figure_of(figures, name);
    append_line(outcome.expected, std::string(name) + ": " + describe(bounds, "credit"));
    append_line(outcome.seen, std::string(name) + ": " + std::to_string(seen) + (within(bounds, seen) ? "" : "  <-"));
    if (!within(bounds, seen)) outcome.verdict = Verdict::kFailed;
  }
  if (outcome.verdict == Verdict::kFailed) {
    outcome.reason = "the whole ledger: granted " + std::to_string(figures.granted) + " = available " +
                     std::to_string(figures.available) + " + reserved " + std::to_string(figures.reserved) +
                     " + consumed " + std::to_string(figures.consumed) + "; refunded so far " +
                     std::to_string(figures.refunded);
  }
  return outcome;
}

ExpectationResult judge(const expectation::Records& records, const Facts* facts) {
  if (!facts) return without_workspace();
  const std::vector<Facts::RecordCount> counts = facts->records();
  ExpectationResult outcome;
  for (const auto& group : records.groups) {
    std::uint64_t seen = 0;
    for (const Facts::RecordCount& count : counts) seen += belongs(count, group) ? count.count : 0;
    const bool fits = within(group.bounds, static_cast<std::int64_t>(seen));
    append_line(outcome.expected, describe(group.bounds, noun_of(group)) + condition_of(group));
    append_line(outcome.seen, counted(seen, noun_of(group)) + condition_of(group) +
                                  (fits ? "" : "; there are: " + inventory(counts, group)));
    if (!fits) outcome.verdict = Verdict::kFailed;
  }
  return outcome;
}

}  // namespace qamera::assertions
