#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cow.h"
#include "base/time.h"
#include "sim/activity.h"
#include "sim/clock.h"
#include "sim/ledger.h"
#include "sim/listing.h"
#include "sim/pending_jobs.h"
#include "sim/random.h"
#include "sim/record.h"
#include "sim/record_index.h"
#include "sim/scenario.h"
#include "sim/schedule.h"
#include "sim/script.h"

namespace qamera::sim {

/// Something that the clock (or a poll, or the control API) made happen.
struct ClockEvent {
  std::string record;  ///< id; "" for a step that is not about a record
  std::string kind;    ///< a record kind's name, or what the step changed
  std::string from;
  std::string to;
  Instant at;
};

/// A generation job as asked for. The request is valid and what it names exists.
struct JobRequest {
  RecordKind kind = RecordKind::kImage;
  std::int64_t count = 1;
  std::string product_id;    ///< of images and packshots; "" when not about a product
  std::string product_name;  ///< for the name templates, each "" when not given
  std::string model_name;
  std::string scenery_name;
  std::string source_name;
  std::string preferences;
  const Json* body = nullptr;  ///< the request's body, for outcomes that match on it; may be null
};

struct Registration {
  std::vector<std::string> record_ids;
  std::string batch_id;
  std::string order_id;
  std::string reservation_id;
  Credits reserved = 0;
};

/// How a key stands in this workspace.
struct KeyStatus {
  bool valid = true;
  std::string_view reason;            ///< why it is not valid: "revoked", "expired"
  const KeyRecord* record = nullptr;  ///< null when neither scenario nor control API has one
};

/// The clock of a plan, begun now.
Clock start_clock(const ClockPlan& plan, MonotonicTime monotonic, Instant wall);

/// One API key's sandbox: records, jobs, ledger, clock, seed. It is what lets tests share one server: two keys have
/// nothing in common that either could see. It is a value, so that a fork is a copy, a fault "before the commit" is
/// tried on a copy that is thrown away, and the same seed and requests give the same bytes. A copy costs the same
/// whatever it holds: it shares with its original, as a new one shares with its scenario, what neither has changed. So
/// whoever reads for long copies it under its lock, and then reads without. Pure: no lock, thread or wall clock; every
/// call that may depend on time follows a `sync`. Not thread-safe: `api::LockedWorkspace` has the lock.
class Workspace {
 public:
  struct Start {
    ScenarioPtr scenario;
    std::optional<std::uint64_t> seed;  ///< overrides the scenario's
    std::optional<ClockPlan> clock;     ///< overrides the scenario's
    std::optional<Credits> credits;     ///< overrides the scenario's
    MonotonicTime monotonic{0};         ///< readings at the start
    Instant wall;
    std::vector<RulePtr> extra_rules;  ///< before the scenario's; the first is asked first
  };
  explicit Workspace(Start start);

  /// Back to the start, with the readings of now.
  void reset(MonotonicTime monotonic, Instant wall);
  /// From another start: this is how a workspace switches its scenario.
  void restart(Start start) { *this = Workspace(std::move(start)); }
  const Start& start() const { return start_; }

  // Time. One clock drives everything: nothing here waits, and nothing happens but by one of these calls.

  /// Brings virtual time up to the reading and fires what is due.
  void sync(MonotonicTime monotonic, std::vector<ClockEvent>* fired = nullptr);
  Instant now() const { return clock_.now(); }
  const Clock& clock() const { return clock_; }
  /// Moves virtual time to `to`, firing what is due on the way. REQUIRES: `now() <= to <= Clock::kEnd`.
  void advance_to(Instant to, std::vector<ClockEvent>& fired);
  /// Fires everything until no job is running (idle; later steps of the timeline stay), or all that is due at the next
  /// instant (next).
  void advance_until_idle(std::vector<ClockEvent>& fired);
  void advance_until_next(std::vector<ClockEvent>& fired);
  void set_clock(ClockMode mode, double speed) { clock_.set_mode(mode, speed); }
  /// Steps still scheduled on the clock.
  std::size_t scheduled() const { return due_.size(); }

  // Keys and the rate limit.

  KeyStatus key_status(std::string_view key_id) const;
  /// Changes members of a key's record (adding one when there is none). On an error nothing has changed.
  Result<void> change_key(std::string_view key_id, const Json& members);
  const std::vector<KeyRecord>& keys() const { return own_keys_ ? *own_keys_ : scenario().keys; }
  /// Counts a request of the key. Whether it is within the limit.
  bool admit(std::string_view key_id);
  /// How long until the key's next request would be within the limit.
  Duration retry_after(std::string_view key_id) const;

  // Records.

  /// Appends the records as a comma-separated list of JSON objects, oldest first; returns how many. Counts as a poll
  /// for jobs that finish after so many, when it is shown. `first_shown` may be null.
  std::size_t list(Collection collection, const ListQuery& query, std::string& out,
                   std::vector<RecordPtr>* first_shown = nullptr);
  /// The same as a listing's whole body. It is kept until a record of the collection changes, for others who ask alike.
  Listing listing(Collection collection, const ListQuery& query);
  /// Whether `body` is a listing that every workspace of the scenario shows that left the records alone.
  bool shares_listing(Collection collection, const std::string* body) const {
    const KeptListing& kept = listings_[collection];
    return kept.body && &kept.body->text == body && kept.own == 0;
  }
  /// Forgets how listings show the record, and the kept listing: the next one writes both again.
  void drop_rendering(std::string_view id);
  /// The record of that id, archived ones included; null when there is none.
  RecordPtr find(std::string_view id) const;
  std::optional<RecordPlace> place(std::string_view id) const;
  /// Credits that the job would reserve.
  Credits price(RecordKind kind, std::int64_t count) const;
  /// Reserves and creates. Nothing when the credits do not suffice, and then nothing has changed; nor has it after
  /// `std::bad_alloc`.
  std::optional<Registration> register_job(const JobRequest& request);
  /// Votes; a rejection archives, an approval brings back. False when there is no such record.
  bool vote(std::string_view id, Voting voting);
  /// A preset made by the client. Returns its id.
  std::string create_preset(Record preset);
  /// Settles a pending job now, whatever its policy. False when the record has none.
  bool settle(std::string_view id, RecordStatus to, std::vector<ClockEvent>& fired);

  // The script. (docs/scenarios.md)

  const Script& script() const { return script_; }
  Script& script() { return script_; }
  ScriptDecision decide(const RequestFacts& facts) { return script_.decide(facts, random_); }
  /// Everything answers 503.
  bool maintenance() const { return maintenance_; }
  void set_maintenance(bool on) { maintenance_ = on; }

  const Ledger& ledger() const { return ledger_; }
  Ledger& ledger() { return ledger_; }
  const Scenario& scenario() const { return *start_.scenario; }
  ScenarioPtr scenario_ptr() const { return start_.scenario; }
  std::uint64_t seed() const { return seed_; }
  Random& random() { return random_; }
  std::size_t pending() const { return pending_.size(); }
  /// Those of them that the clock ends.
  std::size_t timed_jobs() const { return due_.size() - (scenario().timeline.size() - next_step_); }
  /// In no order.
  const CowVector<Job>& pending_jobs() const { return pending_.all(); }
  Instant started_at() const { return started_at_; }
  /// Of the scenario's timeline, the first that has not been taken.
  std::size_t next_step() const { return next_step_; }
  const Job* job_at(RecordPlace place) const { return pending_.find(place); }  ///< null when the record has none
  std::size_t record_count(Collection collection) const { return records_[collection].size(); }
  const CowVector<RecordPtr>& records(Collection collection) const { return records_[collection]; }

  /// The memory that is this workspace's own, in bytes, about: records that it made or changed, listings that it keeps,
  /// jobs, ledger, keys, rate windows, what its rules count. What it shares with its scenario does not count, whoever
  /// else shares what it made; rules and scenarios put by calls count where they were read. Takes constant time.
  std::size_t bytes() const;
  /// The same, counted anew.
  std::size_t counted_bytes() const;

  /// Whether jobs ended or credits were booked since `take_activity`. (Each job that ends books something.)
  bool has_activity() const { return ledger_.has_bookings(); }
  Activity take_activity();

  /// The whole state, and back. A restored workspace continues exactly as the saved one would.
  Json snapshot() const;
  /// All of it but the lists of records and jobs, which grow with the account: they are empty. (`SnapshotText`)
  Json snapshot_frame() const;
  /// On an error nothing has changed. `scenario` is the one that `state` was saved with.
  Result<void> restore(const Json& state, ScenarioPtr scenario, MonotonicTime monotonic);

 private:
  friend class SnapshotReader;

  struct KeptListing {
    ListFilter filter = ListFilter::kAll;
    std::string product_id{};
    std::size_t limit = SIZE_MAX;
    std::size_t size = 0;  ///< of the latest body
    ListingPtr body{};     ///< null: there is none
    std::size_t own = 0;   ///< bytes of the texts, without a `body` that is the fixture's

    static std::size_t bytes_of(const ListingBody& body) { return body.text.size() + body.assets.size(); }
  };

  /// The job policies in force.
  struct JobPlan {
    Json document;  ///< a scenario's `jobs`
    JobPolicies policies;
  };

  /// What `bytes` is made of, beside what the containers know themselves.
  struct OwnBytes {
    std::size_t records = 0, listings = 0, keys = 0, jobs = 0, windows = 0, slots = 0;
  };
  OwnBytes count_own() const;
  std::size_t bytes_with(const OwnBytes& own) const;

  const JobPolicies& policies() const { return own_jobs_ ? own_jobs_->policies : scenario().jobs; }
  Json jobs_document() const;
  void schedule_timeline();
  void take_step(const TimelineStep& step, std::vector<ClockEvent>* fired);
  void change_jobs(const Json& change);
  bool running() const { return timed_jobs() > 0; }
  void fire_up_to(Instant until, std::vector<ClockEvent>* fired);
  void fire(const ScheduledEvent& due, std::vector<ClockEvent>* fired);
  void finish_job(RecordPlace place, RecordStatus to, std::vector<ClockEvent>* fired);
  struct Mark;
  void roll_back(Mark& mark) noexcept;
  std::optional<Registration> register_records(const JobRequest& request);
  void schedule(Job& job, const JobPolicy& policy);
  JobEnd choose_end(RecordKind kind, const JobPolicy& policy, const Json* body);
  void keep_listing(Collection collection, KeptListing kept);
  void drop_listing(Collection collection);
  void count_polls(const std::vector<RecordPlace>& polled);
  std::string next_id(RecordKind kind, const ExpectedRecord** expected = nullptr);
  std::string next_token(const TokenPlan& plan, std::uint64_t salt, std::uint64_t index) const;
  void add_record(RecordPtr record);
  void replace_record(RecordPlace place, Record record);
  /// The record's chunk becomes the workspace's own, so that a `put_record` there takes no memory.
  void own_chunk(RecordPlace place);
  /// Puts the record in its place, which may be the next new one.
  void put_record(RecordPlace place, RecordPtr record);
  /// Appends the record as listings show it, which is written down when the first of them does. Whether this is it.
  bool show(RecordPlace place, std::string_view asset_base, std::string& out);
  std::optional<RecordPlace> created_place(std::string_view id) const;
  const RecordPtr& at(RecordPlace place) const { return records_[place.collection][place.index]; }

  Start start_;
  std::uint64_t seed_;
  Random random_;
  Clock clock_;
  Instant started_at_;
  Ledger ledger_;
  Cow<std::vector<KeyRecord>> own_keys_;    ///< none while they are the scenario's
  Cow<StringMap<RateWindow>> windows_{{}};  ///< by key id
  Cow<JobPlan> own_jobs_;                   ///< none while it is the scenario's
  Script script_;
  std::size_t next_step_ = 0;  ///< of the timeline
  bool maintenance_ = false;
  PerCollection<CowVector<RecordPtr>> records_;
  RecordIndex created_;         ///< records that are not of the fixture
  bool indexed_whole_ = false;  ///< after a restore `created_` holds every record
  PendingJobs pending_;
  PerCollection<KeptListing> listings_;  ///< the latest of each collection
  Schedule due_;
  std::uint64_t scheduled_ = 0;          ///< steps ever scheduled
  PerKind<std::uint64_t> registered_{};  ///< records ever registered, by kind
  PerKind<std::uint64_t> ids_given_{};   ///< of IdPlan::given
  PerKind<std::uint64_t> next_number_{};
  Uncopied<decltype(Activity::jobs)> ended_;  ///< jobs since `take_activity`
  /// By kind: when each parallel slot is free again. Jobs of a policy without `parallel` take none.
  PerKind<std::vector<Instant>> slots_;
  std::uint64_t batches_ = 0;
  OwnBytes own_;
};

}  // namespace qamera::sim
