#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "journal/entry.h"
#include "system/terminal.h"

namespace qamera::journal {

/// What a line tells beside its entry, each ready to be printed.
struct LineParts {
  std::string_view time;     ///< in front
  std::string_view account;  ///< whose request it was
  bool excess = true;        ///< whether `rate-limit-exceeded` is told too
};

/// How lines are written for people.
struct LineStyle {
  Colors colors{};
  /// Of the terminal: a target that leaves no room for the rest is cut in its middle. 0: no terminal, nothing is cut.
  std::size_t columns = 0;
};

/// One exchange on one line, in columns: time, method, target, status, operation, account, and what there is to say of
/// it; below, indented, a line for each finding. So a log in the server's terminal and `tail` read alike. Clients' text
/// is escaped. No newline at the end.
std::string exchange_line(const Entry& entry, const LineParts& parts, const LineStyle& style);

/// The text of the `error` that the reply's body has; "" when it has none.
std::string error_of(const Entry& entry);

/// Of the findings, as many as are worth telling at once.
inline constexpr std::size_t kMostFindingsTold = 20;

}  // namespace qamera::journal
