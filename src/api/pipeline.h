#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/exchange.h"
#include "base/log.h"
#include "contract/contract.h"
#include "http/upstream.h"
#include "journal/journal.h"

namespace qamera::api {

/// The order in which a product request is judged: path, method, key, scope, rate limit, body, existence, credits; then
/// the reply's own check, the headers and the journal. Thread-safe.
class Pipeline {
 public:
  struct Options {
    bool strict = false;                     ///< request findings answer 400
    std::vector<std::string> allow_origins;  ///< CORS, for browser clients; "*" allows every origin
    bool log_requests = true;
    /// When set, this is a validating proxy: what no rule answers is sent there, and the reply is relayed untouched.
    /// Must outlive every request.
    Upstream* upstream = nullptr;
    std::string upstream_url;  ///< as the journal names it
    /// What departs from the contract in a relayed reply, its content coding undone; with `readable` false that could
    /// not be done. Thread-safe.
    std::function<std::vector<Finding>(const Request&, const Response&, bool readable)> judge_reply;
    /// Told of every exchange that came to its client whole, replies of our own too (`relayed` false); the content
    /// coding is undone. Called under the workspace's lock, or with workspace "" from any thread.
    std::function<void(const std::string& workspace, const Request&, const Response&, Instant received_at)> on_exchange;
  };
  /// All references must outlive this.
  Pipeline(Options options, Workspaces& workspaces, const contract::Contract& contract, journal::Journal& journal,
           const TimeSource& time, const Log& log);

  Reply handle(Request request);
  Reply refuse(Refusal refusal);

 private:
  /// Path, method and key: finds the operation and the workspace.
  std::optional<Answer> resolve(Exchange& exchange);
  /// Everything that needs the workspace. `unmatched` answers a request that reached no operation. REQUIRES: the
  /// workspace's mutex is held.
  Answer judge(Exchange& exchange, std::optional<Answer> unmatched);
  /// Brings the workspace's time up to now; the answer while its maintenance lasts.
  std::optional<Answer> enter(Exchange& exchange) const;
  std::optional<Answer> admit(Exchange& exchange);
  static void parse_body(Exchange& exchange);
  static sim::ScriptDecision decide(Exchange& exchange);
  static Answer scripted_answer(Exchange& exchange, const sim::Respond& respond);
  Answer genuine_answer(Exchange& exchange, const sim::ScriptDecision& script);
  /// Everything that the request alone tells; needs no lock.
  void examine(Exchange& exchange) const;
  std::optional<Answer> check_body(Exchange& exchange) const;
  Answer perform_checked(Exchange& exchange, sim::Workspace& workspace);
  void alter(Exchange& exchange, const sim::ScriptDecision& script, Answer& answer);

  /// An exchange whose reply comes from the upstream (relay.cpp).
  struct Relay;
  class RelayedReply;
  Reply relay(Exchange exchange);
  /// The reply when the upstream is not to be asked. REQUIRES: the workspace's mutex is held, if there is one.
  std::optional<Answer> answer_instead(Relay& relay);
  void note_request_findings(Exchange& exchange) const;
  void tell(const Exchange& exchange, const Response& readable) const;
  Reply complete(Relay& relay, UpstreamOutcome outcome);
  Answer relayed_answer(Relay& relay, UpstreamOutcome outcome);

  /// Makes `answer` the response and writes the exchange to the journal. REQUIRES: the workspace's mutex is held, if
  /// there is one.
  void record(Exchange& exchange, Answer answer);
  /// What is left when the exchange is recorded; needs no lock.
  Reply reply_to(Exchange& exchange) const;
  /// What the journal gets of the reply's body. REQUIRES: for a shared body, the workspace's mutex.
  journal::KeptBody kept_body(Exchange& exchange) const;
  void add_cors_headers(const Request& request, Response& response) const;
  std::optional<Reply> preflight(const Request& request) const;
  void log_exchange(const Exchange& exchange) const;

  Options options_;
  Workspaces& workspaces_;
  const contract::Contract& contract_;
  journal::Journal& journal_;
  const TimeSource& time_;
  const Log& log_;
};

/// The API key of a request: `X-Api-Key`, else `Authorization: Bearer`. "" when there is none.
/// (docs: "Authentication" in the vendor's facts.)
std::string_view presented_key(const Request& request);

}  // namespace qamera::api
