#include <algorithm>
#include <map>
#include <tuple>

#include "assertions/evaluate.h"

namespace qamera::assertions {
namespace {

/// The time between one request and the next.
struct Interval {
  journal::EntryPtr from;
  journal::EntryPtr to;
  Duration length{0};
};

Instant time_of(const journal::Entry& entry, ClockChoice clock) {
  return clock == ClockChoice::kVirtual ? entry.at : entry.received_at;
}

/// "1500ms"; a clock set back gives "-1500ms".
std::string shown(Duration duration) {
  return duration < Duration{0} ? "-" + format_duration(-duration) : format_duration(duration);
}

/// Those of each workspace for itself: they have clocks of their own.
std::vector<Interval> intervals_of(std::vector<journal::EntryPtr> entries, ClockChoice clock) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const journal::EntryPtr& a, const journal::EntryPtr& b) { return a->workspace < b->workspace; });
  std::vector<Interval> intervals;
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i]->workspace != entries[i - 1]->workspace) continue;
    intervals.push_back({entries[i - 1], entries[i], time_of(*entries[i], clock) - time_of(*entries[i - 1], clock)});
  }
  return intervals;
}

std::string took(const Interval& interval) {
  return interval.from->id + " to " + interval.to->id + " took " + shown(interval.length);
}

/// What is wrong with intervals that follow each other, a line each.
void find_breaches(const std::vector<Interval>& intervals, const Timing& timing, std::vector<std::string>& breaches,
                   std::vector<journal::EntryPtr>& requests) {
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const Interval& one = intervals[i];
    std::string wrong;
    if (timing.at_least && one.length + timing.tolerance < *timing.at_least) {
      wrong = "too soon: at least " + shown(*timing.at_least) + " expected";
    } else if (timing.at_most && one.length - timing.tolerance > *timing.at_most) {
      wrong = "too late: at most " + shown(*timing.at_most) + " expected";
    } else if (timing.backoff_grows && i > 0 && intervals[i - 1].to == one.from &&
               one.length + timing.tolerance < intervals[i - 1].length) {
      wrong = "shorter than the " + shown(intervals[i - 1].length) + " before it";
    } else {
      continue;
    }
    breaches.push_back(took(one) + ", " + wrong);
    if (requests.size() < kShownRequests) requests.push_back(one.to);
  }
}

std::string rules_of(const Timing& timing) {
  std::string text;
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
  if (timing.at_least) add("at least " + shown(*timing.at_least));
  if (timing.at_most) add("at most " + shown(*timing.at_most));
  if (timing.backoff_grows) add("never shorter than before");
  if (timing.tolerance > Duration{0}) add("give or take " + shown(timing.tolerance));
  return text;
}

std::string by_clock(ClockChoice clock) { return " (" + std::string(name_of(clock)) + " time)"; }

std::string as_lines(const std::vector<std::string>& breaches) {
  std::string text;
  for (std::size_t i = 0; i < breaches.size() && i < kShownRequests; ++i) text += "\n" + breaches[i];
  if (breaches.size() > kShownRequests) text += "\nand " + std::to_string(breaches.size() - kShownRequests) + " more";
  return text;
}

/// Settles an outcome that could be otherwise with what is missing: nothing seen is wrong, or not for certain.
void settle(ExpectationResult& outcome, const journal::View& view, std::uint64_t unknown) {
  if (view.evicted == 0 && unknown == 0) return;
  outcome.verdict = Verdict::kInconclusive;
  outcome.reason = view.evicted > 0 ? evicted_text(view) + ", and could have broken the rule" : unknown_text(unknown);
}

/// Settles an outcome for which too few requests match to judge anything.
void settle_nothing_to_judge(ExpectationResult& outcome, const journal::View& view, std::uint64_t unknown) {
  outcome.verdict = view.evicted + unknown > 0 ? Verdict::kInconclusive : Verdict::kFailed;
  outcome.reason = view.evicted > 0 ? evicted_text(view) : unknown > 0 ? unknown_text(unknown) : "";
}

bool is_trigger(const expectation::Retries& retries, const journal::Entry& entry) {
  if (retries.after_fault && !entry.fault.empty()) return true;
  return std::any_of(retries.after.begin(), retries.after.end(),
                     [&](const patterns::Pattern::Status& status) { return status.holds(entry.status); });
}

/// A request that was answered with a trigger, and the same request sent again until it was not.
using Chain = std::vector<journal::EntryPtr>;

std::vector<Chain> chains_of(const expectation::Retries& retries, const std::vector<journal::EntryPtr>& entries) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view, std::string_view>;
  std::map<Key, std::size_t> open;  // the chain that awaits its next request
  std::vector<Chain> chains;
  for (const journal::EntryPtr& entry : entries) {
    const Key key{entry->workspace, entry->method, entry->target, entry->request_body.content(),
                  entry->request_body.hash};
    const auto waiting = open.find(key);
    std::size_t chain = chains.size();
    if (waiting != open.end()) {
      chain = waiting->second;
      chains[chain].push_back(entry);
      open.erase(waiting);
    }
    if (!is_trigger(retries, *entry)) continue;
    if (chain == chains.size()) chains.push_back({entry});
    open.emplace(key, chain);
  }
  return chains;
}

std::string triggers_of(const expectation::Retries& retries) {
  const std::string text = joined(retries.after, " or ", &patterns::Pattern::Status::text);
  if (!retries.after_fault) return text;
  return text + (text.empty() ? "" : " or ") + "an injected fault";
}

/// What is wrong with the chains. `certain`: evicted requests could not put it right.
struct RetryFaults {
  std::vector<std::string> lines;
  std::vector<journal::EntryPtr> requests;
  bool certain = false;
};

RetryFaults faults_of(const expectation::Retries& retries, const std::vector<Chain>& chains) {
  RetryFaults faults;
  for (const Chain& chain : chains) {
    const auto count = static_cast<std::int64_t>(chain.size()) - 1;
    if (!within(retries.bounds, count)) {
      const journal::Entry& first = *chain.front();
      faults.lines.push_back(
          first.id + " (" + patterns::summary(first) + ") was retried " +
          (count == 0 ? std::string("not at all") : counted(static_cast<std::uint64_t>(count), "time")) +
          (count == 0 ? "" : ": " + ids_of({chain.begin() + 1, chain.end()})));
      if (faults.requests.size() < kShownRequests) faults.requests.push_back(chain.front());
      faults.certain = faults.certain || (retries.bounds.at_most && count > *retries.bounds.at_most);
    }
    const std::size_t before = faults.lines.size();
    find_breaches(intervals_of(chain, retries.timing.clock), retries.timing, faults.lines, faults.requests);
    faults.certain = faults.certain || faults.lines.size() > before;
  }
  return faults;
}

std::string expected_of(const expectation::Retries& retries) {
  std::string text = "after " + triggers_of(retries) + ", the same request sent again " +
                     (retries.bounds.at_most == 0 ? "never" : describe(retries.bounds, "time"));
  const std::string timing = rules_of(retries.timing);
  if (!timing.empty()) text += ", each after " + timing + by_clock(retries.timing.clock);
  return text + ", for requests" + that_match(retries.pattern);
}

}  // namespace

ExpectationResult judge(const expectation::PollInterval& poll, const journal::View& view) {
  const patterns::Matched matched = patterns::find_matching(poll.pattern, view.entries);
  ExpectationResult outcome;
  outcome.expected =
      "between requests" + that_match(poll.pattern) + ": " + rules_of(poll.timing) + by_clock(poll.timing.clock);
  const auto intervals = intervals_of(matched.entries, poll.timing.clock);
  if (intervals.empty()) {
    settle_nothing_to_judge(outcome, view, matched.unknown);
    outcome.seen = counted(matched.entries.size(), "matching request") +
                   (matched.entries.size() > 1 ? ", each in another workspace" : "") +
                   ", so there is no interval to judge";
    add_near_misses(outcome, poll.pattern, view.entries);
    return outcome;
  }
  const auto [shortest, longest] = std::minmax_element(
      intervals.begin(), intervals.end(), [](const Interval& a, const Interval& b) { return a.length < b.length; });
  outcome.seen = counted(matched.entries.size(), "matching request") + ", between them " + shown(shortest->length) +
                 " to " + shown(longest->length);
  std::vector<std::string> breaches;
  find_breaches(intervals, poll.timing, breaches, outcome.requests);
  if (breaches.empty()) {
    settle(outcome, view, matched.unknown);
    return outcome;
  }
  outcome.seen += as_lines(breaches);
  // Requests that may lie in between could make an interval two.
  outcome.verdict = matched.unknown > 0 ? Verdict::kInconclusive : Verdict::kFailed;
  if (matched.unknown > 0) outcome.reason = unknown_text(matched.unknown);
  return outcome;
}

ExpectationResult judge(const expectation::Retries& retries, const journal::View& view) {
  const patterns::Matched matched = patterns::find_matching(retries.pattern, view.entries);
  const auto chains = chains_of(retries, matched.entries);
  ExpectationResult outcome;
  outcome.expected = expected_of(retries);
  if (chains.empty()) {
    settle_nothing_to_judge(outcome, view, matched.unknown);
    outcome.seen = counted(matched.entries.size(), "matching request") + ", none answered with " +
                   triggers_of(retries) + ", so there was nothing to retry";
    if (matched.entries.empty()) add_near_misses(outcome, retries.pattern, view.entries);
    return outcome;
  }
  RetryFaults faults = faults_of(retries, chains);
  outcome.seen = counted(chains.size(), "request") + " answered with " + triggers_of(retries) + as_lines(faults.lines);
  outcome.requests = std::move(faults.requests);
  if (!faults.lines.empty()) outcome.verdict = Verdict::kFailed;
  if (!faults.certain) settle(outcome, view, matched.unknown);
  return outcome;
}

}  // namespace qamera::assertions
