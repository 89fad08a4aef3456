#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "edge/loop.h"
#include "edge/output.h"
#include "edge/playback.h"
#include "edge/server.h"
#include "edge/socket.h"
#include "http/handler.h"
#include "http/request_framing.h"

namespace qamera::edge {

/// What the connections of one loop share; owned by their worker.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual Loop& loop() = 0;
  virtual const ServerOptions& options() const = 0;
  virtual RequestHandler& handler() = 0;
  virtual std::span<char> scratch() = 0;  ///< for reading; valid until the next connection is served
  virtual bool stopping() const = 0;
  /// The connection is closed; it is destroyed when the round is over.
  virtual void retire(std::uint64_t id) = 0;
  /// Runs `on_signal` of that connection on the loop, if it is still there. Thread-safe.
  virtual std::function<void()> signal_to(std::uint64_t id) = 0;
};

/// One client. Lives on one loop's thread. Requests are answered strictly in order: the next one is not
/// looked at before the last byte of the reply before it is on its way.
///
/// A state machine and not a coroutine or a thread, since each state has its own deadline, its own idea of what bytes
/// from the client mean and its own way to end when the server stops; `Phase` names them all.
class Connection : private Poller::Watcher, private TimerClient {
 public:
  Connection(std::uint64_t id, Accepted accepted, ConnectionHost& host);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// False when the loop cannot watch it.
  bool open();
  /// A stream has more, or a pending reply is decided.
  void on_signal();
  /// The server stops: closes unless a reply is still owed.
  void begin_stop();
  /// Closes without ado.
  void close();

 private:
  enum class Phase {
    kReading,    ///< waiting for a request, or for the rest of one
    kPending,    ///< the handler has not decided on its reply yet
    kReplying,   ///< a reply is under way
    kEnding,     ///< all of the last reply is given out; ends as `end_` says once it is sent
    kHanging,    ///< a stalled reply: only the client ends it
    kLingering,  ///< our side is closed; what the client still sends is dropped
    kClosed,
  };
  /// How far the present request is.
  enum class Stage { kIdle, kHead, kBody };

  void on_ready(Readiness readiness) override;
  void on_deadline(MonotonicTime now) override;
  void pass_deadline();
  void settle();

  template <typename Work>
  void surviving(Work work);
  void receive();
  void on_peer_closed();
  bool is_given_up();
  void run(std::string_view input);
  void drive();
  bool step();
  bool step_reading();
  Reply ask(Request request);
  bool step_pending();
  bool step_replying();
  bool pull_stream();
  void answer_refusal();
  void start_reply(Reply reply, const http::ReplyForm& form);
  void drop_stream();
  void drop_pending();
  void end_reply();
  void linger();
  void buffer_unread();
  void update_interest();
  void update_deadline();
  void read_deadline();

  const std::uint64_t id_;
  ConnectionHost& host_;
  Descriptor descriptor_;
  const std::string remote_;
  Phase phase_ = Phase::kReading;
  Stage stage_ = Stage::kIdle;
  End end_ = End::kClose;
  bool blocked_ = false;      ///< the socket is full
  bool peer_closed_ = false;  ///< the client sends nothing more
  bool discarding_ = false;   ///< no further request is read
  bool stream_idle_ = false;
  Interest interest_{.readable = true};
  MonotonicTime stage_since_;
  MonotonicTime progress_at_{0};  ///< when the socket last took a byte
  std::size_t lingered_ = 0;
  http::RequestFraming framing_;
  std::string unread_;      ///< received, not yet looked at; never more than a line or `kMaxUnread` bytes
  std::string_view input_;  ///< what `run` works on
  Output output_;
  std::optional<Playback> playback_;
  std::unique_ptr<ReplyStream> stream_;
  std::unique_ptr<PendingReply> pending_;
  http::ReplyForm pending_form_{};
  MonotonicTime poll_at_{0};  ///< when `pending_` is asked next
};

}  // namespace qamera::edge
