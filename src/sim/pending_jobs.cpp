#include "sim/pending_jobs.h"

#include <utility>

#include "base/check.h"

namespace qamera::sim {

std::uint32_t PendingJobs::position(RecordPlace place) const {
  const auto& positions = positions_[place.collection];
  return place.index < positions.size() ? positions[place.index] : 0;
}

const Job* PendingJobs::find(RecordPlace place) const {
  const std::uint32_t found = position(place);
  return found > 0 ? &jobs_[found - 1] : nullptr;
}

bool PendingJobs::poll(RecordPlace place) {
  const std::uint32_t found = position(place);
  if (found == 0 || jobs_[found - 1].mode != JobMode::kAfterPolls) return false;
  return --jobs_.edit(found - 1).polls_left <= 0;
}

void PendingJobs::add(Job job) {
  QM_CHECK(position(job.place) == 0, "a record has one job at most");
  const RecordPlace place = job.place;
  if (job.mode == JobMode::kAfterPolls) ++polled_;
  jobs_.push_back(std::move(job));
  auto& positions = positions_[place.collection];
  positions.grow(place.index + 1);
  positions.edit(place.index) = static_cast<std::uint32_t>(jobs_.size());
}

Job PendingJobs::take(RecordPlace place) {
  const std::uint32_t found = position(place);
  QM_CHECK(found > 0, "the record has a job");
  positions_[place.collection].edit(place.index) = 0;
  Job& job = jobs_.edit(found - 1);
  Job taken = std::move(job);
  if (found < jobs_.size()) {
    job = jobs_.back();
    positions_[job.place.collection].edit(job.place.index) = found;
  }
  jobs_.pop_back();
  if (taken.mode == JobMode::kAfterPolls) --polled_;
  return taken;
}

}  // namespace qamera::sim
