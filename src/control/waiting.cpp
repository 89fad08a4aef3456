#include "control/waiting.h"

#include <utility>

namespace qamera::control {
namespace {

class CountedStream final : public ReplyStream {
 public:
  CountedStream(std::unique_ptr<ReplyStream> stream, const MemoryBudgetPtr& budget, std::size_t bytes)
      : stream_(std::move(stream)), share_(budget, bytes) {}
  State read(std::string& out, std::size_t limit) override { return stream_->read(out, limit); }
  void on_ready(std::function<void()> callback) override { stream_->on_ready(std::move(callback)); }
  bool is_at_work() const override { return stream_->is_at_work(); }

 private:
  std::unique_ptr<ReplyStream> stream_;
  MemoryShare share_;
};

class CountedReply final : public PendingReply {
 public:
  CountedReply(std::unique_ptr<PendingReply> pending, const Call& call, std::size_t bytes)
      : pending_(std::move(pending)),
        share_(call.context.workspaces.memory(), bytes),
        metrics_(call.context.workspaces.metrics()),
        time_(call.context.time),
        began_(call.now) {}
  std::optional<Reply> poll(bool stopping) override {
    auto reply = pending_->poll(stopping);
    if (reply) {
      metrics_->count(metrics::OtherTraffic::kControl, reply->response.status, time_.monotonic() - began_);
    }
    return reply;
  }
  Duration interval() const override { return pending_->interval(); }
  void on_decided(const std::function<void()>& callback) override { pending_->on_decided(callback); }
  bool outlasts_half_close() override { return pending_->outlasts_half_close(); }

 private:
  std::unique_ptr<PendingReply> pending_;
  MemoryShare share_;
  const metrics::MetricsPtr metrics_;
  const TimeSource& time_;
  const MonotonicTime began_;
};

}  // namespace

void count_waiting(Reply& reply, const Call& call) {
  constexpr std::size_t kStream = 64 << 10;
  constexpr std::size_t kPending = 4 << 10;
  constexpr std::size_t kParsed = 4;  // what is read from a text takes, as a multiple of it
  const MemoryBudgetPtr& budget = call.context.workspaces.memory();
  const std::size_t asked = kParsed * call.request.body.size();
  if (reply.stream) reply.stream = std::make_unique<CountedStream>(std::move(reply.stream), budget, kStream + asked);
  if (reply.pending) reply.pending = std::make_unique<CountedReply>(std::move(reply.pending), call, kPending + asked);
}

}  // namespace qamera::control
