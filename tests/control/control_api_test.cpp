// What the control API refuses and where the mistake is, and that nothing changes then.

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
      {"PATCH", "/credits", R"({"grant": 18446744073709551617})", "400 /grant: expected a whole number from"},
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

TEST_CASE("control: a number that is refused is shown as it was written") {
  Served served;
  const auto told = [&](const char* grant) {
    const std::string text = located(served.control("PATCH", "/credits", R"({"grant": )" + std::string(grant) + "}"));
    return text.substr(text.find(", got "));
  };
  CHECK(told("18446744073709551616") == ", got 18446744073709551616");
  CHECK(told("20.0000000000000001") == ", got 20.0000000000000001");
  CHECK(told("1.50e200") == ", got 1.50e200");
}

TEST_CASE("control: a body in a content coding is refused by the name of its header") {
  Served served;
  const auto ask = [&](const char* coding, const char* body) {
    Headers headers;
    headers.add("Content-Encoding", coding);
    return served.control("PUT", "/clock", body, headers);
  };
  const Reply refused = ask("gzip", "\x1f\x8b");
  CHECK(located(refused) ==
        "415 : the control API reads bodies as they are: expected none of 'Content-Encoding: gzip'");
  CHECK(header(refused, "Accept-Encoding") == "identity");
  CHECK(ask("br", "{}").response.status == 415);
  CHECK(ask("identity", R"({"mode": "manual"})").response.status == 200);
  CHECK(ask("gzip", "").response.status != 415);
}

}  // namespace qamera::control
