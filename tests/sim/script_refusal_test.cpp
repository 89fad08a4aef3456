// Broken rules and timelines: what the parser says, and whether the schema refuses them too.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/embedded.h"
#include "base/spelling.h"
#include "sim/corpus.h"

namespace qamera::sim {
namespace {

struct Fault {
  const char* part;  ///< the one rule, or the one step
  const char* pointer;
  const char* message;
};

constexpr const char* kPattern = "expected a string in which * stands for any run of characters, got 5";
constexpr const char* kActions = "expected at least one of respond, patch, alter, delay, throttle, fault and setState";

// Faults of shape.
const std::vector<Fault> kRules = {
    {"5", "", "expected an object, got 5"},
    {R"({"wehn": {}, "throttle": 1})", "/wehn", "unknown member \"wehn\" (did you mean \"when\"?)"},
    {R"({"priority": 1, "throttle": 1})", "/priority",
     "unknown member \"priority\", expected \"name\", \"description\", \"when\", \"whenState\", \"respond\", "
     "\"patch\", "
     "\"alter\", \"delay\", \"throttle\", \"fault\" or \"setState\""},
    {R"({"setSate": "a"})", "/setSate", "unknown member \"setSate\" (did you mean \"setState\"?)"},
    {R"({"name": "", "throttle": 1})", "/name", "expected a non-empty string, got \"\""},
    {R"({"when": [], "throttle": 1})", "/when", "expected an object, got []"},
    {R"({"when": {"operation": ""}, "throttle": 1})", "/when/operation", "expected a non-empty string, got \"\""},
    {R"({"when": {"operatoin": "a"}, "throttle": 1})", "/when/operatoin",
     "unknown member \"operatoin\" (did you mean \"operation\"?)"},
    {R"({"when": {"method": 5}, "throttle": 1})", "/when/method", "expected a string, got 5"},
    {R"({"when": {"query": {"a": 5}}, "throttle": 1})", "/when/query/a", kPattern},
    {R"({"when": {"headers": {"a/b": 5}}, "throttle": 1})", "/when/headers/a~1b", kPattern},
    {R"({"when": {"headers": "X"}, "throttle": 1})", "/when/headers", "expected an object, got \"X\""},
    {R"({"when": {"nth": 0}, "throttle": 1})", "/when/nth", "expected a whole number from 1 to 1000000000, got 0"},
    {R"({"when": {"probability": 2}, "throttle": 1})", "/when/probability", "expected a number from 0 to 1, got 2"},
    {R"({"respond": 500})", "/respond", "expected an object, got 500"},
    {R"({"respond": {"body": {}}})", "/respond/status", "\"status\" is required"},
    {R"({"respond": {"status": 99}})", "/respond/status", "expected a whole number from 200 to 599, got 99"},
    {R"({"respond": {"stauts": 500, "status": 500}})", "/respond/stauts",
     "unknown member \"stauts\" (did you mean \"status\"?)"},
    {R"({"respond": {"status": 500, "text": {}}})", "/respond/text", "expected a string, got {}"},
    {R"({"respond": {"status": 500, "headers": {"X": 1}}})", "/respond/headers/X",
     "expected a string or an array of strings, got 1"},
    {R"({"respond": {"status": 500, "headers": {"X": []}}})", "/respond/headers/X",
     "expected a string or an array of strings, got []"},
    {R"({"respond": {"status": 500, "headers": {"X": ["a", 1]}}})", "/respond/headers/X/1", "expected a string, got 1"},
    {R"({"alter": {"status": 600}})", "/alter/status", "expected a whole number from 200 to 599, got 600"},
    {R"({"patch": {}})", "/patch", "expected an array, got {}"},
    {R"({"patch": [{"path": "/a"}]})", "/patch/0/op", "\"op\" is required"},
    {R"({"patch": [{"op": "delete", "path": "/a"}]})", "/patch/0/op",
     "expected \"add\", \"remove\", \"replace\", \"move\", \"copy\" or \"test\", got \"delete\""},
    {R"({"patch": [{"op": "remove"}]})", "/patch/0/path", "\"path\" is required"},
    {R"({"delay": 5})", "/delay",
     R"(expected a duration, {"uniform": [least, most]} or {"lognormal": {"median", "sigma"}}, got 5)"},
    {R"({"throttle": 0})", "/throttle", "expected a whole number from 1 to 1000000000, got 0"},
    {R"({"fault": "stall"})", "/fault", "expected an object, got \"stall\""},
    {R"({"fault": {}})", "/fault/kind", "\"kind\" is required"},
    {R"({"fault": {"kind": "stall", "after": "comit"}})", "/fault/after",
     "expected \"commit\", got \"comit\" (did you mean \"commit\"?)"},
    {R"({"fault": {"kind": "truncated-body", "keep": 1}})", "/fault/keep", "expected a number from 0 to 0.999, got 1"},
    {R"({"fault": {"kind": "garbage", "bytes": 0}})", "/fault/bytes",
     "expected a whole number from 1 to 1000000, got 0"},
    {R"({"setState": 1})", "/setState", "expected a string, got 1"},
};

// Faults of meaning.
const std::vector<Fault> kRuleMeaning = {
    {R"({"respond": {"status": 204, "body": {}}})", "/respond/body", "a reply with status 204 has no body"},
    {R"({"respond": {"status": 205, "text": "x"}})", "/respond/text", "a reply with status 205 has no body"},
    {R"({"respond": {"status": 304, "text": "x"}})", "/respond/text", "a reply with status 304 has no body"},
    {"{}", "", kActions},
    {R"({"name": "idle", "when": {"nth": 1}})", "", kActions},
    {R"({"when": {"state": "a"}, "whenState": "b", "throttle": 1})", "/whenState", "\"when.state\" says this already"},
    {R"({"respond": {"status": 500, "body": {}, "text": "a"}})", "/respond/text",
     "\"body\" (JSON) and \"text\" exclude each other"},
    {R"({"respond": {"status": 500, "headers": {"a b": "x"}}})", "/respond/headers/a b",
     "expected a header's name, got \"a b\""},
    {R"({"respond": {"status": 500, "headers": {"X": "a\r\nY: b"}}})", "/respond/headers/X",
     "a header's value holds no control characters but tabs"},
    {R"({"patch": [{"op": "remove", "path": "models"}]})", "/patch/0/path",
     "expected a JSON Pointer such as \"/models/0/thumbnail\", got \"models\""},
    {R"({"patch": [{"op": "remove", "path": "/a~2"}]})", "/patch/0/path",
     "expected a JSON Pointer such as \"/models/0/thumbnail\", got \"/a~2\""},
    {R"({"patch": [{"op": "add", "path": "/a"}]})", "/patch/0/value", "\"value\" is required"},
    {R"({"patch": [{"op": "move", "path": "/a"}]})", "/patch/0/from", "\"from\" is required"},
    {R"({"fault": {"kind": "stall", "before": "commit", "after": "commit"}})", "/fault/after",
     "\"before\" and \"after\" exclude each other"},
    {R"({"fault": {"kind": "slow-body", "before": "commit"}})", "/fault/before",
     "\"slow-body\" delivers the whole reply, so it always follows the commit"},
    {R"({"fault": {"kind": "slow-body", "every": "0s"}})", "/fault/every",
     "expected a duration above zero, got \"0s\""},
    {R"({"fault": {"kind": "stall", "keep": 0.5}})", "/fault/keep",
     "unknown member \"keep\", expected \"kind\", \"before\" or \"after\""},
};

const std::vector<Fault> kSteps = {
    {"[]", "", "expected an object, got []"},
    {R"({"set": {"credits": 0}})", "/at", "\"at\" is required"},
    {R"({"at": 60, "set": {"credits": 0}})", "/at",
     "expected a duration such as \"30s\", \"1500ms\" or \"2m\", got 60"},
    {R"({"at": "1s", "sets": {}})", "/sets", "unknown member \"sets\" (did you mean \"set\"?)"},
    {R"({"at": "1s", "set": []})", "/set", "expected an object, got []"},
    {R"({"at": "1s", "set": {"credits": -1}})", "/set/credits",
     "expected a whole number from 0 to 1000000000000000, got -1"},
    {R"({"at": "1s", "set": {"credit": 1}})", "/set/credit", "unknown member \"credit\" (did you mean \"credits\"?)"},
    {R"({"at": "1s", "set": {"key": "revoked"}})", "/set/key", "expected an object, got \"revoked\""},
    {R"({"at": "1s", "set": {"key": {"state": "gone"}}})", "/set/key/state",
     "expected \"active\", \"revoked\" or \"expired\", got \"gone\""},
    {R"({"at": "1s", "set": {"key": {"scope": []}}})", "/set/key/scope",
     "unknown member \"scope\" (did you mean \"scopes\"?)"},
    {R"({"at": "1s", "set": {"maintenance": "on"}})", "/set/maintenance", "expected true or false, got \"on\""},
    {R"({"at": "1s", "set": {"jobs": []}})", "/set/jobs", "expected an object, got []"},
    {R"({"at": "1s", "set": {"state": 1}})", "/set/state", "expected a string, got 1"},
    {R"({"at": "1s", "addRules": {}})", "/addRules", "expected an array, got {}"},
    {R"({"at": "1s", "addRules": [{"throttle": 0}]})", "/addRules/0/throttle",
     "expected a whole number from 1 to 1000000000, got 0"},
    {R"({"at": "1s", "removeRules": [1]})", "/removeRules/0", "expected the name of a rule, got 1"},
};

const std::vector<Fault> kStepMeaning = {
    {R"({"at": "1s"})", "", "expected at least one of set, addRules and removeRules"},
    {R"({"at": "1s", "set": {}})", "", "expected at least one of set, addRules and removeRules"},
    {R"({"at": "1s", "set": {"key": {}}})", "/set/key",
     "expected \"state\", \"scopes\", \"expiresAt\" or \"expiresAfter\""},
    {R"({"at": "1s", "set": {"key": {"id": "a b", "state": "revoked"}}})", "/set/key/id",
     "expected the key's id (the part between \"mk_live_\" and the dot) or \"*\", got \"a b\""},
    {R"({"at": "soon", "set": {"credits": 0}})", "/at",
     "expected a duration such as \"30s\", \"1500ms\" or \"2m\", got \"soon\""},
    {R"({"at": "1s", "set": {"jobs": {"image": {"afterPolls": -1}}}})", "/set/jobs/image/afterPolls",
     "expected a whole number from 0 to 1000000, got -1"},
    {R"({"at": "1s", "addRules": [{}]})", "/addRules/0", kActions},
};

void check_all(const char* member, const std::vector<Fault>& faults, void (*check)(const Broken&)) {
  for (const Fault& fault : faults) {
    const std::string document = R"({"name": "a", ")" + std::string(member) + "\": [" + fault.part + "]}";
    const std::string pointer = "/" + std::string(member) + "/0" + fault.pointer;
    check({document.c_str(), pointer.c_str(), fault.message});
  }
}

}  // namespace

TEST_CASE("rules: faults of shape are refused by parser and schema alike") {
  check_all("rules", kRules, check_both_refuse);
  check_both_refuse({R"({"name": "a", "rules": {}})", "/rules", "expected an array, got {}"});
  std::string many = R"({"name": "a", "rules": [{"throttle": 1})";
  for (int i = 0; i < 10'000; ++i) many += R"(, {"throttle": 1})";
  many += "]}";
  check_both_refuse({many.c_str(), "/rules", "expected at most 10000 rules, got 10001"});
  check_both_refuse({R"({"name": "a", "state": 5})", "/state", "expected a string, got 5"});
}

TEST_CASE("rules: the parser knows the faults of the schema and no others") {
  const Json schema = parsed(*embedded_file("schemas/scenario.schema.json"));
  std::vector<std::string_view> kinds;
  for (const Json& kind : schema.at("/definitions/rule/properties/fault/properties/kind/enum"_json_pointer)) {
    kinds.push_back(kind.get_ref<const std::string&>());
  }
  const std::string message =
      "expected " + quoted_list(kinds) + ", got \"conection-reset\" (did you mean \"connection-reset\"?)";
  check_both_refuse(
      {R"({"name": "a", "rules": [{"fault": {"kind": "conection-reset"}}]})", "/rules/0/fault/kind", message.c_str()});
}

TEST_CASE("rules: faults of meaning are the parser's to refuse") {
  check_all("rules", kRuleMeaning, check_parser_refuses);
  check_parser_refuses({R"({"name": "a", "rules": [{"name": "x", "throttle": 1}, {"name": "x", "throttle": 2}]})",
                        "/rules/1/name", "there is a rule \"x\" already"});
}

TEST_CASE("timelines: faults of shape are refused by parser and schema alike") {
  check_all("timeline", kSteps, check_both_refuse);
  check_both_refuse({R"({"name": "a", "timeline": {}})", "/timeline", "expected an array, got {}"});
}

TEST_CASE("timelines: faults of meaning are the parser's to refuse") {
  check_all("timeline", kStepMeaning, check_parser_refuses);
  check_parser_refuses({R"({"name": "a", "timeline": [{"at": "2s", "set": {"state": "a"}},
                                                      {"at": "1s", "set": {"state": "b"}}]})",
                        "/timeline/1/at", "expected steps in the order of time: the step before is at \"2s\""});
}

TEST_CASE("rules: a patch is bounded in steps and bytes") {
  const auto refusal = [](const Json& patch) {
    ReadErrors errors;
    read_rule(errors, {{"patch", patch}}, "/rules/0", "a");
    return errors.ok() ? "" : errors.error().pointer + ": " + errors.error().message;
  };
  const Json step = {{"op", "remove"}, {"path", "/a"}};
  CHECK(refusal(std::vector<Json>(kMaxPatchSteps, step)).empty());
  CHECK(refusal(std::vector<Json>(kMaxPatchSteps + 1, step)) ==
        "/rules/0/patch: expected at most 1000 steps, got 1001");
  const auto adding = [](std::size_t bytes) {
    const std::size_t frame = dump_json(Json({{{"op", "add"}, {"path", "/a"}, {"value", ""}}})).size();
    return Json({{{"op", "add"}, {"path", "/a"}, {"value", std::string(bytes - frame, 'x')}}});
  };
  CHECK(refusal(adding(kMaxPatchBytes)).empty());
  CHECK(refusal(adding(kMaxPatchBytes + 1)) ==
        "/rules/0/patch: expected steps of at most 1048576 bytes together, got 1048577");
}

TEST_CASE("scripts: what the parser takes the schema takes too") {
  for (const char* document :
       {R"({"name": "a", "rules": [], "state": "", "timeline": []})",
        R"({"name": "a", "rules": [
            {"when": {"operation": "listImages", "nth": [1, 2]},
             "respond": {"status": 500, "body": {"error": "Internal server error"}}},
            {"when": {"operation": "registerImages", "body": {"config": {"industry": "fashion"}}},
             "fault": {"kind": "connection-reset", "after": "commit"}},
            {"when": {"operation": "listModels"}, "delay": {"lognormal": {"median": "120ms", "sigma": 0.4}},
             "patch": [{"op": "remove", "path": "/models/0/thumbnail"}]}],
            "timeline": [{"at": "60s", "set": {"credits": 0}}, {"at": "2m", "set": {"key": {"state": "revoked"}}}]})",
        R"({"name": "a", "state": "up", "rules": [{"name": "n", "description": "d", "whenState": "up",
            "when": {"method": "GET", "path": "/api/*", "query": {"a": "*"}, "headers": {"X-A": "b"}, "first": 1,
                     "every": 2, "probability": 0.5, "body": null}, "setState": "down", "throttle": 1000, "delay": "1s",
            "alter": {"status": 201, "headers": {"Content-Type": "text/plain", "X": ["a", "b"]}},
            "patch": [{"op": "add", "path": "", "value": null}, {"op": "copy", "from": "/a", "path": "/b"}]}]})",
        R"({"name": "a", "rules": [{"respond": {"status": 200, "text": "hello", "headers": {"X": "", "Y": "a;\tb"}}},
            {"fault": {"kind": "truncated-body", "keep": 0}}, {"fault": {"kind": "garbage", "bytes": 1}},
            {"fault": {"kind": "slow-body", "bytes": 5, "every": "1ms", "after": "commit"}},
            {"fault": {"kind": "stall", "before": "commit"}}]})",
        R"({"name": "a", "timeline": [{"at": "0s", "description": "d", "addRules": [{"name": "x", "throttle": 1}],
            "removeRules": ["y"], "set": {"maintenance": true, "state": "s", "jobs": {"image": {"stuck": true}},
            "key": {"id": "k", "scopes": [], "expiresAfter": "1h", "expiresAt": "2030-01-01T00:00:00Z"}}}]})"}) {
    check_both_accept(document);
  }
}

}  // namespace qamera::sim
