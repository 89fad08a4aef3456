#include "allocations/workflow.h"

#include <map>
#include <utility>

#include "base/memory.h"
#include "http/multipart.h"
#include "http/request_framing.h"

namespace qamera::allocations {
namespace {

constexpr std::string_view kKey = "mk_live_test.one";
constexpr std::string_view kOther = "mk_live_happy-path.two";
constexpr std::string_view kScenario = R"({"key": "mk_live_test.one", "scenario": {"name": "inline",
  "fixture": "docs-examples", "credits": {"available": 500},
  "jobs": {"default": {"queue": "1s", "duration": {"uniform": ["5s", "15s"]}, "parallel": 2},
           "packshot": {"immediate": true}, "model": {"afterPolls": 2},
           "image": {"outcomes": [{"every": 3, "then": "fail"}]}},
  "rules": [{"when": {"operation": "listVideos"}, 
             "patch": [{"op": "add", "path": "/x", "value": [1, {"y": "zzzzzzzzzzzzzzzzzz"}]}]},
            {"when": {"operation": "listSceneries", "probability": 0.5}, "alter": {"headers": {"X-A": "b"}}},
            {"when": {"operation": "registerSceneries"}, "fault": {"kind": "connection-reset", "before": "commit"}}],
  "timeline": [{"at": "3s", "set": {"credits": 400}}, 
               {"at": "4s", "set": {"state": "late", "jobs": {"video": {"manual": true}}}},
               {"at": "6s", "addRules": [{"name": "added", "throttle": 100000}]}]}})";

const contract::Contract& the_contract() {
  static const contract::Contract contract;
  return contract;
}

const Log& silent() {
  static const Log log({.min_level = LogLevel::kError});
  return log;
}

api::ScenarioStore& the_store() {
  static api::ScenarioStore store(the_contract(), silent());
  return store;
}

control::Application::Options options_of() {
  control::Application::Options options;
  options.workspaces.default_scenario = the_store().find("docs-examples").value();
  options.workspaces.clock_mode = sim::ClockMode::kManual;
  options.workspaces.seed = 1;
  options.log_requests = false;
  options.control.guard.host = "127.0.0.1";
  options.control.shut_down = [] {};
  return options;
}

Request request_of(const Step& step) {
  Request request;
  request.method = step.method;
  request.target = step.target;
  parse_target(request);
  request.headers.add("Host", "127.0.0.1:4010");
  if (!step.key.empty()) request.headers.add("X-Api-Key", std::string(step.key));
  const bool is_form = step.body.starts_with("--b\r\n");
  if (!step.body.empty()) {
    request.headers.add("Content-Type", is_form ? "multipart/form-data; boundary=b" : "application/json");
  }
  request.body = step.body;
  request.parts = http::parse_multipart(request);
  return request;
}

}  // namespace

std::vector<Step> every_call() {
  const std::string shoot = "/api/external/image-picker/register-ideas";
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nSummer\r\n--b\r\nContent-Disposition: form-data; "
      "name=\"quantityGuidelines\"\r\n\r\nfour\r\n--b\r\nContent-Disposition: form-data; "
      "name=\"qualityGuidelines\"\r\n\r\nsharp\r\n--b--\r\n";
  return {
      {"POST", "/__admin/workspaces", std::string(kScenario)},
      {"GET", "/__admin/health"},
      {"GET", "/api/external/models", "", kKey},
      {"GET", "/api/external/videos", "", kKey},
      {"GET", "/api/external/sceneries?unknown=1", "", kKey},
      {"GET", "/api/external/nothing", "", kKey},
      {"GET", "/api/external/products", "", "mk_live_happy-path.three"},
      {"POST", shoot, R"({"config": {"product": {"id": "rec_product_001"}}, "count": 4})", kKey},
      {"POST", "/api/external/packshots/register-ideas",
       R"({"config": {"product": {"id": "rec_product_001"}}, "count": 2})", kKey},
      {"POST", "/api/external/models/register-ideas",
       R"({"preferences": "tall, in a very long coat that has a belt", "count": 2})", kKey},
      {"POST", "/api/external/sceneries/register-ideas", R"({"preferences": "a room", "count": 2})", kKey},
      {"POST", "/api/external/video-picker/register-videos", R"({"imageId": "rec_product_001", "suggestion": "zoom"})",
       kKey},
      {"POST", "/api/external/presets", form, kKey},
      {"POST", shoot, R"({"count": 0})", kKey},
      {"POST", shoot, "{", kKey},
      {"GET", "/api/external/models", "", kKey},
      {"GET", "/api/external/models", "", kKey},
      {"GET", "/api/external/image-picker", "", kKey},
      {"POST", "/__admin/clock/advance", R"({"by": "7s"})", kKey},
      {"POST", "/api/external/packshots/update-packshot", R"({"recordId": "ps_001", "Voting": "REJECTED"})", kKey},
      {"POST", "/__admin/rules", R"({"rules": [{"name": "r", "when": {"operation": "listVideos"}, "delay": "1s"}]})"},
      {"PATCH", "/__admin/credits", R"({"grant": 100})", kKey},
      {"PATCH", "/__admin/keys", R"({"id": "test", "scopes": ["content.read", "content.register"]})", kKey},
      {"PUT", "/__admin/script", R"({"state": "another state that is long"})", kKey},
      {"POST", "/__admin/workspaces/@/fork", R"({"key": "mk_live_test.fork"})"},
      {"POST", shoot, R"({"config": {"product": {"id": "rec_product_001"}}, "count": 3})", "mk_live_test.fork"},
      {"GET", "/__admin/state", "", kKey},
      {"GET", "/__admin/state"},
      {"GET", "/__admin/clock"},
      {"GET", "/__admin/credits"},
      {"GET", "/__admin/workspaces"},
      {"GET", "/__admin/rules"},
      {"GET", "/__admin/requests?limit=5"},
      {"GET", "/__admin/requests/unmatched"},
      {"GET", "/__admin/findings"},
      {"GET", "/__admin/requests.ndjson"},
      {"GET", "/__admin/requests.har"},
      {"POST", "/__admin/requests/count", R"({"urlPathPattern": "/api/.*", "method": "GET"})"},
      {"POST", "/__admin/requests/find", R"({"operation": "listModels"})"},
      {"POST", "/__admin/requests/near-misses", R"({"urlPath": "/api/external/modells"})"},
      {"POST", "/__admin/requests/remove", R"({"urlPath": "/api/external/nothing"})", kKey},
      {"POST", "/__admin/clock/advance", R"({"until": "idle"})"},
      {"PUT", "/__admin/scenario", R"({"name": "happy-path"})", kOther},
      {"POST", "/__admin/reset", "", kOther},
      {"DELETE", "/__admin/rules"},
      {"DELETE", "/__admin/requests", "", kOther},
      {"DELETE", "/__admin/workspaces/@"},
      {"GET", "/__admin/requests"},
  };
}

std::vector<Step> large_accounts() {
  std::vector<Step> steps = {{"POST", "/__admin/workspaces",
                              R"({"key": "mk_live_test.one", "scenario": {"name": "inline", "fixture": "empty",
           "credits": {"available": 1000000}, "jobs": {"default": {"duration": {"uniform": ["5s", "15s"]}}}}})"}};
  for (int i = 0; i < 85; ++i) {
    steps.push_back({"POST", "/api/external/models/register-ideas", R"({"preferences": "p", "count": 20})", kKey});
  }
  steps.push_back({"GET", "/api/external/models", "", kKey});
  steps.push_back({"POST", "/__admin/workspaces/@/fork", R"({"key": "mk_live_test.fork"})"});
  steps.push_back({"POST", "/__admin/clock/advance", R"({"by": "9s"})"});
  steps.push_back({"GET", "/api/external/models", "", "mk_live_test.fork"});
  steps.push_back({"GET", "/__admin/requests"});
  steps.push_back({"GET", "/__admin/state", "", kKey});
  steps.push_back({"POST", "/__admin/reset", "", kKey});
  return steps;
}

Service::Service()
    : log_({.min_level = LogLevel::kError}),
      journal_({.entries = 1'000, .bytes = std::size_t{64} << 20}),
      application_(options_of(), the_store(), the_contract(), journal_, time_, log_) {
  application_.set_url("http://127.0.0.1:4010");
}

Reply Service::answer(const Step& step) {
  Step filled = step;
  if (const auto mark = filled.target.find('@'); mark != std::string::npos) {
    const auto all = application_.workspaces().all();
    filled.target.replace(mark, 1, all.empty() ? "none" : all.front()->id);
  }
  Reply reply = application_.handle(request_of(filled));
  constexpr std::size_t kPiece = 64u << 10;
  while (reply.pending) {
    auto decided = reply.pending->poll(true);
    if (decided) reply = *std::move(decided);
  }
  while (reply.stream && reply.stream->read(reply.response.body, kPiece) == ReplyStream::State::kMore) {}
  return reply;
}

int Service::ask(const Step& step) {
  try {
    try {
      return answer(step).response.status;
    } catch (const std::bad_alloc&) {
      memory::recover();
      return application_.refuse(http::out_of_memory()).response.status;
    }
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

std::string Service::body_of(const Step& step) {
  Reply reply = answer(step);
  return reply.response.status == 200 ? std::move(reply.response.body) : std::string();
}

std::string Service::damage() {
  const auto all = parse_json(body_of({"GET", "/__admin/state"}));
  if (!all) return "the state cannot be read: " + all.error().message;
  for (const Json& one : (*all)["workspaces"]) {
    if (std::string wrong = damage_of_state(one["state"]); !wrong.empty()) return wrong;
  }
  // Restoring judges everything: ids, jobs of records, reservations.
  const Reply restored = answer({"PUT", "/__admin/state", dump_json(*all)});
  if (restored.response.status != 200) return "the state is not taken back: " + restored.response.body;
  return damage_of_journal();
}

std::string Service::damage_of_state(const Json& state) const {
  const Json& ledger = state["ledger"];
  if (ledger["granted"] != ledger["available"].get<sim::Credits>() + ledger["reserved"].get<sim::Credits>() +
                               ledger["consumed"].get<sim::Credits>()) {
    return "the ledger does not balance: " + dump_json(ledger);
  }
  std::map<std::string, sim::Credits> open;
  std::uint64_t sequence = 0;
  for (const Json& entry : ledger["entries"]) {
    if (sequence != 0 && entry["sequence"] != sequence + 1) return "bookings are missing";
    sequence = entry["sequence"].get<std::uint64_t>();
    const auto amount = entry["amount"].get<sim::Credits>();
    const std::string reservation = entry["reservation"].get<std::string>();
    if (!reservation.empty()) open[reservation] += entry["booking"] == "reserve" ? amount : -amount;
  }
  if (sequence != ledger["booked"]) return "bookings are counted that are not there";
  for (const Json& job : state["jobs"]) open[job["reservation"].get<std::string>()] -= job["price"].get<sim::Credits>();
  for (const auto& [reservation, rest] : open) {
    if (rest != 0) return "of reservation " + reservation + " " + std::to_string(rest) + " are not settled";
  }
  return "";
}

std::string Service::damage_of_journal() const {
  const journal::Counters all = journal_.counters(std::nullopt);
  const auto entries = journal_.select({});
  if (entries.size() != all.entries) return "the journal counts entries that it does not hold";
  std::map<std::string, std::uint64_t> held;
  std::uint64_t sequence = 0;
  for (const journal::EntryPtr& entry : entries) {
    if (entry->sequence <= sequence || entry->sequence > all.recorded) return "the journal's order is broken";
    sequence = entry->sequence;
    ++held[entry->workspace];
    if (journal_.find(entry->id) != entry) return "the journal does not find " + entry->id;
  }
  for (const auto& [workspace, count] : held) {
    const journal::Counters own = journal_.counters(workspace);
    if (own.entries > count || journal_.select({.workspace = workspace}).size() != own.entries) {
      return "the journal miscounts workspace " + workspace;
    }
  }
  return "";
}

}  // namespace qamera::allocations
