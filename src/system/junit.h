#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace qamera {

/// One case of a JUnit report, as the schema that Jenkins and the like read has it.
struct JunitCase {
  enum class Outcome { kPassed, kFailed, kError, kSkipped };
  std::string name;
  Outcome outcome = Outcome::kPassed;
  Duration taken{0};
  std::string type{};     ///< of a failure or error: "departure"
  std::string message{};  ///< in a line, of what did not pass
  std::string details{};  ///< in lines
};

/// A run for CI systems.
struct JunitSuite {
  std::string name;
  std::string classname;  ///< of every case
  Instant started{};      ///< UTC
  Duration taken{0};
  std::vector<std::pair<std::string, std::string>> properties{};
  std::vector<JunitCase> cases{};
};

/// XML 1.0: what it cannot hold is shown as `?`.
std::string to_junit(const JunitSuite& suite);

}  // namespace qamera
