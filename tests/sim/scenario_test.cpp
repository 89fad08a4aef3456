#include "sim/scenario.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/embedded.h"
#include "contract/contract.h"
#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

const std::vector<std::string> kShipped = {
    "all-fail",      "credit-exhaustion", "docs-examples", "empty-account", "expired-key", "happy-path", "invalid-key",
    "large-account", "partial-failure",   "rate-limited",  "read-only-key", "slow-jobs",   "stuck-job"};

Json shipped_json(const std::string& name) { return parsed(*embedded_file("scenarios/" + name + ".json")); }

ScenarioPtr shipped(const std::string& name) {
  return parse_scenario(shipped_json(name), shipped_fixtures(), "built in").value();
}

/// A workspace of a shipped scenario, whose clock is shown 0 and starts at the documented instant.
Workspace started(const std::string& name) {
  Workspace::Start start;
  start.scenario = shipped(name);
  start.wall = kManualStart;
  return Workspace(start);
}

Json listed(Workspace& w, Collection collection) { return parsed("[" + listing(w, collection) + "]"); }

}  // namespace

TEST_CASE("scenarios: each shipped one is read, keeps its schema and is named as its file") {
  const contract::Contract contract;
  std::size_t seen = 0;
  for (const EmbeddedFile& file : embedded_files()) {
    if (!file.path.starts_with("scenarios/")) continue;
    ++seen;
    CAPTURE(file.path);
    const Json document = parsed(file.text);
    const auto wrong = contract.check_document("scenario.schema.json", document);
    CHECK((wrong ? wrong->message : "") == "");
    const auto scenario = parse_scenario(document, shipped_fixtures(), "built in");
    REQUIRE(scenario.ok());
    CHECK("scenarios/" + (*scenario)->name + ".json" == file.path);
    CHECK(document["$schema"] == "../schemas/scenario.schema.json");
    CHECK_FALSE((*scenario)->description.empty());
    CHECK((*scenario)->description.find('\n') == std::string::npos);
    CHECK((*scenario)->source == "built in");
    CHECK((*scenario)->document == document);
  }
  CHECK(seen >= kShipped.size());
  for (const std::string& name : kShipped) CHECK(embedded_file("scenarios/" + name + ".json").has_value());
}

TEST_CASE("scenarios: what one leaves out has its default") {
  const ScenarioPtr scenario = parse_scenario(parsed(R"({"name": "a"})"), shipped_fixtures(), "inline").value();
  CHECK(scenario->fixture->name == "default");
  CHECK(scenario->seed == 1);
  CHECK(scenario->credits == 100'000);
  CHECK(scenario->clock.mode == ClockMode::kReal);
  CHECK_FALSE(scenario->clock.start);
  CHECK(scenario->clock.speed == 1);
  CHECK(scenario->prices == Prices{0, 10, 10, 10, 10, 10, 15, 0});
  CHECK(scenario->keys.empty());
  CHECK(scenario->rate_limit.requests == 60);
  CHECK(scenario->rate_limit.window == Duration(60'000));
  for (const JobPolicy& policy : scenario->jobs) {
    CHECK(policy.mode == JobMode::kTimed);
    CHECK(std::get<FixedSpan>(policy.queue).length == Duration(0));
    CHECK(std::get<UniformSpan>(policy.duration).least == Duration(5'000));
    CHECK(std::get<UniformSpan>(policy.duration).most == Duration(15'000));
    CHECK(policy.parallel == 0);
  }
}

TEST_CASE("scenarios: happy-path is done within 5 to 15 seconds and spends from 100,000 credits") {
  Workspace w = started("happy-path");
  CHECK(w.clock().mode() == ClockMode::kReal);
  CHECK(w.now() == kManualStart);
  add(w, RecordKind::kImage, 20);
  CHECK(shown(elapse(w, Duration(4'999))) == "");
  CHECK(elapse(w, Duration(10'001)).size() == 20);
  CHECK(credits(w) == "99800/0/200/0 of 100000");
}

TEST_CASE("scenarios: docs-examples replays the examples page figure for figure") {
  Workspace w = started("docs-examples");
  JobRequest request;
  request.count = 4;
  request.product_id = "rec_product_001";
  request.product_name = w.find("rec_product_001")->label;
  const auto made = w.register_job(request);
  REQUIRE(made);
  CHECK(made->record_ids == std::vector<std::string>{"rec_gen_301", "rec_gen_302", "rec_gen_303", "rec_gen_304"});
  CHECK(made->batch_id == "batch_abc123");
  CHECK(made->order_id == "ord_xyz789");
  CHECK(made->reservation_id == "res_def456");
  CHECK(made->reserved == 120);
  const Json first = listed(w, Collection::kImages);
  CHECK(first[0] == parsed(R"({"id": "rec_gen_301", "name": "White T-Shirt — Variant 1", "thumbnail": "",
    "status": "INPROGRESS", "voting": null, "createdAt": "2026-03-27T12:00:00.000Z"})"));
  const Json second = listed(w, Collection::kImages);
  CHECK(second.size() == 4);
  for (const Json& image : second) {
    CHECK(image["status"] == "DONE");
    CHECK(image["thumbnail"] != "");
  }
  CHECK(w.ledger().consumed() == 120);
}

TEST_CASE("scenarios: credit-exhaustion pays for one job of two records") {
  Workspace w = started("credit-exhaustion");
  CHECK(add(w, RecordKind::kImage, 3).empty());
  CHECK(add(w, RecordKind::kImage, 2).size() == 2);
  CHECK(add(w, RecordKind::kImage, 1).empty());
  elapse(w, Duration(20'000));
  CHECK(add(w, RecordKind::kModel, 1).empty());
}

TEST_CASE("scenarios: the keys of invalid-key, expired-key and read-only-key") {
  CHECK(started("invalid-key").key_status("any").reason == "revoked");
  CHECK(started("expired-key").key_status("any").reason == "expired");
  const Workspace w = started("read-only-key");
  CHECK(w.key_status("any").valid);
  CHECK_FALSE(w.key_status("any").record->has_scope(kRegisterScope));
  CHECK(w.key_status("any").record->has_scope("content.read"));
}

TEST_CASE("scenarios: slow-jobs runs two of a kind at a time, for minutes") {
  Workspace w = started("slow-jobs");
  add(w, RecordKind::kImage, 4);
  CHECK(shown(elapse(w, std::chrono::seconds(149))) == "");
  CHECK(elapse(w, std::chrono::seconds(330 - 149)).size() >= 2);
  CHECK(w.pending() > 0);
  CHECK(elapse(w, std::chrono::seconds(300)).size() >= 1);
  CHECK(w.pending() == 0);
}

TEST_CASE("scenarios: in stuck-job the first record of each kind stays INPROGRESS") {
  Workspace w = started("stuck-job");
  for (RecordKind kind : {RecordKind::kImage, RecordKind::kModel, RecordKind::kReel}) {
    const auto ids = add(w, kind, 2);
    elapse(w, std::chrono::hours(24));
    CHECK(w.find(ids[0])->status == RecordStatus::kInProgress);
    CHECK(w.find(ids[1])->status == RecordStatus::kDone);
  }
  CHECK(w.ledger().reserved() == 35);
}

TEST_CASE("scenarios: in partial-failure every third image fails, in all-fail everything") {
  Workspace partial = started("partial-failure");
  const auto ids = add(partial, RecordKind::kImage, 6);
  add(partial, RecordKind::kModel, 3);
  elapse(partial, std::chrono::minutes(5));
  std::string ends;
  for (const std::string& id : ids) ends.push_back(name_of(partial.find(id)->status).front());
  CHECK(ends == "DDFDDF");
  CHECK(credits(partial) == "930/0/70/20 of 1000");
  Workspace all = started("all-fail");
  add(all, RecordKind::kVideo, 1);
  add(all, RecordKind::kScenery, 2);
  elapse(all, std::chrono::seconds(15));
  CHECK(credits(all) == "100000/0/0/30 of 100000");
}

TEST_CASE("scenarios: rate-limited refuses the 61st request within 60 seconds") {
  Workspace w = started("rate-limited");
  CHECK(w.scenario().rate_limit.mode == RateMode::kEnforce);
  for (int i = 0; i < 60; ++i) CHECK(w.admit("a"));
  CHECK_FALSE(w.admit("a"));
  elapse(w, std::chrono::seconds(60));
  CHECK(w.admit("a"));
}

TEST_CASE("scenarios: empty-account lists nothing, large-account 10,000 of each") {
  Workspace empty = started("empty-account");
  Workspace large = started("large-account");
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    const auto collection = static_cast<Collection>(i);
    CHECK(listing(empty, collection) == "");
    CHECK(large.record_count(collection) == 10'000);
  }
}

}  // namespace qamera::sim
