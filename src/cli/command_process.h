#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace qamera::cli {

/// The command that `exec` runs, with the terminal, standard streams, signal dispositions and process group that `exec`
/// was given. It is forked before there is any other thread, since a child that is forked beside some may not even take
/// memory, and is held until the server listens. Once a process, by its first thread.
class CommandProcess {
 public:
  /// Blocks the signals that are passed on, from now to the end of this process. kIo when no process can be made.
  static Result<std::unique_ptr<CommandProcess>> create(const std::vector<std::string>& command);
  /// A command that was not started never runs, one that has not ended gets SIGTERM. Where the kernel can (Linux), so
  /// it does when this process is killed.
  ~CommandProcess();
  CommandProcess(const CommandProcess&) = delete;
  CommandProcess& operator=(const CommandProcess&) = delete;

  /// Lets it run, told where the server is: `QAMERA_BASE_URL` and `QAMERA_MOCK_URL`.
  void start(const std::string& url);
  /// Waits for its end, and passes signals on: its exit status, or 128 and the number of the signal that ended it; 127
  /// for a command that there is not, 126 for one that cannot be run. What it started itself is not waited for.
  int wait();

 private:
  CommandProcess(pid_t child, int release) : child_(child), release_(release) {}

  pid_t child_;  ///< 0 once it has ended
  int release_;  ///< the end of a pipe that the child waits at; -1 once it is let go
};

}  // namespace qamera::cli
