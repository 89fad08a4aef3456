#pragma once

#include <cstdint>
#include <string>
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
  std::size_t planned = 0;  ///< checks
  std::string incomplete;   ///< why checks are missing, "" when none is

  std::size_t count(Outcome outcome) const;
  std::size_t departures() const;
  bool conforms() const { return departures() == 0 && count(Outcome::kDeparts) == 0; }
};

std::string to_text(const ConformanceReport& report);
/// The pieces of that: the lines of a check, the last line or two.
std::string to_text(const CheckResult& check);
std::string summary(const ConformanceReport& report);
OrderedJson to_json(const ConformanceReport& report);
/// JUnit XML: one suite, one case a check.
std::string to_junit(const ConformanceReport& report);

/// A number of credits without a needless fraction.
std::string credits_text(double credits);

}  // namespace qamera::verify
