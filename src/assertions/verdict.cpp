#include "assertions/verdict.h"

#include "assertions/evaluate.h"
#include "system/junit.h"

namespace qamera::assertions {
namespace {

PerValue<Verdict, std::size_t> totals_of(const Report& report) {
  PerValue<Verdict, std::size_t> totals{};
  for (const ExpectationResult& outcome : report.outcomes) ++totals[outcome.verdict];
  return totals;
}

OrderedJson to_json(const ExpectationResult& outcome, const Expectation& expectation, std::size_t index) {
  OrderedJson json = {{"index", index}};
  if (!expectation.name.empty()) json["name"] = expectation.name;
  json["verdict"] = name_of(outcome.verdict);
  json["expectation"] = expectation.source;
  json["expected"] = outcome.expected;
  json["seen"] = outcome.seen;
  if (!outcome.reason.empty()) json["reason"] = outcome.reason;
  if (outcome.verdict == Verdict::kPassed) return json;
  for (const journal::EntryPtr& entry : outcome.requests) {
    json["requests"].push_back(
        {{"id", entry->id}, {"sequence", entry->sequence}, {"request", patterns::summary(*entry)}});
  }
  for (const patterns::NearMiss& miss : outcome.nearest) json["nearest"].push_back(to_json(miss));
  if (!outcome.would_have_matched.is_null()) json["wouldHaveMatched"] = outcome.would_have_matched;
  return json;
}

/// `text` after `label`, further lines under its beginning.
void append_labelled(std::string& out, std::string_view label, std::string_view text) {
  const std::string start = "  " + std::string(label) + ": ";
  out += start;
  for (char c : text) {
    out.push_back(c);
    if (c == '\n') out.append(start.size(), ' ');
  }
  out.push_back('\n');
}

void append_nearest(std::string& out, const ExpectationResult& outcome) {
  if (outcome.nearest.empty()) return;
  const bool close = outcome.nearest.front().distance <= kCloseDistance;
  out += close ? "  nearest requests:\n" : "  nearest requests (none is close):\n";
  for (const patterns::NearMiss& miss : outcome.nearest) {
    out += "    " + miss.entry->id + "  " + patterns::summary(*miss.entry) + "\n";
    for (const patterns::Difference& difference : miss.differences) {
      out += "      " + difference.pointer + ": expected " + difference.expected + ", was " + difference.actual + "\n";
    }
  }
}

void append_outcome(std::string& out, const ExpectationResult& outcome, const Expectation& expectation,
                    std::size_t index) {
  static constexpr PerValue<Verdict, std::string_view> kWords = {"passed", "INCONCLUSIVE", "FAILED"};
  out += std::string(kWords[outcome.verdict]) + "  #" + std::to_string(index + 1) + " " + expectation.kind +
         (expectation.name.empty() ? "" : " \"" + expectation.name + "\"") + "\n";
  if (outcome.verdict == Verdict::kPassed) return;
  append_labelled(out, "expected", outcome.expected);
  append_labelled(out, "seen", outcome.seen);
  if (!outcome.reason.empty()) {
    append_labelled(out, outcome.verdict == Verdict::kInconclusive ? "why not decided" : "note", outcome.reason);
  }
  if (!outcome.requests.empty()) {
    out += "  requests:\n";
    for (const journal::EntryPtr& entry : outcome.requests)
      out += "    " + entry->id + "  " + patterns::summary(*entry) + "\n";
  }
  append_nearest(out, outcome);
  if (!outcome.would_have_matched.is_null()) {
    append_labelled(out, "this pattern would have matched the nearest", dump_json(outcome.would_have_matched));
  }
}

}  // namespace

OrderedJson to_json(const Report& report, const Expectations& expectations) {
  const auto totals = totals_of(report);
  OrderedJson json = {{"verdict", name_of(report.verdict)},
                      {"passed", totals[Verdict::kPassed]},
                      {"failed", totals[Verdict::kFailed]},
                      {"inconclusive", totals[Verdict::kInconclusive]},
                      {"window", {{"entries", report.entries}, {"evicted", report.evicted}}},
                      {"results", OrderedJson::array()}};
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    json["results"].push_back(to_json(report.outcomes[i], expectations.expect[i], i));
  }
  return json;
}

std::string to_junit(const Report& report, const Expectations& expectations, Instant now, Duration taken) {
  using Outcome = JunitCase::Outcome;
  JunitSuite suite{.name = "qamera-mock expectations", .classname = "expectation", .started = now, .taken = taken};
  suite.properties = {{"entries", std::to_string(report.entries)}, {"evicted", std::to_string(report.evicted)}};
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    const ExpectationResult& outcome = report.outcomes[i];
    const std::string& name = expectations.expect[i].name;
    JunitCase one{.name = "#" + std::to_string(i) + " " + (name.empty() ? outcome.expected : name), .taken = taken};
    if (outcome.verdict != Verdict::kPassed) {
      one.outcome = outcome.verdict == Verdict::kFailed ? Outcome::kFailed : Outcome::kError;
      one.type = name_of(outcome.verdict);
      one.message = "expected " + outcome.expected + "; seen " + outcome.seen;
      append_outcome(one.details, outcome, expectations.expect[i], i);
    }
    suite.cases.push_back(std::move(one));
  }
  return qamera::to_junit(suite);
}

std::string to_text(const Report& report, const Expectations& expectations) {
  const auto totals = totals_of(report);
  std::string out = std::string(name_of(report.verdict)) + ": " + std::to_string(report.outcomes.size()) +
                    " expected, " + std::to_string(totals[Verdict::kPassed]) + " passed, " +
                    std::to_string(totals[Verdict::kFailed]) + " failed, " +
                    std::to_string(totals[Verdict::kInconclusive]) + " inconclusive\n";
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    out += "\n";
    append_outcome(out, report.outcomes[i], expectations.expect[i], i);
  }
  return out;
}

}  // namespace qamera::assertions
