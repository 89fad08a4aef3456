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
  const bool counts_polls = job.mode == JobMode::kAfterPolls;
  auto& positions = positions_[place.collection];
  positions.grow(place.index + 1);
  std::uint32_t& position_of_it = positions.edit(place.index);
  jobs_.push_back(std::move(job));
  // From here on nothing takes memory: the job is there whole, or not at all.
  position_of_it = static_cast<std::uint32_t>(jobs_.size());
  if (counts_polls) ++polled_;
}

void PendingJobs::prepare(RecordPlace place) {
  const std::uint32_t found = position(place);
  QM_CHECK(found > 0, "the record has a job");
  jobs_.edit(found - 1);
  const RecordPlace last = jobs_.edit(jobs_.size() - 1).place;
  positions_[place.collection].edit(place.index);
  positions_[last.collection].edit(last.index);
}

Job PendingJobs::take(RecordPlace place) {
  prepare(place);
  const std::uint32_t found = position(place);
  positions_[place.collection].edit(place.index) = 0;
  Job& job = jobs_.edit(found - 1);
  Job taken = std::move(job);
  if (found < jobs_.size()) {
    job = std::move(jobs_.edit(jobs_.size() - 1));
    positions_[job.place.collection].edit(job.place.index) = found;
  }
  jobs_.pop_back();
  if (taken.mode == JobMode::kAfterPolls) --polled_;
  return taken;
}

Json job_to_json(const Job& job, const std::string& record) {
  Json value = {{"record", record},
                {"mode", name_of(job.mode)},
                {"end", name_of(job.end)},
                {"price", job.price},
                {"reservation", job.reservation}};
  if (!job.batch.empty()) value["batch"] = job.batch;
  if (job.mode == JobMode::kTimed) {
    value["starts"] = format_instant(job.starts);
    value["due"] = format_instant(job.due);
    value["order"] = job.order;
  }
  if (job.mode == JobMode::kAfterPolls) value["pollsLeft"] = job.polls_left;
  return value;
}

}  // namespace qamera::sim
