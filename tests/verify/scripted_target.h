#pragma once

#include <functional>
#include <string>
#include <vector>

#include "verify/exchanger.h"

namespace qamera::verify {

/// A target whose replies the test writes; remembers what it was sent.
class ScriptedTarget final : public Exchanger {
 public:
  using Script = std::function<Result<Response>(const Request&)>;
  explicit ScriptedTarget(Script script) : script_(std::move(script)) {}
  Result<Response> send(const Request& request) override {
    seen.push_back(request);
    return script_(request);
  }
  std::vector<Request> seen;

 private:
  Script script_;
};

/// A clock that only waiting moves.
class VirtualPace final : public Pace {
 public:
  Duration now() override { return time; }
  void wait(Duration duration) override {
    time += duration;
    waits.push_back(duration);
  }
  Duration time{0};
  std::vector<Duration> waits;
};

inline Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

inline Request made_request(std::string method, std::string target, std::string body = {}) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = std::move(body);
  if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
  parse_target(request);
  return request;
}

}  // namespace qamera::verify
