#pragma once

#include "base/time.h"

namespace qamera::cli {

/// SIGINT and SIGTERM as something to ask: a run that is cut short still says what it found. The second of each ends
/// the process as ever. One a process; for commands that serve nobody.
class Interruption {
 public:
  /// Handles the signals from now on.
  Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool requested() const;
  /// Returns early when a signal comes.
  void wait(Duration duration) const;
  /// Readable once a signal came.
  int descriptor() const;
};

}  // namespace qamera::cli
