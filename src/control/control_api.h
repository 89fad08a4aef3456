#pragma once

#include <mutex>
#include <string>

#include "control/call.h"
#include "control/routes.h"
#include "control/verdict_desk.h"

namespace qamera::control {

/// The control API under `/__admin`: a request passes the guard, finds its row in the table of routes, and its handler
/// gets the body read and the workspaces looked up. What may take long is done by the pool, in the order of the calls:
/// the event loop gets a promise of the reply. Thread-safe. (README.md: "Control API".)
class ControlApi {
 public:
  /// All references must outlive this.
  ControlApi(ControlOptions options, api::Workspaces& workspaces, api::ScenarioStore& store, journal::Journal& journal,
             const TimeSource& time, const Log& log)
      : guard_(options.guard), verdicts_(time), context_{std::move(options), workspaces,  store,     journal, time, log,
                                                         time.monotonic(),   time.wall(), verdicts_, streams_} {}

  Reply handle(Request request);
  /// Where the server listens: `http://127.0.0.1:4010`. Known once it does, when the first requests may be there.
  void set_url(std::string url) {
    const std::lock_guard lock(url_mutex_);
    url_ = std::move(url);
  }

 private:
  /// The reply to what is no call, or not this client's to make.
  std::optional<Reply> refusal(const Request& request, const RouteMatch& match) const;
  /// Performs the call, which came at `began`. The reply is counted, or will be when it is there.
  Reply answer(const Request& request, const RouteMatch& match, MonotonicTime began,
               const std::stop_token& given_up) const;
  Result<Reply> perform(const Request& request, const RouteMatch& match, const std::stop_token& given_up) const;
  /// Counts the reply among the metrics.
  Reply counted(Reply reply, MonotonicTime began) const;
  std::string url() const {
    const std::lock_guard lock(url_mutex_);
    return url_;
  }

  const access::ControlGuard guard_;
  VerdictDesk verdicts_;
  tasks::Quota streams_{256};
  const Context context_;
  mutable std::mutex url_mutex_;
  std::string url_;  // guarded by url_mutex_
};

}  // namespace qamera::control
