// The control API: what it refuses and where the mistake is, and that nothing changes then.

#include <doctest/doctest.h>

#include "control/served.h"

namespace qamera::control {
namespace {

struct Row {
  const char* method;
  const char* target;
  const char* body;
  const char* refusal;  ///< `STATUS pointer:`, and how the text goes on
};

std::string available(Served& served) {
  return body_of(served.control("GET", "/credits", "", {{"X-Api-Key", std::string(kKey)}}))["available"].dump();
}

}  // namespace

TEST_CASE("control: a mistake is told with its place") {
  Served served;
  served.workspace_of(R"("fixture": "docs-examples")");
  const Row rows[] = {
      {"PUT", "/clock", R"({"mode": "slow"})", "400 /mode: expected \"real\" or \"manual\""},
      {"PUT", "/clock", R"({"speed": 0})", "400 /speed: "},
      {"PUT", "/clock", "{}", "400 : expected "},
      {"PUT", "/clock", "{", "400 : the request body is not valid JSON: line 1"},
      {"PUT", "/clock", R"({"speed": 1, "speed": 2})",
       "400 : the request body is not valid JSON: line 1, column 14: the object has a member \"speed\" already"},
      {"PUT", "/clock", R"({"now": "1990-01-01T00:00:00.000Z"})", "400 /now: the clock cannot go back"},
      {"POST", "/clock/advance", R"({"by": "1s", "until": "idle"})", "400 : expected one of"},
      {"POST", "/clock/advance", R"({"by": "-1s"})", "400 /by: "},
      {"POST", "/clock/advance", R"({"to": "1990-01-01T00:00:00.000Z"})", "400 /to: the clock cannot go back"},
      {"PATCH", "/credits", R"({"available": -1})", "400 /available: "},
      {"PATCH", "/credits", R"({"avail": 1})", "400 /avail: unknown member"},
      {"PATCH", "/credits", R"({"available": 1, "grant": 1})", "400 : expected either"},
      {"PATCH", "/credits", R"({"grant": 1000000000000000})", "400 /grant: an account holds at most"},
      {"PATCH", "/keys", R"({"id": "a b", "state": "revoked"})", "400 /id: expected the key's id"},
      {"PATCH", "/keys", R"({"id": "a"})", "400 : expected \"state\""},
      {"PATCH", "/keys", R"({"state": "gone"})", "400 /state: "},
      {"POST", "/workspaces", R"({"scenario": "nothing"})", "400 /scenario: "},
      {"POST", "/workspaces", R"({"scenario": {"name": "a", "credit": {}}})", "400 /scenario/credit: unknown member"},
      {"POST", "/workspaces", R"({"clock": {"speed": -1}})", "400 /clock/speed: "},
      {"POST", "/workspaces", R"({"key": "mk_live_test.one"})", "409 "},
      {"PUT", "/scenario", R"({"name": "nothing"})", "400 /name: "},
      {"PUT", "/state", "{}", "400 : expected a state as GET /__admin/state gives it"},
      {"POST", "/rules", R"({"when": {"operation": "listModel"}, "respond": {"status": 200}})",
       "400 /when/operation: "},
      {"POST", "/rules", R"({"respond": {"status": 99}})", "400 /respond/status: "},
      {"POST", "/verify", R"({"expect": [{"count": {"exactly": "x"}}]})", "400 /expect/0/count/exactly: "},
      {"POST", "/records/nothing", R"({"status": "DONE"})", "404 : no workspace asked has a pending job"},
      {"GET", "/workspaces/nothing", "", "404 : there is no workspace \"nothing\""},
      {"GET", "/requests/nothing", "", "404 "},
      {"DELETE", "/requests?operation=listModels", "", "400 /query/operation: all requests are deleted"},
      {"GET", "/findings?nothing=1", "", "400 /query/nothing: unknown filter"},
      {"GET", "/credits?workspace=nothing", "", "404 : there is no workspace \"nothing\""},
      {"GET", "/credit", "", "404 : the control API has no /__admin/credit (did you mean /__admin/credits?)"},
      {"POST", "/credits", "{}", "405 : method not allowed: /__admin/credits takes GET, PATCH"},
  };
  const std::string before = served.control("GET", "/state").response.body;
  for (const Row& row : rows) {
    CAPTURE(row.method);
    CAPTURE(row.target);
    CAPTURE(row.body);
    const std::string refusal = located(served.control(row.method, row.target, row.body));
    CAPTURE(refusal);
    CHECK(refusal.starts_with(row.refusal));
  }
  CHECK(served.control("GET", "/state").response.body == before);
}

TEST_CASE("control: a malformed key in X-Api-Key is refused, and makes no workspace") {
  Served served;
  CHECK(located(served.control("GET", "/credits", "", {{"X-Api-Key", "nonsense"}})) ==
        "401 : the API key in X-Api-Key is malformed");
  CHECK(served.application.workspaces().size() == 0);
}

TEST_CASE("control: a call that changes workspaces is judged while there is none") {
  Served served;
  CHECK(located(served.control("PUT", "/state", R"({"garbage": 1})")).starts_with("400 : expected a state"));
  CHECK(located(served.control("PUT", "/state", R"({"workspaces": [], "junk": 1})")).starts_with("400 /junk: unknown"));
  CHECK(located(served.control("PATCH", "/keys", R"({"sttae": "revoked"})")).starts_with("400 /sttae: unknown member"));
  CHECK(located(served.control("PATCH", "/keys", R"({"state": "revokd"})")).starts_with("400 /state: expected"));
  CHECK(served.control("PATCH", "/keys", R"({"state": "revoked"})").response.status == 200);
  CHECK(served.application.workspaces().size() == 0);
}

TEST_CASE("control: a workspace is given one state") {
  Served served;
  served.workspace_of("\"seed\": 1");
  Json all = body_of(served.control("GET", "/state"));
  CHECK(served.control("PUT", "/state", dump_json(all)).response.status == 200);
  all["workspaces"].push_back(all["workspaces"][0]);
  const std::string told = located(served.control("PUT", "/state", dump_json(all)));
  CHECK(told.starts_with("400 /workspaces/1/state: the workspace"));
}

TEST_CASE("control: the key in X-Api-Key may be the one whose workspace is made") {
  Served served;
  const Headers mine{{"X-Api-Key", std::string(kKey)}};
  const std::string body = R"({"key": ")" + std::string(kKey) + R"(", "credits": 3})";
  const Reply made = served.control("POST", "/workspaces", body, mine);
  CHECK(made.response.status == 201);
  CHECK(available(served) == "3");
  CHECK(served.control("POST", "/workspaces", body, mine).response.status == 409);
  const std::string id = body_of(made)["id"].get<std::string>();
  CHECK(served
            .control("POST", "/workspaces/" + id + "/fork", R"({"key": "mk_live_test.two"})",
                     {{"X-Api-Key", "mk_live_test.two"}})
            .response.status == 201);
}

TEST_CASE("control: a grant is judged by the account as it is now, not as it was when last asked") {
  Served::Overrides overrides;
  overrides.options.workspaces.clock_mode = sim::ClockMode::kReal;
  Served served(std::move(overrides));
  served.workspace_of(R"("credits": {"available": 0}, "timeline": [{"at": "1s", "set": {"credits": 1000}}])");
  served.time.now += std::chrono::seconds(2);
  const std::string body = "{\"grant\": " + std::to_string(sim::kMaxCredits) + "}";
  CHECK(located(served.control("PATCH", "/credits", body)).starts_with("400 /grant: an account holds at most"));
  CHECK(available(served) == "1000");
  CHECK(served.control("PATCH", "/credits", R"({"grant": 5})").response.status == 200);
  CHECK(available(served) == "1005");
}

TEST_CASE("control: a call without a key is about every workspace, and changes none when one cannot follow") {
  Served served;
  served.workspace_of(R"("credits": {"available": 10})");
  served.workspace_of(R"("credits": {"available": 999999999999999})", "mk_live_other.one");
  const Json sums = body_of(served.control("GET", "/credits"));
  CHECK(sums["available"] == 1'000'000'000'000'009);
  CHECK(sums["workspaces"].size() == 2);
  CHECK(served.control("PATCH", "/credits", R"({"grant": 2})").response.status == 400);
  CHECK(available(served) == "10");
}

TEST_CASE("control: of all clocks none moves when one has passed the target by itself") {
  Served served;
  served.workspace_of(R"("clock": {"mode": "manual", "start": "2020-01-01T00:00:00Z"})");
  const Headers mine{{"X-Api-Key", std::string(kKey)}};
  const std::string other = served.workspace_of(R"("clock": {"start": "2026-01-01T00:00:00Z"})", "mk_live_other.one");
  REQUIRE(served.control("PUT", "/clock", R"({"mode": "real"})", {{"X-Api-Key", other}}).response.status == 200);
  served.time.now = std::chrono::seconds(10);
  const Reply reply = served.control("POST", "/clock/advance", R"({"to": "2026-01-01T00:00:05Z"})");
  CHECK(located(reply).starts_with("400 /to: the clock cannot go back"));
  CHECK(body_of(served.control("GET", "/clock", "", mine))["now"] == "2020-01-01T00:00:00.000Z");
}

TEST_CASE("control: a new workspace's clock is the scenario's, the server's options over it, the call's over both") {
  Served::Overrides overrides;
  overrides.options.workspaces.clock_mode = sim::ClockMode::kManual;
  overrides.options.workspaces.speed = 7;
  Served served(std::move(overrides));
  const auto clock_of = [&](std::string_view clock) {
    const std::string body = R"({"scenario": {"name": "s", "clock": {"start": "2020-01-01T00:00:00Z", "speed": 3}})" +
                             std::string(clock) + "}";
    const Json made = body_of(served.control("POST", "/workspaces", body));
    return body_of(served.control("GET", "/clock?workspace=" + made["id"].get<std::string>()));
  };
  const auto shown_clock = [](const Json& clock) {
    return clock["mode"].get<std::string>() + " " + clock["now"].get<std::string>() + " " + clock["speed"].dump();
  };
  CHECK(shown_clock(clock_of("")) == "manual 2020-01-01T00:00:00.000Z 7.0");
  CHECK(shown_clock(clock_of(R"(, "clock": {})")) == "manual 2020-01-01T00:00:00.000Z 7.0");
  CHECK(shown_clock(clock_of(R"(, "clock": {"speed": 2})")) == "manual 2020-01-01T00:00:00.000Z 2.0");
  CHECK(shown_clock(clock_of(R"(, "clock": {"mode": "real", "start": "2021-01-01T00:00:00Z"})")) ==
        "real 2021-01-01T00:00:00.000Z 7.0");
}

TEST_CASE("control: a saved state restores what was changed since, in the workspace it is given to") {
  Served served;
  served.workspace_of(R"("fixture": "docs-examples", "credits": {"available": 50}, "clock": {"mode": "manual"})");
  const Headers mine{{"X-Api-Key", std::string(kKey)}};
  const std::string state = served.control("GET", "/state", "", mine).response.body;
  REQUIRE(served.control("PATCH", "/credits", R"({"available": 1})", mine).response.status == 200);
  CHECK(served.control("GET", "/state", "", mine).response.body != state);
  REQUIRE(served.control("PUT", "/state", state, mine).response.status == 200);
  CHECK(served.control("GET", "/state", "", mine).response.body == state);
}

}  // namespace qamera::control
