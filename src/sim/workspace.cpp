#include "sim/workspace.h"

#include <algorithm>
#include <new>
#include <utility>

#include "sim/memory.h"

namespace qamera::sim {

Clock start_clock(const ClockPlan& plan, MonotonicTime monotonic, Instant wall) {
  const Instant start = plan.start.value_or(plan.mode == ClockMode::kManual ? kManualStart : wall);
  return Clock(plan.mode, start, plan.speed, monotonic);
}

Workspace::Workspace(Start start)
    : start_(std::move(start)),
      seed_(start_.seed.value_or(scenario().seed)),
      random_(seed_),
      clock_(start_clock(start_.clock.value_or(scenario().clock), start_.monotonic, start_.wall)),
      started_at_(clock_.now()),
      script_(scenario().script),
      records_(scenario().fixture->records) {
  ledger_.grant(start_.credits.value_or(scenario().credits), started_at_);
  for (const RecordKind kind : kAll<RecordKind>) next_number_[kind] = scenario().fixture->ids[kind].first;
  if (!start_.extra_rules.empty()) script_.add_all(start_.extra_rules);
  schedule_timeline();
}

void Workspace::schedule_timeline() {
  const auto& timeline = scenario().timeline;
  // A step's order is its place, so that a restored workspace fires ties as the saved one would.
  for (std::size_t i = next_step_; i < timeline.size(); ++i) {
    due_.add({.at = std::min(started_at_ + timeline[i].at, Clock::kEnd),
              .order = i + 1,
              .step = static_cast<std::uint32_t>(i)});
  }
  scheduled_ = std::max<std::uint64_t>(scheduled_, timeline.size());
}

void Workspace::reset(MonotonicTime monotonic, Instant wall) {
  Start start = start_;
  start.monotonic = monotonic;
  start.wall = wall;
  restart(std::move(start));
}

void Workspace::sync(MonotonicTime monotonic, std::vector<ClockEvent>* fired) {
  clock_.show(monotonic);
  const Instant target = clock_.at(monotonic);
  // Also when time stands still: a job of no length is due at its registration.
  fire_up_to(target, fired);
  clock_.move_to(target);
}

void Workspace::advance_to(Instant to, std::vector<ClockEvent>& fired) {
  fire_up_to(to, &fired);
  clock_.move_to(to);
}

void Workspace::advance_until_idle(std::vector<ClockEvent>& fired) {
  while (running()) fire_up_to(due_.next().at, &fired);
}

void Workspace::advance_until_next(std::vector<ClockEvent>& fired) {
  if (!due_.empty()) fire_up_to(due_.next().at, &fired);
}

void Workspace::fire_up_to(Instant until, std::vector<ClockEvent>* fired) {
  while (!due_.empty() && due_.next().at <= until) {
    // A copy that shares all of it, for steps: they are rare, and change anything.
    std::optional<Workspace> before = due_.next().is_job ? std::nullopt : std::optional(*this);
    due_.prepare();
    const ScheduledEvent due = due_.take_next();
    clock_.move_to(std::max(due.at, clock_.now()));
    try {
      fire(due, fired);
    } catch (const std::bad_alloc&) {
      // It has not happened, and is due still.
      if (before)
        *this = *std::move(before);
      else
        due_.add(due);
      throw;
    }
  }
}

void Workspace::fire(const ScheduledEvent& due, std::vector<ClockEvent>* fired) {
  if (!due.is_job) {
    ++next_step_;
    return take_step(scenario().timeline[due.step], fired);
  }
  const Job* job = pending_.find(due.record);
  QM_CHECK(job, "a scheduled job is pending");
  finish_job(due.record, job->end == JobEnd::kFail ? RecordStatus::kFailed : RecordStatus::kDone, fired);
}

void Workspace::take_step(const TimelineStep& step, std::vector<ClockEvent>* fired) {
  const auto report = [&](std::string kind, std::string from, std::string to) {
    if (fired) fired->push_back({"", std::move(kind), std::move(from), std::move(to), now()});
  };
  if (step.credits) {
    report("credits", std::to_string(ledger_.available()), std::to_string(*step.credits));
    ledger_.set_available(std::min(*step.credits, kMaxCredits - ledger_.reserved() - ledger_.consumed()), now());
  }
  if (step.key) {
    const auto changed = change_key(step.key_id, *step.key);
    QM_CHECK(changed.ok(), "a timeline's key change was checked when it was read");
    report("key", step.key_id, dump_json(*step.key));
  }
  if (step.maintenance) {
    report("maintenance", maintenance_ ? "on" : "off", *step.maintenance ? "on" : "off");
    maintenance_ = *step.maintenance;
  }
  if (step.jobs) {
    change_jobs(*step.jobs);
    report("jobs", "", dump_json(*step.jobs));
  }
  if (step.state) {
    report("state", script_.state(), *step.state);
    script_.set_state(*step.state);
  }
  for (const RulePtr& rule : step.add_rules) {
    script_.add(rule);
    report("rule", "", rule->name);
  }
  for (const std::string& name : step.remove_rules) {
    if (script_.remove(name) > 0) report("rule", name, "");
  }
}

Result<void> Workspace::change_key(std::string_view key_id, const Json& members) {
  const auto named = [&](const KeyRecord& key) { return key.id == key_id; };
  const auto key = std::find_if(keys().begin(), keys().end(), named);
  KeyRecord changed;
  changed.id = key_id;
  if (key != keys().end()) changed = *key;
  ReadErrors errors;
  ObjectReader reader(errors, members, "");
  read_key_members(reader, changed);
  reader.finish();
  if (!errors.ok()) return errors.error();
  const auto index = static_cast<std::size_t>(key - keys().begin());
  if (!own_keys_) own_keys_ = Cow(scenario().keys);
  auto& own = own_keys_.edit();
  if (index < own.size())
    own[index] = std::move(changed);
  else
    own.push_back(std::move(changed));
  own_.keys = 0;
  for (const KeyRecord& each : own) own_.keys += bytes_of(each);
  return {};
}

Json Workspace::jobs_document() const {
  return own_jobs_ ? own_jobs_->document : scenario().document.value("jobs", Json::object());
}

void Workspace::change_jobs(const Json& change) {
  JobPlan plan{jobs_document(), {}};
  plan.document.merge_patch(change);
  ReadErrors errors;
  ObjectReader reader(errors, plan.document, "");
  read_job_policies(reader, plan.policies);
  own_jobs_ = Cow(std::move(plan));
  own_.jobs = bytes_of(own_jobs_->document);
  QM_CHECK(errors.ok(), "a timeline's change of jobs was checked when it was read");
}

KeyStatus Workspace::key_status(std::string_view key_id) const {
  const KeyRecord* record = nullptr;
  for (const KeyRecord& key : keys()) {
    if (key.id == key_id) {
      record = &key;
      break;
    }
    if (key.id == "*" && !record) record = &key;
  }
  KeyStatus key_status;
  if (!record) return key_status;
  key_status.record = record;
  if (record->state == KeyState::kRevoked) {
    key_status.reason = "revoked";
  } else if (record->state == KeyState::kExpired || (record->expires_at && *record->expires_at <= now()) ||
             (record->expires_after && started_at_ + *record->expires_after <= now())) {
    key_status.reason = "expired";
  }
  key_status.valid = key_status.reason.empty();
  return key_status;
}

bool Workspace::admit(std::string_view key_id) {
  const RateLimit& limit = scenario().rate_limit;
  if (limit.mode == RateMode::kOff) return true;
  auto& windows = windows_.edit();
  auto window = windows.find(key_id);
  if (window == windows.end()) {
    window = windows.emplace(std::string(key_id), RateWindow()).first;
    own_.windows += kWindow + key_id.size();
  }
  const std::size_t before = window->second.times().size();
  const bool within = window->second.admit(limit, now());
  own_.windows += (window->second.times().size() - before) * sizeof(Instant);
  return within;
}

Duration Workspace::retry_after(std::string_view key_id) const {
  const auto window = windows_->find(key_id);
  if (window == windows_->end()) return Duration(0);
  return std::max(Duration(0), window->second.free_at(scenario().rate_limit) - now());
}

std::size_t Workspace::list(Collection collection, const ListQuery& query, std::string& out,
                            std::vector<RecordPtr>* first_shown) {
  const auto& records = records_[collection];
  const std::string base = query.assets.joined();
  std::vector<RecordPlace> polled;
  std::size_t count = 0;
  for (std::size_t i = 0; i < records.size() && count < query.limit; ++i) {
    if (!shows(query, *records[i])) continue;
    if (count++ > 0) out.push_back(',');
    if (show({collection, i}, base, out) && first_shown) first_shown->push_back(records[i]);
    const bool counts = query.is_shown && pending_.polled() > 0;
    if (counts && records[i]->status == RecordStatus::kInProgress) polled.push_back({collection, i});
  }
  count_polls(polled);
  return count;
}

bool Workspace::show(RecordPlace place, std::string_view asset_base, std::string& out) {
  const RecordPtr& record = at(place);
  if (!record->json.empty()) {
    append_shown(out, *record, asset_base);
    return false;
  }
  Record shown = *record;
  render(shown, scenario().fixture->failed_status);
  append_shown(out, shown, asset_base);
  put_record(place, std::make_shared<const Record>(std::move(shown)));
  return true;
}

Listing Workspace::listing(Collection collection, const ListQuery& query) {
  KeptListing& kept = listings_[collection];
  // A poll may end jobs: then it has to take place, and what it showed is out of date.
  const bool polls = pending_.polled() > 0;
  const bool same = kept.filter == query.filter && kept.limit == query.limit && kept.product_id == query.product_id;
  if (!polls && same && kept.body && query.assets == kept.body->assets) return {kept.body};
  const Fixture& fixture = *scenario().fixture;
  const bool whole = query.filter == ListFilter::kAll && query.product_id.empty() && query.limit == SIZE_MAX;
  if (whole && records_[collection].shares_all(fixture.records[collection])) {
    if (ListingPtr shared = fixture.listing(collection, query.assets)) {
      keep_listing(collection, {.body = std::move(shared)});
      return {kept.body};
    }
  }
  ListingBody body{"", query.assets.joined()};
  constexpr std::size_t kRoom = 1024;  // a record or two more than last time
  if (same) body.text.reserve(kept.size + kRoom);
  open_listing(body.text, collection);
  Listing made;
  const std::size_t count = list(collection, query, body.text, &made.first_shown);
  close_listing(body.text, count);
  const std::size_t size = body.text.size();
  if (body.text.capacity() > size + size / 8 + kRoom) body.text.shrink_to_fit();
  made.body = std::make_shared<const ListingBody>(std::move(body));
  const std::size_t own = KeptListing::bytes_of(*made.body);
  keep_listing(collection, {query.filter, std::string(query.product_id), query.limit, size, polls ? nullptr : made.body,
                            (polls ? 0 : own) + query.product_id.size()});
  return made;
}

void Workspace::drop_rendering(std::string_view id) {
  if (const auto where = place(id)) replace_record(*where, *at(*where));
}

void Workspace::count_polls(const std::vector<RecordPlace>& polled) {
  for (const RecordPlace place : polled) {
    if (!pending_.poll(place)) continue;
    finish_job(place, pending_.find(place)->end == JobEnd::kFail ? RecordStatus::kFailed : RecordStatus::kDone,
               nullptr);
  }
}

std::optional<RecordPlace> Workspace::created_place(std::string_view id) const {
  return created_.find(id, [this](RecordPlace place) -> std::string_view {
    // A registration that was taken back may leave its places behind.
    const auto& records = records_[place.collection];
    return place.index < records.size() ? std::string_view(records[place.index]->id) : std::string_view();
  });
}

std::optional<RecordPlace> Workspace::place(std::string_view id) const {
  if (const auto own = created_place(id); own || indexed_whole_) return own;
  const auto& index = scenario().fixture->index;
  if (const auto base = index.find(id); base != index.end()) return base->second;
  return std::nullopt;
}

RecordPtr Workspace::find(std::string_view id) const {
  const auto where = place(id);
  return where ? records_[where->collection][where->index] : nullptr;
}

Credits Workspace::price(RecordKind kind, std::int64_t count) const { return scenario().prices[kind] * count; }

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
  add_record(std::make_shared<const Record>(std::move(preset)));
  return id;
}

void Workspace::add_record(RecordPtr record) {
  const Collection collection = collection_of(record->kind);
  const auto& list = records_[collection];
  drop_listing(collection);
  created_.add(record->id, {collection, list.size()});
  put_record({collection, list.size()}, std::move(record));
}

void Workspace::replace_record(RecordPlace place, Record record) {
  record.json.clear();
  auto replacing = std::make_shared<const Record>(std::move(record));
  put_record(place, std::move(replacing));
  drop_listing(place.collection);
}

}  // namespace qamera::sim
