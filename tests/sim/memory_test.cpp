// What a workspace and what clients put into it take in memory, and that copies take none.

#include "sim/memory.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

constexpr std::string_view kLarge = R"("fixture": {"name": "f", "generate": {"images": 10000}})";

Listing whole(Workspace& workspace) { return workspace.listing(Collection::kImages, {}); }

TEST_CASE("memory: a workspace that leaves records alone has few bytes of its own, however many there are") {
  const ScenarioPtr scenario = scenario_of(kLarge);
  Workspace w = workspace_of(scenario, 1);
  Workspace other = workspace_of(scenario, 2);
  REQUIRE(w.record_count(Collection::kImages) == 10'000);
  CHECK(w.bytes() < 8'000);
  CHECK(w.records(Collection::kImages).shares_all(scenario->fixture->records[Collection::kImages]));
  CHECK(whole(w).body == whole(other).body);
  CHECK(w.bytes() == other.bytes());
  CHECK(w.bytes() < 8'000);
  CHECK(w.vote("img_001", Voting::kApproved));
  CHECK(w.bytes() > other.bytes());
  CHECK(w.bytes() < 16'000);
  CHECK(whole(w).body != whole(other).body);
  CHECK(w.bytes() > 1'000'000);
  CHECK(w.bytes() == w.counted_bytes());
  CHECK(other.bytes() < 8'000);
}

TEST_CASE("memory: what is changed or made counts, and what goes does not any more") {
  Workspace w = workspace_of("");
  auto grows = [&, before = w.bytes()](const auto& change) mutable {
    change();
    const bool grew = w.bytes() > before;
    before = w.bytes();
    CHECK(w.bytes() == w.counted_bytes());
    return grew;
  };
  CHECK(grows([&] { add(w, RecordKind::kImage, 3); }));
  CHECK(grows([&] { whole(w); }));
  CHECK_FALSE(grows([&] { w.drop_rendering("img_001"); }));  // the listing went too
  CHECK(grows([&] { w.ledger().grant(1, w.now()); }));
  CHECK(grows([&] { CHECK(w.change_key("k", parsed(R"({"state": "revoked"})")).ok()); }));
  CHECK(grows([&] { w.admit("k"); }));
  CHECK(grows([&] { w.admit("k"); }));
  CHECK(grows([&] { w.create_preset({}); }));
  CHECK(grows([&] { w.script().set_state(std::string(1'000, 's')); }));
  ReadErrors errors;
  const auto rule = std::make_shared<const Rule>(read_rule(errors, parsed(R"({"throttle": 9})"), "", "slow"));
  CHECK(grows([&] { w.script().add(rule); }));
  CHECK_FALSE(grows([&] { w.script().remove("slow"); }));
  Workspace restored = workspace_of("");
  REQUIRE(restored.restore(w.snapshot(), w.scenario_ptr(), MonotonicTime{0}).ok());
  CHECK(restored.bytes() == restored.counted_bytes());
  CHECK(restored.bytes() > workspace_of("").bytes());
}

TEST_CASE("memory: a copy shares what neither changes") {
  const Workspace w = workspace_of(kLarge);
  Workspace copy = w;
  CHECK(copy.bytes() == w.bytes());
  CHECK(add(copy, RecordKind::kImage, 2).size() == 2);
  const auto& mine = copy.records(Collection::kImages);
  const auto& theirs = w.records(Collection::kImages);
  std::size_t shared = 0;
  for (std::size_t chunk = 0; chunk < mine.chunks(); ++chunk) shared += mine.shares_chunk(chunk, theirs) ? 1 : 0;
  CHECK(shared + 1 >= theirs.chunks());
  CHECK(theirs.size() == 10'000);
  CHECK(copy.bytes() > w.bytes());
}

TEST_CASE("memory: a scenario's size is that of its text, its rules and the records of a fixture within it") {
  const std::size_t small = bytes_of(*scenario_of(""));
  CHECK(bytes_of(*scenario_of(R"("description": ")" + std::string(10'000, 'd') + "\"")) > small + 10'000);
  CHECK(bytes_of(*scenario_of(R"("rules": [{"throttle": 5}])")) > small + sizeof(Rule));
  CHECK(bytes_of(*scenario_of(kLarge)) > small + 10'000 * sizeof(Record));
  CHECK(bytes_of(*scenario_of(R"("fixture": "large")")) < 20'000);
  CHECK(bytes_asked_for(parsed(R"({"fixture": {"generate": {"images": 1000, "models": 5}}})")) >
        1'000 * sizeof(Record));
  CHECK(bytes_asked_for(parsed(R"({"fixture": {"generate": {"images": -1, "models": "x"}}})")) == 0);
  CHECK(bytes_asked_for(parsed(R"({"fixture": "large"})")) == 0);
  CHECK(bytes_asked_for(parsed("[]")) == 0);
}

}  // namespace
}  // namespace qamera::sim
