#include "property/operations.h"

#include <algorithm>
#include <array>
#include <ostream>

#include "base/check.h"
#include "base/json.h"

namespace qamera::property {
namespace {

using sim::Workspace;

constexpr std::array<std::string_view, 18> kActs = {
    "register",    "list",  "vote", "preset",   "settle",       "pass",      "advance", "until next", "until idle",
    "set credits", "grant", "ask",  "add rule", "remove rules", "set state", "admit",   "change key", "set clock"};

constexpr std::string_view kFixture = R"({"name": "f", "ids": {"image": {"prefix": "img_", "given": ["7", "9"]}},
  "products": [{"id": "p1", "name": "Shirt", "createdAt": "2026-03-20T00:00:00.000Z"}],
  "images": [{"id": "img_007", "name": "Old", "productId": "p1", "createdAt": "2026-03-20T00:00:00.000Z"}],
  "models": [{"id": "m1", "name": "Sophie", "voting": "APPROVED", "createdAt": "2026-03-20T00:00:00.000Z"},
             {"id": "m2", "name": "Stuck", "status": "INPROGRESS", "createdAt": "2026-03-20T00:00:00.000Z"}]})";

constexpr std::array<std::string_view, 5> kScenarios = {
    // Durations drawn, slots, failures by count and by chance.
    R"("jobs": {"default": {"queue": "1s", "duration": {"uniform": ["1s", "9s"]}, "parallel": 2,
         "outcomes": [{"every": 3, "then": "fail"}, {"probability": 0.2, "then": "stuck"}]}},
       "credits": {"available": 300, "prices": {"image": 10, "video": 25, "model": 1}})",
    // Ends that polls and people bring about.
    R"("jobs": {"default": {"afterPolls": 2, "outcomes": [{"nth": [2, 5], "then": "fail"}]},
         "model": {"manual": true}, "video": {"immediate": true}, "reel": {"stuck": true}},
       "credits": {"available": 500, "prices": {"image": 7}})",
    // A timeline that changes everything it can.
    R"("state": "a", "timeline": [
         {"at": "2s", "set": {"credits": 40, "jobs": {"image": {"duration": null, "immediate": true}}, "state": "b"}},
         {"at": "4s", "set": {"maintenance": true, "key": {"state": "revoked"}},
          "addRules": [{"name": "late", "respond": {"status": 503}}]},
         {"at": "4s", "set": {"credits": 0, "jobs": {"image": null}}, "removeRules": ["late"]},
         {"at": "9s", "set": {"credits": 1000, "maintenance": false}}],
       "jobs": {"image": {"duration": "3s"}}, "credits": {"available": 100, "prices": {"image": 10}})",
    // Rules with faults, draws and states; the limit enforced.
    R"("state": "a", "rules": [
         {"name": "reset", "when": {"every": 3, "state": "a"}, "fault": {"kind": "connection-reset"}, "setState": "b"},
         {"name": "noise", "when": {"probability": 0.4}, "fault": {"kind": "garbage", "bytes": 9, "after": "commit"}},
         {"name": "slow", "when": {"operation": "list*"}, "delay": {"lognormal": {"median": "20ms", "sigma": 0.5}}},
         {"name": "back", "when": {"state": "b", "first": 2}, "respond": {"status": 500}, "setState": "a"}],
       "rateLimit": {"requests": 3, "window": "2s", "mode": "enforce"},
       "jobs": {"default": {"duration": {"lognormal": {"median": "2s", "sigma": 1}}}})",
    // Real time, sixty times as fast, and jobs of no length.
    R"("clock": {"mode": "real", "start": "2026-03-27T12:00:00.000Z", "speed": 60},
       "jobs": {"default": {"duration": "30s"}, "scenery": {"duration": "0s"}, "packshot": {"queue": "1m"}},
       "keys": [{"id": "k", "expiresAfter": "5m"}])",
};

class NoFixtures final : public sim::FixtureSource {
 public:
  Result<sim::FixturePtr> fixture(const std::string& name) override {
    return Error{ErrorCode::kNotFound, "no fixture " + name, ""};
  }
};

Json known(std::string_view text) {
  auto parsed = parse_json(text);
  QM_CHECK(parsed.ok(), "a document of the properties is not JSON");
  return *std::move(parsed);
}

sim::ScenarioPtr parsed(std::string_view members) {
  Json document = known("{\"name\": \"s\"," + std::string(members) + "}");
  document["fixture"] = known(kFixture);
  if (!document.contains("clock")) document["clock"] = {{"mode", "manual"}};
  NoFixtures none;
  auto scenario = sim::parse_scenario(document, none, "property");
  QM_CHECK(scenario.ok(), scenario.ok() ? "" : (scenario.error().pointer + ": " + scenario.error().message).c_str());
  return *scenario;
}

sim::RulePtr rule(std::uint8_t which) {
  constexpr std::array<std::string_view, 3> kRules = {
      R"({"name": "added", "when": {"every": 2}, "respond": {"status": 429}})",
      R"({"name": "drawn", "when": {"probability": 0.5}, "fault": {"kind": "truncated-body"}, "setState": "c"})",
      R"({"name": "stall", "when": {"state": "c"}, "fault": {"kind": "stall"}, "delay": {"uniform": ["1ms", "9ms"]}})"};
  ReadErrors errors;
  auto read = sim::read_rule(errors, known(kRules[which % kRules.size()]), "", "rule");
  QM_CHECK(errors.ok(), "a rule of the properties is a rule");
  return std::make_shared<const sim::Rule>(std::move(read));
}

Workspace::Start start_of(const sim::ScenarioPtr& scenario) {
  Workspace::Start start;
  start.scenario = scenario;
  start.wall = sim::kManualStart;
  return start;
}

std::string shown(const std::vector<sim::ClockEvent>& fired) {
  std::string out;
  for (const sim::ClockEvent& one : fired) {
    out += one.record + " " + one.kind + " " + one.from + ">" + one.to + " " + format_instant(one.at) + "\n";
  }
  return out;
}

void register_some(Workspace& workspace, const Operation& operation, Outcome& out) {
  const Json body = {{"count", operation.count}};
  sim::JobRequest request;
  request.kind = kind_of(operation);
  request.count = out.asked = 1 + operation.count % 4;
  request.product_id = operation.amount % 2 == 0 ? "p1" : "";
  request.product_name = "Shirt";
  request.preferences = "warm";
  request.body = &body;
  out.made = workspace.register_job(request);
  if (!out.made) return;
  out.text = out.made->batch_id + " " + out.made->order_id + " " + out.made->reservation_id;
  for (const std::string& id : out.made->record_ids) out.text += " " + id;
}

void ask_rules(Workspace& workspace, const Operation& operation, Outcome& out) {
  Request request;
  request.method = "GET";
  request.target = request.path = "/api/external/models";
  const sim::ScriptDecision decision =
      workspace.decide({operation.which % 2 == 0 ? "listModels" : "registerModels", request, nullptr});
  out.text = decision.rules + " " + dump_json(decision.draws) + " " + format_duration(decision.delay) + " " +
             (decision.fault ? decision.fault->kind : "") + std::to_string(decision.fault_seed);
}

void change_key(Workspace& workspace, const Operation& operation, Outcome& out) {
  const Json members = operation.which % 3 == 0   ? Json{{"state", "revoked"}}
                       : operation.which % 3 == 1 ? Json{{"state", "active"}, {"expiresAfter", "10s"}}
                                                  : Json{{"scopes", {"content.register"}}};
  QM_CHECK(workspace.change_key("k", members).ok(), "a key can be changed so");
  out.text = std::string(workspace.key_status("k").reason);
}

/// Time is moved as the control API moves it: brought up to now first.
void move_time(Run& run, const Operation& operation, Outcome& out) {
  Workspace& workspace = run.workspace;
  if (operation.act == Act::kPass) run.monotonic += std::chrono::milliseconds(operation.amount);
  workspace.sync(run.monotonic, &out.fired);
  if (operation.act == Act::kAdvance) workspace.advance_to(workspace.now() + Duration(operation.amount), out.fired);
  if (operation.act == Act::kUntilNext) workspace.advance_until_next(out.fired);
  if (operation.act == Act::kUntilIdle) workspace.advance_until_idle(out.fired);
  out.text = shown(out.fired) + format_instant(workspace.now());
}

void set_credits(Workspace& workspace, const Operation& operation) {
  if (operation.act == Act::kGrant)
    workspace.ledger().grant(operation.amount, workspace.now());
  else
    workspace.ledger().set_available(operation.amount, workspace.now());
}

void change_record(Workspace& workspace, const Operation& operation, Outcome& out) {
  const sim::RecordPtr record = record_of(workspace, operation);
  if (!record) return;
  if (operation.act == Act::kVote) {
    workspace.vote(record->id, operation.count % 2 == 0 ? sim::Voting::kApproved : sim::Voting::kRejected);
  } else {
    const auto to = operation.count % 2 == 0 ? sim::RecordStatus::kDone : sim::RecordStatus::kFailed;
    workspace.settle(record->id, to, out.fired);
  }
  out.text = record->id + shown(out.fired);
}

void perform(Run& run, const Operation& operation, Outcome& out) {
  Workspace& workspace = run.workspace;
  switch (operation.act) {
    case Act::kRegister: return register_some(workspace, operation, out);
    case Act::kList:
      out.listed =
          workspace.list(collection_of(operation),
                         {filter_of(operation), operation.amount % 3 == 0 ? "p1" : "", limit_of(operation)}, out.list);
      out.text = std::to_string(out.listed) + out.list;
      return;
    case Act::kVote:
    case Act::kSettle: return change_record(workspace, operation, out);
    case Act::kCreatePreset: {
      sim::Record preset;
      preset.name = "Mine";
      out.text = workspace.create_preset(std::move(preset));
      return;
    }
    case Act::kPass:
    case Act::kAdvance:
    case Act::kUntilNext:
    case Act::kUntilIdle: return move_time(run, operation, out);
    case Act::kSetCredits:
    case Act::kGrant: return set_credits(workspace, operation);
    case Act::kAsk: return ask_rules(workspace, operation, out);
    case Act::kAddRule: out.text = workspace.script().add(rule(operation.which)); return;
    case Act::kRemoveRules: out.text = std::to_string(workspace.script().remove_added()); return;
    case Act::kSetState: return workspace.script().set_state(operation.which % 2 == 0 ? "a" : "b");
    case Act::kAdmit:
      out.text = std::string(workspace.admit("k") ? "in" : "out") + format_duration(workspace.retry_after("k"));
      return;
    case Act::kChangeKey: return change_key(workspace, operation, out);
    case Act::kSetClock: {
      const bool real = operation.which % 2 == 0;
      return workspace.set_clock(real ? sim::ClockMode::kReal : sim::ClockMode::kManual, 1 + operation.count % 3);
    }
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  return out << kActs[static_cast<std::size_t>(operation.act)] << "(" << int{operation.which} << ", "
             << int{operation.count} << ", " << operation.amount << ")";
}

sim::ScenarioPtr scenario_of(std::uint8_t number) {
  static const std::array<sim::ScenarioPtr, kScenarios.size()> scenarios = [] {
    std::array<sim::ScenarioPtr, kScenarios.size()> made;
    std::transform(kScenarios.begin(), kScenarios.end(), made.begin(), parsed);
    return made;
  }();
  return scenarios[number % scenarios.size()];
}

Run::Run(const sim::ScenarioPtr& scenario) : workspace(start_of(scenario)) {}

RecordKind kind_of(const Operation& operation) {
  constexpr std::array kKinds = {RecordKind::kImage,    RecordKind::kModel, RecordKind::kScenery,
                                 RecordKind::kPackshot, RecordKind::kVideo, RecordKind::kReel};
  return kKinds[operation.which % kKinds.size()];
}

Collection collection_of(const Operation& operation) {
  return static_cast<Collection>(operation.which % kCollectionCount);
}

sim::ListFilter filter_of(const Operation& operation) {
  return operation.count % 2 == 0 ? sim::ListFilter::kAll : sim::ListFilter::kApproved;
}

std::size_t limit_of(const Operation& operation) { return operation.count < 8 ? operation.count : 1'000; }

sim::RecordPtr record_of(const Workspace& workspace, const Operation& operation) {
  const auto& records = workspace.records(qamera::collection_of(kind_of(operation)));
  return records.empty() ? nullptr : records[operation.amount % records.size()];
}

Outcome apply(Run& run, const Operation& operation) {
  Outcome out;
  perform(run, operation, out);
  return out;
}

std::string apply_all(Run& run, const Operations& operations) {
  std::string text;
  for (const Operation& operation : operations) text += apply(run, operation).text + "\n";
  return text;
}

}  // namespace qamera::property
