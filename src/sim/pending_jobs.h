#pragma once

#include <cstdint>
#include <string>

#include "base/cow.h"
#include "sim/job_policy.h"
#include "sim/ledger.h"
#include "sim/schedule.h"

namespace qamera::sim {

/// A generation job that has not ended.
struct Job {
  RecordPlace place;
  RecordKind kind = RecordKind::kImage;
  JobMode mode = JobMode::kTimed;
  JobEnd end = JobEnd::kDone;
  Instant starts;               ///< timed jobs: when the queue lets it begin
  Instant due;                  ///< timed jobs
  std::uint64_t order = 0;      ///< timed jobs: with `due` the key of their end in the schedule
  std::int64_t polls_left = 0;  ///< jobs that finish after polls
  Credits price = 0;
  std::string reservation;
  std::string batch;  ///< which registration made it
};

/// Every member, for snapshots.
Json job_to_json(const Job& job, const std::string& record);

/// The jobs of a workspace by the place of the record they make. Apart from the records, since of ten thousand of those
/// few are in progress, and a poll must not look at all. Each call takes constant time. Copies share.
class PendingJobs {
 public:
  std::size_t size() const { return jobs_.size(); }
  /// In no order.
  const CowVector<Job>& all() const { return jobs_; }
  /// How many of them finish after polls.
  std::size_t polled() const { return polled_; }
  /// The memory they take, in bytes, about.
  std::size_t bytes() const { return size() * (sizeof(Job) + 2 * sizeof(std::uint32_t)); }
  /// The record's job, or null. Valid until the next change.
  const Job* find(RecordPlace place) const;
  /// Counts a poll of the record. Whether its job has to end now.
  bool poll(RecordPlace place);
  /// REQUIRES: the record has none.
  void add(Job job);
  /// Makes sure that `take` of that record takes no memory, until this is copied or changed. REQUIRES: it has a job.
  void prepare(RecordPlace place);
  /// REQUIRES: the record has one.
  Job take(RecordPlace place);

 private:
  /// Where in `jobs_` the record's job is, from 1; 0 when it has none.
  std::uint32_t position(RecordPlace place) const;

  CowVector<Job> jobs_;
  std::size_t polled_ = 0;
  /// By record. Shorter than the collection when none of the last records ever had one.
  PerCollection<CowVector<std::uint32_t>> positions_;
};

}  // namespace qamera::sim
