#include "cli/last_resort.h"

#include <unistd.h>

#include <utility>

#include "cli/command.h"

namespace qamera::cli {

LastResort::~LastResort() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void LastResort::arm(Duration grace, std::function<int()> finish) {
  finish_ = std::move(finish);
  thread_ = std::thread([this, grace] { run(grace); });
}

int LastResort::finish() {
  std::call_once(once_, [this] { code_ = finish_(); });
  return code_;
}

void LastResort::run(Duration grace) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, grace, [this] { return is_over_; })) return;
  const int code = finish();
  complain("the grace of " + format_duration(grace) + " is over, and some work is not: ending all the same");
  // Nothing is destroyed: other threads still use it. The recording is written line by line as replies are made, and
  // `finish` has written the rest.
  ::_exit(code);
}

}  // namespace qamera::cli
