#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/names.h"
#include "recordings/recording.h"
#include "verify/exchanger.h"

namespace qamera::verify {

struct ReplayOptions {
  std::string key;  ///< sent in place of every recorded key, hidden or not
  std::vector<std::string>
      ignore{};              ///< JSON Pointers into the reply's body, `*` for any one token; with what is below
  bool exact = false;        ///< ids, times and URLs must be equal too
  Duration timeout{60'000};  ///< for a listing to reach the recorded states
};

/// One field that came back otherwise than recorded.
struct ReplayDifference {
  std::string place;    ///< of the recorded exchange
  std::string request;  ///< "GET /api/external/models"
  std::string pointer;  ///< into `{"status", "headers", "body"}`
  std::string recorded;
  std::string replayed;
};

/// Why an exchange of a recording is not sent again.
enum class PassedOver { kForeign, kPreflight, kBodyNotRecorded, kNoReply, kForbidden };
constexpr auto names_of(PassedOver) {
  return enum_names("notOfTheApi", "preflights", "bodyNotRecorded", "noReply", "forbiddenCharacter");
}

/// In words: "not of the API".
std::string_view described(PassedOver why);

/// Sends recorded requests again, one by one, to tell whether a service still answers as it did. Ids of earlier replies
/// are carried into later requests. A recording may hold anybody's traffic, so what belongs to others stays at home:
/// only requests to paths of the operation table go out, with the key of the options and without cookies or any other
/// header that carries a secret. Not thread-safe.
class Replay {
 public:
  Replay(ReplayOptions options, Exchanger& exchanger, Pace& pace);

  /// Sends one exchange and adds what differs. The error says that the target gave no reply.
  Result<void> send(const recordings::RecordedExchange& exchange, std::vector<ReplayDifference>& differences);

  /// What `send` would send now, or why nothing; counts the latter.
  std::variant<Request, PassedOver> prepare(const recordings::RecordedExchange& exchange);

  std::uint64_t sent() const { return sent_; }
  std::uint64_t passed_over(PassedOver why) const { return passed_over_[why]; }
  std::uint64_t passed_over() const;  ///< for whatever reason

 private:
  struct Comparison;
  Request rebuilt(const recordings::RecordedExchange& exchange) const;
  std::string rebuilt_target(std::string_view target) const;
  std::string with_new_ids(const std::string& text) const;
  void replace_ids(Json& value) const;
  void learn_ids(const Json& recorded, const Json& replayed, const std::string& name);

  ReplayOptions options_;
  Exchanger& exchanger_;
  Pace& pace_;
  std::map<std::string, std::string> ids_;  ///< recorded -> replayed
  std::uint64_t sent_ = 0;
  PerValue<PassedOver, std::uint64_t> passed_over_{};
};

}  // namespace qamera::verify
