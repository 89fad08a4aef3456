#include "edge/connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <utility>

#include "base/memory.h"
#include "http/multipart.h"

namespace qamera::edge {
namespace {

constexpr std::size_t kMaxUnread = 64u << 10;   // pipelined bytes held while a reply is under way
constexpr std::size_t kMaxUnsent = 256u << 10;  // output held before the socket must take some
constexpr std::size_t kStreamPiece = 64u << 10;

}  // namespace

Connection::Connection(std::uint64_t id, Accepted accepted, ConnectionHost& host)
    : id_(id),
      host_(host),
      descriptor_(std::move(accepted.descriptor)),
      remote_(std::move(accepted.remote)),
      stage_since_(host.loop().now()),
      framing_(host.options().limits) {}

Connection::~Connection() { close(); }

bool Connection::open() {
  if (!host_.loop().poller().add(descriptor_.get(), interest_, *this)) return false;
  update_deadline();
  return true;
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  drop_stream();
  drop_pending();
  host_.loop().timers().forget(*this);
  host_.loop().poller().remove(descriptor_.get());
  descriptor_.reset();
  host_.retire(id_);
}

void Connection::drop_stream() {
  if (!stream_) return;
  stream_->on_ready(nullptr);
  stream_.reset();
}

void Connection::drop_pending() {
  if (!pending_) return;
  pending_->on_decided(nullptr);
  pending_.reset();
}

template <typename Work>
void Connection::surviving(Work work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
    // What this client made us hold goes with its connection; the others are served on.
    close();
  }
}

void Connection::on_ready(Readiness readiness) {
  if (phase_ == Phase::kClosed) return;
  surviving([&] {
    if (readiness.readable) {
      receive();
    } else if (readiness.hung_up) {
      close();
    }
    if (phase_ != Phase::kClosed && readiness.writable) {
      // A client that did not read for a second must not get a throttled second's bytes at once.
      if (playback_ && blocked_) playback_->resume(host_.loop().now());
      run(unread_);
    }
  });
}

void Connection::on_deadline(MonotonicTime) {
  surviving([this] { pass_deadline(); });
}

void Connection::pass_deadline() {
  if (blocked_ || phase_ == Phase::kLingering) return close();
  if (phase_ != Phase::kReading) return run(unread_);
  // Between two requests nobody waits for a reply: a 408 here could be taken for the answer to the next one.
  if (stage_ == Stage::kIdle) return close();
  const bool in_head = stage_ == Stage::kHead;
  framing_.refuse(408, in_head ? "Request head took too long." : "Request body took too long.",
                  in_head ? "edge: head deadline" : "edge: body deadline");
  run(unread_);
}

void Connection::on_signal() {
  if (phase_ == Phase::kPending) {
    poll_at_ = host_.loop().now();
  } else if (phase_ == Phase::kReplying && stream_) {
    stream_idle_ = false;
  } else {
    return;
  }
  surviving([this] { run(unread_); });
}

void Connection::begin_stop() {
  surviving([this] { settle(); });
}

void Connection::settle() {
  // A request that lies in the socket has arrived, and is answered before the server goes.
  if (phase_ == Phase::kReading) receive();
  const bool owes_nothing =
      phase_ == Phase::kHanging || phase_ == Phase::kLingering || (phase_ == Phase::kReading && output_.empty());
  if (owes_nothing) return close();
  if (phase_ == Phase::kReplying || phase_ == Phase::kPending) run(unread_);
}

void Connection::receive() {
  // One read a round. More would let a client that sends without pause keep the loop from everybody else.
  const std::span<char> scratch = host_.scratch();
  const ssize_t count = ::recv(descriptor_.get(), scratch.data(), scratch.size(), 0);
  if (count < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) close();
    return;
  }
  if (count == 0) return on_peer_closed();
  const std::string_view received(scratch.data(), static_cast<std::size_t>(count));
  if (discarding_ || phase_ == Phase::kHanging || phase_ == Phase::kLingering) {
    lingered_ += received.size();
    if (lingered_ > host_.options().lingering_bytes) close();
    return;
  }
  // The usual request arrives in one piece and is read from the worker's buffer; only what is left over is copied.
  if (unread_.empty() && phase_ == Phase::kReading) return run(received);
  unread_.append(received);
  if (phase_ == Phase::kReading) return run(unread_);
  update_interest();
}

void Connection::on_peer_closed() {
  peer_closed_ = true;
  if (is_given_up()) return close();
  update_interest();
}

bool Connection::is_given_up() {
  // A client that has only closed its sending side still gets a reply that is made, or on its way to the socket; one
  // that waits for a timer or a stream is taken to have been given up.
  if (!peer_closed_ || blocked_) return false;
  return phase_ != Phase::kPending || !pending_->outlasts_half_close();
}

void Connection::run(std::string_view input) {
  input_ = input;
  drive();
  if (phase_ == Phase::kClosed) return;
  if (is_given_up()) return close();
  buffer_unread();
  update_interest();
  update_deadline();
}

void Connection::drive() {
  // Two loops in one another. The inner one makes output: it reads requests, asks for replies and plays them, until
  // there is nothing to do now, or so much is unsent that a client that does not read would fill our memory. The outer
  // one sends it, once for all replies of pipelined requests; it comes back only where the inner one stopped for size,
  // since otherwise what was not due before the flush is not due after it.
  for (bool again = true; again && phase_ != Phase::kClosed;) {
    while (output_.size() < kMaxUnsent && step()) {}
    if (phase_ == Phase::kClosed) return;
    again = output_.size() >= kMaxUnsent;
    std::size_t sent = 0;
    switch (output_.flush(descriptor_.get(), sent)) {
      case Output::Flush::kFailed: return close();
      case Output::Flush::kBlocked:
        // The write deadline runs from the last byte taken: a slow reader is served on, one that stopped is not.
        if (!blocked_ || sent > 0) progress_at_ = host_.loop().now();
        blocked_ = true;
        return;
      case Output::Flush::kDone: blocked_ = false; break;
    }
  }
  // Only now has everything left: a FIN or RST any sooner would overtake the reply's last bytes.
  if (phase_ == Phase::kEnding) end_reply();
  if (phase_ == Phase::kReading && (peer_closed_ || (host_.stopping() && input_.empty()))) close();
}

bool Connection::step() {
  switch (phase_) {
    case Phase::kReading: return step_reading();
    case Phase::kPending: return step_pending();
    case Phase::kReplying: return step_replying();
    default: return false;
  }
}

bool Connection::step_reading() {
  try {
    input_.remove_prefix(framing_.advance(input_));
  } catch (const std::bad_alloc&) {
    framing_.refuse_for_memory();
  }
  if (framing_.take_expectation()) output_.append(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"));
  if (framing_.state() == http::RequestFraming::State::kRefused) {
    answer_refusal();
    return true;
  }
  if (framing_.state() != http::RequestFraming::State::kComplete) return false;
  http::FramedRequest framed = framing_.take_request();
  stage_ = Stage::kIdle;
  stage_since_ = host_.loop().now();
  const http::ReplyForm form{.is_head = framed.request.method == "HEAD",
                             .http_1_0 = framed.http_1_0,
                             .keep_alive = framed.keep_alive && !host_.stopping()};
  start_reply(ask(std::move(framed.request)), form);
  return true;
}

Reply Connection::ask(Request request) {
  try {
    request.remote = remote_;
    parse_target(request);
    // What is trusted with large bodies takes no forms.
    const std::string_view prefix = host_.options().limits.trusted_prefix;
    const bool is_trusted = !prefix.empty() && request.path.starts_with(prefix);
    if (!is_trusted) request.parts = http::parse_multipart(request);
    return host_.handler().handle(std::move(request));
  } catch (const std::bad_alloc&) {
    memory::recover();
    return host_.handler().refuse(http::out_of_memory());
  }
}

void Connection::answer_refusal() {
  Refusal refusal = framing_.take_refusal();
  const http::ReplyForm form{.is_head = refusal.request.method == "HEAD", .http_1_0 = false, .keep_alive = false};
  refusal.request.remote = remote_;
  parse_target(refusal.request);
  // Where this request ends is unknown, so nothing after it may be taken for another one.
  discarding_ = true;
  input_ = {};
  start_reply(host_.handler().refuse(std::move(refusal)), form);
}

void Connection::start_reply(Reply reply, const http::ReplyForm& form) {
  if (reply.pending) {
    phase_ = Phase::kPending;
    pending_ = std::move(reply.pending);
    pending_form_ = form;
    poll_at_ = host_.loop().now();
    pending_->on_decided(host_.signal_to(id_));
    return;
  }
  phase_ = Phase::kReplying;
  if (!reply.response.date) reply.response.date = host_.handler().date();
  stream_ = std::move(reply.stream);
  stream_idle_ = false;
  const bool has_stream = stream_ != nullptr;
  // A fault that cuts a body needs one to cut, so it gets the first piece of a stream.
  if (has_stream && needs_body(reply.delivery.fault)) stream_->read(reply.response.body, kStreamPiece);
  playback_.emplace(compile(std::move(reply.response), reply.delivery, form, has_stream), host_.loop().now());
  if (!playback_->stream_follows()) {
    drop_stream();
  } else {
    stream_->on_ready(host_.signal_to(id_));
  }
}

bool Connection::step_pending() {
  const MonotonicTime now = host_.loop().now();
  if (now < poll_at_ && !host_.stopping()) return false;
  std::optional<Reply> reply;
  try {
    reply = pending_->poll(host_.stopping());
  } catch (const std::bad_alloc&) {
    reply = host_.handler().refuse(http::out_of_memory());
  }
  if (!reply) {
    poll_at_ = now + pending_->interval();
    return false;
  }
  drop_pending();
  start_reply(*std::move(reply), pending_form_);
  return true;
}

bool Connection::step_replying() {
  playback_->release(host_.loop().now(), output_);
  if (!playback_->finished()) return false;
  if (playback_->stream_follows()) return pull_stream();
  drop_stream();
  end_ = playback_->end();
  if (discarding_ || host_.stopping()) end_ = end_ == End::kKeepAlive ? End::kClose : end_;
  playback_.reset();
  stage_since_ = host_.loop().now();
  phase_ = end_ == End::kKeepAlive ? Phase::kReading : Phase::kEnding;
  return true;
}

bool Connection::pull_stream() {
  if (stream_idle_) {
    const bool is_over = host_.stopping() && !stream_->is_at_work();
    if (is_over) playback_->finish_stream(host_.loop().now());
    return is_over;
  }
  std::string piece;
  const ReplyStream::State state = stream_->read(piece, kStreamPiece);
  stream_idle_ = state == ReplyStream::State::kIdle;
  playback_->append_stream(std::move(piece), host_.loop().now());
  if (state == ReplyStream::State::kEnd) playback_->finish_stream(host_.loop().now());
  if (state == ReplyStream::State::kBroken) playback_->break_stream();
  return true;
}

void Connection::end_reply() {
  switch (end_) {
    case End::kKeepAlive: return;
    case End::kReset: reset_on_close(descriptor_.get()); return close();
    case End::kHang:
      if (host_.stopping()) return close();
      phase_ = Phase::kHanging;
      return;
    case End::kClose: return linger();
  }
}

void Connection::linger() {
  ::shutdown(descriptor_.get(), SHUT_WR);
  // Closing while the client still sends would answer with RST, which can destroy the reply before it is
  // read.
  if (peer_closed_ || (host_.stopping() && !discarding_)) return close();
  phase_ = Phase::kLingering;
  stage_since_ = host_.loop().now();
  input_ = {};
}

void Connection::buffer_unread() {
  if (discarding_ || phase_ == Phase::kLingering || phase_ == Phase::kHanging) {
    std::string().swap(unread_);
    return;
  }
  if (input_.empty()) {
    if (!unread_.empty()) std::string().swap(unread_);
  } else if (!unread_.empty()) {
    unread_.erase(0, unread_.size() - input_.size());
  } else {
    unread_.assign(input_);
  }
  input_ = {};
}

void Connection::update_interest() {
  // Where a client sends requests ahead of our replies, the socket's own window holds it up once ours is full.
  const bool full = phase_ != Phase::kReading && unread_.size() >= kMaxUnread;
  const Interest wanted{.readable = !peer_closed_ && !full, .writable = blocked_};
  if (wanted == interest_) return;
  interest_ = wanted;
  host_.loop().poller().change(descriptor_.get(), interest_, *this);
}

void Connection::update_deadline() {
  Timers& timers = host_.loop().timers();
  if (blocked_) return timers.set(*this, progress_at_ + host_.options().write_deadline);
  switch (phase_) {
    case Phase::kReading: return read_deadline();
    case Phase::kPending: return timers.set(*this, poll_at_);
    case Phase::kReplying:
      if (const auto due = playback_->next_due()) return timers.set(*this, *due);
      return timers.clear(*this);
    case Phase::kLingering: return timers.set(*this, stage_since_ + host_.options().linger_deadline);
    default: return timers.clear(*this);
  }
}

void Connection::read_deadline() {
  const ServerOptions& options = host_.options();
  const Stage stage = !framing_.started()                                      ? Stage::kIdle
                      : framing_.state() == http::RequestFraming::State::kBody ? Stage::kBody
                                                                               : Stage::kHead;
  if (stage != stage_) {
    stage_ = stage;
    stage_since_ = host_.loop().now();
  }
  const Duration limit = stage == Stage::kIdle   ? options.idle_deadline
                         : stage == Stage::kHead ? options.head_deadline
                                                 : options.body_deadline;
  host_.loop().timers().set(*this, stage_since_ + limit);
}

}  // namespace qamera::edge
