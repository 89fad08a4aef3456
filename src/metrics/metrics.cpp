#include "metrics/metrics.h"

#include <algorithm>

#include "sim/rule.h"

namespace qamera::metrics {
namespace {

std::size_t place_in(std::span<const std::string_view> names, std::string_view name) {
  // Nearly always it is the very constant. From the end, since a client that polls too fast makes a finding of a late
  // kind with each request.
  for (std::size_t i = names.size(); i-- > 0;) {
    if (names[i].data() == name.data()) return i;
  }
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

constexpr std::size_t kJobCells = kRecordKindCount * kCount<sim::Ended>;

}  // namespace

Metrics::Metrics()
    : operations_(contract::operations().size()),
      findings_((operations_ + kCount<OtherTraffic>)*kStride),
      faults_(findings_ + finding_kind::kAll.size()),
      jobs_(faults_ + sim::fault_kinds().size()),
      credits_(jobs_ + kJobCells),
      counters_(credits_ + kCount<sim::Booking>) {}

void Metrics::count_traffic(std::size_t traffic, int status, MonotonicTime took) noexcept {
  const ThreadCounters::Row row = counters_.mine();
  if (row.empty()) return;
  const auto nanoseconds = static_cast<std::uint64_t>(took.count());
  std::size_t bucket = 0;
  while (bucket < kBuckets.size() && nanoseconds > kBuckets[bucket]) ++bucket;
  const ThreadCounters::Row own = row.subspan(traffic * kStride, kStride);
  ThreadCounters::add(own[place_of(status)], 1);
  ThreadCounters::add(own[kDurations + bucket], 1);
  ThreadCounters::add(own[kNanoseconds], nanoseconds);
}

void Metrics::count_at(std::size_t place, std::uint64_t number) noexcept {
  const ThreadCounters::Row row = counters_.mine();
  if (!row.empty()) ThreadCounters::add(row[place], number);
}

void Metrics::count(const Finding& finding) noexcept {
  const std::size_t kind = place_in(finding_kind::kAll, finding.kind);
  if (kind < finding_kind::kAll.size()) count_at(findings_ + kind, 1);
}

void Metrics::count_fault(std::string_view kind) noexcept {
  const std::size_t place = place_in(sim::fault_kinds(), kind);
  if (place < sim::fault_kinds().size()) count_at(faults_ + place, 1);
}

void Metrics::count(const sim::Activity& activity) noexcept {
  const ThreadCounters::Row row = counters_.mine();
  if (row.empty()) return;
  std::size_t place = jobs_;
  for (const auto& ends : activity.jobs) {
    for (const std::uint64_t number : ends) ThreadCounters::add(row[place++], number);
  }
  for (const std::uint64_t number : activity.credits) ThreadCounters::add(row[place++], number);
}

std::size_t Metrics::give_place(std::size_t status) noexcept {
  const std::lock_guard lock(statuses_mutex_);
  // Another thread may have been here first.
  if (const std::uint8_t place = places_[status].load(std::memory_order_relaxed)) return place;
  if (known_statuses_ == kMaxStatuses) return 0;
  statuses_[known_statuses_++] = static_cast<std::uint16_t>(status);
  places_[status].store(static_cast<std::uint8_t>(known_statuses_), std::memory_order_relaxed);
  return known_statuses_;
}

Metrics::Totals Metrics::totals() const {
  const std::vector<std::uint64_t> sums = counters_.sums();
  const auto part = [&](std::size_t from, std::size_t count) { return std::span(sums).subspan(from, count); };
  const auto copied = [&](std::size_t from, std::size_t to) {
    return std::vector<std::uint64_t>(sums.begin() + static_cast<std::ptrdiff_t>(from),
                                      sums.begin() + static_cast<std::ptrdiff_t>(to));
  };
  Totals totals{{}, copied(findings_, faults_), copied(faults_, jobs_), {}};
  std::vector<Traffic::Status> statuses{{}};
  {
    const std::lock_guard lock(statuses_mutex_);
    for (std::size_t i = 0; i < known_statuses_; ++i) statuses.push_back({statuses_[i], 0});
  }
  for (std::size_t i = 0; i < operations_ + kCount<OtherTraffic>; ++i) {
    const auto own = part(i * kStride, kStride);
    Traffic traffic{i < operations_ ? contract::operations()[i].name : kNames<OtherTraffic>[i - operations_]};
    for (std::size_t place = 0; place < statuses.size(); ++place) {
      if (own[place] > 0) traffic.statuses.push_back({statuses[place].status, own[place]});
    }
    std::sort(traffic.statuses.begin(), traffic.statuses.end(),
              [](const auto& a, const auto& b) { return a.status < b.status; });
    std::copy_n(own.begin() + kDurations, traffic.durations.size(), traffic.durations.begin());
    traffic.nanoseconds = own[kNanoseconds];
    totals.traffic.push_back(std::move(traffic));
  }
  std::size_t place = jobs_;
  for (auto& ends : totals.activity.jobs) {
    for (std::uint64_t& number : ends) number = sums[place++];
  }
  for (std::uint64_t& number : totals.activity.credits) number = sums[place++];
  return totals;
}

}  // namespace qamera::metrics
