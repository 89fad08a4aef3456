#include "edge/acceptor.h"

#include <new>
#include <utility>

#include "base/check.h"

namespace qamera::edge {
namespace {
constexpr int kMaxAtOnce = 64;   // so that a flood of clients does not hold up those already there
constexpr Duration kRetry{100};  // descriptors may be freed by others than us
}  // namespace

Acceptor::Acceptor(Loop& loop, Descriptor listening, Hooks hooks, const Log& log)
    : loop_(loop), listening_(std::move(listening)), hooks_(std::move(hooks)), log_(log) {}

Acceptor::~Acceptor() { close(); }

void Acceptor::open() {
  QM_CHECK(loop_.poller().add(listening_.get(), {.readable = true}, *this), "cannot watch the listening socket");
}

void Acceptor::close() {
  if (!listening_.open()) return;
  loop_.timers().forget(*this);
  loop_.poller().remove(listening_.get());
  listening_.reset();
}

void Acceptor::on_ready(Readiness) {
  if (paused_ || !listening_.open()) return;
  for (int i = 0; i < kMaxAtOnce; ++i) {
    if (!hooks_.has_room()) return pause();
    switch (take()) {
      case AcceptOutcome::kNone: return;
      case AcceptOutcome::kExhausted:
        if (!std::exchange(exhausted_, true)) {
          log_.warning("out of file descriptors or memory for connections; new ones wait");
        }
        pause();
        loop_.timers().set(*this, loop_.now() + kRetry);
        return;
      case AcceptOutcome::kAccepted: exhausted_ = false;
    }
  }
}

AcceptOutcome Acceptor::take() {
  try {
    Accepted accepted;
    const AcceptOutcome outcome = accept_from(listening_.get(), accepted);
    if (outcome == AcceptOutcome::kAccepted) hooks_.deliver(std::move(accepted));
    return outcome;
  } catch (const std::bad_alloc&) {
    return AcceptOutcome::kExhausted;
  }
}

void Acceptor::on_deadline(MonotonicTime) { resume(); }

void Acceptor::on_room() { resume(); }

void Acceptor::pause() {
  paused_ = true;
  loop_.poller().change(listening_.get(), {}, *this);
}

void Acceptor::resume() {
  if (!paused_ || !listening_.open()) return;
  paused_ = false;
  loop_.poller().change(listening_.get(), {.readable = true}, *this);
}

}  // namespace qamera::edge
