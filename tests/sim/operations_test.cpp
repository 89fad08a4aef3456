// Random scripts of operations, from a seed of their own: what must hold after each one, whatever came before.

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

constexpr std::array<RecordKind, 6> kJobKinds = {RecordKind::kModel,    RecordKind::kScenery, RecordKind::kImage,
                                                 RecordKind::kPackshot, RecordKind::kVideo,   RecordKind::kReel};

/// Each mode and end, under a real clock, with a balance that runs out now and then.
ScenarioPtr everything() {
  static const ScenarioPtr scenario = scenario_of(R"("clock": {"mode": "real", "start": "2026-03-27T12:00:00.000Z"},
    "credits": {"available": 400, "prices": {"scenery": 0, "image": 7}},
    "rateLimit": {"requests": 5, "window": "10s"},
    "jobs": {"default": {"duration": {"uniform": ["1s", "9s"]}, "outcomes": [{"probability": 0.25, "then": "fail"}]},
             "model": {"afterPolls": 2}, "scenery": {"immediate": true}, "packshot": {"manual": true},
             "video": {"queue": "1s", "duration": {"lognormal": {"median": "3s", "sigma": 0.5}}, "parallel": 1},
             "reel": {"outcomes": [{"every": 2, "then": "stuck"}, {"nth": [1, 5], "then": "fail"}]}})");
  return scenario;
}

/// Plays a script against a workspace and writes down everything that a client could see.
class Player {
 public:
  Player(Workspace& workspace, std::uint64_t seed) : w_(workspace), draw_(seed), granted_(w_.ledger().granted()) {}

  void step() {
    const auto choice = below(12);
    if (choice < 4)
      create();
    else if (choice < 6)
      follow();
    else if (choice == 6)
      jump();
    else if (choice == 7)
      settle();
    else if (choice == 8)
      vote();
    else if (choice == 9)
      book();
    else
      look();
  }

  const std::string& seen() const { return seen_; }
  Credits granted() const { return granted_; }
  const MonotonicTime& monotonic() const { return monotonic_; }

 private:
  std::uint64_t below(std::uint64_t bound) { return draw_.next() % bound; }

  void create() {
    JobRequest request;
    request.kind = kJobKinds[below(kJobKinds.size())];
    request.count = static_cast<std::int64_t>(1 + below(5));
    const Credits price = w_.price(request.kind, request.count);
    const bool affordable = price <= w_.ledger().available();
    const auto made = w_.register_job(request);
    CHECK(made.has_value() == affordable);
    if (!made) return note("402");
    CHECK(made->reserved == price);
    CHECK(made->record_ids.size() == static_cast<std::size_t>(request.count));
    ids_.insert(ids_.end(), made->record_ids.begin(), made->record_ids.end());
    note(made->batch_id + made->record_ids.back());
  }

  void follow() {
    monotonic_ += std::chrono::microseconds(below(3'000'000));
    std::vector<ClockEvent> fired;
    w_.sync(monotonic_, &fired);
    note(shown(fired));
  }

  void jump() {
    std::vector<ClockEvent> fired;
    if (below(2) == 0)
      w_.advance_until_next(fired);
    else
      w_.advance_to(w_.now() + Duration(below(4'000)), fired);
    note(shown(fired));
  }

  void settle() {
    if (ids_.empty()) return;
    const std::string& id = ids_[below(ids_.size())];
    const bool waiting = w_.find(id)->status == RecordStatus::kInProgress;
    std::vector<ClockEvent> fired;
    CHECK(w_.settle(id, below(2) == 0 ? RecordStatus::kDone : RecordStatus::kFailed, fired) == waiting);
    note(shown(fired));
  }

  void vote() {
    if (ids_.empty()) return;
    CHECK(w_.vote(ids_[below(ids_.size())], static_cast<Voting>(below(3))));
  }

  void book() {
    const auto amount = static_cast<Credits>(below(200));
    if (below(2) == 0) {
      granted_ += amount;
      w_.ledger().grant(amount, w_.now());
    } else {
      granted_ += amount - w_.ledger().available();
      w_.ledger().set_available(amount, w_.now());
    }
  }

  void look() {
    const auto collection = static_cast<Collection>(below(kCollectionCount));
    note(listing(w_, collection));
    const ListQuery query{.filter = below(2) == 0 ? ListFilter::kAll : ListFilter::kApproved,
                          .is_shown = below(2) == 0};
    note(w_.listing(collection, query).body->text);
    note(w_.admit("k") ? "within" : format_duration(w_.retry_after("k")));
  }

  void note(const std::string& text) { seen_ += text + "\n"; }

  Workspace& w_;
  Random draw_;
  MonotonicTime monotonic_{0};
  std::vector<std::string> ids_;
  std::string seen_;
  Credits granted_;
};

/// The ledger that the records tell of: each in progress reserves its price, each done has consumed it, each failed
/// has had it back. The sceneries and models of the fixture cost nothing.
Ledger::Totals told_by_records(const Workspace& w, Credits granted) {
  Ledger::Totals told;
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    for (const RecordPtr& record : w.records(static_cast<Collection>(i))) {
      if (w.scenario().fixture->index.contains(record->id)) continue;
      const Credits price = w.price(record->kind, 1);
      if (record->status == RecordStatus::kInProgress) told.reserved += price;
      if (record->status == RecordStatus::kDone) told.consumed += price;
      if (record->status == RecordStatus::kFailed) told.refunded += price;
    }
  }
  told.granted = granted;
  told.available = granted - told.reserved - told.consumed;
  return told;
}

void check_invariants(const Workspace& w, Credits granted) {
  const Ledger& ledger = w.ledger();
  const Ledger::Totals told = told_by_records(w, granted);
  CHECK(ledger.granted() == told.granted);
  CHECK(ledger.available() == told.available);
  CHECK(ledger.reserved() == told.reserved);
  CHECK(ledger.consumed() == told.consumed);
  CHECK(ledger.refunded() == told.refunded);
  CHECK(told.balanced());
  std::size_t waiting = 0;
  std::size_t lost = 0;
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    for (const RecordPtr& record : w.records(static_cast<Collection>(i))) {
      if (record->status == RecordStatus::kInProgress) ++waiting;
      if (w.find(record->id) != record) ++lost;
    }
  }
  CHECK(lost == 0);
  CHECK(w.pending() == waiting);
  CHECK(w.scheduled() <= w.pending());
  CHECK(w.bytes() == w.counted_bytes());
}

}  // namespace

TEST_CASE("scripts: after each operation the ledger is what the records tell") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    Workspace w = workspace_of(everything(), seed);
    Player player(w, seed * 1'000);
    for (int i = 0; i < 250; ++i) {
      player.step();
      check_invariants(w, player.granted());
    }
    CHECK(w.ledger().consumed() > 0);
    CHECK(w.ledger().refunded() > 0);
    CHECK(player.seen().find("402") != std::string::npos);
  }
}

TEST_CASE("scripts: the same seed and the same operations give the same bytes") {
  const auto run = [](std::uint64_t seed, std::uint64_t script) {
    Workspace w = workspace_of(everything(), seed);
    Player player(w, script);
    for (int i = 0; i < 300; ++i) player.step();
    return player.seen() + dump_json(w.snapshot());
  };
  for (std::uint64_t script = 1; script <= 5; ++script) CHECK(run(1, script) == run(1, script));
  CHECK(run(1, 1) != run(2, 1));
  CHECK(run(1, 1) != run(1, 2));
}

TEST_CASE("scripts: a snapshot taken anywhere is restored to the same text, and reserves what it reserved") {
  Workspace w = workspace_of(everything(), 5);
  Player player(w, 77);
  for (int i = 0; i < 300; ++i) {
    player.step();
    if (i % 10 != 0) continue;
    const std::string saved = dump_json(w.snapshot());
    Workspace restored = workspace_of("");
    const auto result = restored.restore(parsed(saved), w.scenario_ptr(), player.monotonic());
    REQUIRE((result.ok() ? "" : result.error().pointer + result.error().message) == "");
    CHECK(dump_json(restored.snapshot()) == saved);
    check_invariants(restored, player.granted());
    std::vector<ClockEvent> here;
    std::vector<ClockEvent> there;
    Workspace copy = w;
    copy.advance_until_idle(here);
    restored.advance_until_idle(there);
    CHECK(shown(here) == shown(there));
    CHECK(dump_json(copy.snapshot()) == dump_json(restored.snapshot()));
  }
}

}  // namespace qamera::sim
