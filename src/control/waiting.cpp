#include "control/waiting.h"

#include <utility>

#include "tasks/followed_reply.h"

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

}  // namespace

void count_waiting(Reply& reply, const Call& call) {
  constexpr std::size_t kStream = 64 << 10;
  constexpr std::size_t kPending = 4 << 10;
  constexpr std::size_t kParsed = 4;  // what is read from a text takes, as a multiple of it
  const MemoryBudgetPtr& budget = call.context.workspaces.memory();
  const std::size_t asked = kParsed * call.request.body.size();
  if (reply.stream) reply.stream = std::make_unique<CountedStream>(std::move(reply.stream), budget, kStream + asked);
  if (!reply.pending) return;
  const auto count = [share = std::make_shared<MemoryShare>(budget, kPending + asked),
                      counters = call.context.workspaces.metrics(), &time = call.context.time,
                      began = call.now](Reply made) {
    counters->count(metrics::OtherTraffic::kControl, made.response.status, time.monotonic() - began);
    return made;
  };
  reply.pending = tasks::followed(std::move(reply.pending), count);
}

}  // namespace qamera::control
