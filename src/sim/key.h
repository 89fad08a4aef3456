#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_reader.h"
#include "base/time.h"

namespace qamera::sim {

/// The scope that the credit-reserving operations need.
inline constexpr std::string_view kRegisterScope = "content.register";

/// An API key as presented: `mk_live_<id>.<secret>`. (docs: "Authentication" in the vendor's facts.)
struct ApiKey {
  std::string_view id;
  std::string_view secret;
};

/// Nothing when the text is not of the documented form: id of 1 to 64 letters, digits, `-` and `_`; secret of 1 to 128
/// of those and `.`. The views point into `text`.
std::optional<ApiKey> parse_api_key(std::string_view text);

enum class KeyState { kActive, kRevoked, kExpired };
constexpr auto names_of(KeyState) { return enum_names("active", "revoked", "expired"); }

/// What a scenario says of a key. Time limits are virtual, so that a test can let a key expire.
struct KeyRecord {
  std::string id;  ///< the key's id, or `*` for every key without a record of its own
  KeyState state = KeyState::kActive;
  std::optional<Instant> expires_at;               ///< virtual time
  std::optional<Duration> expires_after;           ///< from the workspace's start, virtual
  std::optional<std::vector<std::string>> scopes;  ///< all when not given

  bool has_scope(std::string_view scope) const;
};

/// The member `id`: a key's id, or `*`, which is also what it is when left out.
std::string read_key_id(ObjectReader& reader);
KeyRecord read_key_record(ReadErrors& errors, const Json& value, std::string pointer);
Json key_record_to_json(const KeyRecord& key);

/// A new value of a key's state: `{"state"?, "scopes"?, "expiresAt"?, "expiresAfter"?}`.
void read_key_members(ObjectReader& reader, KeyRecord& key);

}  // namespace qamera::sim
