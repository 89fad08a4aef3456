#include <doctest/doctest.h>

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

}  // namespace qamera::api
