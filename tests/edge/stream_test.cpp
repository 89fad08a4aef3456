#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "edge/client.h"
#include "edge/scripted_handler.h"

using namespace qamera;
using namespace qamera::test;

namespace {

/// What a test feeds and its streams give out. Outlives them.
class Source {
 public:
  void add(std::string bytes) {
    change([&] { bytes_ += bytes; });
  }
  /// Ends it without its last bytes.
  void break_off() {
    change([this] { broken_ = true; });
  }
  void end() {
    change([&] { ended_ = true; });
  }

  std::unique_ptr<ReplyStream> stream() { return std::make_unique<Stream>(*this); }

  /// Returns once a stream has been destroyed; with the thread that did it.
  std::thread::id wait_for_destruction() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return destroyed_by_ != std::thread::id(); });
    return destroyed_by_;
  }
  std::size_t given() {
    const std::lock_guard lock(mutex_);
    return given_;
  }
  bool callback_was_cleared() {
    const std::lock_guard lock(mutex_);
    return cleared_;
  }

 private:
  class Stream : public ReplyStream {
   public:
    explicit Stream(Source& source) : source_(source) {}
    ~Stream() override {
      const std::lock_guard lock(source_.mutex_);
      source_.cleared_ = !source_.callback_;
      source_.destroyed_by_ = std::this_thread::get_id();
      source_.changed_.notify_all();
    }
    State read(std::string& out, std::size_t limit) override {
      const std::lock_guard lock(source_.mutex_);
      const std::string piece = source_.bytes_.substr(0, limit);
      source_.bytes_.erase(0, piece.size());
      source_.given_ += piece.size();
      out += piece;
      if (!source_.bytes_.empty()) return State::kMore;
      if (source_.broken_) return State::kBroken;
      if (source_.ended_) return State::kEnd;
      return State::kIdle;
    }
    void on_ready(std::function<void()> callback) override {
      const std::lock_guard lock(source_.mutex_);
      source_.callback_ = std::move(callback);
    }

   private:
    Source& source_;
  };

  template <typename Change>
  void change(Change apply) {
    const std::lock_guard lock(mutex_);
    apply();
    if (callback_) callback_();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string bytes_;
  bool ended_ = false;
  bool broken_ = false;
  bool cleared_ = false;
  std::size_t given_ = 0;
  std::function<void()> callback_;
  std::thread::id destroyed_by_;
};

struct Streaming {
  explicit Streaming(Delivery delivery = {}) {
    handler.on("/s", [this, delivery](const Request&) {
      Reply reply = reply_with("", delivery);
      reply.response.headers.add("Content-Type", "text/event-stream");
      reply.stream = source.stream();
      return reply;
    });
    served.emplace(handler);
  }
  Source source;
  ScriptedHandler handler;
  std::optional<Served> served;
};

std::string pattern(std::size_t size) {
  std::string bytes;
  bytes.reserve(size + 8);
  for (std::size_t i = 0; bytes.size() < size; ++i) bytes += std::to_string(i) + ",";
  bytes.resize(size);
  return bytes;
}

}  // namespace

TEST_CASE("stream: what comes later wakes the connection, and the end keeps it for the next request") {
  Streaming streaming;
  Client client(streaming.served->port());
  streaming.source.add("first");
  client.send(get("/s") + get("/after"));
  CHECK(client.read_until("5\r\nfirst\r\n").find("Transfer-Encoding: chunked") != std::string::npos);
  streaming.source.add("second");
  CHECK(client.read_until("\r\nsecond\r\n") == "6\r\nsecond\r\n");
  streaming.source.end();
  CHECK(client.read_until("\r\n\r\n") == "0\r\n\r\n");
  CHECK(client.reply().body == "GET /after ");
  streaming.source.wait_for_destruction();
  CHECK(streaming.source.callback_was_cleared());
}

TEST_CASE("stream: wake-ups from other threads are never lost") {
  Streaming streaming;
  Client client(streaming.served->port());
  client.send(get("/s"));
  std::thread producer([&] {
    for (int i = 0; i < 5000; ++i) streaming.source.add(std::to_string(i) + ";");
    streaming.source.end();
  });
  const auto reply = client.reply();
  producer.join();
  CHECK(reply.complete);
  std::string expected;
  for (int i = 0; i < 5000; ++i) expected += std::to_string(i) + ";";
  CHECK(reply.body == expected);
}

TEST_CASE("stream: a slow reader is not read ahead for") {
  Streaming streaming;
  const std::string bytes = pattern(64 << 20);
  streaming.source.add(bytes);
  streaming.source.end();
  Client client(streaming.served->port());
  client.set_receive_buffer(4096);
  client.send(get("/s"));
  CHECK(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
  Client other(streaming.served->port());
  CHECK(other.exchange(get("/o")).status == 200);
  CHECK(streaming.source.given() < bytes.size() / 2);
  client.shut_down_sending();
}

TEST_CASE("stream: a large one arrives whole") {
  Streaming streaming;
  const std::string bytes = pattern(8 << 20);
  streaming.source.add(bytes);
  streaming.source.end();
  Client client(streaming.served->port());
  const auto reply = client.exchange(get("/s"));
  CHECK(reply.complete);
  CHECK((reply.body == bytes));
}

TEST_CASE("stream: it is destroyed on its loop when the client leaves") {
  Streaming streaming;
  streaming.source.add("x");
  {
    Client client(streaming.served->port());
    client.send(get("/s"));
    client.read_until("x\r\n");
  }
  CHECK(streaming.source.wait_for_destruction() != std::this_thread::get_id());
  CHECK(streaming.source.callback_was_cleared());
  streaming.source.add("nobody listens");
  streaming.served->wait_for_connections(0);
}

TEST_CASE("stream: HTTP/1.0 gets it until the close") {
  Streaming streaming;
  streaming.source.add("abc");
  streaming.source.end();
  Client client(streaming.served->port());
  client.send("GET /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const std::string all = client.read_to_end();
  CHECK(all.ends_with("Connection: close\r\n\r\nabc"));
  CHECK(all.find("chunked") == std::string::npos);
  CHECK(client.end() == Client::End::kClosed);
}

TEST_CASE("stream: one that breaks off is not taken for whole") {
  Streaming streaming;
  streaming.source.add("abc");
  streaming.source.break_off();
  Client client(streaming.served->port());
  client.send(get("/s"));
  CHECK(client.read_to_end().ends_with("3\r\nabc\r\n"));
  CHECK(client.end() == Client::End::kClosed);
  Client old(streaming.served->port());
  old.send("GET /s HTTP/1.0\r\n\r\n");
  old.read_to_end();
  CHECK(old.end() == Client::End::kReset);
}

TEST_CASE("stream: HEAD and faults drop it") {
  Streaming streaming;
  Client client(streaming.served->port());
  client.send("HEAD /s HTTP/1.1\r\nHost: a\r\n\r\n" + get("/after"));
  CHECK(client.reply(true).head.find("chunked") != std::string::npos);
  CHECK(client.reply().body == "GET /after ");
  streaming.source.wait_for_destruction();

  Streaming reset({.delay = Duration(0), .throttle_bytes_per_second = {}, .fault = fault::ConnectionReset{}});
  Client unlucky(reset.served->port());
  unlucky.send(get("/s"));
  CHECK(unlucky.read_to_end() == "");
  CHECK(unlucky.end() == Client::End::kReset);
  reset.source.wait_for_destruction();

  Streaming truncated({.delay = Duration(0), .throttle_bytes_per_second = {}, .fault = fault::TruncatedBody{}});
  truncated.source.add("0123456789");
  Client cut(truncated.served->port());
  const auto reply = cut.exchange(get("/s"));
  CHECK(reply.body == "01234");
  CHECK_FALSE(reply.complete);
}

TEST_CASE("stream: an idle one is ended in good order when the server stops") {
  Streaming streaming;
  streaming.source.add("abc");
  Client client(streaming.served->port());
  client.send(get("/s"));
  client.read_until("abc\r\n");
  streaming.served->server().stop(std::chrono::hours(1));
  CHECK(client.read_to_end() == "0\r\n\r\n");
  CHECK(client.end() == Client::End::kClosed);
}
