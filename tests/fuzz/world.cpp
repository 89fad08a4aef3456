#include "fuzz/world.h"

#include <fcntl.h>

#include <algorithm>

#include "base/check.h"
#include "edge/transmission.h"
#include "fuzz/target.h"
#include "http/multipart.h"
#include "http/response_field.h"

namespace qamera::fuzz {
namespace {

constexpr std::int64_t kMaxGenerated = 50;
constexpr int kMaxReads = 8;

const Log& silent_log() {
  static const Log log({.min_level = LogLevel::kError, .descriptor = open("/dev/null", O_WRONLY)});
  return log;
}

control::Application::Options options() {
  control::Application::Options made;
  made.workspaces.max_workspaces = 6;
  made.workspaces.default_scenario = shipped_scenarios().find("docs-examples").value();
  made.workspaces.clock_mode = sim::ClockMode::kManual;
  made.log_requests = false;
  made.allow_origins = {"https://app.example"};
  made.control.guard.host = "127.0.0.1";
  made.control.version = "0";
  made.control.shut_down = [] {};
  return made;
}

/// Cuts the text before `end` off the front of `text`, and `end` with it; all of it when there is none.
std::string_view cut(std::string_view& text, std::string_view end) {
  const std::string_view front = text.substr(0, text.find(end));
  text.remove_prefix(std::min(front.size() + end.size(), text.size()));
  return front;
}

/// The first request of `script`, which then begins with the next.
Request next_request(std::string_view& script) {
  std::string_view text = cut(script, "\n===\n");
  Request request;
  std::string_view line = cut(text, "\n");
  request.method = cut(line, " ");
  request.target = line;
  parse_target(request);
  request.headers.add("Host", "127.0.0.1:4010");
  for (line = cut(text, "\n"); !line.empty(); line = cut(text, "\n")) {
    const std::string_view name = cut(line, ":");
    request.headers.add(std::string(name),
                        std::string(line.substr(std::min(line.find_first_not_of(' '), line.size()))));
  }
  const bool control = request.target.starts_with("/__admin");
  if (!control && !request.headers.find("X-Api-Key") && !request.headers.find("Authorization")) {
    request.headers.add("X-Api-Key", "mk_live_docs-examples.fuzz");
  }
  request.body = text;
  request.parts = http::parse_multipart(request);
  request.remote = "127.0.0.1:1";
  return request;
}

/// No reply can be taken for two: what follows the first empty line is the body.
void check_wire(const Response& response) {
  const edge::Transmission sent = edge::compile(response, Delivery(), http::ReplyForm(), false);
  std::string bytes;
  for (const edge::Segment& segment : sent.segments) bytes += segment.view();
  const auto head = bytes.find("\r\n\r\n");
  QM_CHECK(bytes.starts_with("HTTP/1.1 ") && head != std::string::npos, "a reply has a head");
  const bool bodiless = http::is_bodiless(response.status);
  QM_CHECK(bytes.substr(head + 4) == (bodiless ? "" : response.content()), "a head ends where the body begins");
}

void check_response(const Response& response) {
  QM_CHECK(response.status >= 200 && response.status <= 599, "a final status");
  const std::string_view reason = response_field(response, "X-Qamera-Mock-Reason");
  QM_CHECK(reason.find("bug in qamera-mock") == std::string_view::npos, "no reply breaks the contract");
  const bool scripted = reason.find("rule: ") != std::string_view::npos;
  if (scripted || response.headers.value_or("Content-Type", "application/json") != "application/json" ||
      response.content().empty())
    return;
  const auto body = parse_json(response.content());
  QM_CHECK(body.ok(), "a JSON reply is JSON");
  const bool product = !response_field(response, "X-Qamera-Mock-Request").empty();
  if (response.status < 400) return;
  if (product) QM_CHECK(body->is_object() && body->size() == 1, "the vendor's errors have one member");
  if (response.status != 422 && response.status != 409)
    QM_CHECK(body->contains("error") || body->contains("errors"), "an error says what is wrong");
}

}  // namespace

const contract::Contract& contract() {
  static const contract::Contract made;
  return made;
}

api::ScenarioStore& shipped_scenarios() {
  static api::ScenarioStore store(contract(), silent_log());
  return store;
}

World::World()
    : journal_({.entries = 64, .bytes = 1u << 20}),
      application_(options(), shipped_scenarios(), contract(), journal_, time_, silent_log()) {
  application_.set_url("http://127.0.0.1:4010");
}

void World::serve(std::string_view script) {
  while (!script.empty()) answer(next_request(script));
}

void World::answer(Request request) {
  Reply reply = application_.handle(std::move(request));
  if (reply.pending) {
    QM_CHECK(reply.pending->interval() > Duration(0), "a pending reply is asked for now and then");
    auto decided = reply.pending->poll(true);
    QM_CHECK(decided.has_value(), "the last call decides");
    reply = *std::move(decided);
  }
  tell(std::move(reply));
}

void World::tell(Reply reply) {
  for (int i = 0; reply.stream && i < kMaxReads; ++i) {
    const std::size_t before = reply.response.body.size();
    constexpr std::size_t kLimit = 4'096;
    if (reply.stream->read(reply.response.body, kLimit) != ReplyStream::State::kMore) break;
    QM_CHECK(reply.response.body.size() > before, "a stream that has more gives some");
  }
  if (!reply.stream) check_response(reply.response);
  check_wire(reply.response);
  transcript_ += std::to_string(reply.response.status) + " +" + format_duration(reply.delivery.delay) + " fault " +
                 std::to_string(reply.delivery.fault ? reply.delivery.fault->index() : std::variant_npos) + "\n";
  for (const Header& header : reply.response.headers) transcript_ += header.name + ": " + header.value + "\n";
  transcript_.append(reply.response.content()).append("\n");
}

bool asks_for_too_much(std::string_view script) {
  while (!script.empty()) {
    const auto body = parse_json(next_request(script).body);
    if (body.ok() && generates_more_than(*body, kMaxGenerated)) return true;
  }
  return false;
}

}  // namespace qamera::fuzz
