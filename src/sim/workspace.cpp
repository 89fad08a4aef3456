#include "sim/workspace.h"

#include <algorithm>

namespace qamera::sim {
namespace {

enum TokenSalt : std::uint64_t { kBatchSalt = 1, kOrderSalt = 2, kReservationSalt = 3 };

Clock start_clock(const ClockPlan& plan, Steady steady, Instant wall) {
  const Instant start = plan.start.value_or(plan.mode == ClockMode::kManual ? kManualStart : wall);
  return Clock(plan.mode, start, plan.speed, steady);
}

/// The start of a free text, cut at a word, for record names.
std::string headline(std::string_view text) {
  constexpr std::size_t kMost = 48;
  if (text.size() <= kMost) return std::string(text);
  auto end = text.rfind(' ', kMost);
  if (end == std::string_view::npos || end == 0) {
    end = kMost;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace

Workspace::Workspace(Start start)
    : start_(std::move(start)), clock_(start_clock(start_.scenario->clock, start_.steady, start_.wall)) {
  begin(start_.steady, start_.wall);
}

void Workspace::begin(Steady steady, Instant wall) {
  const Scenario& scenario = *start_.scenario;
  seed_ = start_.seed.value_or(scenario.seed);
  random_ = Random(seed_);
  clock_ = start_clock(start_.clock.value_or(scenario.clock), steady, wall);
  started_at_ = clock_.now();
  ledger_ = Ledger();
  ledger_.grant(start_.credits.value_or(scenario.credits), started_at_);
  keys_ = scenario.keys;
  windows_.clear();
  policies_ = scenario.jobs;
  records_ = scenario.fixture->records;
  created_.clear();
  indexed_whole_ = false;
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    listings_[i] = {.body = scenario.fixture->listings[i]};
  }
  pending_.clear();
  polled_jobs_ = 0;
  due_.clear();
  scheduled_ = 0;
  registered_ = {};
  ids_given_ = {};
  for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) {
    next_number_[kind] = scenario.fixture->ids[kind].first;
    slots_[kind].clear();
  }
  batches_ = 0;
  breach_.clear();
  jobs_ = nullptr;
  script_ = Script(scenario.rules, scenario.state);
  for (auto rule = start_.extra_rules.rbegin(); rule != start_.extra_rules.rend(); ++rule) script_.add(*rule);
  maintenance_ = false;
  next_step_ = 0;
  schedule_timeline();
}

void Workspace::schedule_timeline() {
  const auto& timeline = scenario().timeline;
  // A step's order is its place, so that a restored workspace fires ties as the saved one would.
  for (std::size_t i = next_step_; i < timeline.size(); ++i) {
    due_.insert(Due{std::min(started_at_ + timeline[i].at, Clock::kEnd), i + 1, {}, i});
  }
  scheduled_ = std::max<std::uint64_t>(scheduled_, timeline.size());
}

void Workspace::reset(Steady steady, Instant wall) { begin(steady, wall); }

void Workspace::restart(Start start) {
  start_ = std::move(start);
  begin(start_.steady, start_.wall);
}

void Workspace::sync(Steady steady, std::vector<Fired>* fired) {
  clock_.show(steady);
  const Instant target = clock_.at(steady);
  // Also when time stands still: a job of no length is due at its registration.
  fire_up_to(target, fired);
  clock_.move_to(target);
}

void Workspace::advance_to(Instant to, std::vector<Fired>& fired) {
  fire_up_to(to, &fired);
  clock_.move_to(to);
}

void Workspace::advance_until_idle(std::vector<Fired>& fired) {
  while (running()) fire_up_to(due_.begin()->at, &fired);
}

void Workspace::advance_until_next(std::vector<Fired>& fired) {
  if (!due_.empty()) fire_up_to(due_.begin()->at, &fired);
}

void Workspace::fire_up_to(Instant until, std::vector<Fired>* fired) {
  while (!due_.empty() && due_.begin()->at <= until) {
    Due due = std::move(due_.extract(due_.begin()).value());
    clock_.move_to(std::max(due.at, clock_.now()));
    fire(std::move(due), fired);
  }
}

void Workspace::fire(Due due, std::vector<Fired>* fired) {
  if (due.record.empty()) {
    ++next_step_;
    return take_step(scenario().timeline[due.step], fired);
  }
  const auto job = pending_.find(due.record);
  QM_CHECK(job != pending_.end(), "a scheduled job is pending");
  finish_job(due.record, job->second.end == JobEnd::kFail ? RecordStatus::kFailed : RecordStatus::kDone, fired);
}

void Workspace::take_step(const TimelineStep& step, std::vector<Fired>* fired) {
  const auto tell = [&](std::string kind, std::string from, std::string to) {
    if (fired) fired->push_back({"", std::move(kind), std::move(from), std::move(to), now()});
  };
  if (step.credits) {
    tell("credits", std::to_string(ledger_.available()), std::to_string(*step.credits));
    ledger_.set_available(std::min(*step.credits, kMostCredits - ledger_.reserved() - ledger_.consumed()), now());
  }
  if (step.key) {
    const auto changed = change_key(step.key_id, *step.key);
    QM_CHECK(changed.ok(), "a timeline's key change was checked when it was read");
    tell("key", step.key_id, dump_json(*step.key));
  }
  if (step.maintenance) {
    tell("maintenance", maintenance_ ? "on" : "off", *step.maintenance ? "on" : "off");
    maintenance_ = *step.maintenance;
  }
  if (step.jobs) {
    change_jobs(*step.jobs);
    tell("jobs", "", dump_json(*step.jobs));
  }
  if (step.state) {
    tell("state", script_.state(), *step.state);
    script_.set_state(*step.state);
  }
  for (const RulePtr& rule : step.add_rules) {
    script_.add(rule);
    tell("rule", "", rule->name);
  }
  for (const std::string& name : step.remove_rules) {
    if (script_.remove(name) > 0) tell("rule", name, "");
  }
}

Result<void> Workspace::change_key(std::string_view key_id, const Json& members) {
  const auto named = [&](const KeyRecord& key) { return key.id == key_id; };
  const auto key = std::find_if(keys_.begin(), keys_.end(), named);
  KeyRecord changed;
  changed.id = key_id;
  if (key != keys_.end()) changed = *key;
  ReadErrors errors;
  ObjectReader reader(errors, members, "");
  read_key_members(reader, changed);
  reader.finish();
  if (!errors.ok()) return errors.error();
  if (key != keys_.end())
    *key = std::move(changed);
  else
    keys_.push_back(std::move(changed));
  return {};
}

void Workspace::change_jobs(const Json& change) {
  if (jobs_.is_null()) jobs_ = scenario().document.value("jobs", Json::object());
  jobs_.merge_patch(change);
  ReadErrors errors;
  ObjectReader reader(errors, jobs_, "");
  policies_ = JobPolicies();
  read_job_policies(reader, policies_);
  QM_CHECK(errors.ok(), "a timeline's change of jobs was checked when it was read");
}

KeyStanding Workspace::key_standing(std::string_view key_id) const {
  const KeyRecord* record = nullptr;
  for (const KeyRecord& key : keys_) {
    if (key.id == key_id) {
      record = &key;
      break;
    }
    if (key.id == "*" && !record) record = &key;
  }
  KeyStanding standing;
  if (!record) return standing;
  standing.declared = true;
  standing.record = record;
  if (record->state == KeyState::kRevoked) {
    standing.reason = "revoked";
  } else if (record->state == KeyState::kExpired || (record->expires_at && *record->expires_at <= now()) ||
             (record->expires_after && started_at_ + *record->expires_after <= now())) {
    standing.reason = "expired";
  }
  standing.valid = standing.reason.empty();
  return standing;
}

bool Workspace::admit(std::string_view key_id) {
  const RateLimit& limit = scenario().rate_limit;
  if (limit.mode == RateMode::kOff) return true;
  auto window = windows_.find(key_id);
  if (window == windows_.end()) window = windows_.emplace(std::string(key_id), RateWindow()).first;
  return window->second.admit(limit, now());
}

Duration Workspace::retry_after(std::string_view key_id) const {
  const auto window = windows_.find(key_id);
  if (window == windows_.end()) return Duration(0);
  return std::max(Duration(0), window->second.free_at(scenario().rate_limit) - now());
}

std::size_t Workspace::list(Collection collection, ListFilter filter, std::string_view product_id, std::size_t limit,
                            std::string& out) {
  const auto& records = records_[static_cast<std::size_t>(collection)];
  std::vector<std::string> polled;
  std::size_t count = 0;
  for (const RecordPtr& record : records) {
    if (count == limit) break;
    if (!shows({filter, product_id}, *record)) continue;
    if (count++ > 0) out.push_back(',');
    out.append(record->json);
    if (record->status == RecordStatus::kInProgress && polled_jobs_ > 0) polled.push_back(record->id);
  }
  note_polls(polled);
  return count;
}

ListingPtr Workspace::listing(Collection collection, const ListQuery& query) {
  KeptListing& kept = listings_[static_cast<std::size_t>(collection)];
  // A poll may end jobs: then it has to take place, and what it showed is out of date.
  const bool polls = polled_jobs_ > 0;
  const bool same = kept.filter == query.filter && kept.limit == query.limit && kept.product_id == query.product_id;
  if (!polls && same && kept.body) return kept.body;
  std::string body;
  constexpr std::size_t kRoom = 1024;  // a record or two more than last time
  if (same) body.reserve(kept.size + kRoom);
  open_listing(body, collection);
  const std::size_t count = list(collection, query.filter, query.product_id, query.limit, body);
  close_listing(body, count);
  if (body.capacity() > body.size() + body.size() / 8 + kRoom) body.shrink_to_fit();
  auto made = std::make_shared<const std::string>(std::move(body));
  kept = {query.filter, std::string(query.product_id), query.limit, made->size(), polls ? nullptr : made};
  return made;
}

void Workspace::note_polls(const std::vector<std::string>& polled) {
  for (const std::string& id : polled) {
    const auto job = pending_.find(id);
    if (job == pending_.end() || job->second.mode != JobMode::kAfterPolls) continue;
    if (--job->second.polls_left > 0) continue;
    finish_job(id, job->second.end == JobEnd::kFail ? RecordStatus::kFailed : RecordStatus::kDone, nullptr);
  }
}

std::optional<RecordPlace> Workspace::place(std::string_view id) const {
  if (const auto own = created_.find(id); own != created_.end()) return own->second;
  if (indexed_whole_) return std::nullopt;
  const auto& index = scenario().fixture->index;
  if (const auto base = index.find(id); base != index.end()) return base->second;
  return std::nullopt;
}

RecordPtr Workspace::find(std::string_view id) const {
  const auto where = place(id);
  return where ? records_[static_cast<std::size_t>(where->collection)][where->index] : nullptr;
}

Credits Workspace::price(RecordKind kind, std::int64_t count) const {
  return scenario().prices[static_cast<std::size_t>(kind)] * count;
}

std::string Workspace::next_id(RecordKind kind, const ExpectedRecord** expected) {
  const auto& awaited = scenario().fixture->expected[static_cast<std::size_t>(kind)];
  const IdPlan& plan = scenario().fixture->ids[static_cast<std::size_t>(kind)];
  std::uint64_t& given = ids_given_[static_cast<std::size_t>(kind)];
  while (given < awaited.size()) {
    const ExpectedRecord& next = awaited[given++];
    if (place(next.id)) continue;
    if (expected) *expected = &next;
    return next.id;
  }
  while (given < awaited.size() + plan.given.size()) {
    std::string id = plan.prefix + plan.given[given++ - awaited.size()];
    if (!place(id)) return id;
  }
  for (;;) {
    std::string id = numbered_id(plan, next_number_[static_cast<std::size_t>(kind)]++);
    if (!place(id)) return id;
  }
}

std::string Workspace::next_token(const TokenPlan& plan, std::uint64_t salt, std::uint64_t index) const {
  if (index < plan.given.size()) return plan.prefix + plan.given[index];
  return plan.prefix + token(seed_, salt, index);
}

JobEnd Workspace::choose_end(RecordKind kind, const JobPolicy& policy, const Json* body) {
  const std::uint64_t count = ++registered_[static_cast<std::size_t>(kind)];
  for (const JobOutcome& outcome : policy.outcomes) {
    if (outcome.request && (!body || !contains_json(*body, *outcome.request))) continue;
    if (outcome.occurrence.matches(count, random_)) return outcome.then;
  }
  return JobEnd::kDone;
}

void Workspace::schedule(Job& job, const JobPolicy& policy, std::string_view id) {
  job.mode = job.end == JobEnd::kStuck ? JobMode::kStuck : policy.mode;
  if (job.mode == JobMode::kAfterPolls) job.polls_left = policy.after_polls;
  if (job.mode != JobMode::kTimed) return;
  Instant begins = now() + sample(policy.queue, random_);
  const Duration length = sample(policy.duration, random_);
  if (policy.parallel > 0) {
    auto& slots = slots_[static_cast<std::size_t>(job.kind)];
    if (slots.size() < static_cast<std::size_t>(policy.parallel)) slots.push_back(Instant());
    auto slot = std::min_element(slots.begin(), slots.end());
    begins = std::max(begins, *slot);
    *slot = std::min(begins + length, Clock::kEnd);
  }
  job.due = std::min(begins + length, Clock::kEnd);
  job.order = ++scheduled_;
  due_.insert(Due{job.due, job.order, std::string(id), 0});
}

std::optional<Registration> Workspace::register_job(const JobRequest& request) {
  const Fixture& fixture = *scenario().fixture;
  const JobPolicy& policy = policies_[static_cast<std::size_t>(request.kind)];
  const Credits price = this->price(request.kind, 1);
  Registration made;
  made.reserved = price * request.count;
  made.reservation_id = next_token(fixture.reservation, kReservationSalt, batches_);
  if (!ledger_.reserve(made.reserved, made.reservation_id, now())) return std::nullopt;
  made.batch_id = next_token(fixture.batch, kBatchSalt, batches_);
  made.order_id = next_token(fixture.order, kOrderSalt, batches_);
  ++batches_;
  const std::string preferences = headline(request.preferences);
  for (std::int64_t n = 1; n <= request.count; ++n) {
    Record record;
    record.kind = request.kind;
    const ExpectedRecord* expected = nullptr;
    record.id = next_id(request.kind, &expected);
    record.name = expand(fixture.names[static_cast<std::size_t>(request.kind)], {{"product", request.product_name},
                                                                                 {"model", request.model_name},
                                                                                 {"scenery", request.scenery_name},
                                                                                 {"source", request.source_name},
                                                                                 {"preferences", preferences},
                                                                                 {"n", std::to_string(n)}});
    if (expected && !expected->name.empty()) record.name = expected->name;
    record.status = RecordStatus::kInProgress;
    record.created_at = now();
    record.product_id = request.product_id;
    Job job;
    job.kind = request.kind;
    job.price = price;
    job.reservation = made.reservation_id;
    job.place = {collection_of(request.kind), record_count(collection_of(request.kind))};
    job.end = choose_end(request.kind, policy, request.body);
    if (expected && expected->polls) {
      job.end = expected->fails ? JobEnd::kFail : JobEnd::kDone;
      job.mode = JobMode::kAfterPolls;
      job.polls_left = *expected->polls;
    } else {
      schedule(job, policy, record.id);
    }
    const std::string id = record.id;
    const bool at_once = job.mode == JobMode::kImmediate || (job.mode == JobMode::kAfterPolls && job.polls_left == 0);
    const RecordStatus end = job.end == JobEnd::kFail ? RecordStatus::kFailed : RecordStatus::kDone;
    add_record(std::move(record));
    if (job.mode == JobMode::kAfterPolls) ++polled_jobs_;
    pending_.emplace(id, std::move(job));
    if (at_once) finish_job(id, end, nullptr);
    made.record_ids.push_back(id);
  }
  return made;
}

void Workspace::finish_job(std::string_view id, RecordStatus to, std::vector<Fired>* fired) {
  const auto found = pending_.find(id);
  const Job job = std::move(found->second);
  pending_.erase(found);
  // One that fires has left the schedule, and all that is left there comes after it.
  const Due due{job.due, job.order};
  if (job.mode == JobMode::kTimed && !due_.empty() && !(due < *due_.begin())) due_.erase(due);
  if (job.mode == JobMode::kAfterPolls) --polled_jobs_;
  Record record = *at(job.place);
  const std::string_view from = name_of(record.status);
  record.status = to;
  if (to == RecordStatus::kDone) {
    fill_urls(*scenario().fixture, record);
    ledger_.consume(job.price, job.reservation, record.id, now());
  } else {
    record.thumbnail = scenario().fixture->failed_thumbnail;
    ledger_.refund(job.price, job.reservation, record.id, now());
  }
  const std::string_view shown = to == RecordStatus::kFailed ? scenario().fixture->failed_status : name_of(to);
  if (fired) {
    fired->push_back({record.id, std::string(name_of(job.kind)), std::string(from), std::string(shown), now()});
  }
  replace_record(job.place, std::move(record));
}

bool Workspace::settle(std::string_view id, RecordStatus to, std::vector<Fired>& fired) {
  if (!pending_.contains(id)) return false;
  finish_job(id, to, &fired);
  return true;
}

bool Workspace::vote(std::string_view id, Voting voting) {
  const auto where = place(id);
  if (!where) return false;
  Record record = *at(*where);
  record.voting = voting;
  record.archived = voting == Voting::kRejected;
  replace_record(*where, std::move(record));
  return true;
}

std::string Workspace::create_preset(Record preset) {
  preset.kind = RecordKind::kPreset;
  preset.id = next_id(RecordKind::kPreset);
  preset.created_at = now();
  std::string id = preset.id;
  add_record(std::move(preset));
  return id;
}

void Workspace::add_record(Record record) {
  render(record, scenario().fixture->failed_status);
  check(record);
  const Collection collection = collection_of(record.kind);
  auto& list = records_[static_cast<std::size_t>(collection)];
  forget_listing(collection);
  created_.emplace(record.id, RecordPlace{collection, list.size()});
  list.push_back(std::make_shared<const Record>(std::move(record)));
}

void Workspace::replace_record(RecordPlace place, Record record) {
  render(record, scenario().fixture->failed_status);
  check(record);
  forget_listing(place.collection);
  at(place) = std::make_shared<const Record>(std::move(record));
}

void Workspace::check(const Record& record) {
  if (!start_.check || !*start_.check) return;
  if (auto wrong = (*start_.check)(record); wrong && breach_.empty()) breach_ = record.id + ": " + *wrong;
}

}  // namespace qamera::sim
