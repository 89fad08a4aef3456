#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/json_written.h"
#include "sim/clock.h"
#include "sim/fixture.h"
#include "sim/job_policy.h"
#include "sim/key.h"
#include "sim/ledger.h"
#include "sim/rate_limit.h"
#include "sim/rule.h"
#include "sim/script.h"
#include "sim/timeline.h"

namespace qamera::sim {

/// Credits that a job reserves per record, by kind. Kinds that cost nothing hold 0.
using Prices = PerKind<Credits>;

struct ClockPlan {
  ClockMode mode = ClockMode::kReal;
  std::optional<Instant> start;  ///< real mode without one starts at the wall time; manual mode at `kManualStart`
  double speed = 1.0;            ///< > 0; real mode only
};
inline constexpr Instant kManualStart{Duration(1'774'612'800'000)};  ///< 2026-03-27T12:00:00.000Z, as in the docs
inline constexpr double kMaxSpeed = 1e6;

/// Where the URLs of pictures in replies lead: to this server, which makes them, or to where the vendor's pages say.
enum class AssetMode : std::uint8_t { kServed, kDocumented };
constexpr auto names_of(AssetMode) { return enum_names("served", "documented"); }

/// Everything a workspace starts from (`scenarios/*.json`, `schemas/scenario.schema.json`). Immutable and shared.
struct Scenario {
  std::string name;
  std::string description;
  FixturePtr fixture;
  std::uint64_t seed = 1;
  ClockPlan clock;
  Credits credits = 100'000;
  Prices prices{};
  std::vector<KeyRecord> keys;
  RateLimit rate_limit;
  std::string rate_limit_words;  ///< of `rate_limit`
  JobPolicies jobs;
  std::vector<RulePtr> rules;
  AssetMode assets = AssetMode::kServed;
  std::string state;                   ///< script state at the start
  Script script;                       ///< `rules` and `state` as workspaces start with them
  std::vector<TimelineStep> timeline;  ///< in the order of time
  std::string source;                  ///< where it came from: a file's name, "built in" or "inline"
  Json document;                       ///< as read, for snapshots
};

using ScenarioPtr = std::shared_ptr<const Scenario>;

/// How a scenario finds the fixture it names. A seam, since this room reads no files.
class FixtureSource {
 public:
  virtual ~FixtureSource() = default;
  virtual Result<FixturePtr> fixture(const std::string& name) = 0;
};

/// Reads a scenario document. `fixture` in it is a name, asked from `fixtures`, or an inline fixture object. Errors
/// carry the JSON Pointer and what was expected. `written` is where the document stands in its text, if it has one: the
/// members of a rule's reply keep their order.
Result<ScenarioPtr> parse_scenario(const Json& document, FixtureSource& fixtures, std::string source,
                                   WrittenPlace written = {});

}  // namespace qamera::sim
