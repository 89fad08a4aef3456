#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/exchanger.h"
#include "verify/judge.h"

namespace qamera::verify {

enum class Outcome { kConforms, kDeparts, kSkipped };
constexpr auto names_of(Outcome) { return enum_names("conforms", "departs", "skipped"); }

/// What one check of a contract run came to.
struct CheckResult {
  std::string name;  ///< "listModels: statusFilter=approved"
  Outcome outcome = Outcome::kConforms;
  std::string reason;  ///< why it was skipped
  std::vector<Departure> departures;

  Duration taken{0};
  std::shared_ptr<const Exchange> latest;  ///< the exchange that the next departure is of; null before the first
  bool is_closed = false;                  ///< the run is over: what the check makes of missing replies says nothing

  void add(Departure departure);  ///< once, however often it is seen
  void skip(std::string why);
};

/// Which API key a request carries.
enum class Credential { kKey, kNone };

/// The conversation with the target. A live service is somebody's: so one place keeps to the rate, waits out 429 and
/// gives up on a target that is gone, and every reply is judged whatever its check was after. Not thread-safe.
class Session {
 public:
  struct Options {
    std::string key;
    double requests_per_second = 0;                                    ///< 0: as fast as the target answers
    std::function<void(const Request&, const Response&)> on_exchange;  ///< the evidence; may be null
    std::function<bool()> interrupted;                                 ///< whether to stop; may be null
  };
  /// The references must outlive this.
  Session(Options options, const Judge& judge, Exchanger& exchanger, Pace& pace);

  /// A request to an operation, without a body or with a JSON one, carrying the key or none.
  Request request(const contract::Operation& operation, const std::string& query = {}, const std::string& body = {},
                  Credential credential = Credential::kKey) const;

  /// Sends, judges the reply and asks that its status be one of `statuses`. The body, when the status is 200 and the
  /// body is JSON; nothing otherwise.
  std::optional<Json> expect(CheckResult& check, Request request, const std::vector<int>& statuses);

  /// Sends at the session's pace; 429 is waited out, up to six times. What came is the check's latest exchange.
  Result<Response> send(CheckResult& check, Request request);

  /// The same text, whatever the form of the key that is taken out.
  std::string without_key(std::string text) const;

  /// Set when the target cannot be talked to any more, or the run is interrupted: it ends.
  const std::optional<Error>& broken() const { return broken_; }
  bool interrupted() const { return options_.interrupted && options_.interrupted(); }
  std::uint64_t requests() const { return requests_; }
  std::uint64_t replies() const { return replies_; }
  const std::string& key() const { return options_.key; }
  Pace& pace() { return pace_; }

  /// What earlier checks learnt: the records of each listing, by operation id.
  std::map<std::string, Json, std::less<>> listings;
  /// Credits reserved so far.
  double reserved = 0;

 private:
  void wait_for_pace();
  std::shared_ptr<const Exchange> kept(const Request& request, const Response& response, Instant at) const;

  Options options_;
  const Judge& judge_;
  Exchanger& exchanger_;
  Pace& pace_;
  std::uint64_t requests_ = 0;
  std::uint64_t replies_ = 0;
  int failures_ = 0;  ///< in a row
  std::optional<Duration> last_sent_;
  std::optional<Error> broken_;
};

/// One check of a run.
struct Check {
  std::string name;
  std::function<void(Session&, CheckResult&)> perform;
};

/// A departure of a reply of `operation`; null for undocumented endpoints.
Departure departure_of(const contract::Operation* operation, std::string pointer, std::string expected,
                       std::string actual);

/// The ids of records, in order.
std::vector<std::string> ids_of(const Json& records);
/// The record of that id, or null.
const Json* find_record(const Json& records, std::string_view id);

}  // namespace qamera::verify
