#pragma once

#include <algorithm>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace qamera::verify {

/// The way to the target. This layer knows no network; the CLI brings it along.
class Exchanger {
 public:
  virtual ~Exchanger() = default;
  /// Sends `request.method`, `request.target`, headers and body, and waits for the reply. kIo: there was none;
  /// kInvalid: it cannot be sent.
  virtual Result<Response> send(const Request& request) = 0;
};

/// Real time, as far as a run needs it.
class Pace {
 public:
  virtual ~Pace() = default;
  virtual Duration now() = 0;  ///< monotonic
  virtual void wait(Duration duration) = 0;
};

/// Asks for a listing again until a job is done: soon at first, then after ever longer pauses.
class Polling {
 public:
  /// `pace` must outlive this.
  Polling(Pace& pace, Duration timeout, Duration longest_pause)
      : pace_(pace), end_(pace.now() + timeout), longest_pause_(longest_pause) {}

  /// Waits until it is time to ask again. False, at once, when the time is up.
  bool wait() {
    const Duration left = end_ - pace_.now();
    if (left <= Duration(0)) return false;
    pace_.wait(std::min(pause_, left));
    pause_ = std::min(pause_ * 2, longest_pause_);
    return true;
  }

 private:
  Pace& pace_;
  Duration end_;
  Duration pause_{100};
  Duration longest_pause_;
};

}  // namespace qamera::verify
