#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "access/cors.h"
#include "api/outcome.h"
#include "api/received_request.h"
#include "api/request_log.h"
#include "http/handler.h"
#include "journal/journal.h"
#include "system/log.h"

namespace qamera::api {

/// Keeps exchanges, whoever answered them: the journal's entry, the headers that name it, the log line, the metrics.
/// Thread-safe.
class ExchangeRecorder {
 public:
  struct Options {
    bool log_requests = true;
    std::string upstream_url{};  ///< whose replies are relayed, as the journal names it
  };
  /// All references must outlive this.
  ExchangeRecorder(Options options, const access::Cors& cors, journal::Journal& journal, metrics::Metrics& metrics,
                   const TimeSource& time, const Log& log)
      : options_(std::move(options)),
        cors_(cors),
        journal_(journal),
        metrics_(metrics),
        time_(time),
        log_(options_.log_requests, log) {}

  /// An exchange that is in the journal and not answered yet. To be answered, and destroyed, where no lock is held:
  /// an entry that had to go leaves with it.
  struct Recorded {
    journal::EntryPtr entry;
    journal::EntryIds ids;
    Response response;
    Delivery delivery;
    const contract::Operation* operation = nullptr;  ///< null when it reached none
    MonotonicTime took{0};
    RequestLog::Notes notes{};
  };
  /// Writes the journal's entry. Takes what it needs of `received` and leaves `handle`. REQUIRES: the workspace is
  /// locked, if there is one, so that the journal's order is the order of the changes.
  Recorded record(ReceivedRequest& received, Instant at, Outcome outcome);
  Reply reply(Recorded recorded) const;

  /// The reply to a preflight: logged, and shown to those who follow the journal, but no entry of it. Browsers keep
  /// answers to preflights as they like, so that their number must not move the sequence.
  Reply show(Request request, access::Cors::Answer answer, Instant at) const;
  /// The reply to a request that the edge could not accept, at a time that no workspace tells.
  Reply refuse(Refusal refusal, Instant at);

 private:
  /// What the journal gets of the reply's body.
  journal::KeptBody kept_body(const ReceivedRequest& received, Outcome& outcome) const;
  /// Of a body that many workspaces show.
  journal::KeptBody keep_shared(const std::shared_ptr<const std::string>& body) const;
  void count(const Recorded& recorded) const;

  const Options options_;
  const access::Cors& cors_;
  journal::Journal& journal_;
  metrics::Metrics& metrics_;
  const TimeSource& time_;
  const RequestLog log_;

  mutable std::mutex shared_mutex_;
  mutable std::vector<std::pair<std::weak_ptr<const std::string>, journal::KeptBody>> shared_bodies_;  // guarded
};

}  // namespace qamera::api
