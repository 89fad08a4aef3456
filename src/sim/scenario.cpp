#include "sim/scenario.h"

#include <algorithm>
#include <set>

#include "base/json_reader.h"

namespace qamera::sim {
namespace {

constexpr std::array<std::string_view, 2> kClockModes = {"real", "manual"};
constexpr std::array<std::string_view, 3> kRateModes = {"observe", "enforce", "off"};

Prices default_prices() {
  Prices prices{};
  for (RecordKind kind :
       {RecordKind::kModel, RecordKind::kScenery, RecordKind::kImage, RecordKind::kPackshot, RecordKind::kVideo}) {
    prices[static_cast<std::size_t>(kind)] = 10;
  }
  prices[static_cast<std::size_t>(RecordKind::kReel)] = 15;
  return prices;
}

void read_credits(ObjectReader& document, Scenario& scenario) {
  const Json* value = document.object("credits");
  if (!value) return;
  ObjectReader reader(document.errors(), *value, document.pointer_to("credits"));
  scenario.credits = reader.integer("available", 0, kMaxCredits).value_or(scenario.credits);
  if (const Json* prices = reader.object("prices")) {
    ObjectReader price(reader.errors(), *prices, reader.pointer_to("prices"));
    for (RecordKind kind : {RecordKind::kModel, RecordKind::kScenery, RecordKind::kImage, RecordKind::kPackshot,
                            RecordKind::kVideo, RecordKind::kReel}) {
      Credits& slot = scenario.prices[static_cast<std::size_t>(kind)];
      slot = price.integer(name_of(kind), 0, 1'000'000'000).value_or(slot);
    }
    price.finish();
  }
  reader.finish();
}

void read_keys(ObjectReader& document, Scenario& scenario) {
  const Json* keys = document.array("keys");
  std::set<std::string> ids;
  for (std::size_t i = 0; keys && i < keys->size() && document.errors().ok(); ++i) {
    std::string pointer = document.pointer_to("keys");
    append_pointer(pointer, i);
    KeyRecord key = read_key_record(document.errors(), (*keys)[i], pointer);
    if (!ids.insert(key.id).second)
      document.errors().fail(pointer + "/id", "the key \"" + key.id + "\" is declared already");
    scenario.keys.push_back(std::move(key));
  }
}

void read_rate_limit(ObjectReader& document, Scenario& scenario) {
  const Json* value = document.object("rateLimit");
  if (!value) return;
  ObjectReader reader(document.errors(), *value, document.pointer_to("rateLimit"));
  RateLimit& limit = scenario.rate_limit;
  // A scenario that speaks of the limit means it.
  limit.mode = RateMode::kEnforce;
  limit.requests = reader.integer("requests", 1, 1'000'000).value_or(limit.requests);
  limit.window = reader.duration("window").value_or(limit.window);
  if (limit.window.count() == 0) reader.fail("window", "expected a duration above zero, got \"0s\"");
  if (auto mode = reader.choice("mode", kRateModes)) limit.mode = static_cast<RateMode>(*mode);
  reader.finish();
}

void read_rules(ObjectReader& document, Scenario& scenario) {
  const Json* rules = document.array("rules");
  if (rules && rules->size() > kMaxRules) {
    document.fail("rules",
                  "expected at most " + std::to_string(kMaxRules) + " rules, got " + std::to_string(rules->size()));
  }
  std::set<std::string> names;
  for (std::size_t i = 0; rules && i < rules->size() && document.errors().ok(); ++i) {
    std::string pointer = document.pointer_to("rules");
    append_pointer(pointer, i);
    Rule rule = read_rule(document.errors(), (*rules)[i], pointer, "rule " + std::to_string(i + 1));
    if (!names.insert(rule.name).second)
      document.errors().fail(pointer + "/name", "there is a rule \"" + rule.name + "\" already");
    scenario.rules.push_back(std::make_shared<const Rule>(std::move(rule)));
  }
}

void read_fixture(ObjectReader& document, FixtureSource& fixtures, Scenario& scenario) {
  const Json* value = document.any("fixture");
  if (value && value->is_object()) {
    auto fixture = parse_fixture(*value);
    if (fixture.ok())
      scenario.fixture = *fixture;
    else
      document.errors().fail(document.pointer_to("fixture") + fixture.error().pointer, fixture.error().message);
    return;
  }
  if (value && !value->is_string()) {
    document.fail_expected("fixture", "the name of a fixture or a fixture object", *value);
    return;
  }
  auto fixture = fixtures.fixture(value ? value->get<std::string>() : std::string("default"));
  if (fixture.ok())
    scenario.fixture = *fixture;
  else
    document.fail("fixture", fixture.error().message);
}

void read_clock_plan(ObjectReader& reader, ClockPlan& clock) {
  if (auto mode = reader.choice("mode", kClockModes)) clock.mode = static_cast<ClockMode>(*mode);
  if (auto start = reader.instant("start")) clock.start = start;
  if (auto speed = reader.number("speed", 0.001, kMaxSpeed)) clock.speed = *speed;
}

}  // namespace

Result<ScenarioPtr> parse_scenario(const Json& document, FixtureSource& fixtures, std::string source) {
  ReadErrors errors;
  auto scenario = std::make_shared<Scenario>();
  scenario->prices = default_prices();
  scenario->source = std::move(source);
  ObjectReader reader(errors, document, "");
  reader.require("name");
  scenario->name = reader.nonempty_string("name").value_or(std::string());
  const auto is_name_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (scenario->name.size() > 64 || !std::all_of(scenario->name.begin(), scenario->name.end(), is_name_char)) {
    reader.fail("name", "expected at most 64 letters, digits, \"-\" and \"_\", got \"" + scenario->name + "\"");
  }
  scenario->description = reader.string("description").value_or(std::string());
  read_fixture(reader, fixtures, *scenario);
  if (auto seed = reader.integer("seed", 0, INT64_MAX)) scenario->seed = static_cast<std::uint64_t>(*seed);
  if (const Json* clock = reader.object("clock")) {
    ObjectReader plan(errors, *clock, reader.pointer_to("clock"));
    read_clock_plan(plan, scenario->clock);
    plan.finish();
  }
  read_credits(reader, *scenario);
  read_keys(reader, *scenario);
  read_rate_limit(reader, *scenario);
  if (const Json* jobs = reader.object("jobs")) {
    ObjectReader policies(errors, *jobs, reader.pointer_to("jobs"));
    read_job_policies(policies, scenario->jobs);
  }
  read_rules(reader, *scenario);
  scenario->state = reader.string("state").value_or(std::string());
  if (const Json* timeline = reader.array("timeline")) {
    const Json* jobs = reader.any("jobs");
    scenario->timeline = read_timeline(errors, *timeline, reader.pointer_to("timeline"), jobs ? *jobs : Json());
  }
  reader.finish();
  if (!errors.ok()) return errors.error();
  scenario->document = document;
  return ScenarioPtr(std::move(scenario));
}

}  // namespace qamera::sim
