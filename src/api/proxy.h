#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "api/outcome.h"
#include "api/product_context.h"
#include "api/received_request.h"
#include "http/upstream.h"

namespace qamera::api {

/// Sends product requests on to another server, whose replies it relays untouched and holds against the contract. Rules
/// act in front of that server. Thread-safe.
class Proxy {
 public:
  struct Options {
    Upstream* upstream = nullptr;  ///< must outlive every request
    std::string upstream_url;      ///< as the journal names it
    /// What departs from the contract in a relayed reply, its content coding undone as far as could be. Thread-safe.
    std::function<std::vector<Finding>(const Request&, const Response&, http::BodyState)> judge_reply;
    /// Told of every exchange that came to its client whole, replies of our own too (`relayed` false); the content
    /// coding is undone. Called under the workspace's lock, or with workspace "" from any thread.
    std::function<void(const std::string& workspace, const Request&, const Response&, Instant received_at)> on_exchange;
  };
  /// REQUIRES: `options.upstream`.
  Proxy(Options options, const ProductContext& context) : options_(std::move(options)), context_(context) {}
  /// The reply is pending until the upstream has replied or failed.
  Reply handle(Request&& request, WorkspaceHandle known = nullptr) const;

 private:
  /// What is known of a request that goes on to the upstream.
  struct Passed {
    std::vector<Finding> findings;
    sim::ScriptDecision script;
  };
  struct Relay;
  class RelayedReply;

  /// The outcome when the upstream is not to be asked. REQUIRES: the workspace is locked, if there is one.
  std::variant<Passed, Outcome> judge(const ReceivedRequest& received, const ExaminedRequest& examined) const;
  static Outcome with(Passed&& known, Outcome outcome);
  Reply send_on(std::shared_ptr<Relay> relay) const;
  Reply complete(Relay& relay, UpstreamOutcome upstream) const;
  Outcome failed(const ReceivedRequest& received, Passed&& known, UpstreamOutcome upstream) const;
  Outcome relayed(const ReceivedRequest& received, Passed&& known, UpstreamOutcome upstream) const;
  void report(const ReceivedRequest& received, const Response& readable) const;

  const Options options_;
  const ProductContext context_;
};

}  // namespace qamera::api
