// Streams read off the event loops: the same bytes, woken when there is more, and nothing read after the end.

#include "tasks/pooled_stream.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "journal/journal.h"

namespace qamera::tasks {
namespace {

/// Gives what it is told to, piece by piece.
class Told final : public ReplyStream {
 public:
  struct Source {
    std::mutex mutex;
    std::deque<std::string> pieces;
    bool ended = false;
    std::function<void()> wake;

    void say(std::string piece) {
      const std::lock_guard lock(mutex);
      pieces.push_back(std::move(piece));
      if (wake) wake();
    }
    void end() {
      const std::lock_guard lock(mutex);
      ended = true;
      if (wake) wake();
    }
  };
  explicit Told(Source& source) : source_(source) {}
  State read(std::string& out, std::size_t) override {
    const std::lock_guard lock(source_.mutex);
    if (source_.pieces.empty()) return source_.ended ? State::kEnd : State::kIdle;
    out += source_.pieces.front();
    source_.pieces.pop_front();
    return State::kMore;
  }
  void on_ready(std::function<void()> callback) override {
    const std::lock_guard lock(source_.mutex);
    source_.wake = std::move(callback);
  }

 private:
  Source& source_;
};

/// Reads as a connection does: again when there is more, else when it is told.
class Reader {
 public:
  explicit Reader(std::unique_ptr<ReplyStream> stream) : stream_(std::move(stream)) {
    stream_->on_ready([this] {
      const std::lock_guard lock(mutex_);
      ready_ = true;
      changed_.notify_one();
    });
  }
  ~Reader() { stream_->on_ready(nullptr); }

  /// Reads on until there are `size` bytes in all, or the stream ends. Whether it has ended.
  bool read_to(std::size_t size) {
    while (text.size() < size) {
      const auto state = stream_->read(text, 1024);
      if (state == ReplyStream::State::kEnd) return true;
      if (state == ReplyStream::State::kMore) continue;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ready_; });
      ready_ = false;
    }
    return false;
  }
  std::string text;

 private:
  std::unique_ptr<ReplyStream> stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false;
};

}  // namespace

TEST_CASE("pooled stream: it gives what the stream gives, whether that is there or comes later, and its end") {
  TaskPool pool({.threads = 1});
  Told::Source source;
  source.say("a");
  source.say("b");
  Quota quota(1);
  Reader reader(pooled_stream(pool, std::make_unique<Told>(source), quota.take()));
  CHECK_FALSE(quota.take());
  CHECK_FALSE(reader.read_to(2));
  std::thread saying([&] {
    for (int i = 0; i < 2'000; ++i) source.say("c");
    source.end();
  });
  CHECK(reader.read_to(SIZE_MAX));
  saying.join();
  CHECK(reader.text == "ab" + std::string(2'000, 'c'));
}

TEST_CASE("pooled stream: one that is dropped while it is read is over, and its place is free") {
  TaskPool pool({.threads = 1});
  Quota quota(1);
  journal::Journal journal({});
  for (int i = 0; i < 200; ++i) {
    auto share = quota.take();
    REQUIRE(share);
    auto stream = pooled_stream(pool, journal.tail({}), std::move(share));
    std::string out;
    stream->read(out, 1024);
    journal.append(journal::Entry());
    stream->read(out, 1024);
  }
  CHECK(quota.take());
}

TEST_CASE("pooled stream: where no thread is to be had it breaks off") {
  TaskPool pool({});
  pool.stop();
  Told::Source source;
  source.say("a");
  const auto stream = pooled_stream(pool, std::make_unique<Told>(source), nullptr);
  std::string out;
  while (stream->read(out, 1024) == ReplyStream::State::kMore) {}
  CHECK(stream->read(out, 1024) == ReplyStream::State::kBroken);
  stream->on_ready(nullptr);
}

}  // namespace qamera::tasks
