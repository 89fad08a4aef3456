#include "sim/clock.h"

#include <algorithm>

namespace qamera::sim {

Instant Clock::at(MonotonicTime monotonic) const {
  if (mode_ == ClockMode::kManual) return now_;
  const double elapsed = static_cast<double>((monotonic - monotonic_anchor_).count()) * 1e-6 * speed_;
  const double room = static_cast<double>((kEnd - anchor_).count());
  return std::max(now_, anchor_ + Duration(static_cast<Duration::rep>(std::min(elapsed, room))));
}

void Clock::show(MonotonicTime monotonic) { monotonic_ = std::max(monotonic_, monotonic); }

void Clock::move_to(Instant instant) {
  QM_CHECK(instant >= now_ && instant <= kEnd, "virtual time moves forward, to the year 9999 at most");
  const Instant followed = at(monotonic_);
  now_ = instant;
  // Real time goes on from here when this is a jump ahead of it; following it must not lose fractions.
  if (mode_ == ClockMode::kManual || instant > followed) {
    anchor_ = instant;
    monotonic_anchor_ = monotonic_;
  }
}

void Clock::set_mode(ClockMode mode, double speed) {
  mode_ = mode;
  speed_ = speed;
  anchor_ = now_;
  monotonic_anchor_ = monotonic_;
}

}  // namespace qamera::sim
