#include "api/proxy.h"

#include <mutex>
#include <new>
#include <utility>

#include "api/checks.h"
#include "api/scripted_rules.h"
#include "base/memory.h"

namespace qamera::api {
namespace {

/// What a request that waits for the upstream takes, beside its text.
constexpr std::size_t kRelay = 4096;

/// Names of a reply's fields that say how its body is written.
constexpr std::string_view kBodyFields[] = {"Content-Encoding", "Content-Length", "ETag", "Content-MD5", "Digest"};

struct FailureWords {
  int status;
  const char* words;
};

FailureWords words_of(UpstreamOutcome::Kind kind) {
  switch (kind) {
    case UpstreamOutcome::Kind::kTimedOut: return {504, "Gateway timeout: "};
    case UpstreamOutcome::Kind::kBusy: return {503, "Service unavailable: "};
    case UpstreamOutcome::Kind::kLooping: return {508, "Loop detected: "};
    default: return {502, "Bad gateway: "};
  }
}

}  // namespace

/// Shared by the upstream's thread, which completes it, and the edge, which asks for the reply.
struct Proxy::Relay {
  explicit Relay(const MemoryBudgetPtr& budget) : share(budget) {}

  ReceivedRequest received;
  Instant at;
  Passed passed;
  MemoryShare share;  ///< while it waits: its texts

  Reply out_of_memory;  ///< made beforehand: there may be no memory for it later

  std::mutex mutex;
  std::optional<Reply> reply;        // guarded by mutex
  std::function<void()> on_decided;  // guarded by mutex
};

/// What the edge holds of a relay. When the client leaves, the exchange is completed and kept in the journal anyway.
class Proxy::RelayedReply final : public PendingReply {
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

Reply Proxy::handle(Request&& request, WorkspaceHandle known) const {
  auto relay = std::make_shared<Relay>(context_.workspaces.memory());
  // Unknown paths and keys are the upstream's to refuse; what is learned here serves rules and journal.
  relay->received = receive(std::move(request), context_.workspaces, context_.time, context_.limits, std::move(known));
  const ReceivedRequest& received = relay->received;
  const ExaminedRequest examined =
      examine(received.request, received.route.operation, context_.contract, received.body_state);
  if (received.request.method != "GET" && received.request.method != "HEAD") memory::ensure();
  std::optional<ExchangeRecorder::Recorded> recorded;
  {
    const auto lock = lock_workspace(received);
    relay->at = enter_workspace(received, context_.workspaces, context_.time);
    auto judged = judge(received, examined);
    if (auto* own = std::get_if<Outcome>(&judged)) {
      // What a fault spoils reaches nobody.
      if (!own->script.fault) report(received, own->response);
      recorded = context_.recorder.record(relay->received, relay->at, std::move(*own));
    } else {
      relay->passed = std::get<Passed>(std::move(judged));
      relay->share.set(kRelay + received.request.body.size());
    }
    if (received.handle) received.handle->count_bytes();
  }
  context_.workspaces.make_room(received.handle.get());
  return recorded ? context_.recorder.reply(*std::move(recorded)) : send_on(std::move(relay));
}

std::variant<Proxy::Passed, Outcome> Proxy::judge(const ReceivedRequest& received,
                                                  const ExaminedRequest& examined) const {
  const contract::Operation* operation = received.route.operation;
  if (auto refused = check_method(received.request)) return *std::move(refused);
  Passed known;
  if (received.handle) {
    sim::Workspace& workspace = received.handle->workspace;
    if (auto closed = check_maintenance(workspace)) return *std::move(closed);
    if (operation) {
      if (auto excess = count_request(workspace, received.key_id)) known.findings.push_back(*std::move(excess));
    }
    known.script = ask_rules(received, examined);
    if (known.script.respond) return with(std::move(known), scripted_outcome(known.script));
  }
  for (Finding& finding : contract::all_findings(examined, operation)) known.findings.push_back(std::move(finding));
  if (context_.strict) {
    if (auto refused = check_request(received, examined, context_)) return with(std::move(known), *std::move(refused));
  }
  if (known.script.fault && known.script.fault->commit == sim::Commit::kBefore) {
    // The upstream must not see the request, so the bytes that the fault spoils are ours.
    return with(std::move(known), error_outcome(503, "Service temporarily unavailable. Please retry later.",
                                                "rule: " + known.script.rules));
  }
  return known;
}

Outcome Proxy::with(Passed&& known, Outcome outcome) {
  outcome.findings = std::move(known.findings);
  outcome.script = std::move(known.script);
  return outcome;
}

Reply Proxy::send_on(std::shared_ptr<Relay> relay) const {
  Reply reply;
  reply.pending = std::make_unique<RelayedReply>(relay);
  relay->out_of_memory.response = error_outcome(503, "Out of memory for this reply.", "").response;
  Request sent = relay->received.request;
  if (relay->received.encoded_body) sent.body = *relay->received.encoded_body;
  options_.upstream->send(std::move(sent), [this, relay](UpstreamOutcome upstream) {
    Reply made;
    try {
      made = complete(*relay, std::move(upstream));
    } catch (const std::bad_alloc&) {
      made = std::move(relay->out_of_memory);
    }
    relay->share.set(kRelay + made.response.body.size());
    const std::lock_guard lock(relay->mutex);
    relay->reply = std::move(made);
    if (relay->on_decided) relay->on_decided();
  });
  return reply;
}

Reply Proxy::complete(Relay& relay, UpstreamOutcome upstream) const {
  ExchangeRecorder::Recorded recorded;
  {
    const auto lock = lock_workspace(relay.received);
    const bool has_replied = upstream.kind == UpstreamOutcome::Kind::kReplied;
    Outcome outcome = has_replied ? relayed(relay.received, std::move(relay.passed), std::move(upstream))
                                  : failed(relay.received, std::move(relay.passed), std::move(upstream));
    recorded = context_.recorder.record(relay.received, relay.at, std::move(outcome));
  }
  return context_.recorder.reply(std::move(recorded));
}

Outcome Proxy::failed(const ReceivedRequest& received, Passed&& known, UpstreamOutcome upstream) const {
  std::string& why = upstream.problem;
  // It may quote what the upstream sent, and that may be what the client sent.
  journal::redact_keys(why);
  context_.log.warning("the upstream failed", {{"upstream", options_.upstream_url}, {"why", why}});
  const FailureWords failure = words_of(upstream.kind);
  known.findings.push_back({finding_kind::kUpstreamFailed, "", why});
  Outcome outcome = with(std::move(known), error_outcome(failure.status, failure.words + why + ".",
                                                         "upstream " + options_.upstream_url + ": " + why));
  report(received, outcome.response);
  return outcome;
}

Outcome Proxy::relayed(const ReceivedRequest& received, Passed&& known, UpstreamOutcome upstream) const {
  Response readable = upstream.response;
  if (upstream.decoded_body) readable.body = *upstream.decoded_body;
  if (options_.judge_reply) {
    for (Finding& finding : options_.judge_reply(received.request, readable, upstream.body_state)) {
      known.findings.push_back(std::move(finding));
    }
  }
  report(received, readable);
  Outcome outcome{std::move(upstream.response), "relayed"};
  const sim::ScriptDecision& script = known.script;
  if (script.patch || script.alter) {
    outcome.response.body = std::move(readable.body);
    outcome.response.phrase.clear();
    for (std::string_view name : kBodyFields) outcome.response.headers.remove(name);
  } else {
    outcome.readable_body = std::move(upstream.decoded_body);
    outcome.body_state = upstream.body_state;
  }
  const std::string scenario = received.handle ? received.handle->workspace.scenario().name : "";
  outcome = altered(std::move(outcome), script, scenario, context_.log);
  return with(std::move(known), std::move(outcome));
}

void Proxy::report(const ReceivedRequest& received, const Response& readable) const {
  if (!options_.on_exchange) return;
  options_.on_exchange(received.handle ? received.handle->id : std::string(), received.request, readable,
                       received.received_at);
}

}  // namespace qamera::api
