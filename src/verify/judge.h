#pragma once

#include <vector>

#include "contract/request_examination.h"
#include "http/message.h"
#include "recordings/known.h"
#include "verify/departure.h"

namespace qamera::verify {

/// The most departures told of one side of one exchange.
inline constexpr std::size_t kMaxDepartures = 20;
/// The most bytes quoted of what was sent.
inline constexpr std::size_t kLongestQuote = 200;

/// Why a body is not judged, or not wholly: "content coding br". "" for one that is.
std::string why_not_judged(http::BodyState state, const Headers& headers);

/// Judges single exchanges by the documented contract, in one place for all who ask: what `check` says of recordings,
/// `verify` of live replies and the proxy of either. Thread-safe.
class Judge {
 public:
  /// `contract` must outlive this.
  explicit Judge(const contract::Contract& contract) : contract_(contract) {}

  /// The request, against path, query, content type and request schema.
  std::vector<Departure> request(const Request& request, const recordings::Known& known = {}) const;

  /// The reply: status, content type, body, schema, and what the documents say beyond schemas (count equals length,
  /// filters filter, times are ISO 8601, DONE records have their URLs). Nothing for undocumented endpoints.
  std::vector<Departure> response(const Request& request, const Response& response,
                                  const recordings::Known& known = {}) const;

 private:
  void loosen(contract::ExaminedRequest& examined, const contract::Operation& operation) const;

  const contract::Contract& contract_;
};

/// Departures of a reply as the findings that the proxy keeps.
std::vector<Finding> as_findings(const std::vector<Departure>& departures);

/// The value at `pointer` in words, "absent" when there is none.
std::string actual_at(const Json& document, const std::string& pointer);

/// Whether `text` is an absolute http or https URL.
bool is_url(std::string_view text);

}  // namespace qamera::verify
