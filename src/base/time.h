#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace qamera {

/// A span of virtual or real time. Milliseconds: the resolution of the API's `createdAt`.
using Duration = std::chrono::milliseconds;

/// A point in virtual time (UTC), or a wall time where a name says so.
using Instant = std::chrono::sys_time<Duration>;

/// Reading of a monotonic real clock. Only the edge and the CLI take such readings; everything else is handed them.
using MonotonicTime = std::chrono::nanoseconds;

/// Longest span that is accepted anywhere: keeps every sum of instants inside the calendar's range.
inline constexpr Duration kLongestDuration = std::chrono::hours(24 * 365 * 100);

/// Reads `"1500ms"`, `"30s"`, `"2m"`, `"1.5h"`, `"7d"`: a non-negative decimal number and a unit, no spaces, at most
/// `kLongestDuration`. Fractions are rounded to the nearest millisecond.
Result<Duration> parse_duration(std::string_view text);

/// The shortest exact form that `parse_duration` reads back: `90000ms` is `"90s"`, `1500ms` is `"1500ms"`.
std::string format_duration(Duration duration);

/// Reads an ISO 8601 time in UTC, as the API writes them: `2026-03-27T12:00:00.000Z`; seconds' fraction optional, years
/// 1970 to 9999.
Result<Instant> parse_instant(std::string_view text);
/// The same of people and programs that may have another time zone: `2026-03-27T14:00:00+02:00`.
Result<Instant> parse_zoned_instant(std::string_view text);

/// `2026-03-27T12:00:00.000Z`, as the API writes `createdAt`.
std::string format_instant(Instant instant);

/// `Fri, 27 Mar 2026 12:00:00 GMT`, as HTTP writes `Date` (RFC 9110, section 5.6.7: IMF-fixdate).
std::string format_http_date(Instant instant);

/// Where real time comes from. Implementations are thread-safe.
class TimeSource {
 public:
  virtual ~TimeSource() = default;
  virtual MonotonicTime monotonic() const = 0;  ///< monotonic
  virtual Instant wall() const = 0;             ///< UTC wall time
};

/// The machine's clocks.
const TimeSource& system_time();

}  // namespace qamera
