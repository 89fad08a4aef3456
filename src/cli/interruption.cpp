#include "cli/interruption.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/check.h"

namespace qamera::cli {
namespace {

// A pipe in place of a flag: a signal that comes just before a wait ends it too.
int ends[2] = {-1, -1};

void on_signal(int) {
  const int kept = errno;
  [[maybe_unused]] const auto written = write(ends[1], "x", 1);
  errno = kept;
}

}  // namespace

Interruption::Interruption() {
  QM_CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0, "there is a pipe");
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

bool Interruption::requested() const {
  pollfd one{ends[0], POLLIN, 0};
  return poll(&one, 1, 0) == 1;
}

void Interruption::wait(Duration duration) const {
  if (duration <= Duration::zero()) return;
  const MonotonicTime end = system_time().monotonic() + duration;
  while (!requested()) {
    const auto left = std::chrono::ceil<Duration>(end - system_time().monotonic());
    if (left <= Duration::zero()) return;
    pollfd one{ends[0], POLLIN, 0};
    poll(&one, 1, static_cast<int>(left.count()));
  }
}

int Interruption::descriptor() const { return ends[0]; }

}  // namespace qamera::cli
