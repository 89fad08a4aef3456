// Random operations on a workspace. RC_PARAMS="seed=7 max_success=5000" runs others, and more of them.

#include <doctest/doctest.h>

#include <rapidcheck.h>

#include <algorithm>

#include "property/model.h"
#include "property/operations.h"
#include "sim/snapshot_text.h"

namespace rc {

template <>
struct Arbitrary<qamera::property::Operation> {
  static Gen<qamera::property::Operation> arbitrary() {
    using qamera::property::Act;
    using qamera::property::Operation;
    // What moves credits and time is of most interest.
    const auto act = gen::weightedElement<Act>({{6, Act::kRegister},
                                                {3, Act::kList},
                                                {2, Act::kVote},
                                                {1, Act::kCreatePreset},
                                                {2, Act::kSettle},
                                                {3, Act::kPass},
                                                {4, Act::kAdvance},
                                                {3, Act::kUntilNext},
                                                {1, Act::kUntilIdle},
                                                {1, Act::kSetCredits},
                                                {1, Act::kGrant},
                                                {3, Act::kAsk},
                                                {1, Act::kAddRule},
                                                {1, Act::kRemoveRules},
                                                {1, Act::kSetState},
                                                {2, Act::kAdmit},
                                                {1, Act::kChangeKey},
                                                {1, Act::kSetClock}});
    return gen::build<Operation>(gen::set(&Operation::act, act), gen::set(&Operation::which),
                                 gen::set(&Operation::count), gen::set(&Operation::amount, gen::inRange(0, 4'000)));
  }
};

}  // namespace rc

namespace qamera::property {
namespace {

/// As text, which is the same made whole or piece by piece.
std::string state_of(const Run& run) {
  std::string text;
  sim::SnapshotText pieces(run.workspace);
  while (pieces.append(text)) {}
  RC_ASSERT(text == dump_json(run.workspace.snapshot()));
  return text;
}

/// A workspace of the same scenario into which the run's state was restored, by way of text.
Run restored(const Run& run, const sim::ScenarioPtr& scenario) {
  Run copy(scenario);
  copy.monotonic = run.monotonic;
  const auto state = parse_json(state_of(run));
  RC_ASSERT(state.ok());
  const auto done = copy.workspace.restore(*state, scenario, run.monotonic);
  RC_LOG() << (done.ok() ? "" : done.error().pointer + ": " + done.error().message);
  RC_ASSERT(done.ok());
  return copy;
}

/// So that nothing that is due is left for the first look.
void bring_up_to_now(Run& run) { run.workspace.sync(run.monotonic); }

}  // namespace

TEST_CASE("property: a workspace does what a simple model of it does") {
  const bool held = rc::check("model", [](std::uint8_t number, const Operations& operations) {
    Run run(scenario_of(number));
    Model model(run.workspace);
    for (const Operation& operation : operations) {
      const Outcome outcome = apply(run, operation);
      const std::string wrong = model.follow(operation, outcome, run.workspace);
      RC_LOG() << operation << ": " << wrong << "\n";
      RC_ASSERT(wrong.empty());
    }
  });
  CHECK(held);
}

TEST_CASE("property: the same seed and operations give the same bytes") {
  const bool held = rc::check("determinism", [](std::uint8_t number, const Operations& operations) {
    Run one(scenario_of(number)), other(scenario_of(number));
    RC_ASSERT(apply_all(one, operations) == apply_all(other, operations));
    RC_ASSERT(state_of(one) == state_of(other));
  });
  CHECK(held);
}

TEST_CASE("property: a restored workspace is saved as the same text and goes on the same way") {
  const bool held = rc::check("restore", [](std::uint8_t number, const Operations& before, const Operations& after) {
    const auto scenario = scenario_of(number);
    Run original(scenario);
    apply_all(original, before);
    bring_up_to_now(original);
    Run copy = restored(original, scenario);
    RC_ASSERT(state_of(copy) == state_of(original));
    RC_ASSERT(apply_all(copy, after) == apply_all(original, after));
    RC_ASSERT(state_of(copy) == state_of(original));
  });
  CHECK(held);
}

TEST_CASE("property: a fork goes its own way and leaves the original alone") {
  const bool held = rc::check("fork", [](std::uint8_t number, const Operations& before, const Operations& after) {
    Run original(scenario_of(number));
    apply_all(original, before);
    const std::string state = state_of(original);
    Run fork = original;
    const std::string seen = apply_all(fork, after);
    RC_ASSERT(state_of(original) == state);
    RC_ASSERT(apply_all(original, after) == seen);
    RC_ASSERT(state_of(original) == state_of(fork));
  });
  CHECK(held);
}

TEST_CASE("property: after a reset nothing is left of what was") {
  const bool held = rc::check("reset", [](std::uint8_t number, const Operations& operations, const Operations& after) {
    Run fresh(scenario_of(number)), used(scenario_of(number));
    apply_all(used, operations);
    used.monotonic = MonotonicTime(0);
    used.workspace.reset(used.monotonic, sim::kManualStart);
    RC_ASSERT(state_of(used) == state_of(fresh));
    RC_ASSERT(apply_all(used, after) == apply_all(fresh, after));
    RC_ASSERT(state_of(used) == state_of(fresh));
  });
  CHECK(held);
}

TEST_CASE("property: it does not matter how a span of time is cut") {
  CHECK(
      rc::check("time", [](std::uint8_t number, const Operations& operations, const std::vector<std::uint16_t>& cuts) {
        Run whole(scenario_of(number));
        apply_all(whole, operations);
        bring_up_to_now(whole);
        Run cut = whole;
        std::vector<sim::ClockEvent> at_once, piecemeal;
        Duration total{0};
        for (const std::uint16_t length : cuts) {
          total += Duration(length);
          cut.workspace.advance_to(cut.workspace.now() + Duration(length), piecemeal);
        }
        whole.workspace.advance_to(whole.workspace.now() + total, at_once);
        RC_ASSERT(at_once.size() == piecemeal.size());
        RC_ASSERT(std::equal(at_once.begin(), at_once.end(), piecemeal.begin(), [](const auto& a, const auto& b) {
          return a.record == b.record && a.kind == b.kind && a.to == b.to && a.at == b.at;
        }));
        RC_ASSERT(state_of(cut) == state_of(whole));
      }));
}

TEST_CASE("property: once all jobs are settled nothing is reserved") {
  const bool held = rc::check("settlement", [](std::uint8_t number, const Operations& operations) {
    Run run(scenario_of(number));
    apply_all(run, operations);
    std::vector<sim::ClockEvent> fired;
    run.workspace.advance_until_idle(fired);
    for (std::size_t i = 0; i < kCollectionCount; ++i) {
      const auto records = run.workspace.records(static_cast<Collection>(i));
      for (const sim::RecordPtr& record : records) run.workspace.settle(record->id, sim::RecordStatus::kFailed, fired);
    }
    RC_ASSERT(run.workspace.pending() == 0u);
    RC_ASSERT(run.workspace.ledger().reserved() == 0);
    RC_ASSERT(check_reservations(run.workspace) == "");
  });
  CHECK(held);
}

}  // namespace qamera::property
