#include "api/workspaces.h"

#include <algorithm>
#include <cstdio>

#include "base/hash.h"
#include "journal/entry.h"

namespace qamera::api {
namespace {

std::string id_of_key(std::string_view key, std::uint64_t attempt) {
  char text[24];
  std::snprintf(text, sizeof text, "ws_%016llx", static_cast<unsigned long long>(fnv1a(key)) + attempt);
  return text;
}

std::string redacted(std::string key) {
  journal::redact_keys(key);
  return key;
}

Error malformed_key() { return {ErrorCode::kInvalid, "expected a key of the form mk_live_<id>.<secret>", "/key"}; }

}  // namespace

Workspaces::Workspaces(Options options, ScenarioStore& store, const contract::Contract& contract,
                       const TimeSource& time, const Log& log)
    : store_(store),
      time_(time),
      log_(log),
      check_([&contract](const sim::Record& record) { return check_record(contract, record); }),
      options_(std::move(options)),
      default_(options_.default_scenario) {
  QM_CHECK(default_ && options_.most > 0, "there is a default scenario and room for a workspace");
}

sim::Workspace::Start Workspaces::start_of(WorkspaceWishes wishes) const {
  sim::Workspace::Start start;
  start.seed = wishes.seed;
  start.credits = wishes.credits;
  start.steady = time_.steady();
  start.wall = time_.wall();
  start.check = &check_;
  const std::lock_guard lock(mutex_);
  if (!start.seed) start.seed = options_.seed;
  const auto mode = wishes.clock.mode ? wishes.clock.mode : options_.clock_mode;
  const auto speed = wishes.clock.speed ? wishes.clock.speed : options_.speed;
  if (mode || speed || wishes.clock.start) {
    start.clock = wishes.scenario->clock;
    if (mode) start.clock->mode = *mode;
    if (speed) start.clock->speed = *speed;
    if (wishes.clock.start) start.clock->start = wishes.clock.start;
  }
  start.extra_rules = default_rules_;
  start.scenario = std::move(wishes.scenario);
  return start;
}

sim::ScenarioPtr Workspaces::default_scenario() const {
  sim::ScenarioPtr scenario;
  {
    const std::lock_guard lock(mutex_);
    scenario = default_;
  }
  return store_.newest(scenario);
}

void Workspaces::set_default_scenario(sim::ScenarioPtr scenario) {
  const std::lock_guard lock(mutex_);
  default_ = std::move(scenario);
}

void Workspaces::add_default_rules(const std::vector<sim::RulePtr>& rules) {
  const std::lock_guard lock(mutex_);
  default_rules_.insert(default_rules_.begin(), rules.begin(), rules.end());
}

std::vector<sim::RulePtr> Workspaces::default_rules() const {
  const std::lock_guard lock(mutex_);
  return default_rules_;
}

void Workspaces::clear_default_rules() {
  const std::lock_guard lock(mutex_);
  default_rules_.clear();
}

std::size_t Workspaces::remove_default_rules(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(default_rules_, [&](const sim::RulePtr& rule) { return rule->name == name; });
}

void Workspaces::set_default_clock(std::optional<sim::ClockMode> mode, std::optional<double> speed) {
  const std::lock_guard lock(mutex_);
  if (mode) options_.clock_mode = mode;
  if (speed) options_.speed = speed;
}

Result<sim::ScenarioPtr> Workspaces::scenario_for(std::string_view key_id) {
  if (store_.contains(key_id)) return store_.find(key_id);
  return default_scenario();
}

Result<CellPtr> Workspaces::for_key(std::string_view key) {
  Auth auth = Auth::kAny;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      slots_.splice(slots_.end(), slots_, found->second);
      return found->second->cell;
    }
    auth = options_.auth;
  }
  const auto parsed = sim::parse_api_key(key);
  if (!parsed) return Error{ErrorCode::kUnauthorized, "Invalid API key.", "malformed"};
  auto scenario = scenario_for(parsed->id);
  if (!scenario.ok()) return scenario.error();
  const auto declared = [&](const sim::KeyRecord& record) { return record.id == parsed->id || record.id == "*"; };
  const auto& keys = (*scenario)->keys;
  if (auth == Auth::kListed && std::none_of(keys.begin(), keys.end(), declared)) {
    return Error{ErrorCode::kUnauthorized, "Invalid API key.", "unknown"};
  }
  WorkspaceWishes wishes;
  wishes.scenario = *scenario;
  sim::Workspace::Start start = start_of(std::move(wishes));
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second->cell;
  return insert_locked(std::string(key), std::move(start), false);
}

CellPtr Workspaces::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second->cell;
}

std::vector<CellPtr> Workspaces::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<CellPtr> cells;
  cells.reserve(slots_.size());
  for (const Slot& slot : slots_) cells.push_back(slot.cell);
  return cells;
}

std::size_t Workspaces::size() const {
  const std::lock_guard lock(mutex_);
  return slots_.size();
}

std::uint64_t Workspaces::evicted() const {
  const std::lock_guard lock(mutex_);
  return evicted_;
}

std::string Workspaces::invent_key(std::string_view scenario) {
  std::string key;
  do {
    key = "mk_live_" + std::string(scenario) + ".w" + sim::token(options_.seed.value_or(1), 4, invented_++);
  } while (by_key_.contains(key));
  return key;
}

void Workspaces::evict_locked() {
  const Slot& oldest = slots_.front();
  if (evicted_++ == 0) {
    log_.warning("more workspaces than --max-workspaces: the least recently used go", {{"first", oldest.cell->id}});
  }
  if (options_.on_drop) options_.on_drop(oldest.cell->id);
  by_key_.erase(oldest.key);
  by_id_.erase(oldest.cell->id);
  slots_.pop_front();
}

CellPtr Workspaces::insert_locked(std::string key, sim::Workspace::Start start, bool listed) {
  std::string id = id_of_key(key, 0);
  for (std::uint64_t attempt = 1; by_id_.contains(id); ++attempt) id = id_of_key(key, attempt);
  while (slots_.size() >= options_.most) evict_locked();
  auto cell = std::make_shared<Cell>(std::move(id), redacted(key), std::move(start));
  slots_.push_back({cell, std::move(key), listed});
  const auto slot = std::prev(slots_.end());
  by_key_.emplace(slot->key, slot);
  by_id_.emplace(slot->cell->id, slot);
  return cell;
}

Result<std::pair<CellPtr, std::string>> Workspaces::insert(std::string key, sim::Workspace::Start start,
                                                           const sim::Workspace* copy) {
  const std::lock_guard lock(mutex_);
  if (key.empty()) key = invent_key(start.scenario->name);
  if (by_key_.contains(key)) {
    return Error{ErrorCode::kConflict, "the key has a workspace already", "/key"};
  }
  CellPtr cell = insert_locked(key, std::move(start), true);
  if (copy) {
    const std::lock_guard cell_lock(cell->mutex);
    cell->workspace = *copy;
  }
  return std::pair(std::move(cell), std::move(key));
}

Result<std::pair<CellPtr, std::string>> Workspaces::create(std::optional<std::string> key, WorkspaceWishes wishes) {
  const auto parsed = key ? sim::parse_api_key(*key) : std::nullopt;
  if (key && !parsed) return malformed_key();
  if (!wishes.scenario) {
    auto scenario = parsed ? scenario_for(parsed->id) : Result<sim::ScenarioPtr>(default_scenario());
    if (!scenario.ok()) return scenario.error();
    wishes.scenario = *scenario;
  }
  return insert(key.value_or(std::string()), start_of(std::move(wishes)), nullptr);
}

Result<std::pair<CellPtr, std::string>> Workspaces::fork(Cell& original, std::optional<std::string> key) {
  if (key && !sim::parse_api_key(*key)) return malformed_key();
  std::unique_lock lock(original.mutex);
  original.workspace.sync(time_.steady());
  const sim::Workspace copy = original.workspace;
  lock.unlock();
  return insert(key.value_or(std::string()), copy.start(), &copy);
}

bool Workspaces::remove(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return false;
  const auto slot = found->second;
  if (options_.on_drop) options_.on_drop(slot->cell->id);
  by_key_.erase(slot->key);
  by_id_.erase(found);
  slots_.erase(slot);
  return true;
}

}  // namespace qamera::api
