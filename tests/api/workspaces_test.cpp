#include <doctest/doctest.h>

#include <utility>

#include "control/served.h"

namespace qamera::api {

using namespace control;
namespace {

constexpr std::string_view kModels = "/api/external/models";

int status_for(Served& served, const std::string& key) {
  return served.ask("GET", kModels, "", {{"X-Api-Key", key}}).response.status;
}

/// Credits that a key has, set apart from all others by its workspace.
std::string available(Served& served, const std::string& key) {
  return body_of(served.control("GET", "/credits", "", {{"X-Api-Key", key}}))["available"].dump();
}

}  // namespace

TEST_CASE("workspaces: beyond the most the one not used for longest goes, and starts afresh when it is back") {
  Served::Overrides overrides;
  overrides.options.workspaces.max_workspaces = 2;
  Served served(std::move(overrides));
  const std::string first = "mk_live_a.1", second = "mk_live_a.2", third = "mk_live_a.3";
  CHECK(status_for(served, first) == 200);
  CHECK(status_for(served, second) == 200);
  for (const std::string& key : {first, second}) {
    REQUIRE(served.control("PATCH", "/credits", R"({"available": 7})", {{"X-Api-Key", key}}).response.status == 200);
  }
  CHECK(status_for(served, first) == 200);
  CHECK(status_for(served, third) == 200);
  CHECK(served.application.workspaces().size() == 2);
  CHECK(served.application.workspaces().evicted() == 1);
  CHECK(available(served, first) == "7");
  CHECK(available(served, second) != "7");
}

TEST_CASE("workspaces: where keys are listed, only those made by the control API or declared are served") {
  Served::Overrides overrides;
  overrides.options.workspaces.auth = Auth::kListed;
  Served served(std::move(overrides));
  CHECK(status_for(served, "mk_live_a.1") == 401);
  served.workspace_of(R"("fixture": "empty")", "mk_live_a.1");
  CHECK(status_for(served, "mk_live_a.1") == 200);
  CHECK(status_for(served, "mk_live_a.2") == 401);
}

TEST_CASE("workspaces: a fork has the state of its original under another key, and goes its own way") {
  Served served;
  const std::string original = served.workspace_of(R"("credits": {"available": 33})");
  const std::string id = served.application.workspaces().all().front()->id;
  const Reply made = served.control("POST", "/workspaces/" + id + "/fork", R"({"key": "mk_live_fork.1"})");
  REQUIRE(made.response.status == 201);
  CHECK(available(served, "mk_live_fork.1") == "33");
  REQUIRE(
      served.control("PATCH", "/credits", R"({"available": 1})", {{"X-Api-Key", "mk_live_fork.1"}}).response.status ==
      200);
  CHECK(available(served, original) == "33");
}

TEST_CASE("workspaces: one that is deleted is gone, and its key begins again") {
  Served served;
  const std::string key = served.workspace_of(R"("credits": {"available": 33})");
  const std::string id = served.application.workspaces().all().front()->id;
  CHECK(served.control("DELETE", "/workspaces/" + id).response.status == 200);
  CHECK(served.control("DELETE", "/workspaces/" + id).response.status == 404);
  CHECK(served.application.workspaces().size() == 0);
  CHECK(available(served, key) != "33");
}

TEST_CASE("workspaces: a key's id picks the scenario of that name, any other runs the default") {
  Served served;
  CHECK(status_for(served, "mk_live_invalid-key.1") == 401);
  CHECK(status_for(served, "mk_live_happy-path.1") == 200);
  const auto all = served.application.workspaces().all();
  REQUIRE(all.size() == 2);
  CHECK(all[0]->workspace.scenario().name == "invalid-key");
  CHECK(all[1]->workspace.scenario().name == "happy-path");
  CHECK(status_for(served, "mk_live_nothing.1") == 200);
  CHECK(served.application.workspaces().all().back()->workspace.scenario().name == "docs-examples");
}

namespace {

/// With a budget of so many bytes, and a manual clock, so that jobs stay pending.
Served::Overrides holding(std::size_t bytes) {
  Served::Overrides overrides;
  overrides.options.workspaces.memory = std::make_shared<MemoryBudget>(bytes);
  return overrides;
}

Reply register_images(Served& served, const std::string& key, int count) {
  const std::string body = R"({"config": {"product": {"id": "prod_abc123"}}, "count": )" + std::to_string(count) + "}";
  return served.ask("POST", "/api/external/image-picker/register-ideas", body,
                    {{"X-Api-Key", key}, {"Content-Type", "application/json"}});
}

std::string reason_for(Served& served, const std::string& key) {
  return std::string(header(served.ask("GET", kModels, "", {{"X-Api-Key", key}}), "X-Qamera-Mock-Reason"));
}

}  // namespace

TEST_CASE("workspaces: a key that seems to mean a scenario is told which one serves it") {
  Served served;
  const std::string told = "ok; there is no scenario \"credit-exhaustoin\" (did you mean \"credit-exhaustion\"?): ";
  const std::string key = "mk_live_credit-exhaustoin.t";
  CHECK(reason_for(served, key) == told + "docs-examples serves the key");
  CHECK(reason_for(served, key) == told + "docs-examples serves the key");
  REQUIRE(served.control("PUT", "/scenario", R"({"name": "happy-path"})", {{"X-Api-Key", key}}).response.status == 200);
  CHECK(reason_for(served, key) == told + "happy-path serves the key");
  served.workspace_of(R"("fixture": "empty")", "mk_live_credit-exhaustoin.inline");
  CHECK(reason_for(served, "mk_live_credit-exhaustoin.inline") == "ok");
  for (const char* other : {"mk_live_abc123.secret456", "mk_live_credit-exhaustion.t"}) {
    CHECK(reason_for(served, other) == "ok");
  }
}

TEST_CASE("workspaces: where keys are listed, an unknown one is told how to list it") {
  Served::Overrides overrides;
  overrides.options.workspaces.auth = Auth::kListed;
  Served served(std::move(overrides));
  CHECK(reason_for(served, "mk_live_happy-path.t") ==
        "key: unknown: with --auth listed it takes an entry in the scenario's \"keys\", {\"id\": \"happy-path\"}, or "
        "POST /__admin/workspaces with {\"key\": ...}");
}

TEST_CASE("workspaces: beyond the memory budget the one not used for longest goes, and its key is told once") {
  Served served(holding(300'000));
  const Workspaces& workspaces = served.application.workspaces();
  const std::size_t before = workspaces.memory()->used();
  CHECK(status_for(served, "mk_live_a.first") == 200);
  const std::size_t one = workspaces.memory()->used() - before;
  CHECK(one > 1'000);
  CHECK(one < 20'000);
  for (int i = 0; i < 400; ++i) CHECK(status_for(served, "mk_live_a.s" + std::to_string(i)) == 200);
  CHECK(workspaces.memory()->used() <= 300'000);
  CHECK(workspaces.size() > 10);
  CHECK(workspaces.dropped_for_memory() == 401 - workspaces.size());
  CHECK(workspaces.evicted() == workspaces.dropped_for_memory());
  CHECK(reason_for(served, "mk_live_a.first") ==
        "ok; this key's earlier workspace was dropped for memory (--max-memory)");
  CHECK(reason_for(served, "mk_live_a.first") == "ok");
  CHECK(reason_for(served, "mk_live_a.s399") == "ok");
}

TEST_CASE("workspaces: a key whose workspace went for number is told so, unless it is made anew by a call") {
  Served::Overrides overrides;
  overrides.options.workspaces.max_workspaces = 1;
  Served served(std::move(overrides));
  for (const char* key : {"mk_live_a.1", "mk_live_a.2"}) CHECK(status_for(served, key) == 200);
  CHECK(reason_for(served, "mk_live_a.1") ==
        "ok; this key's earlier workspace was dropped for number (--max-workspaces)");
  served.workspace_of(R"("fixture": "empty")", "mk_live_a.2");
  CHECK(reason_for(served, "mk_live_a.2") == "ok");
  CHECK(served.application.workspaces().dropped_for_memory() == 0);
}

TEST_CASE("workspaces: one that alone takes more than the budget is kept, may read and may not grow") {
  Served served(holding(200'000));
  const std::string key = served.workspace_of(R"("fixture": "default", "credits": {"available": 1000000000})");
  int refused = 0;
  for (int i = 0; i < 200 && refused == 0; ++i) refused = register_images(served, key, 10).response.status;
  for (int i = 0; i < 200 && refused == 200; ++i) refused = register_images(served, key, 10).response.status;
  REQUIRE(refused == 503);
  const Reply reply = register_images(served, key, 1);
  CHECK(reply.response.status == 503);
  CHECK(header(reply, "X-Qamera-Mock-Reason").find("--max-memory allows 200000") != std::string_view::npos);
  CHECK(status_for(served, key) == 200);
  const Reply rules = served.control("POST", "/rules", R"({"throttle": 5})");
  CHECK(rules.response.status == 503);
  CHECK(body_of(rules)["error"].get<std::string>().find("--max-memory") != std::string::npos);
  REQUIRE(served.control("POST", "/reset", "", {{"X-Api-Key", key}}).response.status == 200);
  CHECK(register_images(served, key, 1).response.status == 200);
}

TEST_CASE("workspaces: rules and scenarios put by calls count once, and until nobody has them") {
  Served served;
  const MemoryBudgetPtr& memory = served.application.workspaces().memory();
  auto used = [&, before = std::size_t{0}]() mutable {
    const std::size_t now = memory->used();
    return now - std::exchange(before, now);
  };
  for (int i = 0; i < 5; ++i) CHECK(status_for(served, "mk_live_a.s" + std::to_string(i)) == 200);
  used();
  const std::string text(20'000, 'x');
  REQUIRE(served.control("POST", "/rules", R"({"respond": {"status": 200, "text": ")" + text + "\"}}", {})
              .response.status == 201);
  const std::size_t grew = used();
  CHECK(grew > 20'000);
  CHECK(grew < 90'000);
  const std::size_t before = memory->used();
  REQUIRE(served.control("DELETE", "/rules").response.status == 200);
  CHECK(memory->used() + 20'000 < before);
  used();
  REQUIRE(served.control("PUT", "/scenario", R"({"name": "inline", "description": ")" + text + "\"}").response.status ==
          200);
  CHECK(used() > 20'000);
  const std::size_t with_scenario = memory->used();
  REQUIRE(served.control("PUT", "/scenario", R"("docs-examples")").response.status == 200);
  CHECK(memory->used() + 20'000 < with_scenario);
}

TEST_CASE("workspaces: what alone would not fit is refused before it is there") {
  Served served(holding(1'000'000));
  const std::string large = R"({"name": "inline", "fixture": {"name": "f", "generate": {"images": 1000000}}})";
  const Reply scenario = served.control("PUT", "/scenario", large);
  CHECK(scenario.response.status == 503);
  CHECK(body_of(scenario)["error"].get<std::string>().find("--max-memory allows 1000000") != std::string::npos);
  CHECK(served.control("POST", "/workspaces", R"({"scenario": )" + large + "}").response.status == 503);
  CHECK(served.application.workspaces().size() == 0);
  CHECK(served.application.workspaces().memory()->used() == 0);
}

}  // namespace qamera::api
