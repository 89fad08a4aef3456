#include "tasks/pooled_stream.h"

#include <functional>
#include <mutex>
#include <new>
#include <string>
#include <utility>

namespace qamera::tasks {
namespace {

constexpr std::size_t kPiece = 64u << 10;

/// Shared by the connection that asks for pieces, the thread that makes them, and whoever wakes the stream.
class Source : public std::enable_shared_from_this<Source> {
 public:
  Source(TaskPool& pool, std::unique_ptr<ReplyStream> stream) : pool_(pool), stream_(std::move(stream)) {}

  /// Lets the stream wake this.
  void listen() {
    stream_->on_ready([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->wake();
    });
  }
  void stop_listening() { stream_->on_ready(nullptr); }

  void on_ready(std::function<void()> callback) {
    const std::lock_guard lock(mutex_);
    on_ready_ = std::move(callback);
  }

  ReplyStream::State take(std::string& out) {
    const std::lock_guard lock(mutex_);
    if (is_busy_) return ReplyStream::State::kIdle;
    const bool gives = !piece_.empty();
    out += std::exchange(piece_, {});
    if (is_over()) return state_;
    if (state_ == ReplyStream::State::kMore) start();
    return gives ? ReplyStream::State::kMore : ReplyStream::State::kIdle;
  }

  /// Whether more comes without anybody else's doing: a piece is being made, or lies here and was announced.
  bool is_at_work() {
    const std::lock_guard lock(mutex_);
    return is_busy_ || !piece_.empty() || state_ != ReplyStream::State::kIdle;
  }

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    if (is_busy_)
      was_woken_ = true;
    else if (piece_.empty())
      start();
    else
      state_ = ReplyStream::State::kMore;  // when the piece is taken
  }

  // REQUIRES: mutex_ held
  bool is_over() const { return state_ == ReplyStream::State::kEnd || state_ == ReplyStream::State::kBroken; }

  // REQUIRES: mutex_ held
  void start() {
    is_busy_ = true;
    was_woken_ = false;
    if (pool_.submit([self = shared_from_this()] { self->make(); })) return;
    // The server stops, or there is no thread to be had.
    is_busy_ = false;
    state_ = ReplyStream::State::kBroken;
  }

  void make() {
    std::string piece;
    auto state = ReplyStream::State::kBroken;
    try {
      state = stream_->read(piece, kPiece);
    } catch (const std::bad_alloc&) {
      piece.clear();
    }
    const std::lock_guard lock(mutex_);
    is_busy_ = false;
    piece_ = std::move(piece);
    state_ = state == ReplyStream::State::kIdle && was_woken_ ? ReplyStream::State::kMore : state;
    if (piece_.empty() && state_ == ReplyStream::State::kMore) start();
    const bool has_news = !piece_.empty() || is_over();
    if (has_news && on_ready_) on_ready_();
  }

  TaskPool& pool_;
  const std::unique_ptr<ReplyStream> stream_;  ///< read by one task at a time
  std::mutex mutex_;
  std::function<void()> on_ready_;                        // guarded by mutex_
  std::string piece_;                                     // guarded by mutex_; made and not yet taken
  ReplyStream::State state_ = ReplyStream::State::kMore;  // guarded by mutex_; of the stream, after the piece
  bool is_busy_ = false;                                  // guarded by mutex_; a task reads, or will
  bool was_woken_ = false;                                // guarded by mutex_; while it did
};

class PooledStream final : public ReplyStream {
 public:
  PooledStream(TaskPool& pool, std::unique_ptr<ReplyStream> stream, Quota::Share share)
      : pool_(pool), share_(std::move(share)), source_(std::make_shared<Source>(pool, std::move(stream))) {
    source_->listen();
  }
  ~PooledStream() override {
    source_->stop_listening();
    source_->on_ready(nullptr);
    // An export lets go of thousands of entries.
    pool_.submit([source = std::move(source_)] {});
  }

  State read(std::string& out, std::size_t) override { return source_->take(out); }
  void on_ready(std::function<void()> callback) override { source_->on_ready(std::move(callback)); }
  bool is_at_work() const override { return source_->is_at_work(); }

 private:
  TaskPool& pool_;
  const Quota::Share share_;
  std::shared_ptr<Source> source_;
};

}  // namespace

std::unique_ptr<ReplyStream> pooled_stream(TaskPool& pool, std::unique_ptr<ReplyStream> stream, Quota::Share share) {
  return std::make_unique<PooledStream>(pool, std::move(stream), std::move(share));
}

}  // namespace qamera::tasks
