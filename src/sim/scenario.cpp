#include "sim/scenario.h"

#include <algorithm>
#include <set>

#include "base/json_reader.h"
#include "base/text.h"

namespace qamera::sim {
namespace {

Prices default_prices() {
  Prices prices{};
  for (const RecordKind kind : kJobKinds) prices[kind] = 10;
  prices[RecordKind::kReel] = 15;
  return prices;
}

void read_credits(ObjectReader& document, Scenario& scenario) {
  document.nested("credits", [&](ObjectReader& credits) {
    scenario.credits = credits.integer("available", 0, kMaxCredits).value_or(scenario.credits);
    credits.nested("prices", [&](ObjectReader& prices) {
      for (const RecordKind kind : kJobKinds) {
        Credits& slot = scenario.prices[kind];
        slot = prices.integer(name_of(kind), 0, 1'000'000'000).value_or(slot);
      }
    });
  });
}

void read_keys(ObjectReader& document, Scenario& scenario) {
  std::set<std::string> ids;
  document.each("keys", [&](const Json& declared, const std::string& pointer) {
    KeyRecord key = read_key_record(document.errors(), declared, pointer);
    if (!ids.insert(key.id).second)
      document.errors().fail(pointer + "/id", "the key \"" + key.id + "\" is declared already");
    scenario.keys.push_back(std::move(key));
  });
}

void read_rate_limit(ObjectReader& document, Scenario& scenario) {
  document.nested("rateLimit", [&](ObjectReader& reader) {
    RateLimit& limit = scenario.rate_limit;
    limit.requests = reader.integer("requests", 1, 1'000'000).value_or(limit.requests);
    limit.window = reader.duration("window").value_or(limit.window);
    if (limit.window.count() == 0) reader.fail("window", "expected a duration above zero, got \"0s\"");
    // A scenario that speaks of the limit means it.
    limit.mode = reader.enumeration<RateMode>("mode").value_or(RateMode::kEnforce);
  });
}

void read_rules(ObjectReader& document, Scenario& scenario) {
  const Json* rules = document.array("rules");
  if (rules && rules->size() > kMaxRules) {
    document.fail("rules",
                  "expected at most " + std::to_string(kMaxRules) + " rules, got " + std::to_string(rules->size()));
  }
  std::set<std::string> names;
  document.each("rules", [&](const Json& written, const std::string& pointer) {
    Rule rule = read_rule(document.errors(), written, pointer, "rule " + std::to_string(scenario.rules.size() + 1));
    if (!names.insert(rule.name).second)
      document.errors().fail(pointer + "/name", "there is a rule \"" + rule.name + "\" already");
    scenario.rules.push_back(std::make_shared<const Rule>(std::move(rule)));
  });
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
    return document.fail_expected("fixture", "the name of a fixture or a fixture object", *value);
  }
  auto fixture = fixtures.fixture(value ? value->get<std::string>() : std::string("default"));
  if (fixture.ok())
    scenario.fixture = *fixture;
  else
    document.fail("fixture", fixture.error().message);
}

void read_clock_plan(ObjectReader& reader, ClockPlan& clock) {
  clock.mode = reader.enumeration<ClockMode>("mode").value_or(clock.mode);
  if (auto start = reader.instant("start")) clock.start = start;
  clock.speed = reader.number("speed", 0.001, kMaxSpeed).value_or(clock.speed);
}

/// Puts the rules into the document as they are to be read again.
void put_rules(Scenario& scenario) {
  const auto put = [](Json& list, const std::vector<RulePtr>& rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) list[i] = rules[i]->document;
  };
  if (!scenario.rules.empty()) put(scenario.document["rules"], scenario.rules);
  for (std::size_t i = 0; i < scenario.timeline.size(); ++i) {
    if (scenario.timeline[i].add_rules.empty()) continue;
    put(scenario.document["timeline"][i]["addRules"], scenario.timeline[i].add_rules);
  }
}

}  // namespace

Result<ScenarioPtr> parse_scenario(const Json& document, FixtureSource& fixtures, std::string source,
                                   WrittenPlace written) {
  ReadErrors errors(std::move(written));
  auto scenario = std::make_shared<Scenario>();
  scenario->prices = default_prices();
  scenario->source = std::move(source);
  ObjectReader reader(errors, document, "");
  reader.require("name");
  scenario->name = reader.nonempty_string("name").value_or(std::string());
  if (scenario->name.size() > 64 || !std::all_of(scenario->name.begin(), scenario->name.end(), is_name_character)) {
    reader.fail("name", "expected at most 64 letters, digits, \"-\" and \"_\", got \"" + scenario->name + "\"");
  }
  scenario->description = reader.string("description").value_or(std::string());
  read_fixture(reader, fixtures, *scenario);
  scenario->assets = reader.enumeration<AssetMode>("assets").value_or(scenario->assets);
  scenario->seed = reader.count("seed").value_or(scenario->seed);
  reader.nested("clock", [&](ObjectReader& plan) { read_clock_plan(plan, scenario->clock); });
  read_credits(reader, *scenario);
  read_keys(reader, *scenario);
  read_rate_limit(reader, *scenario);
  scenario->rate_limit_words = scenario->rate_limit.words();
  reader.nested("jobs", [&](ObjectReader& policies) { read_job_policies(policies, scenario->jobs); });
  read_rules(reader, *scenario);
  scenario->state = reader.string("state").value_or(std::string());
  if (const Json* timeline = reader.array("timeline")) {
    const Json* jobs = reader.any("jobs");
    scenario->timeline = read_timeline(errors, *timeline, reader.pointer_to("timeline"), jobs ? *jobs : Json());
  }
  reader.finish();
  if (!errors.ok()) return errors.error();
  scenario->script = Script(scenario->rules, scenario->state);
  scenario->document = document;
  put_rules(*scenario);
  return ScenarioPtr(std::move(scenario));
}

}  // namespace qamera::sim
