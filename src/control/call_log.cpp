#include "control/call_log.h"

#include <chrono>
#include <utility>

#include "tasks/followed_reply.h"

namespace qamera::control {

journal::Entry CallLog::begun(const Request& request) const {
  journal::Entry call;
  call.received_at = time_.wall();
  call.method = request.method;
  call.target = request.target;
  journal::redact(call);
  return call;
}

Reply CallLog::logged(journal::Entry call, MonotonicTime began, Reply reply) const {
  if (reply.pending) {
    reply.pending =
        tasks::followed(std::move(reply.pending), [this, call = std::move(call), began](Reply made) mutable {
          return logged(std::move(call), began, std::move(made));
        });
    return reply;
  }
  call.status = reply.response.status;
  if (call.status >= 300) call.response_body.text = reply.response.content();
  journal::redact(call);
  call.duration = std::chrono::duration_cast<std::chrono::microseconds>(time_.monotonic() - began);
  lines_.write(call, {});
  return reply;
}

}  // namespace qamera::control
