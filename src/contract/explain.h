#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "contract/contract.h"

namespace qamera::contract {

/// How a document is spoken of.
struct Wording {
  enum class Values { kOmit, kQuote };

  std::string_view subject;  ///< the whole document: "The request body"
  std::string_view unknown;  ///< said of a member that the schema lacks: "is not documented"
  Values values;             ///< whether to say what stands in place of what was expected
};

/// The first fault of `document` in the schema's own order, at the deepest value that is to blame: a missing object is
/// reported as its first missing leaf, an alternative as the one that fits best. Nothing when no fault is found, which
/// is the case for keywords that are not worded here (`pattern`, `not`) and for documents too intricate to search.
/// Bounded work, for refusals; not for the hot path.
std::optional<Violation> explain(const OrderedJson& schema, const Json& document, const Wording& wording);

}  // namespace qamera::contract
