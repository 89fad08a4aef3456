#include "control/served.h"

#include <doctest/doctest.h>

#include "control/control_contract.h"
#include "http/multipart.h"
#include "http/response_field.h"

namespace qamera::control {
namespace {

Application::Options with_defaults(Application::Options options, api::ScenarioStore& store,
                                   const std::string& scenario) {
  options.workspaces.default_scenario = store.find(scenario).value();
  if (!options.workspaces.clock_mode) options.workspaces.clock_mode = sim::ClockMode::kManual;
  options.log_requests = false;
  if (options.control.guard.host.empty()) options.control.guard.host = "127.0.0.1";
  options.control.version = "1.2.3";
  if (!options.control.shut_down) options.control.shut_down = [] {};
  return options;
}

}  // namespace

Served::Served(Overrides overrides)
    : log({.min_level = LogLevel::kError}),
      store(contract, log),
      journal({}),
      application(with_defaults(std::move(overrides.options), store, overrides.scenario), store, contract, journal,
                  time, log) {
  application.set_url("http://127.0.0.1:4010");
}

Reply Served::ask(std::string_view method, std::string_view target, std::string_view body, Headers headers) {
  Request request;
  request.method = method;
  request.target = target;
  parse_target(request);
  request.headers = std::move(headers);
  if (!request.headers.find("Host")) request.headers.add("Host", "127.0.0.1:4010");
  const bool control = request.path.starts_with("/__admin");
  if (!control && !request.headers.find("X-Api-Key") && !request.headers.find("Authorization")) {
    request.headers.add("X-Api-Key", std::string(kKey));
  }
  if (!body.empty() && !request.headers.find("Content-Type")) request.headers.add("Content-Type", "application/json");
  request.body = body;
  request.parts = http::parse_multipart(request);
  const std::string path(target.substr(0, target.find('?')));
  Reply reply = application.handle(std::move(request));
  constexpr std::size_t kPiece = 4096;
  while (reply.stream && reply.stream->read(reply.response.body, kPiece) == ReplyStream::State::kMore) {}
  const std::string departure = departure_from_document(method, path, body, reply);
  CHECK_MESSAGE(departure.empty(), departure);
  return reply;
}

Reply Served::control(std::string_view method, std::string_view target, std::string_view body, Headers headers) {
  return ask(method, "/__admin" + std::string(target), body, std::move(headers));
}

std::string Served::workspace_of(std::string_view scenario_members, std::string_view key) {
  const std::string body = "{\"key\": \"" + std::string(key) + "\", \"scenario\": {\"name\": \"inline\", " +
                           std::string(scenario_members) + "}}";
  const Reply reply = control("POST", "/workspaces", body);
  INFO(reply.response.body);
  REQUIRE(reply.response.status == 201);
  return std::string(key);
}

Json body_of(const Reply& reply) {
  auto parsed = parse_json(reply.response.body);
  REQUIRE(parsed.ok());
  return *std::move(parsed);
}

std::string shown(const Reply& reply) {
  const std::string status = std::to_string(reply.response.status);
  return reply.response.status < 400 ? status : status + " " + body_of(reply).at("error").get<std::string>();
}

std::string located(const Reply& reply) {
  const Json body = body_of(reply);
  return std::to_string(reply.response.status) + " " + body.value("pointer", "") + ": " + body.value("error", "");
}

std::string_view header(const Reply& reply, std::string_view name) { return response_field(reply.response, name); }

}  // namespace qamera::control
