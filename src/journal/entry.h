#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/json.h"
#include "base/time.h"
#include "http/message.h"

namespace qamera::journal {

/// A body as the journal keeps it: whole, or beyond the cap its prefix, full length and hash.
struct KeptBody {
  std::string text;
  std::uint64_t length = 0;  ///< of the whole body as it travelled, bytes
  std::string hash;          ///< "fnv1a:<16 hex digits>" of the whole redacted body, only when `text` is a prefix
  /// In place of `text`: bytes that others hold too, redacted and cut already (see `retain_shared`).
  std::shared_ptr<const std::string> shared{};
  std::string coding{};  ///< the content codings that could not be undone, so that `text` is still in them

  const std::string& content() const { return shared ? *shared : text; }
  bool truncated() const { return !hash.empty(); }
};

/// One exchange, as tests, exports and streams see it. Keys in headers, target and bodies are redacted by
/// `Journal::append`, before anything is kept.
struct Entry {
  std::uint64_t sequence = 0;  ///< from 1, without gaps, over all workspaces
  std::string id;              ///< the value of X-Qamera-Mock-Request: "req_000001"
  std::string correlation_id;  ///< the value of X-Correlation-Id
  Instant at;                  ///< virtual time of the workspace; of the server's default clock when there is none
  Instant received_at;         ///< wall time
  std::string workspace;       ///< the workspace's id, "" when the request reached none
  std::string operation;       ///< operation id, "" when unmatched
  std::string method;
  std::string target;
  Headers request_headers;
  KeptBody request_body;
  int status = 0;
  /// Without what follows from this entry: the mock's X- headers, `at` as Date, and JSON's Content-Type.
  Headers response_headers;
  KeptBody response_body;
  std::vector<Finding> findings;
  std::string reason;           ///< the value of X-Qamera-Mock-Reason
  std::string rule;             ///< the scripted rule that answered or altered, "" when none
  std::string fault;            ///< the wire fault injected, "" when none
  Json draws;                   ///< the random draws made for this request, null when none
  std::string upstream;         ///< the server whose reply this is, "" when it is our own
  bool other_protocol = false;  ///< a greeting in TLS or HTTP/2: no request, and so none that reached no operation
  std::chrono::microseconds duration{0};
};

using EntryPtr = std::shared_ptr<const Entry>;

/// Whether it is a request that reached no operation. A browser's preflight was not meant to.
bool is_unmatched(const Entry& entry);

/// The response headers as the client saw them: with Content-Type, Date, X-Correlation-Id, X-Qamera-Mock-Request and,
/// where there are any, X-Qamera-Mock-Reason and X-Qamera-Mock-Findings. A reply of another server gets none of them.
Headers shown_response_headers(const Entry& entry);

/// Appends the value of X-Qamera-Mock-Findings, since bodies have no room for what the API tolerates: kind and pointer
/// of each, `unknown-field /body/cuont, unexpected-body /body`. In pointers all but visible ASCII, and `%` and `,`, is
/// percent-encoded; one beyond 200 bytes is cut and ends in `...`. At most 1,000 bytes, and `, 7 more` for the rest.
void append_findings_field(std::string& out, const std::vector<Finding>& findings);

/// Appends the entry as one line of compact JSON, without a newline: what the control API, NDJSON and the
/// events show. Shape: schemas/journal-entry.schema.json. A header or query parameter that occurs once is a
/// string, else an array. A body that is no valid UTF-8 is base64, with `bodyEncoding` beside it; `bodyLength`,
/// `bodyHash` and `bodyTruncated` are there only when the body was beyond the cap, `bodyCoding` only when it is
/// still in a content coding. Empty `rule`, `fault`, `reason` and null `draws` are left out. Without `response_body`
/// only its `bodyLength` is told, for those who show many entries at once.
void append_json(std::string& out, const Entry& entry, bool response_body = true);

/// The same as a value.
OrderedJson to_json(const Entry& entry);

/// Reads back what `append_json` writes; headers come back sorted by name. Errors carry the pointer. Unknown
/// members are ignored, so recordings of later versions stay readable; `sequence`, `request.method`,
/// `request.url` and `response.status` are required.
Result<Entry> entry_from_json(const Json& value);

/// The entry as WireMock's `LoggedRequest`, for stock WireMock clients: `url`, `absoluteUrl` ("http://" and the
/// Host header), `method`, `clientIp`, `headers`, `cookies`, `browserProxyRequest`, `body`, `bodyAsBase64`,
/// `loggedDate`, `loggedDateString`, `queryParams`. No `id`: theirs are UUIDs.
OrderedJson wiremock_request_json(const Entry& entry);

/// The target's path, percent-decoded, without query.
std::string path_of(const Entry& entry);

/// `mk_live_abc123.secret456` becomes `mk_live_abc123.***`, everywhere in `text`. Returns whether anything
/// changed.
bool redact_keys(std::string& text);

/// The same in every string of a JSON value; member names stay.
void redact_keys(Json& value);
/// The same for a request target. A key may be spelt with percent escapes throughout; then the target is left decoded,
/// without it.
void redact_target(std::string& target);

/// What `append` does to an entry before keeping it: keys in target, headers, bodies, findings, reason and rule. The
/// values of X-Api-Key and Authorization that are no key of ours, and those of Proxy-Authorization, Cookie and
/// Set-Cookie, become `***` wholly (an empty value stays empty).
void redact(Entry& entry);

/// Cuts the body to `cap` bytes (at a character boundary when it is UTF-8) and sets `length` and `hash`. To be
/// called on a redacted body, so that the hash tells nothing of a key; `length` is left alone when already set.
void cap_body(KeptBody& body, std::size_t cap);

/// The `hash` of a body whose whole text this is.
std::string body_hash(std::string_view text);

/// A body as `append` would keep it, for entries to share; without a copy when there is nothing to hide or cut.
KeptBody retain_shared(std::shared_ptr<const std::string> body, std::size_t cap);

/// The string with static storage for a finding's kind: the documented constants, and up to 64 others.
/// Nothing when there is no room for another.
std::optional<std::string_view> intern_finding_kind(std::string_view kind);

}  // namespace qamera::journal
