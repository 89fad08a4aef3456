#pragma once

#include "base/names.h"
#include "base/time.h"

namespace qamera::sim {

enum class ClockMode { kReal, kManual };
constexpr auto names_of(ClockMode) { return enum_names("real", "manual"); }

/// Virtual time, which is what lets a test see the end of a job that takes minutes, or stop before it. In `kReal` mode
/// it follows the monotonic readings it is shown, `speed` times as fast; in `kManual` mode it moves only when told to.
/// Never goes back.
class Clock {
 public:
  /// Last instant that the clock can show: 9999-12-31T23:59:59.999Z.
  static constexpr Instant kEnd{Duration(253'402'300'799'999)};

  Clock(ClockMode mode, Instant start, double speed, MonotonicTime now)
      : mode_(mode), speed_(speed), anchor_(start), now_(start), monotonic_anchor_(now), monotonic_(now) {}

  Instant now() const { return now_; }
  ClockMode mode() const { return mode_; }
  double speed() const { return speed_; }

  /// The virtual time that a monotonic reading stands for; `now()` in manual mode.
  Instant at(MonotonicTime monotonic) const;
  /// Remembers the reading, for the next change of mode or time.
  void show(MonotonicTime monotonic);
  /// Moves to `instant`, not before `now()`; real time goes on from there.
  void move_to(Instant instant);
  void set_mode(ClockMode mode, double speed);

 private:
  ClockMode mode_;
  double speed_;
  Instant anchor_;  ///< virtual time at `monotonic_anchor_`
  Instant now_;
  MonotonicTime monotonic_anchor_;
  MonotonicTime monotonic_;  ///< latest reading
};

}  // namespace qamera::sim
