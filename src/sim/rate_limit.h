#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/names.h"
#include "base/time.h"

namespace qamera::sim {

enum class RateMode {
  kObserve,  ///< everything is served; what goes beyond the limit is a finding
  kEnforce,  ///< what goes beyond the limit answers 429 and does not count
  kOff,
};
constexpr auto names_of(RateMode) { return enum_names("observe", "enforce", "off"); }

/// The documented limit: so many requests within the last `window` of virtual time.
struct RateLimit {
  std::int64_t requests = 60;
  Duration window{60'000};
  RateMode mode = RateMode::kObserve;

  /// "60 requests in 1m". `Scenario::rate_limit_words` has it, since a client that asks too fast is told so each time.
  std::string words() const { return std::to_string(requests) + " requests in " + format_duration(window); }
};

/// The requests of one key within the window. A sliding window of instants and no token bucket, since the documents
/// promise "60 requests a minute" and tests count them one by one. Holds at most `limit.requests` instants.
class RateWindow {
 public:
  /// Counts a request. Returns whether it is within the limit.
  bool admit(const RateLimit& limit, Instant now) {
    while (!times_.empty() && times_.front() + limit.window <= now) times_.pop_front();
    const bool within = static_cast<std::int64_t>(times_.size()) < limit.requests;
    if (within) {
      times_.push_back(now);
    } else if (limit.mode == RateMode::kObserve && !times_.empty()) {
      times_.pop_front();
      times_.push_back(now);
    }
    return within;
  }
  /// When the next request would be within the limit again.
  Instant free_at(const RateLimit& limit) const {
    const bool full = static_cast<std::int64_t>(times_.size()) >= limit.requests;
    return full ? times_.front() + limit.window : Instant();
  }
  const std::deque<Instant>& times() const { return times_; }
  void restore(std::deque<Instant> times) { times_ = std::move(times); }

 private:
  std::deque<Instant> times_;  ///< ascending
};

}  // namespace qamera::sim
