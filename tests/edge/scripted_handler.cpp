#include "edge/scripted_handler.h"

#include <doctest/doctest.h>

#include <thread>

namespace qamera::test {

Reply ScriptedHandler::handle(Request request) {
  const auto answer = answers_.find(request.path);
  Reply reply = answer != answers_.end() ? answer->second(request)
                                         : reply_with(request.method + " " + request.target + " " + request.body);
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(request));
  changed_.notify_all();
  return reply;
}

Reply ScriptedHandler::refuse(Refusal refusal) {
  Reply reply = reply_with("{\"error\":\"" + refusal.message + "\"}", {}, refusal.status);
  const std::lock_guard lock(mutex_);
  refusals_.push_back(std::move(refusal));
  return reply;
}

void ScriptedHandler::wait_for_requests(std::size_t count) {
  // Bounded for a broken server only.
  std::unique_lock lock(mutex_);
  REQUIRE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return requests_.size() >= count; }));
}

std::vector<Request> ScriptedHandler::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<Refusal> ScriptedHandler::refusals() const {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

Served::Served(RequestHandler& handler, ServerOptions options) {
  options.port = 0;
  auto started = Server::start(std::move(options), handler, log_);
  REQUIRE_MESSAGE(started.ok(), (started.ok() ? "" : started.error().message));
  server_ = *std::move(started);
}

void Served::wait_for_connections(std::size_t count) {
  constexpr int kMaxLooks = 20'000'000;
  for (int i = 0; i < kMaxLooks && server_->connections() > count; ++i) std::this_thread::yield();
  REQUIRE(server_->connections() <= count);
}

Reply reply_with(std::string body, Delivery delivery, int status) {
  Reply reply;
  reply.response.status = status;
  reply.response.body = std::move(body);
  reply.delivery = std::move(delivery);
  return reply;
}

Reply fault_reply(Fault fault, std::string body) {
  return reply_with(std::move(body), {.delay = Duration(0), .throttle_bytes_per_second = {}, .fault = fault});
}

}  // namespace qamera::test
