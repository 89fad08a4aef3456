// A verdict kept up to date says what a verdict from the beginning says, after everything that can happen to a journal.

#include "assertions/tally.h"

#include <doctest/doctest.h>

#include <random>

#include "base/json.h"
#include "journal/entries.h"

namespace qamera::assertions {

using namespace journal;
namespace {

constexpr const char* kOperations[] = {"listModels", "listImages", ""};

/// Every kind that is counted, with bounds below and above; a few that only `evaluate` can judge.
constexpr const char* kExpectations[] = {
    R"([{"count": {"operation": "listModels", "exactly": 3}}])",
    R"([{"count": {"operation": "listModels", "atLeast": 2}}])",
    R"([{"count": {"operation": "listModels", "atLeast": 2, "atMost": 4}}])",
    R"([{"count": {"bodyPatterns": [{"contains": "needle"}], "atMost": 2}}])",
    R"([{"count": {"bodyPatterns": [{"contains": "needle"}], "atLeast": 1}}])",
    R"([{"never": {"status": 500}}])",
    R"([{"never": {"bodyPatterns": [{"contains": "needle"}]}}])",
    R"([{"noFindings": true}])",
    R"([{"noFindings": {"operation": "listImages"}}])",
    R"([{"noUnmatched": true}])",
    R"([{"ledger": {"consumed": {"atMost": 20}}}, {"count": {"operation": "listModels", "atLeast": 1}}])",
    R"([{"records": {"kind": "image", "exactly": 2}}])",
    R"([{"sequence": [{"request": {"operation": "listModels"}}]}, {"noUnmatched": true}])",
};

/// A journal of a few entries to which anything happens.
class Events {
 public:
  explicit Events(unsigned seed) : random_(seed), journal({.entries = 6, .body_bytes = 16}) {}

  void happen() {
    switch (draw(12)) {
      case 0: journal.clear(std::nullopt); return;
      case 1: journal.clear("ws1"); return;
      case 2: journal.remove(some(journal.view(std::nullopt).entries)); return;
      case 3: journal.remove_workspace("ws2"); return;
      default: journal.append(entry());
    }
  }
  std::size_t draw(std::size_t below) { return random_() % below; }

 private:
  std::vector<EntryPtr> some(std::vector<EntryPtr> entries) {
    std::erase_if(entries, [&](const EntryPtr&) { return draw(2) == 0; });
    return entries;
  }
  Entry entry() {
    Entry made = exchange(kOperations[draw(3)], "GET", "/x", draw(4) == 0 ? 500 : 200);
    made.workspace = draw(3) == 0 ? "ws2" : "ws1";
    made.request_body.text = draw(2) == 0 ? "a needle" : std::string(40, 'x');  // the latter is cut: it may hold one
    if (draw(4) == 0) made.findings.push_back({finding_kind::kInvalidRequest, "/body", "odd"});
    return made;
  }

  std::mt19937 random_;

 public:
  Journal journal;
};

/// Expectations of a scope, and the tally that follows it.
struct Follower {
  Follower(const char* expect, std::optional<std::string> workspace)
      : expectations(parse_expectations(Json{{"expect", *parse_json(expect)}}).value()),
        scope(std::move(workspace)),
        tally(expectations) {}

  const Expectations expectations;
  const std::optional<std::string> scope;
  Tally tally;
};

}  // namespace

TEST_CASE("tally: after each append, eviction and removal it passes when a verdict from the beginning does") {
  Facts facts;
  facts.ledger[LedgerFigure::kConsumed] = 20;
  facts.records.push_back({RecordKind::kImage, "DONE", std::nullopt, 2});
  std::size_t passed = 0, failed = 0, left_open = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    Events events(seed);
    for (const char* expect : kExpectations) {
      Follower all(expect, std::nullopt), one(expect, "ws1");
      for (int step = 0; step < 60; ++step) {
        events.happen();
        for (Follower* follower : {&all, &one}) {
          if (events.draw(3) == 0) continue;  // it need not see every state
          follower->tally.follow(events.journal, follower->scope);
          const auto said = follower->tally.passes(&facts);
          const View view = events.journal.view(follower->scope);
          const bool passes = evaluate(follower->expectations, view, &facts).verdict == Verdict::kPassed;
          CAPTURE(seed);
          CAPTURE(expect);
          CAPTURE(step);
          if (said) REQUIRE(*said == passes);
          ++(!said ? left_open : passes ? passed : failed);
        }
      }
    }
  }
  CHECK(passed > 1000);
  CHECK(failed > 1000);
  CHECK(left_open > 100);
}

TEST_CASE("tally: what only the whole can tell is left open, unless something that is counted fails") {
  const auto parsed = parse_expectations(
      *parse_json(R"({"expect": [{"sequence": [{"request": {"operation": "listModels"}}]}, {"noUnmatched": true}]})"));
  Tally tally(*parsed);
  Journal journal({.entries = 1});
  CHECK_FALSE(tally.follow(journal, std::nullopt));
  CHECK_FALSE(tally.passes(nullptr).has_value());
  for (int i = 0; i < 2; ++i) journal.append(list_models());
  CHECK(tally.follow(journal, std::nullopt));
  CHECK(tally.passes(nullptr) == false);  // an evicted one may have reached no operation
}

}  // namespace qamera::assertions
