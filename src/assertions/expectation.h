#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json_compare.h"
#include "base/kinds.h"
#include "base/time.h"
#include "patterns/pattern.h"

namespace qamera::assertions {

/// Expectations, as `POST /__admin/verify` takes them:
///
///     {"expect": [EXPECTATION, ...], "within": "2s"}
///
/// Each expectation is an object with exactly one kind, and optionally a "name" that is shown with the outcome.
/// PATTERN stands for the members of a request pattern (pattern.h); NUMBERS for `exactly`, or for `atLeast` and/or
/// `atMost`; TIMING for any of `"backoffGrows": true` (no interval is shorter than the one before it),
/// `"tolerance": "50ms"` (widens every bound on time) and `"clock": "virtual"` (the default) or `"wall"`.
///
///     {"count": {PATTERN, NUMBERS}}
///
/// How many requests match.
///
///     {"never": {PATTERN}}
///
/// None does.
///
///     {"sequence": [{"request": {PATTERN}, "capture": {"id": "$.createdRecordIds[0]"}}, ...], "gaps": true}
///
/// Requests in this order. With `gaps` false one comes right after the other, nothing else in the scope in between.
/// A capture is a JSON path into the response's body; later steps use it as `{{id}}` in any text of their pattern.
///
///     {"pollInterval": {PATTERN, "atLeast": "1s", "atMost": "10s", TIMING}}
///
/// The time between consecutive matching requests. At least two are needed.
///
///     {"retries": {PATTERN, NUMBERS, "after": [429, "5xx"], "delayAtLeast": "1s", "delayAtMost": "30s", TIMING}}
///
/// Every request answered with one of `after` is sent again, unchanged in method, URL and body: so many times (NUMBERS
/// are of each request; at least once when there are none), so soon after the answer before. `after` holds statuses,
/// classes, or "fault" for an injected wire fault; 429 and 5xx by default. At least one such answer is needed.
///
///     {"noFindings": true}    {"noFindings": {PATTERN}}    {"noUnmatched": true}
///     {"ledger": {"available": 60, "consumed": {"atLeast": 40}}}
///
/// Figures are `granted`, `available`, `reserved`, `consumed` and `refunded`, each a number or NUMBERS.
///
///     {"records": {"kind": "image", "status": "DONE", "voting": "APPROVED", NUMBERS}}
///
/// How many records there are; `voting` null: not voted on; what is left out is any. An array of such objects is
/// allowed too. `ledger` and `records` look at one workspace as it is now, not at the journal.

/// Both ends are included.
struct Bounds {
  std::optional<std::int64_t> at_least{};
  std::optional<std::int64_t> at_most{};
};

enum class ClockChoice { kVirtual, kWall };
constexpr auto names_of(ClockChoice) { return enum_names("virtual", "wall"); }

struct Timing {
  std::optional<Duration> at_least{};
  std::optional<Duration> at_most{};
  bool backoff_grows = false;
  Duration tolerance{0};
  ClockChoice clock = ClockChoice::kVirtual;
};

enum class LedgerFigure { kGranted, kAvailable, kReserved, kConsumed, kRefunded };
constexpr auto names_of(LedgerFigure) { return enum_names("granted", "available", "reserved", "consumed", "refunded"); }

namespace expectation {

struct Count {
  patterns::Pattern pattern;
  Bounds bounds;
};
struct Sequence {
  struct Capture {
    std::string name;
    patterns::JsonPath path;
  };
  struct Step {
    Json request;  ///< a valid pattern once its `{{name}}`s are filled in
    std::vector<Capture> captures;
  };
  std::vector<Step> steps;
  bool gaps = true;
};
struct PollInterval {
  patterns::Pattern pattern;
  Timing timing;
};
struct Retries {
  patterns::Pattern pattern;
  std::vector<patterns::Pattern::Status> after;
  bool after_fault = false;
  Bounds bounds;
  Timing timing;
};
struct NoFindings {
  patterns::Pattern pattern;
};
struct NoUnmatched {};
struct Ledger {
  struct Expected {
    LedgerFigure figure{};
    Bounds bounds;
  };
  std::vector<Expected> figures;
};
struct Records {
  struct Group {
    std::optional<RecordKind> kind{};
    std::optional<std::string> status{};
    std::optional<std::optional<std::string>> voting{};
    Bounds bounds{};
  };
  std::vector<Group> groups;
};

}  // namespace expectation

struct Expectation {
  std::variant<expectation::Count, expectation::Sequence, expectation::PollInterval, expectation::Retries,
               expectation::NoFindings, expectation::NoUnmatched, expectation::Ledger, expectation::Records>
      what;
  std::string kind;  ///< "count", "never", ...
  std::string name;  ///< "" when none was given
  Json source;       ///< as given, redacted
};

struct Expectations {
  std::vector<Expectation> expect;
  std::optional<Duration> within;  ///< real time to wait for the outcome to be `passed`, at most 10 minutes
  /// The pointer of the first expectation that needs one workspace (`ledger`, `records`), "" when none does.
  std::string needs_workspace;
};

/// At most 200 expectations of at most 100 steps. Unknown members are errors with a pointer; kUnsupported when
/// they stand in a request pattern.
Result<Expectations> parse_expectations(const Json& value, std::span<const std::string_view> operations = {});

/// A placeholder is `{{name}}`. Of `text` every one for which `captures` has a value is replaced.
struct CapturedValue {
  std::string name;
  Json value;
  bool operator==(const CapturedValue& other) const {
    return name == other.name && qamera::equal_json(value, other.value);
  }
};
/// The pattern with its placeholders filled in: escaped where the text is a regular expression or JSON text; in
/// `equalToJson`, a text that is nothing but a placeholder becomes the value itself.
Json fill_placeholders(const Json& pattern, std::span<const CapturedValue> captures);

}  // namespace qamera::assertions
