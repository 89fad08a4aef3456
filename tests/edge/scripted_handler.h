#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "edge/server.h"
#include "http/handler.h"
#include "system/log.h"

namespace qamera::test {

/// Answers by path; anything else gets an echo: method, target and body. Remembers what it was given.
class ScriptedHandler : public RequestHandler {
 public:
  using Answer = std::function<Reply(const Request&)>;

  /// Before the server starts only.
  void on(std::string path, Answer answer) { answers_[std::move(path)] = std::move(answer); }

  Reply handle(Request request) override;
  Reply refuse(Refusal refusal) override;

  /// Returns once that many requests have been handled.
  void wait_for_requests(std::size_t count);
  std::vector<Request> requests() const;
  std::vector<Refusal> refusals() const;

 private:
  std::map<std::string, Answer> answers_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Request> requests_;
  std::vector<Refusal> refusals_;
};

/// A clock that only tests move.
class HandClock : public TimeSource {
 public:
  MonotonicTime monotonic() const override { return MonotonicTime(now_.load()); }
  Instant wall() const override { return Instant(); }
  void advance(Duration by) { now_ += MonotonicTime(by).count(); }

 private:
  std::atomic<MonotonicTime::rep> now_{1};
};

/// A server on a free port of 127.0.0.1 with a log that says nothing.
class Served {
 public:
  explicit Served(RequestHandler& handler, ServerOptions options = {});
  Server& server() { return *server_; }
  int port() const { return server_->port(); }
  /// Returns once the server has no more than `count` connections.
  void wait_for_connections(std::size_t count);

 private:
  Log log_{{.min_level = LogLevel::kError}};
  std::unique_ptr<Server> server_;
};

Reply reply_with(std::string body, Delivery delivery = {}, int status = 200);
Reply fault_reply(Fault fault, std::string body = "0123456789");

}  // namespace qamera::test
