// The pipeline as a validating proxy: the upstream judges requests and makes replies, this side watches and disturbs.

#include <mutex>
#include <new>
#include <utility>

#include "api/pipeline.h"
#include "http/handler.h"

namespace qamera::api {
namespace {

/// Names of a reply's fields that say how its body is written.
constexpr std::string_view kBodyFields[] = {"Content-Encoding", "Content-Length", "ETag", "Content-MD5", "Digest"};

Answer upstream_failure(const UpstreamOutcome& outcome, const std::string& url) {
  const bool late = outcome.kind == UpstreamOutcome::Kind::kTimedOut;
  const std::string what = std::string(late ? "Gateway timeout: " : "Bad gateway: ") + outcome.problem + ".";
  return error_answer(late ? 504 : 502, what, "upstream " + url + ": " + outcome.problem);
}

}  // namespace

/// Shared by the upstream's thread, which completes it, and the edge, which asks for the reply.
struct Pipeline::Relay {
  Exchange exchange;
  sim::ScriptDecision script;

  std::mutex mutex;
  std::optional<Reply> reply;        // guarded by mutex
  std::function<void()> on_decided;  // guarded by mutex
};

/// What the edge holds of a relay. When the client leaves, the exchange is completed and kept in the journal anyway.
class Pipeline::RelayedReply final : public PendingReply {
 public:
  explicit RelayedReply(std::shared_ptr<Relay> relay) : relay_(std::move(relay)) {}

  std::optional<Reply> poll(bool) override {
    const std::lock_guard lock(relay_->mutex);
    return std::exchange(relay_->reply, std::nullopt);
  }
  Duration interval() const override { return std::chrono::seconds(1); }
  void on_decided(const std::function<void()>& callback) override {
    const std::lock_guard lock(relay_->mutex);
    relay_->on_decided = callback;
    if (relay_->reply && relay_->on_decided) relay_->on_decided();
  }

 private:
  std::shared_ptr<Relay> relay_;
};

Reply Pipeline::relay(Exchange exchange) {
  auto relay = std::make_shared<Relay>();
  relay->exchange = std::move(exchange);
  Exchange& own = relay->exchange;
  // Unknown paths and keys are the upstream's to refuse; what is learned here serves rules and journal.
  static_cast<void>(resolve(own));
  own.response.headers = {};
  examine(own);
  bool answered = false;
  {
    std::unique_lock<std::mutex> lock;
    if (own.handle) lock = std::unique_lock(own.handle->mutex);
    if (auto answer = answer_instead(*relay)) {
      answered = true;
      // What a fault spoils reaches nobody.
      if (!own.delivery.fault)
        tell(own, {.status = answer->status, .headers = own.response.headers, .body = answer->body});
      record(own, *std::move(answer));
    }
  }
  if (answered) return reply_to(own);
  Reply reply;
  reply.pending = std::make_unique<RelayedReply>(relay);
  options_.upstream->send(own.request, [this, relay](UpstreamOutcome outcome) {
    Reply made;
    try {
      made = complete(*relay, std::move(outcome));
    } catch (const std::bad_alloc&) {
      made.response.status = 503;
      made.response.body = R"({"error":"Out of memory for this reply."})";
    }
    const std::lock_guard lock(relay->mutex);
    relay->reply = std::move(made);
    if (relay->on_decided) relay->on_decided();
  });
  return reply;
}

std::optional<Answer> Pipeline::answer_instead(Relay& relay) {
  Exchange& exchange = relay.exchange;
  if (exchange.handle) {
    if (auto closed = enter(exchange)) return closed;
    sim::Workspace& workspace = exchange.handle->workspace;
    if (exchange.operation && !workspace.admit(exchange.key_id)) {
      const sim::RateLimit& limit = workspace.scenario().rate_limit;
      exchange.findings.push_back({finding_kind::kRateLimitExceeded, "",
                                   "more than the documented " + std::to_string(limit.requests) + " requests in " +
                                       format_duration(limit.window)});
    }
    relay.script = decide(exchange);
    if (relay.script.respond) return scripted_answer(exchange, *relay.script.respond);
  }
  note_request_findings(exchange);
  if (options_.strict && !exchange.findings.empty()) {
    const Finding& first = exchange.findings.front();
    return error_answer(400, "Validation failed: " + first.message,
                        "strict: " + std::string(first.kind) + " " + first.pointer);
  }
  if (relay.script.fault && relay.script.fault->commit == sim::Commit::kBefore) {
    // The upstream must not see the request, so the bytes that the fault spoils are ours.
    return error_answer(503, "Service temporarily unavailable. Please retry later.", "rule: " + exchange.rule);
  }
  return std::nullopt;
}

void Pipeline::note_request_findings(Exchange& exchange) const {
  for (Finding& finding : exchange.tolerated) exchange.findings.push_back(std::move(finding));
  const bool form = exchange.operation && exchange.operation->body == contract::BodyFormat::kMultipart;
  if (!exchange.body_problem.empty()) {
    exchange.findings.push_back({finding_kind::kInvalidRequest, "/body",
                                 std::string(form ? "not a form: " : "not JSON: ") + exchange.body_problem});
  } else if (exchange.violation) {
    const contract::Violation& wrong = *exchange.violation;
    exchange.findings.push_back({finding_kind::kInvalidRequest, "/body" + wrong.pointer, wrong.message});
  }
}

void Pipeline::tell(const Exchange& exchange, const Response& readable) const {
  if (!options_.on_exchange) return;
  options_.on_exchange(exchange.handle ? exchange.handle->id : std::string(), exchange.request, readable,
                       exchange.received_at);
}

Reply Pipeline::complete(Relay& relay, UpstreamOutcome outcome) {
  Exchange& exchange = relay.exchange;
  {
    std::unique_lock<std::mutex> lock;
    if (exchange.handle) lock = std::unique_lock(exchange.handle->mutex);
    record(exchange, relayed_answer(relay, std::move(outcome)));
  }
  return reply_to(exchange);
}

Answer Pipeline::relayed_answer(Relay& relay, UpstreamOutcome outcome) {
  Exchange& exchange = relay.exchange;
  if (outcome.kind != UpstreamOutcome::Kind::kReplied) {
    // It may quote what the upstream sent, and that may be what the client sent.
    journal::redact_keys(outcome.problem);
    log_.warning("the upstream failed", {{"upstream", options_.upstream_url}, {"why", outcome.problem}});
    exchange.findings.push_back({finding_kind::kUpstreamFailed, "", outcome.problem});
    Answer answer = upstream_failure(outcome, options_.upstream_url);
    tell(exchange, {.status = answer.status, .headers = {}, .body = answer.body});
    return answer;
  }
  exchange.upstream = options_.upstream_url;
  exchange.response = std::move(outcome.response);
  Response readable = exchange.response;
  if (outcome.is_decoded) readable.body = outcome.decoded_body;
  if (options_.judge_reply) {
    for (Finding& finding : options_.judge_reply(exchange.request, readable, !outcome.is_unreadable)) {
      exchange.findings.push_back(std::move(finding));
    }
  }
  tell(exchange, readable);
  Answer answer{exchange.response.status, std::move(exchange.response.body), "relayed"};
  if (relay.script.patch || relay.script.alter) {
    answer.body = std::move(readable.body);
    for (std::string_view name : kBodyFields) exchange.response.headers.remove(name);
    alter(exchange, relay.script, answer);
    exchange.response.phrase.clear();
  } else if (outcome.is_decoded) {
    exchange.readable_body = std::move(outcome.decoded_body);
  }
  if (!relay.script.rules.empty()) answer.reason += "; rule: " + relay.script.rules;
  return answer;
}

}  // namespace qamera::api
