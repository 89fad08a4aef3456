// The workspace's state as JSON, and back.

#include <set>
#include <utility>

#include "base/json_reader.h"
#include "sim/workspace.h"

namespace qamera::sim {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::array<std::string_view, 5> kJobModes = {"timed", "afterPolls", "immediate", "manual", "stuck"};
constexpr std::array<std::string_view, 3> kJobEnds = {"done", "fail", "stuck"};
constexpr std::array<std::string_view, 2> kClockModes = {"real", "manual"};
constexpr std::array<std::string_view, 5> kBookings = {"grant", "adjust", "reserve", "consume", "refund"};

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
  for (std::string_view name : {"sequence", "at", "booking", "amount", "available"}) reader.require(name);
  entry.sequence = static_cast<std::uint64_t>(reader.integer("sequence", 1, INT64_MAX).value_or(1));
  entry.at = reader.instant("at").value_or(Instant());
  entry.booking = static_cast<Booking>(reader.choice("booking", kBookings).value_or(0));
  entry.amount = reader.integer("amount", -kMaxCredits, kMaxCredits).value_or(0);
  entry.reservation = reader.string("reservation").value_or(std::string());
  entry.record = reader.string("record").value_or(std::string());
  entry.available = reader.integer("available", 0, kMaxCredits).value_or(0);
  reader.finish();
  return entry;
}

Ledger read_ledger(ObjectReader& state) {
  state.require("ledger");
  const Json* value = state.object("ledger");
  if (!value) return Ledger();
  ObjectReader reader(state.errors(), *value, state.pointer_to("ledger"));
  Ledger::Totals totals;
  for (auto& [name, slot] : {std::pair{"granted", &totals.granted},
                             {"available", &totals.available},
                             {"reserved", &totals.reserved},
                             {"consumed", &totals.consumed},
                             {"refunded", &totals.refunded}}) {
    reader.require(name);
    *slot = reader.integer(name, 0, kMaxCredits).value_or(0);
  }
  totals.booked = static_cast<std::uint64_t>(reader.integer("booked", 0, INT64_MAX).value_or(0));
  std::deque<LedgerEntry> entries;
  const Json* list = reader.array("entries");
  for (std::size_t i = 0; list && i < list->size() && reader.errors().ok(); ++i) {
    std::string pointer = reader.pointer_to("entries");
    append_pointer(pointer, i);
    entries.push_back(read_ledger_entry(reader.errors(), (*list)[i], pointer));
  }
  reader.finish();
  if (!totals.balanced()) state.fail("ledger", "granted must equal available + reserved + consumed");
  return reader.errors().ok() ? Ledger::restore(totals, std::move(entries)) : Ledger();
}

Json job_to_json(const Job& job, const std::string& record) {
  Json value = {{"record", record},
                {"mode", kJobModes[static_cast<std::size_t>(job.mode)]},
                {"end", kJobEnds[static_cast<std::size_t>(job.end)]},
                {"price", job.price},
                {"reservation", job.reservation}};
  if (job.mode == JobMode::kTimed) {
    value["due"] = format_instant(job.due);
    value["order"] = job.order;
  }
  if (job.mode == JobMode::kAfterPolls) value["pollsLeft"] = job.polls_left;
  return value;
}

template <typename Array>
Json counts_to_json(const Array& counts) {
  Json value = Json::object();
  for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) value[std::string(kRecordKindNames[kind])] = counts[kind];
  return value;
}

template <typename Array>
void read_counts(ObjectReader& state, std::string_view name, Array& counts) {
  const Json* value = state.object(name);
  if (!value) return;
  ObjectReader reader(state.errors(), *value, state.pointer_to(name));
  for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) {
    if (auto count = reader.integer(kRecordKindNames[kind], 0, INT64_MAX)) {
      counts[kind] = static_cast<std::uint64_t>(*count);
    }
  }
  reader.finish();
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
    for (std::string_view name : {"seed", "random", "clock", "records"}) state.require(name);
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
    w_.scheduled_ = static_cast<std::uint64_t>(state.integer("scheduled", 0, INT64_MAX).value_or(0));
    w_.batches_ = static_cast<std::uint64_t>(state.integer("batches", 0, INT64_MAX).value_or(0));
    read_jobs(state);
    read_script(state);
    state.finish();
  }

 private:
  void read_clock(ObjectReader& state, MonotonicTime monotonic) {
    const Json* value = state.object("clock");
    if (!value) return;
    ObjectReader reader(errors_, *value, state.pointer_to("clock"));
    for (std::string_view name : {"mode", "now", "speed"}) reader.require(name);
    const auto mode = static_cast<ClockMode>(reader.choice("mode", kClockModes).value_or(0));
    const Instant now = reader.instant("now").value_or(Instant());
    const double speed = reader.number("speed", 0.001, kMaxSpeed).value_or(1);
    reader.finish();
    w_.clock_ = Clock(mode, now, speed, monotonic);
  }

  void read_keys(ObjectReader& state) {
    w_.keys_.clear();
    const Json* list = state.array("keys");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      w_.keys_.push_back(read_key_record(errors_, (*list)[i], item_pointer(state, "keys", i)));
    }
  }

  void read_script(ObjectReader& state) {
    w_.maintenance_ = state.boolean("maintenance").value_or(false);
    const auto steps = static_cast<std::int64_t>(w_.scenario().timeline.size());
    w_.next_step_ = static_cast<std::size_t>(state.integer("nextStep", 0, steps).value_or(0));
    if (const Json* script = state.object("script")) w_.script_.restore(errors_, *script, state.pointer_to("script"));
    if (const Json* jobs = state.object("jobPolicies")) {
      ObjectReader reader(errors_, *jobs, state.pointer_to("jobPolicies"));
      w_.policies_ = JobPolicies();
      read_job_policies(reader, w_.policies_);
      w_.jobs_ = *jobs;
    }
    if (errors_.ok()) require_fitting_changes(state);
    if (errors_.ok()) w_.schedule_timeline();
  }

  /// The timeline's changes of jobs were checked against those of the scenario, which these need not be.
  void require_fitting_changes(ObjectReader& state) {
    const Json& scenario = w_.scenario().document;
    Json merged = w_.jobs_.is_null() ? scenario.value("jobs", Json::object()) : w_.jobs_;
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
    w_.windows_.clear();
    const Json* windows = state.object("rateWindows");
    if (!windows) return;
    for (const auto& [id, times] : windows->items()) {
      std::string pointer = state.pointer_to("rateWindows");
      append_pointer(pointer, id);
      if (!times.is_array()) return errors_.fail(pointer, expected_got("an array of times", times));
      std::deque<Instant> instants;
      for (const Json& time : times) {
        auto instant = parse_instant(time.is_string() ? time.get_ref<const std::string&>() : std::string());
        if (!instant.ok()) return errors_.fail(pointer, instant.error().message);
        instants.push_back(*instant);
      }
      w_.windows_[id].restore(std::move(instants));
    }
  }

  void read_records(ObjectReader& state) {
    const Json* collections = state.object("records");
    if (!collections) return;
    ObjectReader reader(errors_, *collections, state.pointer_to("records"));
    w_.created_ = RecordIndex();
    w_.indexed_whole_ = true;
    for (std::size_t i = 0; i < kCollectionCount; ++i) read_collection(reader, static_cast<Collection>(i));
    reader.finish();
  }

  void read_collection(ObjectReader& records, Collection collection) {
    auto& list = w_.records_[static_cast<std::size_t>(collection)];
    list.clear();
    w_.drop_listing(collection);
    const Json* items = records.array(name_of(collection));
    for (std::size_t i = 0; items && i < items->size() && errors_.ok(); ++i) {
      const std::string pointer = item_pointer(records, name_of(collection), i);
      auto record = record_from_json((*items)[i], pointer);
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
    }
  }

  void read_slots(ObjectReader& state) {
    for (auto& slots : w_.slots_) slots.clear();
    const Json* value = state.object("slots");
    if (!value) return;
    ObjectReader reader(errors_, *value, state.pointer_to("slots"));
    for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) {
      const Json* list = reader.array(kRecordKindNames[kind]);
      for (std::size_t i = 0; list && i < list->size(); ++i) {
        const Json& item = (*list)[i];
        auto instant = parse_instant(item.is_string() ? item.get_ref<const std::string&>() : std::string());
        if (instant.ok())
          w_.slots_[kind].push_back(*instant);
        else
          reader.fail(kRecordKindNames[kind], instant.error().message);
      }
    }
    reader.finish();
  }

  void read_jobs(ObjectReader& state) {
    w_.pending_ = PendingJobs();
    w_.due_ = Schedule();
    const Json* list = state.array("jobs");
    Credits reserved = 0;
    for (std::size_t i = 0; list && i < list->size() && errors_.ok(); ++i) {
      reserved += read_job((*list)[i], item_pointer(state, "jobs", i));
      if (reserved > kMaxCredits) break;
    }
    if (errors_.ok() && reserved != w_.ledger_.reserved()) {
      state.fail("jobs", "the prices of the pending jobs add up to " + std::to_string(reserved) +
                             ", but the ledger has " + std::to_string(w_.ledger_.reserved()) + " reserved");
    }
    if (errors_.ok()) require_jobs_of_pending_records(state);
  }

  void require_jobs_of_pending_records(ObjectReader& state) {
    for (std::size_t collection = 0; collection < kCollectionCount; ++collection) {
      const auto& records = w_.records_[collection];
      for (std::size_t i = 0; i < records.size(); ++i) {
        const Record& record = *records[i];
        if (record.status != RecordStatus::kInProgress || w_.pending_.find({static_cast<Collection>(collection), i}) ||
            w_.scenario().fixture->index.contains(record.id)) {
          continue;
        }
        return state.fail("jobs", "the record \"" + record.id + "\" is INPROGRESS, but has no job");
      }
    }
  }

  Credits read_job(const Json& value, const std::string& pointer) {
    ObjectReader reader(errors_, value, pointer);
    for (std::string_view name : {"record", "mode", "end", "price", "reservation"}) reader.require(name);
    const std::string id = reader.string("record").value_or(std::string());
    Job job;
    job.mode = static_cast<JobMode>(reader.choice("mode", kJobModes).value_or(0));
    job.end = static_cast<JobEnd>(reader.choice("end", kJobEnds).value_or(0));
    job.price = reader.integer("price", 0, kMaxCredits).value_or(0);
    job.reservation = reader.string("reservation").value_or(std::string());
    job.polls_left = reader.integer("pollsLeft", 0, INT64_MAX).value_or(0);
    job.order = static_cast<std::uint64_t>(reader.integer("order", 0, INT64_MAX).value_or(0));
    job.due = reader.instant("due").value_or(Instant());
    if (job.mode == JobMode::kTimed) {
      reader.require("due");
      reader.require("order");
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

  static std::string item_pointer(const ObjectReader& reader, std::string_view name, std::size_t index) {
    std::string pointer = reader.pointer_to(name);
    append_pointer(pointer, index);
    return pointer;
  }

  ReadErrors& errors_;
  Workspace& w_;
  std::set<std::pair<Instant, std::uint64_t>> due_;  ///< the jobs' ends that were read
};

Json Workspace::snapshot() const {
  Json state = {{"version", kVersion},
                {"scenario", start_.scenario->document},
                {"seed", wide(seed_)},
                {"random", wide(random_.state())},
                {"clock",
                 {{"mode", kClockModes[static_cast<std::size_t>(clock_.mode())]},
                  {"now", format_instant(now())},
                  {"speed", clock_.speed()}}},
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
  if (!jobs_.is_null()) state["jobPolicies"] = jobs_;
  for (const KeyRecord& key : keys_) state["keys"].push_back(key_record_to_json(key));
  for (const auto& [id, window] : windows_) {
    Json& times = state["rateWindows"][id] = Json::array();
    for (Instant time : window.times()) times.push_back(format_instant(time));
  }
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    Json& list = state["records"][std::string(kCollectionNames[i])] = Json::array();
    for (const RecordPtr& record : records_[i]) list.push_back(record_to_json(*record));
  }
  for (std::size_t kind = 0; kind < kRecordKindCount; ++kind) {
    Json& list = state["slots"][std::string(kRecordKindNames[kind])] = Json::array();
    for (Instant slot : slots_[kind]) list.push_back(format_instant(slot));
  }
  // In the order of the records, so that equal states give equal text.
  for (std::size_t collection = 0; collection < kCollectionCount; ++collection) {
    for (std::size_t i = 0; i < records_[collection].size(); ++i) {
      const Job* job = pending_.find({static_cast<Collection>(collection), i});
      if (job) state["jobs"].push_back(job_to_json(*job, records_[collection][i]->id));
    }
  }
  return state;
}

Result<void> Workspace::restore(const Json& state, ScenarioPtr scenario, MonotonicTime monotonic) {
  Workspace restored = *this;
  restored.start_.scenario = std::move(scenario);
  restored.begin(monotonic, Instant());
  ReadErrors errors;
  SnapshotReader(errors, restored).read(state, monotonic);
  if (!errors.ok()) return errors.error();
  *this = std::move(restored);
  return {};
}

}  // namespace qamera::sim
