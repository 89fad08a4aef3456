// Walks the table of calls.

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "control/routes.h"
#include "control/served.h"

namespace qamera::control {
namespace {

std::string name_of(const Route& route) { return std::string(route.method) + " " + std::string(route.path); }

/// The route's path with something that there is in place of its braces: made for it, since the call may remove it.
std::string existing_target(Served& served, const Route& route, int number) {
  const std::string key = "mk_live_walk." + std::to_string(number);
  served.workspace_of(R"("fixture": "docs-examples", "clock": {"mode": "manual"},
                         "rules": [{"name": "mine", "when": {"operation": "listModels"}, "setState": "seen"}])",
                      key);
  const Reply shoot =
      served.ask("POST", "/api/external/image-picker/register-ideas",
                 R"({"config": {"product": {"id": "rec_product_001"}}, "count": 1})", {{"X-Api-Key", key}});
  REQUIRE(shoot.response.status == 200);
  const api::WorkspaceHandle made = served.application.workspaces().all().back();
  std::string target(route.path.substr(std::string_view("/__admin").size()));
  const auto brace = target.find("{id}");
  if (brace == std::string::npos) return target;
  std::string id = "mine";  // a rule
  if (target.starts_with("/workspaces/")) id = made->id;
  if (target.starts_with("/records/")) id = made->workspace.records(Collection::kImages).back()->id;
  if (target.starts_with("/requests/")) id = header(shoot, "X-Qamera-Mock-Request");
  return target.replace(brace, 4, id);
}

/// `METHOD path` of each call that the README's table has. A path without methods stands in the folder of the one
/// before it, and takes the same methods.
std::set<std::string> calls_of_readme() {
  std::ifstream file(std::string(QAMERA_SOURCE_DIR) + "/README.md");
  std::set<std::string> calls;
  bool here = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) here = line == "## Control API";
    if (!here || !line.starts_with("| `")) continue;
    std::istringstream handle(line.substr(0, line.find(" | ")));
    std::string methods, folder, piece;
    for (bool code = false; std::getline(handle, piece, '`'); code = !code) {
      if (!code) continue;
      const auto path_begin = piece.find('/');
      if (path_begin > 0) methods = piece.substr(0, path_begin - 1);
      const std::string path = path_begin > 0 ? piece.substr(path_begin) : folder + piece;
      folder = path.substr(0, path.rfind('/'));
      std::istringstream each(methods);
      for (std::string method; each >> method;) {
        if (method.ends_with(',')) method.pop_back();
        calls.insert(method + " " + path);
      }
    }
  }
  return calls;
}

}  // namespace

TEST_CASE("routes: each call is there once, has a handler and says what it does") {
  std::set<std::string> seen;
  for (const Route& route : routes()) {
    CAPTURE(name_of(route));
    CHECK(seen.insert(name_of(route)).second);
    CHECK(route.path.starts_with("/__admin/"));
    CHECK(static_cast<bool>(route.handler));
    CHECK_FALSE(route.does.empty());
  }
}

TEST_CASE("routes: the README's table has the same calls") {
  std::set<std::string> expected;
  for (const Route& route : routes()) expected.insert(name_of(route));
  const std::set<std::string> told = calls_of_readme();
  for (const std::string& call : expected) CHECK_MESSAGE(told.count(call) == 1, call << " is not in the README");
  for (const std::string& call : told) CHECK_MESSAGE(expected.count(call) == 1, call << " is only in the README");
}

TEST_CASE("routes: each call is answered by its handler; any other method is refused with those that the path takes") {
  Served served;
  int number = 0;
  for (const Route& route : routes()) {
    CAPTURE(name_of(route));
    const std::string target = existing_target(served, route, ++number);
    const Reply other = served.control("TRACE", target);
    CHECK(other.response.status == 405);
    CHECK(header(other, "Allow").find(route.method) != std::string_view::npos);
    const std::string body = target.starts_with("/records/") ? R"({"status": "DONE"})" : "";
    const int status = served.control(route.method, target, body).response.status;
    CHECK(status != 404);
    CHECK(status != 405);
  }
}

TEST_CASE("routes: calls about the server and the journal look at no workspace but the one named") {
  const std::set<std::string_view> about_server = {"/__admin/health", "/__admin/scenarios", "/__admin/shutdown",
                                                   "/__admin/openapi.json", "/__admin/control.openapi.json"};
  const std::set<std::string_view> about_journal = {"/__admin/events", "/__admin/findings", "/__admin/verify",
                                                    "/__admin/near-misses/request-pattern"};
  for (const Route& route : routes()) {
    const bool journal = route.path.starts_with("/__admin/requests") || about_journal.count(route.path) > 0;
    if (!journal && about_server.count(route.path) == 0) continue;
    CAPTURE(name_of(route));
    CHECK((route.addresses == Addresses::kOne));
  }
}

TEST_CASE("routes: a call has no more workspaces than its row says, and only a key makes one") {
  Served served;
  served.workspace_of("\"seed\": 1");
  served.workspace_of("\"seed\": 2", "mk_live_other.one");
  const api::Workspaces& workspaces = served.application.workspaces();
  VerdictDesk verdicts(served.time);
  tasks::Quota streams(1);
  const Context context{
      {},     served.application.workspaces(), served.store, served.journal, served.time, served.log, {}, {}, verdicts,
      streams};
  std::size_t count = 2;
  for (const Route& route : routes()) {
    CAPTURE(name_of(route));
    Request request;
    Call unnamed{context, request, {}, Json::object(), "", {}, nullptr};
    REQUIRE(find_targets(unnamed, route.addresses).ok());
    CHECK_FALSE(static_cast<bool>(unnamed.named));
    CHECK(unnamed.targets.size() == (route.addresses == Addresses::kEach ? count : 0));
    CHECK(workspaces.size() == count);

    request.headers.add("X-Api-Key", "mk_live_new." + std::to_string(count));
    Call named{context, request, {}, Json::object(), "", {}, nullptr};
    REQUIRE(find_targets(named, route.addresses).ok());
    const bool looked_up = route.addresses != Addresses::kNothing;
    CHECK(static_cast<bool>(named.named) == looked_up);
    CHECK(named.targets.size() == (looked_up ? 1 : 0));
    if (looked_up) ++count;
    CHECK(workspaces.size() == count);
  }
}

}  // namespace qamera::control
