#include "journal/redact.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/text.h"
#include "journal/entry.h"

namespace qamera::journal {
namespace {

constexpr std::string_view kPrefix = "mk_live_";
constexpr std::string_view kHidden = "***";
/// What may stand between key id and secret: plain, percent-encoded in a target, escaped in JSON.
constexpr std::array<std::string_view, 4> kSeparators = {".", "%2E", "%2e", "\\u002e"};

/// Where the next key may begin, or npos. Underscores are rarer than an "m".
std::size_t find_prefix(std::string_view text, std::size_t from) {
  constexpr std::size_t kUnderscore = 2;
  static_assert(kPrefix[kUnderscore] == '_');
  for (std::size_t at = text.find('_', from + kUnderscore); at != std::string_view::npos; at = text.find('_', at + 1)) {
    if (text.substr(at - kUnderscore).starts_with(kPrefix)) return at - kUnderscore;
  }
  return std::string_view::npos;
}

bool is_id_character(char c) { return is_name_character(c) || c == '~'; }

constexpr std::array<bool, 256> bytes_of(std::string_view listed) {
  std::array<bool, 256> table{};
  for (char c : listed) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr std::array<bool, 256> ends_of_secrets() {
  auto table = bytes_of("\"'`,;&<>()[]{}\\|#");
  for (std::size_t c = 0; c <= ' '; ++c) table[c] = true;
  return table;
}
constexpr std::array<bool, 256> kEndsSecret = ends_of_secrets();
constexpr std::array<bool, 256> kSeparatesFields = bytes_of(" ,;\"'");

/// Greedy: everything up to a delimiter is taken for the secret, since showing too little harms nobody.
bool ends_secret(char c) { return kEndsSecret[static_cast<unsigned char>(c)]; }

/// A key at `start`: where its secret begins and ends. `begin` is npos when there is no secret.
struct Secret {
  std::size_t begin = std::string::npos;
  std::size_t end = 0;
};

Secret find_secret(std::string_view text, std::size_t start) {
  std::size_t i = start + kPrefix.size();
  while (i < text.size() && is_id_character(text[i])) ++i;
  for (std::string_view separator : kSeparators) {
    if (text.substr(i, separator.size()) != separator) continue;
    const std::size_t begin = i + separator.size();
    std::size_t end = begin;
    while (end < text.size() && !ends_secret(text[end])) ++end;
    if (end == begin) break;
    return {begin, end};
  }
  return {std::string::npos, i};
}

bool is_redacted_key(std::string_view value) {
  return value.size() > kHidden.size() && value.starts_with(kPrefix) && value.ends_with(kHidden) &&
         std::none_of(value.begin(), value.end(),
                      [](char c) { return kSeparatesFields[static_cast<unsigned char>(c)]; });
}

enum class Secrecy { kNone, kKey, kBearer, kWhole };

Secrecy secrecy_of(std::string_view name) {
  switch (name.size()) {
    case 6: return equal_ignoring_case(name, "Cookie") ? Secrecy::kWhole : Secrecy::kNone;
    case 9: return equal_ignoring_case(name, "X-Api-Key") ? Secrecy::kKey : Secrecy::kNone;
    case 10: return equal_ignoring_case(name, "Set-Cookie") ? Secrecy::kWhole : Secrecy::kNone;
    case 13: return equal_ignoring_case(name, "Authorization") ? Secrecy::kBearer : Secrecy::kNone;
    case 19: return equal_ignoring_case(name, "Proxy-Authorization") ? Secrecy::kWhole : Secrecy::kNone;
    default: return Secrecy::kNone;
  }
}

/// `blank` stands in for blanks and control characters that were escaped.
void redact_escaped(std::string& text, char blank) {
  redact_keys(text);
  if (text.find('%') == std::string::npos) return;
  std::string decoded = percent_decode(text, false);
  if (!redact_keys(decoded) || decoded == percent_decode(text, false)) return;
  std::replace(decoded.begin(), decoded.end(), ' ', blank);
  text = without_controls(std::move(decoded), blank);
}

void redact_headers(Headers& headers) {
  for (Header& header : headers) {
    redact_escaped(header.value, ' ');
    const Secrecy secrecy = secrecy_of(header.name);
    if (secrecy == Secrecy::kNone || header.value.empty()) continue;
    std::string_view value = header.value;
    if (secrecy == Secrecy::kBearer && value.size() > 7 && equal_ignoring_case(value.substr(0, 7), "Bearer ")) {
      value.remove_prefix(7);
    }
    if (secrecy == Secrecy::kWhole || !is_redacted_key(value)) header.value = kHidden;
  }
}

}  // namespace

bool hides_value(std::string_view header) {
  const Secrecy secrecy = secrecy_of(header);
  return secrecy == Secrecy::kWhole || secrecy == Secrecy::kBearer;
}

bool redact_keys(std::string& text) {
  std::size_t at = find_prefix(text, 0);
  if (at == std::string::npos) return false;
  std::string out;
  std::size_t copied = 0;
  bool changed = false;
  for (; at != std::string::npos; at = find_prefix(text, at)) {
    const Secret secret = find_secret(text, at);
    at = secret.end;
    if (secret.begin == std::string::npos) continue;
    const std::string_view hidden = std::string_view(text).substr(secret.begin, secret.end - secret.begin);
    if (hidden == kHidden) continue;
    if (!changed && find_prefix(text, secret.end) == std::string::npos) {
      // The only one, as in a header: no second text is needed.
      text.replace(secret.begin, hidden.size(), kHidden);
      return true;
    }
    out.append(text, copied, secret.begin - copied);
    out += kHidden;
    copied = secret.end;
    changed = true;
  }
  if (!changed) return false;
  out.append(text, copied, std::string::npos);
  text = std::move(out);
  return true;
}

void redact_keys(Json& value) {
  if (value.is_string()) redact_keys(value.get_ref<std::string&>());
  if (!value.is_structured()) return;
  std::vector<std::pair<std::string, std::string>> renamed;
  for (auto member = value.begin(); member != value.end(); ++member) {
    redact_keys(*member);
    if (!value.is_object()) continue;
    std::string shown = member.key();
    if (redact_keys(shown)) renamed.emplace_back(member.key(), std::move(shown));
  }
  for (auto& [name, shown] : renamed) {
    Json child = std::move(value[name]);
    value.erase(name);
    value[std::move(shown)] = std::move(child);
  }
}

void redact_target(std::string& target) { redact_escaped(target, '+'); }

namespace {

/// What was drawn stands under the names of rules.
void redact_draws(Json& draws) {
  std::string text = dump_json(draws);
  if (!redact_keys(text)) return;
  auto redacted = parse_json(text);
  draws = redacted.ok() ? *std::move(redacted) : Json();
}

bool may_hide_key(std::string_view text) { return text.find("\\u00") != std::string_view::npos; }

/// With each `\\u00XX` that stands for printable ASCII replaced by that character.
std::string without_escapes(std::string_view text) {
  constexpr std::string_view kEscape = "\\u00";
  constexpr std::size_t kDigits = 2;
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t escape = std::min(text.find(kEscape), text.size());
    out.append(text, 0, escape);
    text.remove_prefix(escape);
    if (text.empty()) break;
    const std::string_view digits = text.substr(kEscape.size(), kDigits);
    unsigned code = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    const bool printable = failed == std::errc() && end == digits.data() + kDigits && code > ' ' && code < 0x7f;
    out.push_back(printable ? static_cast<char>(code) : text.front());
    text.remove_prefix(printable ? kEscape.size() + kDigits : 1);
  }
  return out;
}

/// A key in a JSON text may be spelt with escapes; then the body is kept as it was understood, without it. A text that
/// is no JSON may hold such a key as well.
void redact_body(std::string& text) {
  redact_keys(text);
  if (!may_hide_key(text)) return;
  const auto value = parse_ordered_json(text);
  std::string understood = value.ok() ? dump_json(*value) : without_escapes(text);
  if (redact_keys(understood)) text = std::move(understood);
}

}  // namespace

void redact(Entry& entry) {
  redact_target(entry.target);
  redact_headers(entry.request_headers);
  redact_headers(entry.response_headers);
  for (KeptBody* body : {&entry.request_body, &entry.response_body}) {
    if (body->shared) continue;
    if (body->length == 0) body->length = body->text.size();
    redact_body(body->text);
  }
  for (Finding& finding : entry.findings) {
    redact_keys(finding.pointer);
    redact_keys(finding.message);
  }
  redact_keys(entry.reason);
  if (redact_keys(entry.rule) && !entry.draws.is_null()) redact_draws(entry.draws);
}

std::string body_hash(std::string_view text) {
  std::string hash = "fnv1a:";
  append_hex(hash, fnv1a(text), 16);
  return hash;
}

void cap_body(KeptBody& body, std::size_t cap) {
  if (body.length == 0) body.length = body.text.size();
  if (body.truncated() || body.text.size() <= cap) return;
  body.hash = body_hash(body.text);
  // A fresh string: resizing would keep the capacity of the whole body.
  body.text = std::string(body.text, 0, whole_characters(body.text, cap));
}

KeptBody retain_shared(std::shared_ptr<const std::string> body, std::size_t cap) {
  KeptBody kept;
  kept.length = body->size();
  if (body->size() <= cap && find_prefix(*body, 0) == std::string::npos && !may_hide_key(*body)) {
    kept.shared = std::move(body);
    return kept;
  }
  kept.text = *body;
  redact_body(kept.text);
  cap_body(kept, cap);
  kept.shared = std::make_shared<const std::string>(std::exchange(kept.text, std::string()));
  return kept;
}

}  // namespace qamera::journal
