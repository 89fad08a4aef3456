#include "assertions/evaluate.h"

#include <algorithm>

namespace qamera::assertions {
namespace {

/// The verdict on a number known to lie between `low` and `high`.
Verdict judge_range(const Bounds& bounds, std::int64_t low, std::int64_t high) {
  const bool too_few = bounds.at_least && high < *bounds.at_least;
  const bool too_many = bounds.at_most && low > *bounds.at_most;
  if (too_few || too_many) return Verdict::kFailed;
  const bool enough = !bounds.at_least || low >= *bounds.at_least;
  const bool few_enough = !bounds.at_most || high <= *bounds.at_most;
  return enough && few_enough ? Verdict::kPassed : Verdict::kInconclusive;
}

/// "2 of 10 requests: req_000004, req_000009".
std::string share_of(const std::vector<journal::EntryPtr>& some, const journal::View& view) {
  const std::string of_all = " of " + counted(view.entries.size(), "request");
  return some.empty() ? "none" + of_all : std::to_string(some.size()) + of_all + ": " + ids_of(some);
}

/// The first few.
std::vector<journal::EntryPtr> some_of(const std::vector<journal::EntryPtr>& entries) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(entries.size(), kShownRequests));
  return {entries.begin(), entries.begin() + count};
}

/// The entries that are `wanted`.
template <typename Wanted>
std::vector<journal::EntryPtr> those_of(const journal::View& view, Wanted wanted) {
  std::vector<journal::EntryPtr> found;
  for (const journal::EntryPtr& entry : view.entries) {
    if (wanted(*entry)) found.push_back(entry);
  }
  return found;
}

void add_reason(std::string& reason, const std::string& more) {
  if (!reason.empty()) reason += "; ";
  reason += more;
}

}  // namespace

std::string describe(const Bounds& bounds, std::string_view noun) {
  const auto count = [&](std::int64_t number) { return counted(static_cast<std::uint64_t>(number), noun); };
  if (bounds.at_most == 0) return "no " + std::string(noun);
  if (bounds.at_least && bounds.at_most == bounds.at_least) return "exactly " + count(*bounds.at_least);
  if (bounds.at_least && bounds.at_most)
    return "between " + std::to_string(*bounds.at_least) + " and " + count(*bounds.at_most);
  if (bounds.at_least) return "at least " + count(*bounds.at_least);
  return "at most " + count(bounds.at_most.value_or(0));
}

bool within(const Bounds& bounds, std::int64_t number) {
  return (!bounds.at_least || number >= *bounds.at_least) && (!bounds.at_most || number <= *bounds.at_most);
}

std::string that_match(const patterns::Pattern& pattern) {
  return pattern.source.empty() ? std::string() : " matching " + dump_json(pattern.source);
}

std::string ids_of(const std::vector<journal::EntryPtr>& entries) {
  std::string text = joined(some_of(entries), ", ", [](const journal::EntryPtr& entry) { return entry->id; });
  if (entries.size() > kShownRequests) text += " and " + std::to_string(entries.size() - kShownRequests) + " more";
  return text;
}

void add_near_misses(ExpectationResult& outcome, const patterns::Pattern& pattern,
                     std::span<const journal::EntryPtr> entries) {
  outcome.nearest = patterns::near_misses(pattern, entries);
  if (!outcome.nearest.empty() && outcome.nearest.front().distance <= kCloseDistance) {
    outcome.would_have_matched = suggest(pattern, patterns::RequestView(*outcome.nearest.front().entry));
  }
}

std::string evicted_text(const journal::View& view) {
  return counted(view.evicted, "older request") + " of this scope " + (view.evicted == 1 ? "was" : "were") +
         " evicted from the journal (clear it between tests with DELETE /__admin/requests, or raise --journal-entries "
         "or --journal-bytes)";
}

std::string unknown_text(std::uint64_t unknown) {
  return counted(unknown, "request") + " may match too, but only the beginning of the body was kept";
}

ExpectationResult judge(const expectation::Count& count, const journal::View& view) {
  const patterns::Matched matched = patterns::find_matching(count.pattern, view.entries);
  const auto low = static_cast<std::int64_t>(matched.entries.size());
  ExpectationResult outcome;
  outcome.expected = describe(count.bounds, "request") + that_match(count.pattern);
  outcome.seen = share_of(matched.entries, view);
  outcome.verdict = judge_range(count.bounds, low, low + static_cast<std::int64_t>(matched.unknown + view.evicted));
  if (outcome.verdict == Verdict::kInconclusive) {
    if (view.evicted > 0) add_reason(outcome.reason, evicted_text(view) + ", and could have matched");
    if (matched.unknown > 0) add_reason(outcome.reason, unknown_text(matched.unknown));
  }
  if (outcome.verdict == Verdict::kPassed) return outcome;
  outcome.requests = some_of(matched.entries);
  const bool too_few = count.bounds.at_least && low < *count.bounds.at_least;
  if (too_few) add_near_misses(outcome, count.pattern, view.entries);
  return outcome;
}

ExpectationResult judge(const expectation::NoFindings& none, const journal::View& view) {
  ExpectationResult outcome;
  outcome.expected = "no finding in any request" + that_match(none.pattern);
  const auto suspects = those_of(view, [](const journal::Entry& entry) { return !entry.findings.empty(); });
  const auto [with_findings, unknown] = patterns::find_matching(none.pattern, suspects);
  outcome.requests = some_of(with_findings);
  if (with_findings.empty()) {
    outcome.seen = "none in " + counted(view.entries.size(), "request");
    if (view.evicted > 0) add_reason(outcome.reason, evicted_text(view) + ", and could have had findings");
    if (unknown > 0) add_reason(outcome.reason, unknown_text(unknown));
    outcome.verdict = view.evicted + unknown > 0 ? Verdict::kInconclusive : Verdict::kPassed;
    return outcome;
  }
  outcome.verdict = Verdict::kFailed;
  outcome.seen = "findings in " + share_of(with_findings, view);
  const journal::FindingsReport report = journal::findings_report(with_findings);
  for (std::size_t i = 0; i < report.groups().size() && i < kShownRequests; ++i) {
    const auto& group = report.groups()[i];
    outcome.seen += "\n" + group.kind + " (" + std::to_string(group.count) + "x), " + group.example_id + " at " +
                    group.pointer + ": " + group.message;
  }
  return outcome;
}

ExpectationResult judge(const expectation::NoUnmatched&, const journal::View& view) {
  ExpectationResult outcome;
  outcome.expected = "no request that reaches no operation";
  const auto unmatched = those_of(view, journal::is_unmatched);
  outcome.requests = some_of(unmatched);
  outcome.seen = share_of(unmatched, view);
  if (!unmatched.empty()) {
    outcome.verdict = Verdict::kFailed;
  } else if (view.evicted > 0) {
    outcome.verdict = Verdict::kInconclusive;
    outcome.reason = evicted_text(view) + ", and could have been unmatched";
  }
  return outcome;
}

Report evaluate(const Expectations& expectations, const journal::View& view, const Facts* facts) {
  // The journal is in the order of the replies. Ours follow at once; the upstream service's may overtake each other.
  const auto relayed = [](const journal::EntryPtr& entry) { return !entry->upstream.empty(); };
  journal::View ordered;
  const bool overtakes = std::any_of(view.entries.begin(), view.entries.end(), relayed);
  if (overtakes) {
    ordered = view;
    std::stable_sort(
        ordered.entries.begin(), ordered.entries.end(),
        [](const journal::EntryPtr& a, const journal::EntryPtr& b) { return a->received_at < b->received_at; });
  }
  const auto judged = [&](const auto& what) {
    if constexpr (requires { judge(what, facts); })
      return judge(what, facts);
    else
      return judge(what, overtakes ? ordered : view);
  };
  Report report;
  report.entries = view.entries.size();
  report.evicted = view.evicted;
  for (const Expectation& one : expectations.expect) {
    report.outcomes.push_back(std::visit(judged, one.what));
    report.verdict = std::max(report.verdict, report.outcomes.back().verdict);
  }
  return report;
}

}  // namespace qamera::assertions
