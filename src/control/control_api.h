#pragma once

#include <mutex>
#include <string>

#include "control/call.h"
#include "control/routes.h"

namespace qamera::control {

/// The control API under `/__admin`: a request passes the guard, finds its row in the table of routes, and its handler
/// gets the body read and the workspaces looked up. Thread-safe. (README.md: "Control API".)
class ControlApi {
 public:
  /// All references must outlive this.
  ControlApi(ControlOptions options, api::Workspaces& workspaces, api::ScenarioStore& store, journal::Journal& journal,
             const TimeSource& time, const Log& log)
      : guard_(options.guard), context_{std::move(options), workspaces, store, journal, time, log, time.monotonic()} {}

  Reply handle(const Request& request);
  /// Where the server listens: `http://127.0.0.1:4010`. Known once it does, when the first requests may be there.
  void set_url(std::string url) {
    const std::lock_guard lock(url_mutex_);
    url_ = std::move(url);
  }

 private:
  Result<Reply> answer(const Request& request);
  std::string url() const {
    const std::lock_guard lock(url_mutex_);
    return url_;
  }

  const ControlGuard guard_;
  const Context context_;
  mutable std::mutex url_mutex_;
  std::string url_;  // guarded by url_mutex_
};

}  // namespace qamera::control
