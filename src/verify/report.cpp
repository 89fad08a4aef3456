#include "verify/report.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "system/junit.h"

namespace qamera::verify {
namespace {

/// What alike departures have in common. Which record of a listing it is does not matter, nor the figures and names
/// that are quoted; but a status does.
std::string key_of(const Departure& departure) {
  std::string pointer;
  bool in_number = false;
  for (const char c : departure.pointer) {
    const bool is_digit = c >= '0' && c <= '9';
    if (is_digit && (in_number || pointer.ends_with('/'))) {
      if (!in_number) pointer += '*';
      in_number = true;
      continue;
    }
    in_number = false;
    pointer += c;
  }
  std::string expected;
  bool in_quotes = false;
  for (const char c : departure.expected) {
    if (c == '"') in_quotes = !in_quotes;
    const bool is_digit = c >= '0' && c <= '9';
    if (in_quotes || (is_digit && departure.pointer != "/status")) continue;
    expected += c;
  }
  return departure.side + "\n" + departure.operation + "\n" + pointer + "\n" + expected;
}

}  // namespace

std::string credits_text(double credits) {
  return std::floor(credits) == credits && std::abs(credits) < 1e15 ? std::to_string(static_cast<std::int64_t>(credits))
                                                                    : dump_json(Json(credits));
}

std::size_t ConformanceReport::count(Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(), [&](const CheckResult& check) { return check.outcome == outcome; }));
}

std::size_t ConformanceReport::departures() const { return facts_of(*this).size(); }

std::pair<bool, std::size_t> FactFinder::find(const Departure& departure) {
  const auto [place, is_new] = places_.try_emplace(key_of(departure), places_.size());
  return {is_new, place->second};
}

std::vector<Fact> facts_of(const ConformanceReport& report) {
  std::vector<Fact> facts;
  FactFinder finder;
  for (const CheckResult& check : report.checks) {
    for (const Departure& departure : check.departures) {
      const auto [is_new, place] = finder.find(departure);
      if (is_new) facts.push_back({departure, {}, 0});
      Fact& fact = facts[place];
      ++fact.times;
      if (fact.checks.empty() || fact.checks.back() != check.name) fact.checks.push_back(check.name);
    }
  }
  return facts;
}

std::string to_text(const CheckResult& check, FactFinder& told) {
  std::string text;
  if (check.outcome == Outcome::kSkipped) text += check.name + ": skipped, " + without_controls(check.reason) + "\n";
  for (const Departure& departure : check.departures) {
    if (told.find(departure).first) text += to_text(departure) + "\n";
  }
  return text;
}

std::string to_text(const ConformanceReport& report) {
  std::string text;
  FactFinder told;
  for (const CheckResult& check : report.checks) text += to_text(check, told);
  return text + summary(report);
}

std::string summary(const ConformanceReport& report) {
  std::string text;
  if (!report.incomplete.empty()) {
    text += "incomplete: " + without_controls(report.incomplete) + " after " + std::to_string(report.checks.size()) +
            " of " + counted(report.planned, "check") + "\n";
  }
  const bool undecided = report.conforms() && !report.incomplete.empty();
  text += report.target + (undecided           ? " conforms so far: "
                           : report.conforms() ? " conforms: "
                                               : " departs from the contract: ");
  return text + counted(report.checks.size(), "check") + ", " + counted(report.departures(), "departure") + ", " +
         std::to_string(report.count(Outcome::kSkipped)) + " skipped, " + counted(report.requests, "request") + ", " +
         credits_text(report.reserved) + " credits reserved\n";
}

OrderedJson to_json(const ConformanceReport& report) {
  OrderedJson checks = OrderedJson::array();
  OrderedJson departures = OrderedJson::array();
  for (const CheckResult& check : report.checks) {
    OrderedJson one = {{"name", check.name}, {"outcome", name_of(check.outcome)}};
    if (!check.reason.empty()) one["reason"] = check.reason;
    checks.push_back(std::move(one));
  }
  for (const Fact& fact : facts_of(report)) {
    OrderedJson one = to_json(fact.departure);
    one["checks"] = fact.checks;
    one["times"] = fact.times;
    departures.push_back(std::move(one));
  }
  OrderedJson json = {{"target", report.target}, {"conforms", report.conforms() && report.incomplete.empty()}};
  if (!report.incomplete.empty()) json["incomplete"] = report.incomplete;
  json["planned"] = report.planned;
  json["requests"] = report.requests;
  json["credits"] = {{"budget", report.max_credits}, {"reserved", report.reserved}};
  json["checks"] = std::move(checks);
  json["departures"] = std::move(departures);
  return json;
}

std::string to_junit(const ConformanceReport& report) {
  JunitSuite suite{.name = "qamera-mock verify " + report.target, .classname = "contract", .started = report.started};
  suite.properties = {{"target", report.target},
                      {"version", report.version},
                      {"requests", std::to_string(report.requests)},
                      {"checks.planned", std::to_string(report.planned)},
                      {"credits.budget", credits_text(report.max_credits)},
                      {"credits.reserved", credits_text(report.reserved)}};
  FactFinder told;
  std::vector<std::string> first_checks;
  for (const CheckResult& check : report.checks) {
    suite.taken += check.taken;
    JunitCase one{.name = check.name, .taken = check.taken};
    if (check.outcome == Outcome::kSkipped) {
      one.outcome = JunitCase::Outcome::kSkipped;
      one.message = check.reason;
    } else if (check.outcome == Outcome::kDeparts) {
      one.outcome = JunitCase::Outcome::kFailed;
      one.type = "departure";
      one.message = counted(check.departures.size(), "departure");
      for (const Departure& departure : check.departures) {
        const auto [is_new, place] = told.find(departure);
        if (is_new) first_checks.push_back(check.name);
        one.details += "\n" + (is_new ? to_text(departure)
                               : first_checks[place] == check.name
                                   ? "the same at " + departure.pointer
                                   : "the same as in " + first_checks[place] + " at " + departure.pointer);
      }
      one.details += "\n";
    }
    suite.cases.push_back(std::move(one));
  }
  if (!report.incomplete.empty()) {
    const std::string why = "incomplete: " + report.incomplete + " after " + std::to_string(report.checks.size()) +
                            " of " + counted(report.planned, "check");
    suite.properties.emplace_back("incomplete", report.incomplete);
    suite.cases.push_back(
        {.name = "the run", .outcome = JunitCase::Outcome::kError, .type = "incomplete", .message = why});
  }
  return qamera::to_junit(suite);
}

}  // namespace qamera::verify
