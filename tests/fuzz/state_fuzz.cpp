// A saved state of a workspace, as PUT /__admin/state takes it.
//
// Held: a state that is taken is given back as the same; the workspace then runs to its end with its ledger balanced,
// every reservation settled once, and can be saved and restored at any time.

#include "base/check.h"
#include "fuzz/target.h"
#include "fuzz/world.h"
#include "sim/workspace.h"

namespace qamera::fuzz {
namespace {

void check_balance(const sim::Workspace& workspace) {
  const sim::Ledger& ledger = workspace.ledger();
  QM_CHECK(ledger.granted() == ledger.available() + ledger.reserved() + ledger.consumed(), "the ledger balances");
  const Json state = workspace.snapshot();
  sim::Credits owed = 0;
  for (const Json& job : state.at("jobs")) owed += job.at("price").get<sim::Credits>();
  QM_CHECK(owed == ledger.reserved(), "what pending jobs cost is reserved");
  sim::Workspace copy = workspace;
  const auto restored = copy.restore(state, workspace.scenario_ptr(), MonotonicTime(0));
  QM_CHECK(restored.ok(), restored.ok() ? "" : (restored.error().pointer + ": " + restored.error().message).c_str());
  QM_CHECK(copy.snapshot() == state, "a restored state is the saved one");
}

void run_to_its_end(sim::Workspace& workspace) {
  std::vector<sim::ClockEvent> fired;
  workspace.sync(MonotonicTime(0), &fired);
  sim::JobRequest request;
  request.kind = RecordKind::kImage;
  request.count = 2;
  workspace.register_job(request);
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    std::string list;
    workspace.list(static_cast<Collection>(i), {}, list);
    QM_CHECK(parse_json("[" + list + "]").ok(), "a listing is JSON");
  }
  workspace.admit("any");
  workspace.retry_after("any");
  check_balance(workspace);
  workspace.advance_until_next(fired);
  workspace.advance_until_idle(fired);
  workspace.advance_to(sim::Clock::kEnd, fired);
  check_balance(workspace);
}

}  // namespace

void run(std::string_view input) {
  constexpr std::int64_t kMax = 50;
  const auto state = parse_json(input);
  if (!state.ok() || !state->is_object() || generates_more_than(*state, kMax)) return;
  const auto scenario = shipped_scenarios().parse(state->value("scenario", Json()), "fuzz");
  if (!scenario.ok()) return;
  sim::Workspace::Start start;
  start.scenario = *scenario;
  start.wall = sim::kManualStart;
  sim::Workspace workspace(std::move(start));
  const std::string before = dump_json(workspace.snapshot());
  const auto restored = workspace.restore(*state, *scenario, MonotonicTime(0));
  if (!restored.ok()) {
    QM_CHECK(!restored.error().message.empty(), "a refusal says why");
    QM_CHECK(dump_json(workspace.snapshot()) == before, "a refused state changes nothing");
    return;
  }
  check_balance(workspace);
  run_to_its_end(workspace);
}

}  // namespace qamera::fuzz
