#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "verify/session.h"

namespace qamera::verify {

/// What a contract run came to, for people, programs and CI systems.
struct ConformanceReport {
  std::string target;
  std::vector<CheckResult> checks;
  double max_credits = 0;
  double reserved = 0;  ///< credits, as the replies told
  std::uint64_t requests = 0;
  Instant started{};
  std::string version{};    ///< of this program
  std::size_t planned = 0;  ///< checks
  std::string incomplete;   ///< why checks are missing, "" when none is

  std::size_t count(Outcome outcome) const;
  std::size_t departures() const;  ///< facts
  bool conforms() const { return count(Outcome::kDeparts) == 0; }
};

/// One departure, however many checks came upon it, in whichever of a listing's records.
struct Fact {
  Departure departure;              ///< as it was first seen
  std::vector<std::string> checks;  ///< by name
  std::size_t times = 0;
};
std::vector<Fact> facts_of(const ConformanceReport& report);

/// What is told of a departure once, while the checks go by.
class FactFinder {
 public:
  /// Whether the departure is the first of its fact; its place among the facts.
  std::pair<bool, std::size_t> find(const Departure& departure);

 private:
  std::map<std::string, std::size_t> places_;
};

std::string to_text(const ConformanceReport& report);
/// The pieces of that: the lines of a check, the last line or two.
std::string to_text(const CheckResult& check, FactFinder& told);
std::string summary(const ConformanceReport& report);
OrderedJson to_json(const ConformanceReport& report);
/// JUnit XML: one suite, one case a check.
std::string to_junit(const ConformanceReport& report);

/// A number of credits without a needless fraction.
std::string credits_text(double credits);

}  // namespace qamera::verify
