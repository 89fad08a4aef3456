#include "tasks/deferred_reply.h"

#include <new>
#include <utility>

namespace qamera::tasks {
namespace {

class DeferredReply final : public PendingReply {
 public:
  DeferredReply(TaskPool& pool, std::shared_ptr<Promise> promise, std::stop_source source, TaskPool::Ticket ticket)
      : pool_(pool), promise_(std::move(promise)), source_(std::move(source)), ticket_(ticket) {}
  ~DeferredReply() override {
    source_.request_stop();
    pool_.withdraw(ticket_);
  }

  std::optional<Reply> poll(bool) override { return promise_->take(); }
  Duration interval() const override { return std::chrono::seconds(10); }
  void on_decided(const std::function<void()>& callback) override { promise_->on_kept(callback); }
  bool outlasts_half_close() override { return !pool_.withdraw(ticket_); }

 private:
  TaskPool& pool_;
  const std::shared_ptr<Promise> promise_;
  std::stop_source source_;
  const TaskPool::Ticket ticket_;
};

void fulfil(Promise& promise, const MakeReply& make, const std::stop_token& given_up) {
  try {
    promise.keep(make(given_up));
  } catch (const std::bad_alloc&) {
    promise.fail();
  }
}

}  // namespace

void Promise::keep(Reply reply) {
  const std::lock_guard lock(mutex_);
  reply_ = std::move(reply);
  if (on_decided_) on_decided_();
}

void Promise::fail() {
  const std::lock_guard lock(mutex_);
  has_failed_ = true;
  if (on_decided_) on_decided_();
}

std::optional<Reply> Promise::take() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(has_failed_, false)) throw std::bad_alloc();
  return std::exchange(reply_, std::nullopt);
}

void Promise::on_kept(const std::function<void()>& callback) {
  const std::lock_guard lock(mutex_);
  on_decided_ = callback;
  if ((reply_ || has_failed_) && on_decided_) on_decided_();
}

std::optional<Reply> deferred(TaskPool& pool, MakeReply make, Queueing queueing) {
  auto promise = std::make_shared<Promise>();
  std::stop_source source;
  auto task = [promise, make = std::move(make), given_up = source.get_token()] {
    if (!given_up.stop_requested()) fulfil(*promise, make, given_up);
  };
  const auto ticket = queueing == Queueing::kBounded ? pool.offer(std::move(task)) : pool.submit(std::move(task));
  if (!ticket) return std::nullopt;
  Reply reply;
  reply.pending = std::make_unique<DeferredReply>(pool, std::move(promise), std::move(source), *ticket);
  return reply;
}

}  // namespace qamera::tasks
