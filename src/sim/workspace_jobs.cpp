// Jobs: how records come to be and come to an end.

#include <algorithm>
#include <new>
#include <utility>

#include "base/json_compare.h"
#include "base/text.h"
#include "sim/workspace.h"

namespace qamera::sim {
namespace {

enum TokenSalt : std::uint64_t { kBatchSalt = 1, kOrderSalt = 2, kReservationSalt = 3 };

/// The start of a free text, cut at a word, for record names.
std::string headline(std::string_view text) {
  constexpr std::size_t kMaxLength = 48;
  if (text.size() <= kMaxLength) return std::string(text);
  auto end = text.rfind(' ', kMaxLength);
  if (end == std::string_view::npos || end == 0) end = whole_characters(text, kMaxLength);
  constexpr std::string_view kEllipsis = "…";
  std::string cut;
  cut.reserve(end + kEllipsis.size());
  return cut.append(text, 0, end).append(kEllipsis);
}

}  // namespace

std::string Workspace::next_id(RecordKind kind, const ExpectedRecord** expected) {
  const auto& awaited = scenario().fixture->expected[kind];
  const IdPlan& plan = scenario().fixture->ids[kind];
  std::uint64_t& given = ids_given_[kind];
  // Any of the three sources may name an id that the fixture or a restored state has already: ids are unique in a
  // workspace, so that one is passed over.
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
    std::string id = numbered_id(plan, next_number_[kind]++);
    if (!place(id)) return id;
  }
}

std::string Workspace::next_token(const TokenPlan& plan, std::uint64_t salt, std::uint64_t index) const {
  if (index < plan.given.size()) return plan.prefix + plan.given[index];
  return plan.prefix + token(seed_, salt, index);
}

JobEnd Workspace::choose_end(RecordKind kind, const JobPolicy& policy, const Json* body) {
  // Counted whether or not an outcome looks at it: adding one outcome must not renumber the records of the others.
  const std::uint64_t count = ++registered_[kind];
  for (const JobOutcome& outcome : policy.outcomes) {
    if (outcome.request && (!body || !contains_json(*body, *outcome.request))) continue;
    if (outcome.occurrence.matches(count, random_)) return outcome.then;
  }
  return JobEnd::kDone;
}

void Workspace::schedule(Job& job, const JobPolicy& policy) {
  job.mode = job.end == JobEnd::kStuck ? JobMode::kStuck : policy.mode;
  if (job.mode == JobMode::kAfterPolls) job.polls_left = policy.after_polls;
  if (job.mode != JobMode::kTimed) return;
  Instant begins = now() + sample(policy.queue, random_);
  const Duration length = sample(policy.duration, random_);
  if (policy.parallel > 0) {
    // A queue of `parallel` workers without any worker: a job's whole course is known when it is registered, so all
    // that has to be kept is when each worker is free again. The job takes the one that is free first, and waits for
    // it. Jobs that end early (the control API may settle one) give no time back: those behind them have their ends
    // already.
    auto& slots = slots_[job.kind];
    const auto parallel = static_cast<std::size_t>(policy.parallel);
    const std::size_t before = slots.size();
    // At most one more is needed: one that was never used is free at once.
    if (slots.size() < parallel) slots.push_back(Instant());
    if (slots.size() > parallel) {
      // The policy was lowered: a job waits until fewer than that are left.
      std::sort(slots.begin(), slots.end());
      slots.erase(slots.begin(), slots.end() - policy.parallel);
    }
    own_.slots += (slots.size() - before) * sizeof(Instant);
    auto slot = std::min_element(slots.begin(), slots.end());
    begins = std::max(begins, *slot);
    *slot = std::min(begins + length, Clock::kEnd);
  }
  job.starts = std::min(begins, Clock::kEnd);
  job.due = std::min(begins + length, Clock::kEnd);
  // Ties at one instant fire in the order of registration, in a restored workspace too.
  job.order = ++scheduled_;
  due_.add({.at = job.due, .order = job.order, .record = job.place, .is_job = true});
}

/// What a registration changes but for what it adds, to be put back.
struct Workspace::Mark {
  Mark(const Workspace& w, RecordKind registered_kind)
      : kind(registered_kind),
        random(w.random_),
        totals(w.ledger_.totals()),
        own(w.own_),
        records(w.records_[collection_of(kind)].size()),
        registered(w.registered_[kind]),
        ids_given(w.ids_given_[kind]),
        next_number(w.next_number_[kind]),
        slots(w.slots_[kind]),
        scheduled(w.scheduled_),
        batches(w.batches_),
        ended(w.ended_.value) {}

  const RecordKind kind;
  const Random random;
  const Ledger::Totals totals;
  const OwnBytes own;
  const std::size_t records;
  const std::uint64_t registered, ids_given, next_number;
  std::vector<Instant> slots;
  const std::uint64_t scheduled, batches;
  const decltype(Activity::jobs) ended;
};

void Workspace::roll_back(Mark& mark) noexcept {
  const Collection collection = collection_of(mark.kind);
  auto& records = records_[collection];
  while (records.size() > mark.records) {
    const RecordPlace place{collection, records.size() - 1};
    if (pending_.find(place)) pending_.take(place);
    records.pop_back();
  }
  due_.drop_after(mark.scheduled);
  ledger_.roll_back(mark.totals);
  own_ = mark.own;  // about: a chunk that was copied for what is gone stays
  random_ = mark.random;
  registered_[mark.kind] = mark.registered;
  ids_given_[mark.kind] = mark.ids_given;
  next_number_[mark.kind] = mark.next_number;
  slots_[mark.kind] = std::move(mark.slots);
  scheduled_ = mark.scheduled;
  batches_ = mark.batches;
  ended_.value = mark.ended;
}

std::optional<Registration> Workspace::register_job(const JobRequest& request) {
  Mark mark(*this, request.kind);
  due_.prepare();
  try {
    return register_records(request);
  } catch (const std::bad_alloc&) {
    roll_back(mark);
    throw;
  }
}

std::optional<Registration> Workspace::register_records(const JobRequest& request) {
  const Fixture& fixture = *scenario().fixture;
  const JobPolicy& policy = policies()[request.kind];
  const Credits price = this->price(request.kind, 1);
  Registration made;
  made.reserved = price * request.count;
  // Everything that could refuse comes before anything that counts or draws: a refused request leaves no trace.
  made.reservation_id = next_token(fixture.reservation, kReservationSalt, batches_);
  if (!ledger_.reserve(made.reserved, made.reservation_id, now())) return std::nullopt;
  made.batch_id = next_token(fixture.batch, kBatchSalt, batches_);
  made.order_id = next_token(fixture.order, kOrderSalt, batches_);
  ++batches_;
  const std::string preferences = headline(request.preferences);
  for (std::int64_t n = 1; n <= request.count; ++n) {
    const auto record = std::make_shared<Record>();
    record->kind = request.kind;
    const ExpectedRecord* expected = nullptr;
    record->id = next_id(request.kind, &expected);
    record->name = expand(fixture.names[request.kind], {{"product", request.product_name},
                                                        {"model", request.model_name},
                                                        {"scenery", request.scenery_name},
                                                        {"source", request.source_name},
                                                        {"preferences", preferences},
                                                        {"n", std::to_string(n)}});
    if (expected && !expected->name.empty()) record->name = expected->name;
    record->status = RecordStatus::kInProgress;
    record->created_at = now();
    record->product_id = request.product_id;
    Job job;
    job.kind = request.kind;
    job.price = price;
    job.reservation = made.reservation_id;
    job.batch = made.batch_id;
    job.place = {collection_of(request.kind), record_count(collection_of(request.kind))};
    job.end = choose_end(request.kind, policy, request.body);
    if (expected && expected->polls) {
      job.end = expected->fails ? JobEnd::kFail : JobEnd::kDone;
      job.mode = JobMode::kAfterPolls;
      job.polls_left = *expected->polls;
    } else {
      schedule(job, policy);
    }
    const RecordPlace place = job.place;
    const bool at_once = job.mode == JobMode::kImmediate || (job.mode == JobMode::kAfterPolls && job.polls_left == 0);
    const RecordStatus end = job.end == JobEnd::kFail ? RecordStatus::kFailed : RecordStatus::kDone;
    made.record_ids.push_back(record->id);
    add_record(record);
    pending_.add(std::move(job));
    if (at_once) finish_job(place, end, nullptr);
  }
  return made;
}

void Workspace::finish_job(RecordPlace place, RecordStatus to, std::vector<ClockEvent>* fired) {
  // What takes memory comes first; of the changes none does, so that a job has ended whole or not at all.
  const Job& job = *pending_.find(place);
  Record record = *at(place);
  const std::string_view from = name_of(record.status);
  const std::string_view shown = to == RecordStatus::kFailed ? scenario().fixture->failed_status : name_of(to);
  if (fired) {
    fired->push_back({record.id, std::string(name_of(job.kind)), std::string(from), std::string(shown), now()});
  }
  record.status = to;
  if (to == RecordStatus::kDone)
    fill_urls(*scenario().fixture, record);
  else
    record.thumbnail = scenario().fixture->failed_thumbnail;
  record.json.clear();
  auto ended = std::make_shared<const Record>(std::move(record));
  own_chunk(place);
  due_.prepare();
  const Credits price = job.price;
  pending_.prepare(place);
  const Job& prepared = *pending_.find(place);
  if (to == RecordStatus::kDone)
    ledger_.consume(price, prepared.reservation, ended->id, now());
  else
    ledger_.refund(price, prepared.reservation, ended->id, now());
  const Job taken = pending_.take(place);
  ++ended_.value[taken.kind][to == RecordStatus::kDone ? Ended::kDone : Ended::kFailed];
  // One that fires has left the schedule, and all that is left there comes after it.
  const std::pair key(taken.due, taken.order);
  if (taken.mode == JobMode::kTimed && !due_.empty() && key >= due_.next().key()) due_.cancel(taken.due, taken.order);
  drop_listing(place.collection);
  put_record(place, std::move(ended));
}

Activity Workspace::take_activity() { return {std::exchange(ended_.value, {}), ledger_.take_bookings()}; }

bool Workspace::settle(std::string_view id, RecordStatus to, std::vector<ClockEvent>& fired) {
  const auto where = place(id);
  if (!where || !pending_.find(*where)) return false;
  finish_job(*where, to, &fired);
  return true;
}

}  // namespace qamera::sim
