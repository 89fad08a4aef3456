#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "control/application.h"

namespace qamera::fuzz {

/// Real time that goes on by a millisecond with each reading of the monotonic clock.
class SteppedTime final : public TimeSource {
 public:
  MonotonicTime monotonic() const override { return monotonic_ += std::chrono::milliseconds(1); }
  Instant wall() const override { return sim::kManualStart; }

 private:
  mutable MonotonicTime monotonic_{0};
};

/// The schemas and the shipped scenarios, read once: nothing an input does changes them.
const contract::Contract& contract();
api::ScenarioStore& shipped_scenarios();

/// A server without sockets, at its start.
class World {
 public:
  World();

  /// Hands over each request of `script` and appends what a client would get to `transcript()`. Requests are parted by
  /// lines `===`; each is a line `METHOD TARGET`, header lines, an empty line and the body, without lengths, so that
  /// inputs stay whole when they change. `Host` is added, and a key where the product API would want one.
  void serve(std::string_view script);

  /// Everything answered, faults and delays in words.
  const std::string& transcript() const { return transcript_; }
  control::Application& application() { return application_; }
  const journal::Journal& journal() const { return journal_; }

 private:
  void answer(Request request);
  void tell(Reply reply);

  SteppedTime time_;
  journal::Journal journal_;
  control::Application application_;
  std::string transcript_;
};

/// Whether a request of `script` asks for more generated records than a run should take time for.
bool asks_for_too_much(std::string_view script);

}  // namespace qamera::fuzz
