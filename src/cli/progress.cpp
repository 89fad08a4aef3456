#include "cli/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "base/text.h"

namespace qamera::cli {
namespace {

constexpr Duration kBetweenLines{10'000};
constexpr Duration kBetweenRedraws{100};

}  // namespace

Progress::Progress()
    : is_terminal_(isatty(STDERR_FILENO) == 1),
      started_(system_time().monotonic()),
      shown_(is_terminal_ ? started_ - kBetweenRedraws : started_) {}

void Progress::show(const std::string& what, double fraction) {
  const MonotonicTime now = system_time().monotonic();
  if (now - shown_ < (is_terminal_ ? kBetweenRedraws : kBetweenLines)) return;
  shown_ = now;
  const std::string left = time_left(std::chrono::duration_cast<Duration>(now - started_), fraction);
  const std::string line = without_controls(what + (left.empty() ? "" : ", " + left));
  std::fprintf(stderr, is_terminal_ ? "\r\x1b[K%.110s" : "%s\n", line.c_str());
}

void Progress::clear() {
  if (!is_terminal_) return;
  std::fprintf(stderr, "\r\x1b[K");
  shown_ -= kBetweenRedraws;  // to be drawn again at once
}

std::string time_left(Duration taken, double fraction) {
  if (fraction <= 0 || fraction >= 1) return {};
  const double seconds = static_cast<double>(taken.count()) / 1000 * (1 - fraction) / fraction;
  if (seconds >= 7200) return "about " + std::to_string(std::llround(seconds / 3600)) + " h left at this rate";
  if (seconds >= 120) return "about " + std::to_string(std::llround(seconds / 60)) + " min left at this rate";
  return "about " + std::to_string(std::llround(seconds)) + " s left at this rate";
}

}  // namespace qamera::cli
