// The workspace's state as JSON, and back.

#include <algorithm>
#include <set>
#include <utility>

#include "base/json_reader.h"
#include "sim/workspace.h"

namespace qamera::sim {
namespace {

constexpr std::int64_t kVersion = 1;

/// 64-bit numbers travel as text: JSON readers keep only 53 bits.
std::string wide(std::uint64_t value) { return std::to_string(value); }

std::optional<std::uint64_t> read_wide(ObjectReader& reader, std::string_view name) {
  const auto text = reader.string(name);
  if (!text) return std::nullopt;
  const bool digits =
      !text->empty() && text->size() <= 20 && text->find_first_not_of("0123456789") == std::string::npos;
  errno = 0;
  const std::uint64_t value = digits ? std::strtoull(text->c_str(), nullptr, 10) : 0;
  if (digits && errno == 0) return value;
  reader.fail(name, "expected a whole number below 2^64 in quotes, got \"" + *text + "\"");
  return std::nullopt;
}

Json ledger_to_json(const Ledger& ledger) {
  Json entries = Json::array();
  for (const LedgerEntry& entry : ledger.entries()) {
    entries.push_back({{"sequence", entry.sequence},
                       {"at", format_instant(entry.at)},
                       {"booking", name_of(entry.booking)},
                       {"amount", entry.amount},
                       {"reservation", entry.reservation},
                       {"record", entry.record},
                       {"available", entry.available}});
  }
  return {{"granted", ledger.granted()},   {"available", ledger.available()}, {"reserved", ledger.reserved()},
          {"consumed", ledger.consumed()}, {"refunded", ledger.refunded()},   {"booked", ledger.booked()},
          {"entries", std::move(entries)}};
}

LedgerEntry read_ledger_entry(ReadErrors& errors, const Json& value, const std::string& pointer) {
  ObjectReader reader(errors, value, pointer);
  LedgerEntry entry;
  reader.require({"sequence", "at", "booking", "amount", "available"});
  entry.sequence = reader.count("sequence", 1).value_or(1);
  entry.at = reader.instant("at").value_or(Instant());
  entry.booking = reader.enumeration<Booking>("booking").value_or(Booking::kGrant);
  entry.amount = reader.integer("amount", -kMaxCredits, kMaxCredits).value_or(0);
  entry.reservation = reader.string("reservation").value_or(std::string());
  entry.record = reader.string("record").value_or(std::string());
  entry.available = reader.integer("available", 0, kMaxCredits).value_or(0);
  reader.finish();
  return entry;
}

Ledger read_ledger(ObjectReader& state) {
  state.require("ledger");
  Ledger::Totals totals;
  std::deque<LedgerEntry> entries;
  state.nested("ledger", [&](ObjectReader& reader) {
    for (auto& [name, slot] : {std::pair{"granted", &totals.granted},
                               {"available", &totals.available},
                               {"reserved", &totals.reserved},
                               {"consumed", &totals.consumed},
                               {"refunded", &totals.refunded}}) {
      reader.require(name);
      *slot = reader.integer(name, 0, kMaxCredits).value_or(0);
    }
    totals.booked = reader.count("booked").value_or(0);
    reader.each("entries", [&](const Json& entry, const std::string& pointer) {
      entries.push_back(read_ledger_entry(reader.errors(), entry, pointer));
    });
  });
  if (!totals.balanced()) state.fail("ledger", "granted must equal available + reserved + consumed");
  return state.errors().ok() ? Ledger::restore(totals, std::move(entries)) : Ledger();
}

Json counts_to_json(const PerKind<std::uint64_t>& counts) {
  Json value = Json::object();
  for (const RecordKind kind : kAll<RecordKind>) value[std::string(name_of(kind))] = counts[kind];
  return value;
}

void read_counts(ObjectReader& state, std::string_view name, PerKind<std::uint64_t>& counts) {
  state.nested(name, [&](ObjectReader& reader) {
    for (const RecordKind kind : kAll<RecordKind>) counts[kind] = reader.count(name_of(kind)).value_or(counts[kind]);
  });
}

}  // namespace

/// Builds a restored workspace member by member; `Workspace::restore` swaps it in when no error was found.
class SnapshotReader {
 public:
  SnapshotReader(ReadErrors& errors, Workspace& workspace) : errors_(errors), w_(workspace) {}

  void read(const Json& document, MonotonicTime monotonic) {
    ObjectReader state(errors_, document, "");
    state.require("version");
    state.integer("version", kVersion, kVersion);
    state.any("scenario");
    state.require({"seed", "random", "clock", "records"});
    w_.seed_ = read_wide(state, "seed").value_or(0);
    w_.random_ = Random(read_wide(state, "random").value_or(0));
    read_clock(state, monotonic);
    w_.started_at_ = state.instant("startedAt").value_or(w_.clock_.now());
    w_.ledger_ = read_ledger(state);
    read_keys(state);
    read_windows(state);
    read_records(state);
    read_counts(state, "registered", w_.registered_);
    read_counts(state, "idsGiven", w_.ids_given_);
    read_counts(state, "nextNumber", w_.next_number_);
    read_slots(state);
    w_.scheduled_ = state.count("scheduled").value_or(0);
    w_.batches_ = state.count("batches").value_or(0);
    read_jobs(state);
    read_script(state);
    state.finish();
  }

 private:
  void read_clock(ObjectReader& state, MonotonicTime monotonic) {
    state.nested("clock", [&](ObjectReader& reader) {
      reader.require({"mode", "now", "speed"});
      const auto mode = reader.enumeration<ClockMode>("mode").value_or(ClockMode::kReal);
      const Instant now = reader.instant("now").value_or(Instant());
      const double speed = reader.number("speed", 0.001, kMaxSpeed).value_or(1);
      w_.clock_ = Clock(mode, now, speed, monotonic);
    });
  }

  void read_keys(ObjectReader& state) {
    std::vector<KeyRecord> keys;
    state.each("keys", [&](const Json& key, const std::string& pointer) {
      keys.push_back(read_key_record(errors_, key, pointer));
    });
    w_.own_keys_ = Cow(std::move(keys));
  }

  void read_script(ObjectReader& state) {
    w_.maintenance_ = state.boolean("maintenance").value_or(false);
    const auto steps = static_cast<std::int64_t>(w_.scenario().timeline.size());
    w_.next_step_ = static_cast<std::size_t>(state.integer("nextStep", 0, steps).value_or(0));
    if (const Json* script = state.object("script")) w_.script_.restore(errors_, *script, state.pointer_to("script"));
    state.nested("jobPolicies", [&](ObjectReader& reader) {
      Workspace::JobPlan plan{*state.any("jobPolicies"), {}};
      read_job_policies(reader, plan.policies);
      w_.own_jobs_ = Cow(std::move(plan));
    });
    if (errors_.ok()) require_fitting_changes(state);
    if (errors_.ok()) w_.schedule_timeline();
  }

  /// The timeline's changes of jobs were checked against those of the scenario, which these need not be.
  void require_fitting_changes(ObjectReader& state) {
    Json merged = w_.jobs_document();
    const auto& timeline = w_.scenario().timeline;
    for (std::size_t step = w_.next_step_; step < timeline.size(); ++step) {
      if (!timeline[step].jobs) continue;
      merged.merge_patch(*timeline[step].jobs);
      ReadErrors errors;
      ObjectReader reader(errors, merged, "");
      JobPolicies checked;
      read_job_policies(reader, checked);
      if (errors.ok()) continue;
      return state.fail("jobPolicies", "step " + std::to_string(step + 1) + " of the timeline does not fit: at \"" +
                                           errors.error().pointer + "\" " + errors.error().message);
    }
  }

  void read_windows(ObjectReader& state) {
    auto& restored = w_.windows_.edit();
    const Json* windows = state.object("rateWindows");
    if (!windows) return;
    for (const auto& [id, times] : windows->items()) {
      const std::string pointer = child_pointer(state.pointer_to("rateWindows"), id);
      if (!times.is_array()) return errors_.fail(pointer, expected_got("an array of times", times));
      std::deque<Instant> instants;
      for (const Json& time : times) {
        auto instant = parse_instant(time.is_string() ? time.get_ref<const std::string&>() : std::string());
        if (!instant.ok()) return errors_.fail(pointer, instant.error().message);
        instants.push_back(*instant);
      }
      restored[id].restore(std::move(instants));
    }
  }

  void read_records(ObjectReader& state) {
    state.nested("records", [&](ObjectReader& reader) {
      w_.created_ = RecordIndex();
      w_.indexed_whole_ = true;
      for (const Collection collection : kAll<Collection>) read_collection(reader, collection);
    });
  }

  void read_collection(ObjectReader& records, Collection collection) {
    auto& list = w_.records_[collection];
    list = {};
    w_.drop_listing(collection);
    records.each(name_of(collection), [&](const Json& item, const std::string& pointer) {
      auto record = record_from_json(item, pointer);
      if (!record.ok()) return errors_.fail(record.error().pointer, record.error().message);
      if (collection_of(record->kind) != collection) {
        return errors_.fail(pointer + "/kind", "a " + std::string(name_of(record->kind)) + " is not one of the " +
                                                   std::string(name_of(collection)));
      }
      if (w_.created_place(record->id)) {
        return errors_.fail(pointer + "/id", "the id \"" + record->id + "\" is used already");
      }
      w_.created_.add(record->id, {collection, list.size()});
      render(*record, w_.scenario().fixture->failed_status);
      list.push_back(std::make_shared<const Record>(*std::move(record)));
    });
  }

  void read_slots(ObjectReader& state) {
    for (auto& slots : w_.slots_) slots.clear();
    state.nested("slots", [&](ObjectReader& reader) {
      for (const RecordKind kind : kAll<RecordKind>) {
        reader.each(name_of(kind), [&](const Json& item, const std::string&) {
          auto instant = parse_instant(item.is_string() ? item.get_ref<const std::string&>() : std::string());
          if (!instant.ok()) return reader.fail(name_of(kind), instant.error().message);
          w_.slots_[kind].push_back(*instant);
        });
      }
    });
  }

  void read_jobs(ObjectReader& state) {
    w_.pending_ = PendingJobs();
    w_.due_ = Schedule();
    Credits reserved = 0;
    state.each("jobs", [&](const Json& job, const std::string& pointer) {
      if (reserved <= kMaxCredits) reserved += read_job(job, pointer);
    });
    if (errors_.ok() && reserved != w_.ledger_.reserved()) {
      state.fail("jobs", "the prices of the pending jobs add up to " + std::to_string(reserved) +
                             ", but the ledger has " + std::to_string(w_.ledger_.reserved()) + " reserved");
    }
    if (errors_.ok()) require_jobs_of_pending_records(state);
  }

  void require_jobs_of_pending_records(ObjectReader& state) {
    for (const Collection collection : kAll<Collection>) {
      const auto& records = w_.records_[collection];
      for (std::size_t i = 0; i < records.size(); ++i) {
        const Record& record = *records[i];
        if (record.status != RecordStatus::kInProgress || w_.pending_.find({collection, i}) ||
            w_.scenario().fixture->index.contains(record.id)) {
          continue;
        }
        return state.fail("jobs", "the record \"" + record.id + "\" is INPROGRESS, but has no job");
      }
    }
  }

  Credits read_job(const Json& value, const std::string& pointer) {
    ObjectReader reader(errors_, value, pointer);
    reader.require({"record", "mode", "end", "price", "reservation"});
    const std::string id = reader.string("record").value_or(std::string());
    Job job;
    job.mode = reader.enumeration<JobMode>("mode").value_or(JobMode::kTimed);
    job.end = reader.enumeration<JobEnd>("end").value_or(JobEnd::kDone);
    job.price = reader.integer("price", 0, kMaxCredits).value_or(0);
    job.reservation = reader.string("reservation").value_or(std::string());
    job.polls_left = reader.integer("pollsLeft", 0, INT64_MAX).value_or(0);
    job.order = reader.count("order").value_or(0);
    job.due = reader.instant("due").value_or(Instant());
    job.batch = reader.string("batch").value_or(std::string());
    // States of version 0.1 do not tell it.
    job.starts = std::min(reader.instant("starts").value_or(job.due), job.due);
    if (job.mode == JobMode::kTimed) {
      reader.require({"due", "order"});
      if (job.order > w_.scheduled_) reader.fail("order", "expected at most the number of scheduled steps");
      // The first belong to the timeline.
      if (job.order <= w_.scenario().timeline.size()) {
        reader.fail("order", "expected more than the number of the timeline's steps");
      }
    }
    if (job.end == JobEnd::kStuck && job.mode != JobMode::kStuck) {
      reader.fail("end", "a job that ends as \"stuck\" has the mode \"stuck\"");
    }
    reader.finish();
    const auto place = w_.created_place(id);
    const bool waiting = place && w_.at(*place)->status == RecordStatus::kInProgress;
    if (!waiting || w_.pending_.find(*place)) {
      errors_.fail(pointer + "/record",
                   "expected the id of an INPROGRESS record without another job, got \"" + id + "\"");
      return 0;
    }
    job.place = *place;
    job.kind = w_.at(job.place)->kind;
    if (job.mode == JobMode::kTimed) {
      if (!due_.emplace(job.due, job.order).second) {
        errors_.fail(pointer + "/order", "another job is due then with the same order");
        return 0;
      }
      w_.due_.add({.at = job.due, .order = job.order, .record = job.place, .is_job = true});
    }
    const Credits price = job.price;
    w_.pending_.add(std::move(job));
    return price;
  }

  ReadErrors& errors_;
  Workspace& w_;
  std::set<std::pair<Instant, std::uint64_t>> due_;  ///< the jobs' ends that were read
};

Json Workspace::snapshot_frame() const {
  Json state = {
      {"version", kVersion},
      {"scenario", start_.scenario->document},
      {"seed", wide(seed_)},
      {"random", wide(random_.state())},
      {"clock", {{"mode", name_of(clock_.mode())}, {"now", format_instant(now())}, {"speed", clock_.speed()}}},
      {"startedAt", format_instant(started_at_)},
      {"ledger", ledger_to_json(ledger_)},
      {"keys", Json::array()},
      {"rateWindows", Json::object()},
      {"records", Json::object()},
      {"registered", counts_to_json(registered_)},
      {"idsGiven", counts_to_json(ids_given_)},
      {"nextNumber", counts_to_json(next_number_)},
      {"slots", Json::object()},
      {"scheduled", scheduled_},
      {"batches", batches_},
      {"maintenance", maintenance_},
      {"nextStep", next_step_},
      {"script", script_.snapshot()},
      {"jobs", Json::array()}};
  if (own_jobs_) state["jobPolicies"] = own_jobs_->document;
  for (const KeyRecord& key : keys()) state["keys"].push_back(key_record_to_json(key));
  for (const auto& [id, window] : *windows_) {
    Json& times = state["rateWindows"][id] = Json::array();
    for (Instant time : window.times()) times.push_back(format_instant(time));
  }
  for (const RecordKind kind : kAll<RecordKind>) {
    Json& list = state["slots"][std::string(name_of(kind))] = Json::array();
    for (Instant slot : slots_[kind]) list.push_back(format_instant(slot));
  }
  return state;
}

Json Workspace::snapshot() const {
  Json state = snapshot_frame();
  // The jobs in the order of their records, so that equal states give equal text.
  for (const Collection collection : kAll<Collection>) {
    Json& list = state["records"][std::string(name_of(collection))] = Json::array();
    for (std::size_t i = 0; i < records_[collection].size(); ++i) {
      const Record& record = *records_[collection][i];
      list.push_back(record_to_json(record));
      if (const Job* job = pending_.find({collection, i})) state["jobs"].push_back(job_to_json(*job, record.id));
    }
  }
  return state;
}

Result<void> Workspace::restore(const Json& state, ScenarioPtr scenario, MonotonicTime monotonic) {
  Start start = start_;
  start.scenario = std::move(scenario);
  start.monotonic = monotonic;
  Workspace restored(std::move(start));
  ReadErrors errors;
  SnapshotReader(errors, restored).read(state, monotonic);
  if (!errors.ok()) return errors.error();
  restored.own_ = restored.count_own();
  *this = std::move(restored);
  return {};
}

}  // namespace qamera::sim
