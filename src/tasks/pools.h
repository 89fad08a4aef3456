#pragma once

#include "tasks/task_pool.h"

namespace qamera::tasks {

/// The threads that spare the event loops: some for calls of the control API, which may each take long, one for short
/// work that must not wait behind them (making the workspace of a new key, and the pieces of streams), and one that
/// draws pictures, so that a page full of them leaves the processor to others.
struct Pools {
  TaskPool calls{{.threads = 2, .most_queued = 256}};
  TaskPool pieces{{.threads = 1}};
  TaskPool pictures{{.threads = 1, .most_queued = 256}};

  /// Drops what waits and returns once what is under way is done.
  void stop() {
    calls.stop();
    pieces.stop();
    pictures.stop();
  }
};

}  // namespace qamera::tasks
