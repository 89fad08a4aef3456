#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "verify/exchanger.h"
#include "verify/recording.h"

namespace qamera::verify {

struct ReplayOptions {
  std::string key;                  ///< replaces the recorded keys, which recordings hold redacted
  std::vector<std::string> ignore;  ///< JSON Pointers into the reply's body, `*` for any one token; with what is below
  bool exact = false;               ///< ids, times and URLs must be equal too
  Duration timeout{60'000};         ///< for a listing to reach the recorded states
};

/// One field that came back otherwise than recorded.
struct ReplayDifference {
  std::string place;    ///< of the recorded exchange
  std::string request;  ///< "GET /api/external/models"
  std::string pointer;  ///< into `{"status", "headers", "body"}`
  std::string recorded;
  std::string replayed;
};

/// Sends recorded requests again, one by one, to tell whether a service still answers as it did. Ids of earlier replies
/// are carried into later requests. Not thread-safe.
class Replay {
 public:
  Replay(ReplayOptions options, Exchanger& exchanger, Pace& pace);

  /// Sends one exchange and adds what differs. The error says that the target gave no reply.
  Result<void> send(const RecordedExchange& exchange, std::vector<ReplayDifference>& differences);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t skipped() const { return skipped_; }  ///< exchanges without a whole request

 private:
  struct Comparison;
  Request rebuilt(const RecordedExchange& exchange) const;
  std::string with_new_ids(const std::string& text) const;
  void replace_ids(Json& value) const;
  void learn_ids(const Json& recorded, const Json& replayed, const std::string& name);

  ReplayOptions options_;
  Exchanger& exchanger_;
  Pace& pace_;
  std::map<std::string, std::string> ids_;  ///< recorded -> replayed
  std::uint64_t sent_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace qamera::verify
