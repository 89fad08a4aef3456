// A scenario file: read, judged, and run.
//
// Held: what the parser accepts the published schema accepts too; a workspace that runs it keeps its ledger balanced,
// and its state can be saved, restored and saved again as the same bytes, and goes on in the same way.

#include "api/script_check.h"
#include "base/check.h"
#include "fuzz/target.h"
#include "fuzz/world.h"
#include "sim/workspace.h"

namespace qamera::fuzz {
namespace {

constexpr std::array kKinds = {RecordKind::kModel,    RecordKind::kScenery, RecordKind::kImage,
                               RecordKind::kPackshot, RecordKind::kVideo,   RecordKind::kReel};

void register_some(sim::Workspace& workspace) {
  static const Json body = known_json(R"({"config": {"product": {"id": "p"}}, "count": 2})");
  for (const RecordKind kind : kKinds) {
    sim::JobRequest request;
    request.kind = kind;
    request.count = 2;
    request.body = &body;
    workspace.register_job(request);
  }
}

void ask_rules(sim::Workspace& workspace) {
  static const Json body = known_json(R"({"count": 1})");
  Request request;
  request.method = "POST";
  request.target = "/api/external/models?statusFilter=approved";
  parse_target(request);
  request.headers.add("X-Test", "1");
  for (int i = 0; i < 3; ++i) {
    workspace.decide({"registerModels", request, &body});
    workspace.decide({"", request, nullptr});
  }
}

/// What a client could see of it.
std::string shown(sim::Workspace& workspace) {
  std::string out;
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    std::string list;
    const auto count = workspace.list(static_cast<Collection>(i), {}, list);
    out += std::to_string(count) + list;
  }
  return out + dump_json(workspace.snapshot());
}

void go_on(sim::Workspace& workspace) {
  std::vector<sim::ClockEvent> fired;
  register_some(workspace);
  ask_rules(workspace);
  for (int i = 0; i < 4; ++i) workspace.advance_until_next(fired);
  workspace.advance_to(std::min(workspace.now() + std::chrono::minutes(10), sim::Clock::kEnd), fired);
  register_some(workspace);
  workspace.advance_until_idle(fired);
}

}  // namespace

void run(std::string_view input) {
  constexpr std::int64_t kMax = 50;
  const auto document = parse_written_json(input);
  if (!document.ok() || generates_more_than(*document, kMax)) return;
  // Its records take a quarter of a second to make.
  if (document->is_object() && document->value("fixture", Json()) == "large") return;
  const auto scenario = shipped_scenarios().parse(*document, "fuzz");
  if (!scenario.ok()) {
    QM_CHECK(!scenario.error().message.empty(), "a refusal says why");
    return;
  }
  const auto wrong = contract().check_document("scenario.schema.json", without_notes(*document));
  QM_CHECK(!wrong, (wrong->pointer + " is accepted against the schema: " + wrong->message).c_str());
  api::scenario_warnings(**scenario);
  sim::Workspace::Start start;
  start.scenario = *scenario;
  start.wall = sim::kManualStart;
  sim::Workspace workspace(std::move(start));
  workspace.set_clock(sim::ClockMode::kManual, 1);
  register_some(workspace);
  ask_rules(workspace);
  const Json state = workspace.snapshot();
  sim::Workspace restored = workspace;
  const auto done = restored.restore(state, *scenario, MonotonicTime(0));
  QM_CHECK(done.ok(), done.ok() ? "" : (done.error().pointer + ": " + done.error().message).c_str());
  QM_CHECK(dump_json(restored.snapshot()) == dump_json(state), "a restored state is the saved one");
  go_on(workspace);
  go_on(restored);
  QM_CHECK(shown(workspace) == shown(restored), "a restored workspace goes on as the saved one");
}

}  // namespace qamera::fuzz
