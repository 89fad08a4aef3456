#include "edge/poller.h"

#include <algorithm>

namespace qamera::edge {

std::unique_ptr<Poller> make_poller() {
#if defined(__linux__) && !defined(QAMERA_POLL)
  return make_epoll_poller();
#else
  return make_poll_poller();
#endif
}

int poll_timeout(std::optional<MonotonicTime> timeout) {
  if (!timeout) return -1;
  constexpr std::int64_t kLongest = 60'000;
  const std::int64_t millis = (std::max<std::int64_t>(timeout->count(), 0) + 999'999) / 1'000'000;
  return static_cast<int>(std::min(millis, kLongest));
}

}  // namespace qamera::edge
