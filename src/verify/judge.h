#pragma once

#include <vector>

#include "contract/contract.h"
#include "http/message.h"
#include "verify/departure.h"

namespace qamera::verify {

/// The most departures told of one side of one exchange.
inline constexpr std::size_t kMaxDepartures = 20;

/// Judges single exchanges by the documented contract, in one place for all who ask: what `check` says of recordings
/// and `verify` of live replies. Thread-safe.
class Judge {
 public:
  /// `contract` must outlive this.
  explicit Judge(const contract::Contract& contract) : contract_(contract) {}

  /// The request, against path, query, content type and request schema. `body_known`: whether `request.body` is whole.
  std::vector<Departure> request(const Request& request, bool body_known = true) const;

  /// The reply: status, content type, body, schema, and what the documents say beyond schemas (count equals length,
  /// filters filter, times are ISO 8601, DONE records have their URLs). Nothing for undocumented endpoints.
  std::vector<Departure> response(const Request& request, const Response& response, bool body_known = true) const;

 private:
  const contract::Contract& contract_;
};

/// The value at `pointer` in words, "absent" when there is none.
std::string actual_at(const Json& document, const std::string& pointer);

/// Whether `text` is an absolute http or https URL.
bool is_url(std::string_view text);

/// The string member of an object, or "".
std::string text_of(const Json& object, std::string_view name);

}  // namespace qamera::verify
