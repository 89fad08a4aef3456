#pragma once

#include "api/request_log.h"
#include "http/handler.h"

namespace qamera::control {

/// The log's line for each call of the control API, written when its reply is there. Off unless asked for: those who
/// poll a server would drown what it is about. Thread-safe.
class CallLog {
 public:
  /// Both must outlive this, and the replies that it has passed.
  CallLog(bool wanted, const TimeSource& time, const Log& log) : lines_(wanted, log), time_(time) {}

  bool is_on() const { return lines_.is_on(); }

  /// What is known of a call before it is done, without its body.
  journal::Entry begun(const Request& request) const;
  /// The reply, logged now or once it is decided.
  Reply logged(journal::Entry call, MonotonicTime began, Reply reply) const;

 private:
  const api::RequestLog lines_;
  const TimeSource& time_;
};

}  // namespace qamera::control
