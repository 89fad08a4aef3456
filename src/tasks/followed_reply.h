#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "http/handler.h"

namespace qamera::tasks {

/// A reply that pends, and what is left to do once it is there: `then` gets it, on the thread that asks for it, and
/// gives what the client gets.
template <typename Then>
class FollowedReply final : public PendingReply {
 public:
  FollowedReply(std::unique_ptr<PendingReply> pending, Then then)
      : pending_(std::move(pending)), then_(std::move(then)) {}

  std::optional<Reply> poll(bool stopping) override {
    auto reply = pending_->poll(stopping);
    if (reply) reply = then_(*std::move(reply));
    return reply;
  }
  Duration interval() const override { return pending_->interval(); }
  void on_decided(const std::function<void()>& callback) override { pending_->on_decided(callback); }
  bool outlasts_half_close() override { return pending_->outlasts_half_close(); }

 private:
  const std::unique_ptr<PendingReply> pending_;
  Then then_;
};

template <typename Then>
std::unique_ptr<PendingReply> followed(std::unique_ptr<PendingReply> pending, Then then) {
  return std::make_unique<FollowedReply<Then>>(std::move(pending), std::move(then));
}

}  // namespace qamera::tasks
