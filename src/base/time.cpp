#include "base/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace qamera {
namespace {

using namespace std::chrono;

struct Unit {
  std::string_view suffix;
  Duration length;
};
// Longest first, so that formatting finds the largest unit that divides evenly.
constexpr std::array<Unit, 5> kUnits = {
    {{"d", hours(24)}, {"h", hours(1)}, {"m", minutes(1)}, {"s", seconds(1)}, {"ms", milliseconds(1)}}};

Error duration_error(std::string_view text) {
  return {ErrorCode::kInvalid,
          "expected a duration such as \"30s\", \"1500ms\" or \"2m\", got \"" + std::string(text) + "\"", ""};
}

/// Reads exactly `digits` decimal digits at `position` and moves past them; -1 when they are not there.
int read_digits(std::string_view text, std::size_t& position, std::size_t digits) {
  if (position + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[position + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  position += digits;
  return value;
}

bool read_char(std::string_view text, std::size_t& position, char expected) {
  if (position >= text.size() || text[position] != expected) return false;
  ++position;
  return true;
}

/// An optional fraction of a second, as milliseconds; further digits are dropped. -1 when malformed.
int read_milliseconds(std::string_view text, std::size_t& position) {
  if (!read_char(text, position, '.')) return 0;
  int value = 0;
  int digits = 0;
  while (position < text.size() && text[position] >= '0' && text[position] <= '9') {
    if (digits < 3) value = value * 10 + (text[position] - '0');
    ++digits;
    ++position;
  }
  if (digits == 0) return -1;
  for (; digits < 3; ++digits) value *= 10;
  return value;
}

class SystemTime final : public TimeSource {
 public:
  MonotonicTime monotonic() const override { return steady_clock::now().time_since_epoch(); }
  Instant wall() const override { return time_point_cast<Duration>(system_clock::now()); }
};

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) ++end;
  const std::string_view number = text.substr(0, end);
  if (number.empty() || number.front() == '.' || number.back() == '.') return duration_error(text);
  double amount = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), amount, std::chars_format::fixed);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size()) return duration_error(text);
  for (const Unit& unit : kUnits) {
    if (text.substr(end) != unit.suffix) continue;
    const double length = amount * static_cast<double>(unit.length.count());
    if (length > static_cast<double>(kLongestDuration.count())) {
      return Error{ErrorCode::kInvalid, "a duration is at most 36500d, got \"" + std::string(text) + "\"", ""};
    }
    return Duration(std::llround(length));
  }
  return duration_error(text);
}

std::string format_duration(Duration duration) {
  if (duration.count() == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (duration.count() % unit.length.count() == 0) {
      return std::to_string(duration.count() / unit.length.count()) + std::string(unit.suffix);
    }
  }
  return std::to_string(duration.count()) + "ms";
}

Result<Instant> parse_zoned_instant(std::string_view text) {
  constexpr std::size_t kOffset = std::string_view("+00:00").size();
  const Error error{ErrorCode::kInvalid,
                    "expected an ISO 8601 time such as \"2026-03-27T12:00:00.000Z\", got \"" + std::string(text) + "\"",
                    ""};
  const std::size_t before = text.size() - std::min(kOffset, text.size());
  const bool zoned = before > 0 && (text[before] == '+' || text[before] == '-');
  std::size_t at = before + 1;
  const int h = zoned ? read_digits(text, at, 2) : 0;
  const bool colon = !zoned || read_char(text, at, ':');
  const int mi = zoned ? read_digits(text, at, 2) : 0;
  if (!colon || h < 0 || h > 23 || mi < 0 || mi > 59) return error;
  const auto local = parse_instant(zoned ? std::string(text.substr(0, before)) + "Z" : std::string(text));
  if (!local) return error;
  const Duration offset = hours(h) + minutes(mi);
  const Instant instant = !zoned ? *local : text[before] == '+' ? *local - offset : *local + offset;
  const Instant end = sys_days(year(10000) / January / 1);
  return instant < Instant{} || instant >= end ? Result<Instant>(error) : instant;
}

Result<Instant> parse_instant(std::string_view text) {
  const Error error{
      ErrorCode::kInvalid,
      "expected an ISO 8601 time in UTC such as \"2026-03-27T12:00:00.000Z\", got \"" + std::string(text) + "\"", ""};
  std::size_t at = 0;
  const int y = read_digits(text, at, 4);
  if (y < 1970 || !read_char(text, at, '-')) return error;
  const int mo = read_digits(text, at, 2);
  if (!read_char(text, at, '-')) return error;
  const int d = read_digits(text, at, 2);
  if (!read_char(text, at, 'T')) return error;
  const int h = read_digits(text, at, 2);
  if (!read_char(text, at, ':')) return error;
  const int mi = read_digits(text, at, 2);
  if (!read_char(text, at, ':')) return error;
  const int s = read_digits(text, at, 2);
  const int ms = read_milliseconds(text, at);
  if (!read_char(text, at, 'Z') || at != text.size()) return error;
  if (mo < 1 || d < 1 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59 || ms < 0) return error;
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!date.ok()) return error;
  return Instant(sys_days(date)) + hours(h) + minutes(mi) + seconds(s) + milliseconds(ms);
}

std::string format_instant(Instant instant) {
  const auto days = floor<std::chrono::days>(instant);
  const year_month_day date{days};
  const hh_mm_ss time{instant - days};
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&](std::size_t end, auto value) {
    for (auto rest = static_cast<std::uint64_t>(value); rest > 0; rest /= 10)
      text[--end] = static_cast<char>('0' + rest % 10);
  };
  put(4, std::clamp(static_cast<int>(date.year()), 0, 9999));
  put(7, static_cast<unsigned>(date.month()));
  put(10, static_cast<unsigned>(date.day()));
  put(13, time.hours().count());
  put(16, time.minutes().count());
  put(19, time.seconds().count());
  put(23, time.subseconds().count());
  return text;
}

std::string format_http_date(Instant instant) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string iso = format_instant(instant);
  const year_month_day date{floor<std::chrono::days>(instant)};
  std::string text(kDays[weekday(floor<std::chrono::days>(instant)).c_encoding()]);
  text.append(", ").append(iso, 8, 2).append(" ").append(kMonths[static_cast<unsigned>(date.month()) - 1]);
  return text.append(" ").append(iso, 0, 4).append(" ").append(iso, 11, 8).append(" GMT");
}

const TimeSource& system_time() {
  static const SystemTime source;
  return source;
}

}  // namespace qamera
