#include "edge/loop.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "base/check.h"

namespace qamera::edge {
namespace {
thread_local const Loop* current_loop = nullptr;
}

Mailbox::Mailbox() {
  auto ends = make_pipe();
  QM_CHECK(ends, "no pipe for an event loop");
  read_end_ = std::move((*ends)[0]);
  write_end_ = std::move((*ends)[1]);
}

void Mailbox::post(std::shared_ptr<Call> call) noexcept {
  if (call->posted.exchange(true)) return;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    Call* const newest = call.get();
    (last_ ? last_->next : first_) = std::move(call);
    last_ = newest;
  }
  wake();
}

void Mailbox::wake() {
  // One byte is enough until the loop has seen it; a full pipe wakes it as well.
  if (awake_.exchange(true)) return;
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(write_end_.get(), &byte, 1);
}

std::shared_ptr<Mailbox::Call> Mailbox::take() {
  std::array<char, 64> bytes{};
  while (::read(read_end_.get(), bytes.data(), bytes.size()) > 0) {}
  // Cleared before the calls are taken: whoever posts after that writes a byte again.
  awake_.store(false);
  const std::lock_guard lock(mutex_);
  last_ = nullptr;
  return std::exchange(first_, nullptr);
}

void Mailbox::close() {
  std::shared_ptr<Call> dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped = std::exchange(first_, nullptr);
    last_ = nullptr;
  }
  // One by one: a long list must not be destroyed by recursion.
  while (dropped) dropped = std::exchange(dropped->next, nullptr);
}

Loop::Loop(const TimeSource& time)
    : time_(time), poller_(make_poller()), mailbox_(std::make_shared<Mailbox>()), now_(time.monotonic()) {
  QM_CHECK(poller_->add(mailbox_->read_end_.get(), {.readable = true}, *this), "cannot watch the loop's own pipe");
}

Loop::~Loop() {
  poller_->remove(mailbox_->read_end_.get());
  mailbox_->close();
}

void Loop::run(const std::function<void()>& after_round) {
  current_loop = this;
  std::vector<Poller::Event> events;
  while (!quitting_) {
    std::optional<MonotonicTime> timeout;
    if (const auto next = timers_.next()) timeout = std::max(*next - time_.monotonic(), MonotonicTime(0));
    try {
      poller_->wait(events, timeout);
      now_ = time_.monotonic();
      for (const Poller::Event& event : events) event.watcher->on_ready(event.readiness);
      timers_.run(now_);
    } catch (const std::bad_alloc&) {
      // Whoever had a client has ended with it. What was not dealt with is ready, or due, in the next round.
    }
    after_round();
  }
  current_loop = nullptr;
}

bool Loop::is_current_thread() const { return current_loop == this; }

void Loop::on_ready(Readiness) {
  for (std::shared_ptr<Mailbox::Call> call = mailbox_->take(); call;) {
    std::shared_ptr<Mailbox::Call> next = std::exchange(call->next, nullptr);
    // Before it runs: what becomes of it meanwhile asks for another run.
    call->posted = false;
    try {
      call->run();
    } catch (const std::bad_alloc&) {}
    call = std::move(next);
  }
}

}  // namespace qamera::edge
