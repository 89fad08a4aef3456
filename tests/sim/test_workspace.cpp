#include "sim/test_workspace.h"

#include <sstream>

#include "base/embedded.h"

namespace qamera::sim {
namespace {

constexpr std::string_view kSmall = R"({
  "name": "small",
  "products": [{"id": "prod_1", "name": "Shirt Front", "label": "Shirt", "createdAt": "2026-03-20T00:00:00.000Z"}],
  "models": [{"id": "model_1", "name": "Sophie", "voting": "APPROVED", "createdAt": "2026-03-20T00:00:00.000Z"}],
  "sceneries": [{"id": "scenery_1", "name": "Studio", "createdAt": "2026-03-20T00:00:00.000Z"}]
})";

class ShippedFixtures final : public FixtureSource {
 public:
  Result<FixturePtr> fixture(const std::string& name) override {
    const auto text = embedded_file("fixtures/" + name + ".json");
    if (!text) return Error{ErrorCode::kNotFound, "there is no fixture \"" + name + "\"", ""};
    return parse_fixture(parsed(*text));
  }
};

}  // namespace

Json parsed(std::string_view text) {
  auto result = parse_json(text);
  QM_CHECK(result.ok(), "a test document is not JSON");
  return std::move(result).value();
}

Instant instant(std::string_view text) { return parse_instant(text).value(); }

FixtureSource& shipped_fixtures() {
  static ShippedFixtures fixtures;
  return fixtures;
}

ScenarioPtr scenario_of(std::string_view members) {
  Json document = parsed("{" + std::string(members) + "}");
  if (!document.contains("name")) document["name"] = "test";
  if (!document.contains("clock")) document["clock"]["mode"] = "manual";
  if (!document.contains("credits")) document["credits"]["available"] = 1'000;
  if (!document.contains("fixture")) document["fixture"] = parsed(kSmall);
  auto scenario = parse_scenario(document, shipped_fixtures(), "test");
  QM_CHECK(scenario.ok(), scenario.ok() ? "" : (scenario.error().pointer + ": " + scenario.error().message).c_str());
  return *scenario;
}

Workspace workspace_of(std::string_view members) {
  Workspace::Start start;
  start.scenario = scenario_of(members);
  start.wall = kManualStart;
  return Workspace(std::move(start));
}

Workspace workspace_of(ScenarioPtr scenario, std::uint64_t seed) {
  Workspace::Start start;
  start.scenario = std::move(scenario);
  start.seed = seed;
  start.wall = kManualStart;
  return Workspace(std::move(start));
}

std::vector<std::string> add(Workspace& workspace, RecordKind kind, std::int64_t count, const Json* body) {
  JobRequest request;
  request.kind = kind;
  request.count = count;
  request.product_id = "prod_1";
  request.product_name = "Shirt";
  request.source_name = "Source";
  request.preferences = "Preferences";
  request.body = body;
  const auto made = workspace.register_job(request);
  return made ? made->record_ids : std::vector<std::string>();
}

std::vector<ClockEvent> elapse(Workspace& workspace, Duration by) {
  std::vector<ClockEvent> fired;
  workspace.advance_to(workspace.now() + by, fired);
  return fired;
}

std::string statuses(const Workspace& workspace, Collection collection) {
  std::string out;
  for (const RecordPtr& record : workspace.records(collection)) out.push_back(name_of(record->status).front());
  return out;
}

std::string credits(const Workspace& workspace) {
  const Ledger& ledger = workspace.ledger();
  std::ostringstream out;
  out << ledger.available() << "/" << ledger.reserved() << "/" << ledger.consumed() << "/" << ledger.refunded()
      << " of " << ledger.granted();
  return out.str();
}

std::string shown(const std::vector<ClockEvent>& fired) {
  std::string out;
  for (const ClockEvent& one : fired) {
    if (!out.empty()) out.push_back(' ');
    out += one.record + ":" + one.to + "@" + format_duration(one.at - kManualStart);
  }
  return out;
}

std::string listing(Workspace& workspace, Collection collection) {
  std::string out;
  workspace.list(collection, {}, out);
  return out;
}

}  // namespace qamera::sim
