#include "sim/script.h"

#include "base/json_reader.h"
#include "sim/memory.h"

namespace qamera::sim {
namespace {

/// Gives the decision what `rule` does in stages that nobody has taken. Whether it did anything.
bool take_stages(const Rule& rule, Random& random, ScriptDecision& decision, bool& delayed,
                 std::optional<std::string>& state, Json& draws) {
  bool took = false;
  const auto take = [&](const auto& action, auto& slot) {
    if (!action || slot) return;
    slot = &*action;
    took = true;
  };
  take(rule.respond, decision.respond);
  take(rule.patch, decision.patch);
  take(rule.alter, decision.alter);
  if (rule.fault && !decision.fault) {
    decision.fault = &*rule.fault;
    if (std::holds_alternative<fault::Garbage>(rule.fault->fault)) {
      decision.fault_seed = random.next();
      // As text: not every reader of JSON keeps 64 bits of a number.
      draws["noise"] = std::to_string(decision.fault_seed);
    }
    took = true;
  }
  if (rule.delay && !delayed) {
    decision.delay = sample(*rule.delay, random);
    if (!std::holds_alternative<FixedSpan>(*rule.delay)) draws["delay"] = format_duration(decision.delay);
    delayed = took = true;
  }
  if (rule.throttle && !decision.throttle) {
    decision.throttle = rule.throttle;
    took = true;
  }
  if (rule.set_state && !state) {
    state = rule.set_state;
    took = true;
  }
  return took;
}

}  // namespace

Script::Script(const std::vector<RulePtr>& rules, std::string state) : state_(std::move(state)) {
  for (const RulePtr& rule : rules) {
    rules_.edit().push_back({"r" + std::to_string(next_id_), rule, false, false, 0, 0});
    ++next_id_;
  }
  count_bytes();
}

ScriptDecision Script::decide(const RequestFacts& facts, Random& random) {
  ScriptDecision decision;
  bool delayed = false;
  std::optional<std::string> state;
  for (std::size_t i = 0; i < rules_->size(); ++i) {
    const Rule& rule = *(*rules_)[i].rule;
    if (rule.when.state && *rule.when.state != state_) continue;
    if (!matches_request(rule.when, facts)) continue;
    ScriptedRule& scripted = rules_.edit()[i];
    std::optional<double> drawn;
    const bool occurs = rule.when.occurrence.matches(++scripted.matched, random, &drawn);
    Json draws = Json::object();
    if (drawn) draws["probability"] = *drawn;
    if (occurs && take_stages(rule, random, decision, delayed, state, draws)) {
      ++scripted.hits;
      decision.rules.append(decision.rules.empty() ? "" : ", ").append(rule.name);
      decision.held.push_back(scripted.rule);
    }
    if (draws.empty()) continue;
    // Rules added while running may share a name.
    const bool shared = decision.draws.contains(rule.name);
    decision.draws[shared ? rule.name + " (" + scripted.id + ")" : rule.name] = std::move(draws);
  }
  // The new state is for the requests that follow.
  if (state) state_ = *std::move(state);
  return decision;
}

std::vector<std::string> Script::add_all(std::span<const RulePtr> rules) {
  std::vector<std::string> ids(rules.size());
  std::vector<ScriptedRule> added(rules.size());
  for (std::size_t i = rules.size(); i-- > 0;) {
    ids[i] = "r" + std::to_string(next_id_++);
    added[i] = {ids[i], rules[i], true, false, 0, 0};
  }
  auto& all = rules_.edit();
  all.insert(all.begin(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
  count_bytes();
  return ids;
}

std::size_t Script::remove(std::string_view id_or_name) {
  const std::size_t removed = std::erase_if(rules_.edit(), [&](const ScriptedRule& scripted) {
    return scripted.id == id_or_name || scripted.rule->name == id_or_name;
  });
  count_bytes();
  return removed;
}

std::size_t Script::remove_added() {
  const std::size_t removed = std::erase_if(rules_.edit(), [](const ScriptedRule& scripted) { return scripted.added; });
  count_bytes();
  return removed;
}

void Script::count_bytes() {
  bytes_ = rules_->size() * sizeof(ScriptedRule);
  for (const ScriptedRule& scripted : *rules_) {
    if (scripted.restored) bytes_ += bytes_of(*scripted.rule);
  }
}

Json Script::snapshot() const {
  Json rules = Json::array();
  for (const ScriptedRule& scripted : *rules_) {
    rules.push_back({{"id", scripted.id},
                     {"name", scripted.rule->name},
                     {"rule", scripted.rule->document},
                     {"added", scripted.added},
                     {"matched", scripted.matched},
                     {"hits", scripted.hits}});
  }
  return {{"state", state_}, {"rules", std::move(rules)}, {"nextId", next_id_}};
}

void Script::restore(ReadErrors& errors, const Json& value, const std::string& pointer) {
  ObjectReader reader(errors, value, pointer);
  state_ = reader.string("state").value_or(std::string());
  next_id_ = reader.count("nextId", 1).value_or(1);
  std::vector<ScriptedRule> rules;
  reader.each("rules", [&](const Json& rule, const std::string& at) {
    ObjectReader entry(errors, rule, at);
    ScriptedRule scripted;
    entry.require({"id", "name", "rule"});
    scripted.id = entry.nonempty_string("id").value_or(std::string());
    const std::string name = entry.nonempty_string("name").value_or(std::string());
    scripted.added = entry.boolean("added").value_or(false);
    scripted.matched = entry.count("matched").value_or(0);
    scripted.restored = true;
    scripted.hits = entry.count("hits").value_or(0);
    if (const Json* document = entry.object("rule")) {
      scripted.rule = std::make_shared<const Rule>(read_rule(errors, *document, at + "/rule", name));
    }
    entry.finish();
    rules.push_back(std::move(scripted));
  });
  reader.finish();
  if (!errors.ok()) return;
  rules_ = Cow(std::move(rules));
  count_bytes();
}

}  // namespace qamera::sim
