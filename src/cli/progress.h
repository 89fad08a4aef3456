#pragma once

#include <string>

#include "base/time.h"

namespace qamera::cli {

/// How far a run is, on standard error: a line that is written over on a terminal, a line each 10 seconds elsewhere.
class Progress {
 public:
  Progress();
  /// Says so, if it is time. `fraction` of the whole is done, 0 when that is not known.
  void show(const std::string& what, double fraction);
  /// Takes the line away again, so that others can be written.
  void clear();

 private:
  bool is_terminal_;
  MonotonicTime started_;
  MonotonicTime shown_;
};

/// "about 40 s left at this rate", of a run that took so long for the fraction done; "" when that cannot be told.
std::string time_left(Duration taken, double fraction);

}  // namespace qamera::cli
