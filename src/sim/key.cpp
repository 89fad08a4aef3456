#include "sim/key.h"

#include <algorithm>

#include "base/text.h"

namespace qamera::sim {
namespace {

constexpr std::string_view kPrefix = "mk_live_";

}  // namespace

std::optional<ApiKey> parse_api_key(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const ApiKey key{text.substr(0, dot), text.substr(dot + 1)};
  if (key.id.empty() || key.id.size() > 64 || key.secret.empty() || key.secret.size() > 128) return std::nullopt;
  if (!std::all_of(key.id.begin(), key.id.end(), is_name_character)) return std::nullopt;
  const auto fits = [](char c) { return is_name_character(c) || c == '.'; };
  if (!std::all_of(key.secret.begin(), key.secret.end(), fits)) return std::nullopt;
  return key;
}

bool KeyRecord::has_scope(std::string_view scope) const {
  return scope.empty() || !scopes || std::find(scopes->begin(), scopes->end(), scope) != scopes->end();
}

void read_key_members(ObjectReader& reader, KeyRecord& key) {
  key.state = reader.enumeration<KeyState>("state").value_or(key.state);
  if (auto at = reader.instant("expiresAt")) key.expires_at = at;
  if (auto after = reader.duration("expiresAfter")) key.expires_after = after;
  if (auto scopes = reader.strings("scopes", "a scope such as \"content.register\"")) key.scopes = std::move(scopes);
}

std::string read_key_id(ObjectReader& reader) {
  std::string id = reader.nonempty_string("id").value_or("*");
  const bool fits = id == "*" || (id.size() <= 64 && std::all_of(id.begin(), id.end(), is_name_character));
  if (!fits) {
    reader.fail("id", "expected the key's id (the part between \"mk_live_\" and the dot) or \"*\", got \"" + id + "\"");
  }
  return id;
}

KeyRecord read_key_record(ReadErrors& errors, const Json& value, std::string pointer) {
  ObjectReader reader(errors, value, std::move(pointer));
  KeyRecord key;
  reader.require("id");
  key.id = read_key_id(reader);
  read_key_members(reader, key);
  reader.finish();
  return key;
}

Json key_record_to_json(const KeyRecord& key) {
  Json value = {{"id", key.id}, {"state", name_of(key.state)}};
  if (key.scopes) value["scopes"] = *key.scopes;
  if (key.expires_at) value["expiresAt"] = format_instant(*key.expires_at);
  if (key.expires_after) value["expiresAfter"] = format_duration(*key.expires_after);
  return value;
}

}  // namespace qamera::sim
