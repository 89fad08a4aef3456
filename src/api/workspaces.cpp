#include "api/workspaces.h"

#include <algorithm>
#include <iterator>
#include <new>

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"

namespace qamera::api {
namespace {

std::string id_of_key(std::string_view key, std::uint64_t attempt) {
  std::string id = "ws_";
  append_hex(id, fnv1a(key) + attempt, 16);
  return id;
}

std::string redacted(std::string key) {
  journal::redact_keys(key);
  return key;
}

/// The clock of a workspace of the default scenario.
sim::ClockPlan clock_plan(const Workspaces::Options& options) {
  QM_CHECK(options.default_scenario, "there is a default scenario");
  sim::ClockPlan plan = options.default_scenario->clock;
  plan.mode = options.clock_mode.value_or(plan.mode);
  plan.speed = options.speed.value_or(plan.speed);
  return plan;
}

Error malformed_key() { return {ErrorCode::kInvalid, "expected a key of the form mk_live_<id>.<secret>", "/key"}; }

}  // namespace

Workspaces::Workspaces(Options options, ScenarioStore& store, const TimeSource& time, const Log& log)
    : store_(store),
      time_(time),
      log_(log),
      auth_(options.auth),
      options_(std::move(options)),
      default_(options_.default_scenario),
      default_clock_(sim::start_clock(clock_plan(options_), time.monotonic(), time.wall())),
      memory_(options_.memory),
      metrics_(options_.metrics) {
  QM_CHECK(memory_ && metrics_ && options_.max_workspaces > 0, "there is room for a workspace");
}

Instant Workspaces::default_now() const {
  const std::lock_guard lock(mutex_);
  return default_clock_.at(time_.monotonic());
}

sim::Workspace::Start Workspaces::start_of(WorkspaceOverrides overrides) const {
  sim::Workspace::Start start;
  start.seed = overrides.seed;
  start.credits = overrides.credits;
  start.monotonic = time_.monotonic();
  start.wall = time_.wall();
  const std::lock_guard lock(mutex_);
  if (!start.seed) start.seed = options_.seed;
  const auto mode = overrides.clock.mode ? overrides.clock.mode : options_.clock_mode;
  const auto speed = overrides.clock.speed ? overrides.clock.speed : options_.speed;
  if (mode || speed || overrides.clock.start) {
    start.clock = overrides.scenario->clock;
    if (mode) start.clock->mode = *mode;
    if (speed) start.clock->speed = *speed;
    if (overrides.clock.start) start.clock->start = overrides.clock.start;
  }
  start.extra_rules = default_rules_;
  start.scenario = std::move(overrides.scenario);
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
  default_clock_.show(time_.monotonic());
  default_clock_.move_to(default_clock_.at(time_.monotonic()));
  default_clock_.set_mode(mode.value_or(default_clock_.mode()), speed.value_or(default_clock_.speed()));
}

sim::ScenarioPtr Workspaces::scenario_for(std::string_view key_id, std::string& misnamed) {
  if (auto named = store_.find(key_id)) return *std::move(named);
  sim::ScenarioPtr scenario = default_scenario();
  const std::string near = store_.suggestion_for(key_id);
  if (near.empty()) return scenario;
  misnamed = "there is no scenario \"" + std::string(key_id) + "\"" + near;
  log_.warning_once(misnamed, misnamed + ": " + scenario->name + " serves such keys");
  return scenario;
}

WorkspaceHandle Workspaces::held(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  slots_.splice(slots_.end(), slots_, found->second);
  return found->second->handle;
}

Result<WorkspaceHandle> Workspaces::for_key(std::string_view key) {
  if (WorkspaceHandle known = held(key)) return known;
  const auto parsed = sim::parse_api_key(key);
  if (!parsed) return Error{ErrorCode::kUnauthorized, "malformed", ""};
  memory::ensure();
  WorkspaceOverrides overrides;
  std::string misnamed;
  overrides.scenario = scenario_for(parsed->id, misnamed);
  const auto declared = [&](const sim::KeyRecord& record) { return record.id == parsed->id || record.id == "*"; };
  const auto& keys = overrides.scenario->keys;
  if (auth_ == Auth::kListed && std::none_of(keys.begin(), keys.end(), declared)) {
    return Error{ErrorCode::kUnauthorized,
                 "unknown: with --auth listed it takes an entry in the scenario's \"keys\", {\"id\": \"" +
                     std::string(parsed->id) + "\"}, or POST /__admin/workspaces with {\"key\": ...}",
                 ""};
  }
  sim::Workspace workspace(start_of(std::move(overrides)));
  Slots gone;
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) return found->second->handle;
  const DropCause earlier = dropped_keys_.take(key);
  WorkspaceHandle handle = insert_locked(std::string(key), std::move(workspace), gone);
  handle->earlier = earlier;  // nobody else has it yet
  handle->misnamed = std::move(misnamed);
  return handle;
}

bool Workspaces::is_at_hand(std::string_view key) const {
  const auto parsed = sim::parse_api_key(key);
  return !parsed || store_.is_at_hand(parsed->id);
}

WorkspaceHandle Workspaces::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second->handle;
}

std::optional<std::string> Workspaces::key_of(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? std::nullopt : std::optional(found->second->key);
}

std::vector<WorkspaceHandle> Workspaces::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<WorkspaceHandle> handles;
  handles.reserve(slots_.size());
  for (const Slot& slot : slots_) handles.push_back(slot.handle);
  return handles;
}

std::size_t Workspaces::size() const {
  const std::lock_guard lock(mutex_);
  return slots_.size();
}

std::uint64_t Workspaces::evicted() const {
  const std::lock_guard lock(mutex_);
  return evicted_;
}

std::uint64_t Workspaces::dropped_for_memory() const {
  const std::lock_guard lock(mutex_);
  return dropped_for_memory_;
}

std::string Workspaces::fullness() const {
  return "out of memory: " + std::to_string(memory_->used()) + " bytes are held, and --max-memory allows " +
         std::to_string(memory_->limit());
}

std::string Workspaces::invent_key(std::string_view scenario) {
  std::string key;
  do {
    key = "mk_live_" + std::string(scenario) + ".w" + sim::token(options_.seed.value_or(1), 4, invented_++);
  } while (by_key_.contains(key));
  return key;
}

void Workspaces::evict_locked(Slots::iterator slot, DropCause cause, Slots& gone) {
  const bool for_memory = cause == DropCause::kMemory;
  const bool is_first = for_memory ? dropped_for_memory_ == 0 : evicted_ == dropped_for_memory_;
  if (is_first) {
    const std::string used = std::to_string(memory_->used());
    const std::string budget = std::to_string(memory_->limit());
    log_.warning(for_memory ? "more memory than --max-memory: the least recently used workspaces go"
                            : "more workspaces than --max-workspaces: the least recently used go",
                 {{"first", slot->handle->id}, {"memory", used}, {"budget", budget}});
  }
  ++evicted_;
  if (for_memory) ++dropped_for_memory_;
  dropped_keys_.add(slot->key, cause);
  drop_locked(slot, gone);
}

void Workspaces::drop_locked(Slots::iterator slot, Slots& gone) {
  if (options_.on_drop) options_.on_drop(slot->handle->id);
  by_key_.erase(slot->key);
  by_id_.erase(slot->handle->id);
  slot->handle->memory.give_back();
  gone.splice(gone.end(), slots_, slot);
}

void Workspaces::drop_until_it_holds(const LockedWorkspace* serving) {
  // One at a time: rules and scenarios that they share leave with the last that has them.
  while (memory_->is_exceeded()) {
    Slots gone;
    const std::lock_guard lock(mutex_);
    auto oldest = slots_.begin();
    if (oldest != slots_.end() && oldest->handle.get() == serving) ++oldest;
    if (oldest == slots_.end() || std::next(oldest) == slots_.end()) {
      if (!full_.exchange(true))
        log_.warning("nothing is left to drop; what would grow is refused", {{"why", fullness()}});
      return;
    }
    evict_locked(oldest, DropCause::kMemory, gone);
  }
  full_.store(false);
}

WorkspaceHandle Workspaces::insert_locked(std::string key, sim::Workspace workspace, Slots& gone) {
  std::string id = id_of_key(key, 0);
  for (std::uint64_t attempt = 1; by_id_.contains(id); ++attempt) id = id_of_key(key, attempt);
  while (slots_.size() >= options_.max_workspaces) evict_locked(slots_.begin(), DropCause::kNumber, gone);
  auto handle =
      std::make_shared<LockedWorkspace>(std::move(id), redacted(key), std::move(workspace), memory_, metrics_);
  slots_.push_back({handle, std::move(key)});
  const auto slot = std::prev(slots_.end());
  try {
    by_key_.emplace(slot->key, slot);
    by_id_.emplace(slot->handle->id, slot);
  } catch (const std::bad_alloc&) {
    by_key_.erase(slot->key);
    slots_.erase(slot);
    throw;
  }
  return handle;
}

Result<std::pair<WorkspaceHandle, std::string>> Workspaces::insert(std::string key, sim::Workspace workspace,
                                                                   std::string misnamed) {
  memory::ensure();
  Slots gone;
  const std::lock_guard lock(mutex_);
  if (key.empty()) key = invent_key(workspace.scenario().name);
  if (by_key_.contains(key)) {
    return Error{ErrorCode::kConflict, "the key has a workspace already", "/key"};
  }
  dropped_keys_.take(key);  // who makes it anew knows
  std::string told = key;
  WorkspaceHandle handle = insert_locked(std::move(key), std::move(workspace), gone);
  handle->misnamed = std::move(misnamed);
  return std::pair(std::move(handle), std::move(told));
}

Result<std::pair<WorkspaceHandle, std::string>> Workspaces::create(std::optional<std::string> key,
                                                                   WorkspaceOverrides overrides) {
  const auto parsed = key ? sim::parse_api_key(*key) : std::nullopt;
  if (key && !parsed) return malformed_key();
  std::string misnamed;
  if (!overrides.scenario) overrides.scenario = parsed ? scenario_for(parsed->id, misnamed) : default_scenario();
  return insert(key.value_or(std::string()), sim::Workspace(start_of(std::move(overrides))), std::move(misnamed));
}

Result<std::pair<WorkspaceHandle, std::string>> Workspaces::fork(LockedWorkspace& original,
                                                                 std::optional<std::string> key) {
  if (key && !sim::parse_api_key(*key)) return malformed_key();
  std::unique_lock lock(original.mutex);
  original.workspace.sync(time_.monotonic());
  sim::Workspace copy = original.workspace;
  lock.unlock();
  return insert(key.value_or(std::string()), std::move(copy));
}

bool Workspaces::remove(std::string_view id) {
  Slots gone;
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return false;
  drop_locked(found->second, gone);
  return true;
}

}  // namespace qamera::api
