#include "system/output.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace qamera {

std::size_t write_within(int descriptor, std::string_view text, int milliseconds) noexcept {
  std::size_t done = 0;
  while (done < text.size()) {
    struct pollfd room {
      descriptor, POLLOUT, 0
    };
    const int ready = ::poll(&room, 1, milliseconds);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return done;
    // A pipe that has room takes this much without waiting.
    const ssize_t written =
        ::write(descriptor, text.data() + done, std::min<std::size_t>(text.size() - done, PIPE_BUF));
    if (written < 0 && errno == EINTR) continue;
    // Output that cannot be written has nowhere to say so.
    if (written <= 0) return text.size();
    done += static_cast<std::size_t>(written);
  }
  return done;
}

}  // namespace qamera
