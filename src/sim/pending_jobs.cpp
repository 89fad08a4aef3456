#include "sim/pending_jobs.h"

#include <utility>

#include "base/check.h"

namespace qamera::sim {

std::uint32_t* PendingJobs::position(RecordPlace place) {
  auto& positions = positions_[place.collection];
  return place.index < positions.size() ? &positions[place.index] : nullptr;
}

const Job* PendingJobs::find(RecordPlace place) const {
  const auto& positions = positions_[place.collection];
  const std::uint32_t position = place.index < positions.size() ? positions[place.index] : 0;
  return position > 0 ? &jobs_[position - 1] : nullptr;
}

bool PendingJobs::poll(RecordPlace place) {
  const std::uint32_t* found = position(place);
  if (!found || *found == 0) return false;
  Job& job = jobs_[*found - 1];
  return job.mode == JobMode::kAfterPolls && --job.polls_left <= 0;
}

void PendingJobs::add(Job job) {
  auto& positions = positions_[job.place.collection];
  if (positions.size() <= job.place.index) positions.resize(job.place.index + 1);
  std::uint32_t& position = positions[job.place.index];
  QM_CHECK(position == 0, "a record has one job at most");
  if (job.mode == JobMode::kAfterPolls) ++polled_;
  jobs_.push_back(std::move(job));
  position = static_cast<std::uint32_t>(jobs_.size());
}

Job PendingJobs::take(RecordPlace place) {
  std::uint32_t* found = position(place);
  QM_CHECK(found && *found > 0, "the record has a job");
  const std::size_t index = std::exchange(*found, 0) - 1;
  Job taken = std::move(jobs_[index]);
  if (index + 1 < jobs_.size()) {
    jobs_[index] = std::move(jobs_.back());
    *position(jobs_[index].place) = static_cast<std::uint32_t>(index + 1);
  }
  jobs_.pop_back();
  if (taken.mode == JobMode::kAfterPolls) --polled_;
  return taken;
}

}  // namespace qamera::sim
