#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/time.h"

namespace qamera::cli {

/// Ends the process when its grace is over, whatever still runs: a call that looks for nothing between its pieces, a
/// lock that is not given back, gigabytes that are being freed. To be destroyed last.
class LastResort {
 public:
  LastResort() = default;
  ~LastResort();
  LastResort(const LastResort&) = delete;
  LastResort& operator=(const LastResort&) = delete;

  /// From now on the process has `grace` (real time). `finish` does what must not be missed, and gives the exit code.
  void arm(Duration grace, std::function<int()> finish);
  /// Does it, if it has not been done. The exit code. REQUIRES: armed.
  int finish();

 private:
  void run(Duration grace);

  std::function<int()> finish_;
  std::once_flag once_;
  int code_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace qamera::cli
