#include "control/call_log.h"

#include <chrono>
#include <utility>

namespace qamera::control {

class CallLog::LoggedReply final : public PendingReply {
 public:
  LoggedReply(const CallLog& log, journal::Entry call, MonotonicTime began, std::unique_ptr<PendingReply> pending)
      : log_(log), call_(std::move(call)), began_(began), pending_(std::move(pending)) {}

  std::optional<Reply> poll(bool stopping) override {
    auto reply = pending_->poll(stopping);
    if (reply) reply = log_.logged(std::move(call_), began_, *std::move(reply));
    return reply;
  }
  Duration interval() const override { return pending_->interval(); }
  void on_decided(const std::function<void()>& callback) override { pending_->on_decided(callback); }
  bool outlasts_half_close() override { return pending_->outlasts_half_close(); }

 private:
  const CallLog& log_;
  journal::Entry call_;
  const MonotonicTime began_;
  const std::unique_ptr<PendingReply> pending_;
};

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
    reply.pending = std::make_unique<LoggedReply>(*this, std::move(call), began, std::move(reply.pending));
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
