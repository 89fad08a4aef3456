#pragma once

#include <cstdio>
#include <cstdlib>

/// Stops the process when one of our own assumptions is broken. Stays on in release builds.
/// Never used for a caller's mistake: that is a `Result`.
#define QM_CHECK(condition, message)                                                                \
  do {                                                                                              \
    if (!(condition)) {                                                                             \
      std::fprintf(stderr, "qamera-mock: bug at %s:%d: %s (%s)\n", __FILE__, __LINE__, message,     \
                   #condition);                                                                     \
      std::abort();                                                                                 \
    }                                                                                               \
  } while (false)
