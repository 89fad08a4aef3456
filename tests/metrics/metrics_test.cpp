#include "metrics/metrics.h"

#include <doctest/doctest.h>

#include <thread>

#include "sim/rule.h"

namespace qamera::metrics {
namespace {

const Metrics::Traffic& traffic_of(const Metrics::Totals& totals, std::string_view name) {
  for (const auto& traffic : totals.traffic) {
    if (traffic.name == name) return traffic;
  }
  FAIL("no traffic of that name");
  return totals.traffic.front();
}

std::string statuses(const Metrics::Traffic& traffic) {
  std::string out;
  for (const auto& [status, count] : traffic.statuses) {
    out += std::to_string(status) + ":" + std::to_string(count) + " ";
  }
  return out;
}

}  // namespace

TEST_CASE("metrics: a request counts once by operation and status, and once by how long it took") {
  Metrics metrics;
  const contract::Operation* operation = contract::find_operation("listModels");
  for (const std::int64_t took : {4'000, 5'000, 5'001, 1'000'000'000})
    metrics.count(operation, 200, MonotonicTime(took));
  metrics.count(operation, 404, MonotonicTime(60'000'000'000));
  metrics.count(nullptr, 404, MonotonicTime(0));
  metrics.count(OtherTraffic::kControl, 201, MonotonicTime(1));
  const Metrics::Totals totals = metrics.totals();
  CHECK(totals.traffic.size() == contract::operations().size() + kCount<OtherTraffic>);
  const Metrics::Traffic& models = traffic_of(totals, "listModels");
  CHECK(statuses(models) == "200:4 404:1 ");
  CHECK(models.durations[0] == 2);
  CHECK(models.durations[1] == 1);
  CHECK(models.durations[12] == 1);
  CHECK(models.durations.back() == 1);
  CHECK(models.nanoseconds == 61'000'014'001);
  CHECK(statuses(traffic_of(totals, "none")) == "404:1 ");
  CHECK(statuses(traffic_of(totals, "control")) == "201:1 ");
  for (const std::string_view name : {"listProducts", "createPreset", "preflight", "page", "asset"}) {
    CHECK(statuses(traffic_of(totals, name)) == "");
  }
}

TEST_CASE("metrics: whatever statuses a script or another server gives, the labels have a bound") {
  Metrics metrics;
  for (int status = 700; status >= -1; --status) metrics.count(nullptr, status, MonotonicTime(1));
  const Metrics::Traffic none = traffic_of(metrics.totals(), "none");
  REQUIRE(none.statuses.size() == Metrics::kMaxStatuses + 1);
  CHECK(none.statuses[0].status == 0);
  CHECK(none.statuses[0].count == 702 - Metrics::kMaxStatuses);
  CHECK(none.statuses[1].status == 600 - static_cast<int>(Metrics::kMaxStatuses));
  CHECK(none.statuses.back().status == 599);
}

TEST_CASE("metrics: what threads count is added up") {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 1000; ++n) metrics.count(OtherTraffic::kPage, 200 + i, MonotonicTime(2));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Metrics::Traffic pages = traffic_of(metrics.totals(), "page");
  CHECK(statuses(pages) == "200:1000 201:1000 202:1000 ");
  CHECK(pages.nanoseconds == 6000);
}

TEST_CASE("metrics: each kind of finding and fault has its place, and what has none counts nowhere") {
  Metrics metrics;
  for (const std::string_view kind : finding_kind::kAll) metrics.count(Finding{kind, "", ""});
  metrics.count(Finding{finding_kind::kAll.back(), "", ""});
  metrics.count(Finding{"of another version", "", ""});
  for (const std::string_view kind : sim::fault_kinds()) metrics.count_fault(kind);
  metrics.count_fault(sim::fault_kinds().front());
  metrics.count_fault("earthquake");
  const Metrics::Totals totals = metrics.totals();
  std::vector<std::uint64_t> findings(finding_kind::kAll.size(), 1);
  findings.back() = 2;
  CHECK(totals.findings == findings);
  std::vector<std::uint64_t> faults(sim::fault_kinds().size(), 1);
  faults.front() = 2;
  CHECK(totals.faults == faults);
}

TEST_CASE("metrics: jobs and credits have a place for each kind and end, and for each booking") {
  Metrics metrics;
  sim::Activity activity;
  std::uint64_t number = 0;
  for (auto& ends : activity.jobs) {
    for (std::uint64_t& count : ends) count = ++number;
  }
  for (std::uint64_t& count : activity.credits) count = ++number;
  metrics.count(activity);
  metrics.count(activity);
  const sim::Activity totals = metrics.totals().activity;
  CHECK(totals.jobs[RecordKind::kProduct][sim::Ended::kDone] == 2);
  CHECK(totals.jobs[RecordKind::kPreset][sim::Ended::kFailed] == 4 * kRecordKindCount);
  CHECK(totals.credits[sim::Booking::kRefund] == 2 * number);
}

}  // namespace qamera::metrics
