// Broken scenarios: what the parser says, and whether the schema refuses them too.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/corpus.h"

namespace qamera::sim {
namespace {

// Faults of shape: parser and schema both refuse them.
const std::vector<Broken> kTop = {
    {"[]", "", "expected an object, got []"},
    {"null", "", "expected an object, got null"},
    {"\"happy-path\"", "", "expected an object, got \"happy-path\""},
    {"{}", "/name", "\"name\" is required"},
    {R"({"name": ""})", "/name", "expected a non-empty string, got \"\""},
    {R"({"name": 5})", "/name", "expected a string, got 5"},
    {R"({"name": "a", "description": null})", "/description", "expected a string, got null"},
    {R"({"name": "a", "colck": {}})", "/colck", "unknown member \"colck\" (did you mean \"clock\"?)"},
    {R"({"name": "a", "wibble": {}})", "/wibble",
     "unknown member \"wibble\", expected \"name\", \"description\", \"fixture\", \"assets\", \"seed\", \"clock\", "
     "\"credits\", "
     "\"keys\", \"rateLimit\", \"jobs\", \"rules\", \"state\" or \"timeline\""},
    {R"({"name": "a", "fixtures": "empty"})", "/fixtures", "unknown member \"fixtures\" (did you mean \"fixture\"?)"},
    {R"({"name": "a", "ratelimit": {}})", "/ratelimit", "unknown member \"ratelimit\" (did you mean \"rateLimit\"?)"},
    {R"({"name": "a", "fixture": 5})", "/fixture", "expected the name of a fixture or a fixture object, got 5"},
    {R"({"name": "a", "fixture": ["empty"]})", "/fixture",
     "expected the name of a fixture or a fixture object, got [\"empty\"]"},
    {R"({"name": "a", "seed": -1})", "/seed", "expected a whole number from 0 to 9223372036854775807, got -1"},
    {R"({"name": "a", "seed": 1.5})", "/seed", "expected a whole number from 0 to 9223372036854775807, got 1.5"},
    {R"({"name": "a", "seed": "7"})", "/seed", "expected a whole number from 0 to 9223372036854775807, got \"7\""},
};

const std::vector<Broken> kClockAndCredits = {
    {R"({"name": "a", "clock": "real"})", "/clock", "expected an object, got \"real\""},
    {R"({"name": "a", "clock": {"mode": "manuel"}})", "/clock/mode",
     "expected \"real\" or \"manual\", got \"manuel\" (did you mean \"manual\"?)"},
    {R"({"name": "a", "clock": {"mode": true}})", "/clock/mode", "expected \"real\" or \"manual\", got true"},
    {R"({"name": "a", "clock": {"start": 0}})", "/clock/start",
     "expected an ISO 8601 time such as \"2026-03-27T12:00:00.000Z\", got 0"},
    {R"({"name": "a", "clock": {"start": "noon"}})", "/clock/start",
     "expected an ISO 8601 time such as \"2026-03-27T12:00:00.000Z\", got \"noon\""},
    {R"({"name": "a", "clock": {"speed": 0}})", "/clock/speed", "expected a number from 0.001 to 1000000, got 0"},
    {R"({"name": "a", "clock": {"speed": "60x"}})", "/clock/speed",
     "expected a number from 0.001 to 1000000, got \"60x\""},
    {R"({"name": "a", "clock": {"speeed": 2}})", "/clock/speeed",
     "unknown member \"speeed\" (did you mean \"speed\"?)"},
    {R"({"name": "a", "credits": 100})", "/credits", "expected an object, got 100"},
    {R"({"name": "a", "credits": {"available": -1}})", "/credits/available",
     "expected a whole number from 0 to 1000000000000000, got -1"},
    {R"({"name": "a", "credits": {"avaliable": 1}})", "/credits/avaliable",
     "unknown member \"avaliable\" (did you mean \"available\"?)"},
    {R"({"name": "a", "credits": {"prices": []}})", "/credits/prices", "expected an object, got []"},
    {R"({"name": "a", "credits": {"prices": {"image": 2.5}}})", "/credits/prices/image",
     "expected a whole number from 0 to 1000000000, got 2.5"},
    {R"({"name": "a", "credits": {"prices": {"images": 1}}})", "/credits/prices/images",
     "unknown member \"images\" (did you mean \"image\"?)"},
    {R"({"name": "a", "credits": {"prices": {"product": 1}}})", "/credits/prices/product",
     "unknown member \"product\", expected \"model\", \"scenery\", \"image\", \"packshot\", \"video\" or \"reel\""},
};

const std::vector<Broken> kKeysAndLimit = {
    {R"({"name": "a", "keys": {}})", "/keys", "expected an array, got {}"},
    {R"({"name": "a", "keys": ["abc"]})", "/keys/0", "expected an object, got \"abc\""},
    {R"({"name": "a", "keys": [{"id": "b"}, {}]})", "/keys/1/id", "\"id\" is required"},
    {R"({"name": "a", "keys": [{"id": ""}]})", "/keys/0/id", "expected a non-empty string, got \"\""},
    {R"({"name": "a", "keys": [{"id": 5}]})", "/keys/0/id", "expected a string, got 5"},
    {R"({"name": "a", "keys": [{"id": "b", "state": "revoke"}]})", "/keys/0/state",
     "expected \"active\", \"revoked\" or \"expired\", got \"revoke\" (did you mean \"revoked\"?)"},
    {R"({"name": "a", "keys": [{"id": "b", "expiresAt": 5}]})", "/keys/0/expiresAt",
     "expected an ISO 8601 time such as \"2026-03-27T12:00:00.000Z\", got 5"},
    {R"({"name": "a", "keys": [{"id": "b", "expiresAfter": 5}]})", "/keys/0/expiresAfter",
     "expected a duration such as \"30s\", \"1500ms\" or \"2m\", got 5"},
    {R"({"name": "a", "keys": [{"id": "b", "expireAfter": "5s"}]})", "/keys/0/expireAfter",
     "unknown member \"expireAfter\" (did you mean \"expiresAfter\"?)"},
    {R"({"name": "a", "keys": [{"id": "b", "scopes": "content.read"}]})", "/keys/0/scopes",
     "expected an array, got \"content.read\""},
    {R"({"name": "a", "keys": [{"id": "b", "scopes": ["content.read", 5]}]})", "/keys/0/scopes/1",
     "expected a scope such as \"content.register\", got 5"},
    {R"({"name": "a", "rateLimit": 60})", "/rateLimit", "expected an object, got 60"},
    {R"({"name": "a", "rateLimit": {"requests": 0}})", "/rateLimit/requests",
     "expected a whole number from 1 to 1000000, got 0"},
    {R"({"name": "a", "rateLimit": {"window": 60}})", "/rateLimit/window",
     "expected a duration such as \"30s\", \"1500ms\" or \"2m\", got 60"},
    {R"({"name": "a", "rateLimit": {"mode": "enforced"}})", "/rateLimit/mode",
     "expected \"observe\", \"enforce\" or \"off\", got \"enforced\" (did you mean \"enforce\"?)"},
    {R"({"name": "a", "rateLimit": {"request": 60}})", "/rateLimit/request",
     "unknown member \"request\" (did you mean \"requests\"?)"},
};

const std::string kShapes =
    R"(expected a duration, {"uniform": [least, most]} or {"lognormal": {"median", "sigma"}}, got )";

const std::vector<Broken> kJobs = {
    {R"({"name": "a", "jobs": []})", "/jobs", "expected an object, got []"},
    {R"({"name": "a", "jobs": {"images": {}}})", "/jobs/images", "unknown member \"images\" (did you mean \"image\"?)"},
    {R"({"name": "a", "jobs": {"default": "5s"}})", "/jobs/default", "expected an object, got \"5s\""},
    {R"({"name": "a", "jobs": {"image": {"outcome": []}}})", "/jobs/image/outcome",
     "unknown member \"outcome\" (did you mean \"outcomes\"?)"},
    {R"({"name": "a", "jobs": {"image": {"duration": {"unifrom": ["1s", "2s"]}}}})", "/jobs/image/duration/unifrom",
     "unknown member \"unifrom\" (did you mean \"uniform\"?)"},
    {R"({"name": "a", "jobs": {"image": {"duration": {"uniform": "1s"}}}})", "/jobs/image/duration/uniform",
     "expected an array, got \"1s\""},
    {R"({"name": "a", "jobs": {"image": {"duration": {"uniform": ["1s"]}}}})", "/jobs/image/duration/uniform",
     "expected two durations, the least and the most, got [\"1s\"]"},
    {R"({"name": "a", "jobs": {"image": {"queue": {"uniform": ["1s", 2]}}}})", "/jobs/image/queue/uniform/1",
     "expected a duration, got 2"},
    {R"({"name": "a", "jobs": {"image": {"duration": {"lognormal": "1s"}}}})", "/jobs/image/duration/lognormal",
     "expected an object, got \"1s\""},
    {R"({"name": "a", "jobs": {"image": {"duration": {"lognormal": {"sigma": 1}}}}})",
     "/jobs/image/duration/lognormal/median", "\"median\" is required"},
    {R"({"name": "a", "jobs": {"image": {"duration": {"lognormal": {"median": "1s", "sigma": 6}}}}})",
     "/jobs/image/duration/lognormal/sigma", "expected a number from 0 to 5, got 6"},
    {R"({"name": "a", "jobs": {"image": {"afterPolls": -1}}})", "/jobs/image/afterPolls",
     "expected a whole number from 0 to 1000000, got -1"},
    {R"({"name": "a", "jobs": {"image": {"stuck": "yes"}}})", "/jobs/image/stuck",
     "expected true or false, got \"yes\""},
    {R"({"name": "a", "jobs": {"image": {"parallel": 1.5}}})", "/jobs/image/parallel",
     "expected a whole number from 0 to 1000000, got 1.5"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": {}}}})", "/jobs/image/outcomes", "expected an array, got {}"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"nth": 1}]}}})", "/jobs/image/outcomes/0/then",
     "\"then\" is required"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"then": "failed"}]}}})", "/jobs/image/outcomes/0/then",
     "expected \"done\", \"fail\" or \"stuck\", got \"failed\" (did you mean \"fail\"?)"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"nth": 0, "then": "fail"}]}}})", "/jobs/image/outcomes/0/nth",
     "expected a whole number from 1 to 1000000000, got 0"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"nth": [], "then": "fail"}]}}})", "/jobs/image/outcomes/0/nth",
     "expected at least one number, got []"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"nth": [1, 2.5], "then": "fail"}]}}})",
     "/jobs/image/outcomes/0/nth/1", "expected a whole number from 1 to 1000000000, got 2.5"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"first": 0, "then": "fail"}]}}})",
     "/jobs/image/outcomes/0/first", "expected a whole number from 1 to 1000000000, got 0"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"every": "3", "then": "fail"}]}}})",
     "/jobs/image/outcomes/0/every", "expected a whole number from 1 to 1000000000, got \"3\""},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"probability": 1.1, "then": "fail"}]}}})",
     "/jobs/image/outcomes/0/probability", "expected a number from 0 to 1, got 1.1"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"request": [], "then": "fail"}]}}})",
     "/jobs/image/outcomes/0/request", "expected an object, got []"},
    {R"({"name": "a", "jobs": {"image": {"outcomes": [{"evry": 3, "then": "fail"}]}}})", "/jobs/image/outcomes/0/evry",
     "unknown member \"evry\" (did you mean \"every\"?)"},
};

// Faults of meaning: only the parser can see them.
const std::vector<Broken> kMeaning = {
    {R"({"name": "a b"})", "/name", "expected at most 64 letters, digits, \"-\" and \"_\", got \"a b\""},
    {R"({"name": "a", "fixture": "none"})", "/fixture", "there is no fixture \"none\""},
    {R"({"name": "a", "fixture": {"name": "f", "models": [{}]}})", "/fixture/models/0/id", "\"id\" is required"},
    {R"({"name": "a", "clock": {"start": "2026-02-30T12:00:00.000Z"}})", "/clock/start",
     "expected an ISO 8601 time such as \"2026-03-27T12:00:00.000Z\", got \"2026-02-30T12:00:00.000Z\""},
    {R"({"name": "a", "keys": [{"id": "b"}, {"id": "c"}, {"id": "b"}]})", "/keys/2/id",
     "the key \"b\" is declared already"},
    {R"({"name": "a", "keys": [{"id": "b.c"}]})", "/keys/0/id",
     "expected the key's id (the part between \"mk_live_\" and the dot) or \"*\", got \"b.c\""},
    {R"({"name": "a", "rateLimit": {"window": "0s"}})", "/rateLimit/window",
     "expected a duration above zero, got \"0s\""},
    {R"({"name": "a", "rateLimit": {"window": "60 s"}})", "/rateLimit/window",
     "expected a duration such as \"30s\", \"1500ms\" or \"2m\", got \"60 s\""},
    {R"({"name": "a", "jobs": {"image": {"duration": "fast"}}})", "/jobs/image/duration",
     "expected a duration such as \"30s\", \"1500ms\" or \"2m\", got \"fast\""},
    {R"({"name": "a", "jobs": {"image": {"duration": {"uniform": ["5s", "1s"]}}}})", "/jobs/image/duration/uniform",
     "expected the least first, got [\"5s\",\"1s\"]"},
    {R"({"name": "a", "jobs": {"image": {"duration": {"uniform": ["5s", "x1"]}}}})", "/jobs/image/duration/uniform/1",
     "expected a duration such as \"30s\", \"1500ms\" or \"2m\", got \"x1\""},
    {R"({"name": "a", "jobs": {"image": {"duration": "1s", "afterPolls": 1}}})", "/jobs/image/afterPolls",
     "\"duration\" and \"afterPolls\" exclude each other"},
    {R"({"name": "a", "jobs": {"default": {"manual": true, "stuck": true}}})", "/jobs/default/stuck",
     "\"manual\" and \"stuck\" exclude each other"},
};

}  // namespace

TEST_CASE("scenario files: faults of shape are refused by parser and schema alike") {
  for (const auto* corpus : {&kTop, &kClockAndCredits, &kKeysAndLimit, &kJobs}) {
    for (const Broken& broken : *corpus) check_both_refuse(broken);
  }
}

TEST_CASE("scenario files: a span of no known shape is refused by parser and schema alike") {
  for (const std::string value : {"5", "null", "[]", "{}", "true", R"({"$comment":"soon"})",
                                  R"({"lognormal":{"median":"1s"},"uniform":["1s","2s"]})"}) {
    const std::string document = R"({"name": "a", "jobs": {"image": {"queue": )" + value + "}}}";
    check_both_refuse({document.c_str(), "/jobs/image/queue", (kShapes + value).c_str()});
  }
}

TEST_CASE("scenario files: faults of meaning are the parser's to refuse") {
  for (const Broken& broken : kMeaning) check_parser_refuses(broken);
  const std::string name(65, 'a');
  const std::string document = R"({"name": ")" + name + "\"}";
  check_parser_refuses({document.c_str(), "/name",
                        ("expected at most 64 letters, digits, \"-\" and \"_\", got \"" + name + "\"").c_str()});
}

TEST_CASE("scenario files: a number beyond 64 bits in what a request is compared with is refused with its place") {
  constexpr const char* kBeyond =
      "a number beyond 64 bits, or from 2^52 on with a fraction, cannot be told from its neighbours: expected one from "
      "-9223372036854775808 to "
      "18446744073709551615";
  check_parser_refuses(
      {R"({"name": "a", "jobs": {"image": {"outcomes": [{"request": {"a": [1e20]}, "then": "fail"}]}}})",
       "/jobs/image/outcomes/0/request/a/0", kBeyond});
  check_parser_refuses({R"({"name": "a", "rules": [{"when": {"body": {"n": 18446744073709551616}}, "throttle": 1}]})",
                        "/rules/0/when/body/n", kBeyond});
}

TEST_CASE("scenario files: what the parser takes the schema takes too") {
  for (const char* document :
       {R"({"name": "a"})", R"({"name": "A_z-9", "$schema": "x", "$comment": ["why", 5]})",
        R"({"name": "a", "seed": 0})", R"({"name": "a", "seed": 9223372036854775807})", R"({"name": "a", "seed": 7.0})",
        R"({"name": "a", "fixture": "empty"})", R"({"name": "a", "fixture": {"name": "f"}})",
        R"({"name": "a", "clock": {}, "credits": {"prices": {}}, "keys": [], "rateLimit": {}, "jobs": {}})",
        R"({"name": "a", "clock": {"mode": "manual", "start": "2026-03-27T12:00:00Z", "speed": 0.001, "$comment": 1}})",
        R"({"name": "a", "credits": {"available": 0, "prices": {"model": 0, "reel": 1000000000}}})",
        R"({"name": "a", "keys": [{"id": "*", "state": "expired", "scopes": [], "expiresAfter": "0s"}]})",
        R"({"name": "a", "rateLimit": {"requests": 1, "window": "1ms", "mode": "off"}})",
        R"({"name": "a", "jobs": {"default": {"queue": "1s", "duration": {"uniform": ["1s", "1s"]}, "parallel": 0}}})",
        R"({"name": "a", "jobs": {"model": {"duration": {"lognormal": {"median": "1s"}}}, "reel": {"afterPolls": 0}}})",
        R"({"name": "a", "jobs": {"video": {"immediate": true, "manual": false, "stuck": false, "outcomes": []}}})",
        R"({"name": "a", "jobs": {"image": {"outcomes": [{"nth": [2, 1.0], "first": 5.0, "then": "done"},
            {"every": 2, "probability": 0.5, "request": {"count": 1}, "then": "stuck"}]}}})"}) {
    check_both_accept(document);
  }
}

}  // namespace qamera::sim
