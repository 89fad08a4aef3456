#include <doctest/doctest.h>

#include <string>

#include "sim/snapshot_text.h"
#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

using std::chrono::seconds;

constexpr const char* kBusy = R"("seed": 7, "keys": [{"id": "k", "expiresAfter": "1h", "scopes": ["content.read"]}],
  "rateLimit": {"requests": 3, "window": "1m"},
  "jobs": {"default": {"queue": "1s", "duration": {"uniform": ["5s", "15s"]},
                       "outcomes": [{"probability": 0.3, "then": "fail"}]},
           "model": {"afterPolls": 3}, "packshot": {"manual": true}, "video": {"stuck": true},
           "reel": {"duration": "30s", "parallel": 1}})";

/// A workspace in the middle of everything.
Workspace busy() {
  Workspace w = workspace_of(kBusy);
  for (RecordKind kind : {RecordKind::kImage, RecordKind::kModel, RecordKind::kPackshot, RecordKind::kVideo,
                          RecordKind::kReel, RecordKind::kScenery}) {
    add(w, kind, 3);
  }
  listing(w, Collection::kModels);
  elapse(w, Duration(10'250));
  w.vote("img_001", Voting::kRejected);
  w.vote("model_1", Voting::kApproved);
  Record preset;
  preset.name = "Mine";
  w.create_preset(preset);
  w.admit("k");
  w.admit("other/~key");
  CHECK(w.change_key("extra", parsed(R"({"state": "revoked", "expiresAt": "2030-01-01T00:00:00Z"})")).ok());
  return w;
}

/// Operations whose outcome depends on every part of the state.
std::string continued(Workspace& w) {
  std::string out;
  for (int round = 0; round < 4; ++round) {
    for (RecordKind kind : {RecordKind::kImage, RecordKind::kReel, RecordKind::kModel}) {
      JobRequest request;
      request.kind = kind;
      request.count = 2;
      const auto made = w.register_job(request);
      if (made) out += made->batch_id + made->order_id + made->reservation_id + made->record_ids.back() + "\n";
    }
    out += shown(elapse(w, seconds(7))) + "\n";
    for (std::size_t i = 0; i < kCollectionCount; ++i) out += listing(w, static_cast<Collection>(i)) + "\n";
    out += w.admit("k") ? "within" : format_duration(w.retry_after("k"));
    out += std::string(w.key_status("extra").reason) + std::to_string(w.random().next());
  }
  std::vector<ClockEvent> fired;
  w.settle("ps_002", RecordStatus::kFailed, fired);
  w.advance_until_idle(fired);
  return out + shown(fired) + credits(w);
}

/// The snapshot as text, which is the same however it is made.
std::string text_of(const Workspace& w) {
  std::string text;
  SnapshotText pieces(w);
  while (pieces.append(text)) {}
  CHECK(text == dump_json(w.snapshot()));
  return text;
}

}  // namespace

TEST_CASE("snapshots: a restored workspace is saved as the same text") {
  const Workspace original = busy();
  Workspace restored = workspace_of("");
  REQUIRE(restored.restore(parsed(text_of(original)), original.scenario_ptr(), MonotonicTime(0)).ok());
  CHECK(text_of(restored) == text_of(original));
}

TEST_CASE("snapshots: a restored workspace continues exactly as the original") {
  Workspace original = busy();
  Workspace restored = workspace_of(R"("seed": 99)");
  REQUIRE(restored.restore(parsed(text_of(original)), original.scenario_ptr(), MonotonicTime(0)).ok());
  CHECK(continued(restored) == continued(original));
  CHECK(text_of(restored) == text_of(original));
}

TEST_CASE("snapshots: the state carries its scenario") {
  const Workspace original = busy();
  const Json state = original.snapshot();
  const auto scenario = parse_scenario(state["scenario"], shipped_fixtures(), "saved");
  REQUIRE(scenario.ok());
  Workspace restored = workspace_of("");
  REQUIRE(restored.restore(state, *scenario, MonotonicTime(0)).ok());
  CHECK(text_of(restored) == text_of(original));
}

TEST_CASE("snapshots: of the start of each shipped fixture") {
  for (const char* name : {"default", "docs-examples", "empty"}) {
    CAPTURE(name);
    const Workspace w = workspace_of(R"("fixture": ")" + std::string(name) + "\"");
    Workspace restored = workspace_of("");
    REQUIRE(restored.restore(w.snapshot(), w.scenario_ptr(), MonotonicTime(0)).ok());
    CHECK(text_of(restored) == text_of(w));
  }
}

TEST_CASE("snapshots: a large seed and generator state survive as text") {
  const Workspace w = workspace_of(scenario_of(""), 18'446'744'073'709'551'615ULL);
  CHECK(w.snapshot()["seed"] == "18446744073709551615");
  Workspace restored = workspace_of("");
  REQUIRE(restored.restore(w.snapshot(), w.scenario_ptr(), MonotonicTime(0)).ok());
  CHECK(restored.seed() == w.seed());
}

TEST_CASE("snapshots: a real clock goes on from the saved time at the reading of the restore") {
  Workspace w = workspace_of(R"("clock": {"mode": "real", "start": "2026-03-27T12:00:00.000Z", "speed": 2})");
  w.sync(seconds(10));
  Workspace restored = workspace_of("");
  REQUIRE(restored.restore(w.snapshot(), w.scenario_ptr(), seconds(1'000)).ok());
  CHECK(restored.now() == kManualStart + seconds(20));
  restored.sync(seconds(1'003));
  CHECK(restored.now() == kManualStart + seconds(26));
}

TEST_CASE("forks: a copy is equal, and goes its own way") {
  Workspace original = busy();
  Workspace copy = original;
  const std::string before = text_of(original);
  CHECK(text_of(copy) == before);
  const std::string ahead = continued(copy);
  CHECK(text_of(original) == before);
  CHECK(text_of(copy) != before);
  CHECK(continued(original) == ahead);
  CHECK(text_of(copy) == text_of(original));
}

TEST_CASE("forks: a reset or another scenario in one leaves the other alone") {
  Workspace original = busy();
  Workspace copy = original;
  const std::string before = text_of(original);
  copy.reset(MonotonicTime(0), kManualStart);
  CHECK(text_of(copy) == text_of(workspace_of(kBusy)));
  Workspace::Start start;
  start.scenario = scenario_of(R"("fixture": "empty")");
  copy.restart(start);
  CHECK(listing(copy, Collection::kProducts) == "");
  CHECK(text_of(original) == before);
}

}  // namespace qamera::sim
