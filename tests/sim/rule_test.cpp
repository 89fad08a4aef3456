#include "sim/rule.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "sim/script.h"
#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

Rule rule_of(std::string_view text, std::string name = "rule") {
  ReadErrors errors;
  Rule rule = read_rule(errors, parsed(text), "", std::move(name));
  QM_CHECK(errors.ok(), errors.ok() ? "" : errors.error().message.c_str());
  return rule;
}

RulePtr shared(std::string_view text, std::string name = "rule") {
  return std::make_shared<const Rule>(rule_of(text, std::move(name)));
}

Request request_of(std::string method, std::string target) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  parse_target(request);
  request.headers.add("X-Run", "ci-7");
  request.headers.add("X-Run", "nightly");
  return request;
}

/// Whether `when` holds for a GET of the images of a product with the body {"config": {"a": 1}, "list": [1, 2]}.
bool holds(const std::string& when) {
  const Request request = request_of("GET", "/api/external/image-picker?productId=rec_1&productId=rec_2");
  const Json body = parsed(R"({"config": {"a": 1}, "list": [1, 2]})");
  return matches_request(rule_of(R"({"throttle": 1, "when": )" + when + "}").when, {"listImages", request, &body});
}

/// What the rules do with `count` requests for products: a text for each, "-" for a request that none takes.
std::string decisions(Script& script, std::size_t count, Random& random) {
  const Request request = request_of("GET", "/api/external/products");
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    const ScriptDecision decision = script.decide({"listProducts", request, nullptr}, random);
    out += (out.empty() ? "" : " ") + (decision.rules.empty() ? "-" : decision.rules);
  }
  return out;
}

std::string decisions(const std::string& when, std::size_t count) {
  Script script({shared(R"({"throttle": 1, "when": )" + when + "}", "x")}, "");
  Random random(7);
  return decisions(script, count, random);
}

std::string shadowed(const std::vector<std::string>& rules) {
  std::vector<RulePtr> list;
  for (const std::string& text : rules) list.push_back(shared(text, std::to_string(list.size())));
  std::string out;
  for (const auto& [index, message] : shadowed_rules(list)) out += (out.empty() ? "" : ",") + std::to_string(index);
  return out;
}

}  // namespace

TEST_CASE("wildcards: a star stands for any run of characters, everything else for itself") {
  struct Row {
    const char* text;
    const char* pattern;
    bool matches;
  };
  for (const Row& row : {Row{"", "", true},           Row{"", "*", true},       Row{"a", "", false},
                         Row{"abc", "abc", true},     Row{"abc", "ab", false},  Row{"ab", "abc", false},
                         Row{"abc", "a*", true},      Row{"abc", "*c", true},   Row{"abc", "*b*", true},
                         Row{"abc", "a*c", true},     Row{"ac", "a*c", true},   Row{"abc", "*d", false},
                         Row{"aXbXc", "a*b*c", true}, Row{"aab", "*ab", true},  Row{"a.c", "a.c", true},
                         Row{"abc", "a.c", false},    Row{"a*c", "a*c", true},  Row{"abcabd", "*ab?", false},
                         Row{"ABC", "abc", false},    Row{"abc", "**c**", true}}) {
    CAPTURE(row.text);
    CAPTURE(row.pattern);
    CHECK(matches_wildcard(row.text, row.pattern) == row.matches);
  }
}

TEST_CASE("wildcards: drawn texts and patterns match as the definition says") {
  const auto by_definition = [](auto self, std::string_view text, std::string_view pattern) -> bool {
    if (pattern.empty()) return text.empty();
    if (pattern[0] == '*')
      return self(self, text, pattern.substr(1)) || (!text.empty() && self(self, text.substr(1), pattern));
    return !text.empty() && text[0] == pattern[0] && self(self, text.substr(1), pattern.substr(1));
  };
  std::mt19937 random(7);
  const auto drawn = [&random](std::string_view letters, std::size_t longest) {
    std::string out(random() % (longest + 1), '\0');
    for (char& c : out) c = letters[random() % letters.size()];
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = drawn("ab", 9);
    const std::string pattern = drawn("ab*", 7);
    CAPTURE(text);
    CAPTURE(pattern);
    REQUIRE(matches_wildcard(text, pattern) == by_definition(by_definition, text, pattern));
  }
}

TEST_CASE("wildcards: neither many stars nor long runs cost more than the text is long") {
  const std::string text(60'000, 'a');
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  CHECK_FALSE(matches_wildcard(text, pattern + "b"));
  CHECK_FALSE(matches_wildcard(text, "*" + std::string(30'000, 'a') + "b*"));
}

TEST_CASE("rules: a condition holds when each of its members does") {
  CHECK(holds("{}"));
  CHECK(holds(R"({"operation": "listImages"})"));
  CHECK(holds(R"({"operation": "list*", "method": "GET", "path": "/api/*"})"));
  CHECK_FALSE(holds(R"({"operation": "listImages", "method": "POST"})"));
  CHECK_FALSE(holds(R"({"method": "get"})"));
  CHECK_FALSE(holds(R"({"path": "/api"})"));
  CHECK_FALSE(holds(R"({"path": "/api/external/image-picker?*"})"));
}

TEST_CASE("rules: of repeated parameters and header fields any may match") {
  CHECK(holds(R"({"query": {"productId": "rec_2"}})"));
  CHECK_FALSE(holds(R"({"query": {"productId": "rec_3"}})"));
  CHECK_FALSE(holds(R"({"query": {"other": "*"}})"));
  CHECK(holds(R"({"headers": {"x-run": "night*"}})"));
  CHECK_FALSE(holds(R"({"headers": {"X-Run": "NIGHT*"}})"));
}

TEST_CASE("rules: a body matches in part, arrays whole") {
  CHECK(holds(R"({"body": {"config": {}}})"));
  CHECK(holds(R"({"body": {"config": {"a": 1}, "list": [1, 2]}})"));
  CHECK_FALSE(holds(R"({"body": {"config": {"a": 2}}})"));
  CHECK_FALSE(holds(R"({"body": {"list": [1]}})"));
  CHECK_FALSE(holds(R"({"body": {"absent": null}})"));
}

TEST_CASE("rules: nth, first and every count the requests that meet the rest, and must all hold") {
  CHECK(decisions(R"({"nth": 3})", 4) == "- - x -");
  CHECK(decisions(R"({"nth": [4, 1]})", 5) == "x - - x -");
  CHECK(decisions(R"({"first": 2})", 4) == "x x - -");
  CHECK(decisions(R"({"every": 2})", 5) == "- x - x -");
  CHECK(decisions(R"({"every": 2, "first": 3})", 5) == "- x - - -");
  CHECK(decisions(R"({"operation": "listModels", "first": 9})", 3) == "- - -");
  CHECK(decisions(R"({"probability": 0})", 20).find('x') == std::string::npos);
  CHECK(decisions(R"({"probability": 1})", 3) == "x x x");
}

TEST_CASE("rules: a probability draws once a request, and only when everything else holds") {
  Script script({shared(R"({"throttle": 1, "when": {"nth": 2, "probability": 0.5}})")}, "");
  Random used(7), untouched(7);
  decisions(script, 1, used);
  CHECK(used.next() == untouched.next());
  decisions(script, 1, used);
  untouched.unit();
  CHECK(used.next() == untouched.next());
}

TEST_CASE("rules: the first that matches takes each stage, and only those that act are counted as hits") {
  Script script({shared(R"({"throttle": 1, "when": {"nth": 1}})", "a"),
                 shared(R"({"throttle": 2, "delay": "1s"})", "b"), shared(R"({"delay": "2s"})", "c")},
                "");
  Random random(1);
  CHECK(decisions(script, 2, random) == "a, b b");
  CHECK(script.rules()[0].hits == 1);
  CHECK(script.rules()[1].hits == 2);
  CHECK(script.rules()[2].hits == 0);
  CHECK(script.rules()[2].matched == 2);
}

TEST_CASE("rules: a new state is for the requests that follow") {
  Script script({shared(R"({"whenState": "", "setState": "on"})", "a"),
                 shared(R"({"when": {"state": "on"}, "setState": ""})", "b")},
                "");
  Random random(1);
  CHECK(decisions(script, 4, random) == "a b a b");
  CHECK(script.state().empty());
}

TEST_CASE("rules: an added one is asked first, and goes by id or name") {
  Script script({shared(R"({"throttle": 1})", "own")}, "");
  Random random(1);
  const std::string id = script.add(shared(R"({"throttle": 2, "when": {"first": 1}})", "new"));
  CHECK(decisions(script, 2, random) == "new own");
  CHECK(script.remove(id) == 1);
  CHECK(script.remove(id) == 0);
  CHECK(script.add(shared(R"({"throttle": 2})", "new")) != id);
  CHECK(script.remove_added() == 1);
  CHECK(script.remove("own") == 1);
  CHECK(decisions(script, 1, random) == "-");
}

TEST_CASE("rules: two of one name keep their draws apart") {
  const RulePtr rule = shared(R"({"throttle": 1, "when": {"probability": 0.5}})", "twin");
  Script script({}, "");
  script.add(rule);
  script.add(rule);
  Random random(1);
  const Request request = request_of("GET", "/");
  CHECK(script.decide({"", request, nullptr}, random).draws.size() == 2);
}

TEST_CASE("rules: noise is drawn from the seed and recorded") {
  Script script({shared(R"({"fault": {"kind": "garbage"}})", "n")}, "");
  Random random(1);
  const Request request = request_of("GET", "/");
  const ScriptDecision decision = script.decide({"", request, nullptr}, random);
  CHECK(decision.draws["n"]["noise"] == std::to_string(decision.fault_seed));
}

TEST_CASE("rules: a fault is before the commit unless it says otherwise or delivers the reply") {
  CHECK(rule_of(R"({"fault": {"kind": "stall"}})").fault->commit == Commit::kBefore);
  CHECK(rule_of(R"({"fault": {"kind": "stall", "before": "commit"}})").fault->commit == Commit::kBefore);
  CHECK(rule_of(R"({"fault": {"kind": "stall", "after": "commit"}})").fault->commit == Commit::kAfter);
  CHECK(rule_of(R"({"fault": {"kind": "slow-body"}})").fault->commit == Commit::kAfter);
  CHECK(rule_of(R"({"fault": {"kind": "slow-headers"}})").fault->commit == Commit::kAfter);
}

TEST_CASE("rules: one that an earlier one leaves nothing is shadowed") {
  CHECK(shadowed({R"({"throttle": 1})", R"({"when": {"operation": "listModels"}, "throttle": 2})"}) == "1");
  CHECK(shadowed({R"({"when": {"operation": "list*"}, "respond": {"status": 500}})",
                  R"({"when": {"operation": "listModels"}, "alter": {"status": 201}})"}) == "1");
  CHECK(shadowed({R"({"when": {"body": {"a": {}}}, "delay": "1s"})",
                  R"({"when": {"body": {"a": {"b": 1}}, "nth": 2}, "delay": "2s"})"}) == "1");
  CHECK(shadowed({R"({"when": {"headers": {"X-A": "*"}}, "throttle": 1})",
                  R"({"when": {"headers": {"X-A": "b"}}, "throttle": 2})", R"({"throttle": 3})"}) == "1");
}

TEST_CASE("rules: one that may still have an effect is not shadowed") {
  CHECK(shadowed({R"({"when": {"nth": 1}, "throttle": 1})", R"({"throttle": 2})"}).empty());
  CHECK(shadowed({R"({"when": {"probability": 0.9}, "throttle": 1})", R"({"throttle": 2})"}).empty());
  CHECK(shadowed({R"({"throttle": 1})", R"({"throttle": 2, "delay": "1s"})"}).empty());
  CHECK(shadowed({R"({"when": {"state": "a"}, "throttle": 1})", R"({"throttle": 2})"}).empty());
  CHECK(shadowed({R"({"when": {"operation": "listModels"}, "throttle": 1})",
                  R"({"when": {"operation": "list*"}, "throttle": 2})"})
            .empty());
  CHECK(shadowed(
            {R"({"when": {"query": {"a": "1"}}, "throttle": 1})", R"({"when": {"query": {"a": "2"}}, "throttle": 2})"})
            .empty());
}

TEST_CASE("rules: a list is bounded") {
  Json document = parsed(R"({"name": "many"})");
  for (std::size_t i = 0; i < kMaxRules; ++i) document["rules"].push_back({{"throttle", 1}});
  CHECK(parse_scenario(document, shipped_fixtures(), "test").ok());
  document["rules"].push_back({{"throttle", 1}});
  const auto refused = parse_scenario(document, shipped_fixtures(), "test");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().pointer == "/rules");
}

TEST_CASE("rules: numbers are compared exactly, and one beyond 64 bits is refused with its place") {
  const auto takes = [](const std::string& wanted, const std::string& sent) {
    const Request request = request_of("POST", "/api/external/models/register-ideas");
    const Json body = parsed("{\"n\": " + sent + "}");
    const Rule rule = rule_of(R"({"throttle": 1, "when": {"body": {"n": )" + wanted + "}}}");
    return matches_request(rule.when, {"registerModels", request, &body});
  };
  CHECK(takes("1", "1.0"));
  CHECK(takes("9007199254740993", "9007199254740993"));
  CHECK_FALSE(takes("9007199254740993", "9007199254740992.0"));
  CHECK_FALSE(takes("-1", "18446744073709551615"));
  CHECK_FALSE(takes("1", "18446744073709551616"));
  for (const auto& [rule, pointer] :
       {std::pair(R"({"throttle": 1, "when": {"body": {"n": [18446744073709551616]}}})", "/r/when/body/n/0"),
        std::pair(R"({"respond": {"status": 200, "body": {"n": -1e19}}})", "/r/respond/body/n"),
        std::pair(R"({"patch": [{"op": "add", "path": "/n", "value": 1e300}]})", "/r/patch/0/value")}) {
    ReadErrors errors;
    read_rule(errors, parsed(rule), "/r", "rule");
    REQUIRE_FALSE(errors.ok());
    CHECK(errors.error().pointer == pointer);
    CHECK(errors.error().message.find("beyond 64 bits") != std::string::npos);
  }
}

TEST_CASE("rules: a reply's body keeps the order of its members, and so does what its document says") {
  constexpr std::string_view kText =
      R"({"name": "a",
          "rules": [{"respond": {"status": 409, "body": {"z": {"y": 1, "b": [{"d": 2, "c": 3}]}, "a": 4}}}],
          "timeline": [{"at": "1s", "addRules": [{"respond": {"status": 200, "body": {"y": 1, "x": 2}}}]}]})";
  constexpr std::string_view kBody = R"({"z":{"y":1,"b":[{"d":2,"c":3}]},"a":4})";
  const WrittenJson written(kText);
  const auto scenario = parse_scenario(parsed(kText), shipped_fixtures(), "test", {&written});
  REQUIRE(scenario.ok());
  const auto again = parse_scenario((*scenario)->document, shipped_fixtures(), "test");
  REQUIRE(again.ok());
  for (const ScenarioPtr& one : {*scenario, *again}) {
    const Rule& rule = *one->rules.front();
    CHECK(rule.respond->body == kBody);
    REQUIRE(rule.respond->headers.size() == 1);
    CHECK(rule.respond->headers[0].value == "application/json");
    CHECK(one->timeline.front().add_rules.front()->respond->body == R"({"y":1,"x":2})");
  }
  CHECK((*scenario)->rules.front()->written == dump_json(*written.at("/rules/0")));
  CHECK(rule_of(R"({"respond": {"status": 200, "body": {"a": 1}}})").written.empty());
}

}  // namespace qamera::sim
