#pragma once

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace qamera::verify {

/// The way to the target. This layer knows no network; the CLI brings it along.
class Exchanger {
 public:
  virtual ~Exchanger() = default;
  /// Sends `request.method`, `request.target`, headers and body, and waits for the reply. kIo: there was none;
  /// kInvalid: it cannot be sent.
  virtual Result<Response> send(const Request& request) = 0;
};

/// Real time, as far as a run needs it.
class Pace {
 public:
  virtual ~Pace() = default;
  virtual Duration now() = 0;  ///< monotonic
  virtual void wait(Duration duration) = 0;
};

}  // namespace qamera::verify
