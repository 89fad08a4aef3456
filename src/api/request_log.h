#pragma once

#include <string>

#include "api/workspaces.h"
#include "journal/entry.h"
#include "system/log.h"

namespace qamera::api {

/// The log's line for each request, with what it takes to see a client's mistakes at a glance: the error's text and the
/// findings. Whoever asks first whether it is on pays nothing while it is off. Thread-safe.
class RequestLog {
 public:
  /// `log` must outlive this.
  RequestLog(bool wanted, const Log& log) : is_on_(wanted && log.writes(LogLevel::kInfo)), log_(log) {}

  bool is_on() const { return is_on_; }

  /// What a line tells that its entry does not.
  struct Notes {
    std::string scenario{};    ///< "" without a workspace
    std::size_t waiting = 0;   ///< jobs that wait for a clock that is stopped, when it is time to say so
    bool tells_excess = true;  ///< the first `rate-limit-exceeded` of a window
  };
  /// Takes them. REQUIRES: `workspace` is locked.
  Notes take_notes(LockedWorkspace& workspace, const journal::Entry& entry) const;
  void write(const journal::Entry& entry, const Notes& notes) const;

 private:
  const bool is_on_;
  const Log& log_;
};

}  // namespace qamera::api
