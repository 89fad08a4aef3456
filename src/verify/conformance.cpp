#include "verify/conformance.h"

#include <iterator>

#include "verify/checks.h"

namespace qamera::verify {

Result<ConformanceReport> verify_target(const ConformanceOptions& options, const contract::Contract& contract,
                                        Exchanger& exchanger, Pace& pace, const OnProgress& on_progress) {
  const Judge judge(contract);
  Session session(options.session, judge, exchanger, pace);
  std::vector<Check> checks = reading_checks();
  for (auto more : {probe_checks(contract), generation_checks(options)}) {
    std::move(more.begin(), more.end(), std::back_inserter(checks));
  }
  ConformanceReport report;
  report.max_credits = options.max_credits;
  report.planned = checks.size();
  report.started = system_time().wall();
  for (const Check& check : checks) {
    CheckResult result;
    result.name = check.name;
    const Duration began = pace.now();
    check.perform(session, result);
    result.taken = pace.now() - began;
    // Replies are quoted, and may hold whatever was sent.
    for (Departure& departure : result.departures) {
      for (std::string* text : {&departure.pointer, &departure.expected, &departure.actual}) {
        *text = session.without_key(std::move(*text));
      }
    }
    if (session.broken()) {
      // The first request tells whether there is a target at all.
      if (session.replies() == 0 && !session.interrupted()) return *session.broken();
      report.incomplete = session.broken()->message;
      if (result.outcome != Outcome::kDeparts) result.outcome = Outcome::kSkipped;
      if (result.outcome == Outcome::kSkipped) result.reason = "not finished: " + report.incomplete;
    }
    report.checks.push_back(std::move(result));
    if (on_progress) on_progress(report.checks.size(), checks.size(), report.checks.back());
    if (session.broken()) break;
  }
  report.reserved = session.reserved;
  report.requests = session.requests();
  return report;
}

}  // namespace qamera::verify
