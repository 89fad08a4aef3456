#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/names.h"
#include "base/time.h"
#include "contract/operation.h"
#include "metrics/thread_counters.h"
#include "sim/activity.h"

namespace qamera::metrics {

/// What a request counts as when it is none of a documented operation.
enum class OtherTraffic : std::uint8_t {
  kNone,       ///< it reached none: an unknown path, a wrong method, or refused before it was read
  kPreflight,  ///< a browser's question
  kControl,    ///< a call of the control API, refused ones too
  kPage,       ///< the dashboard's files, the index of calls, where / leads
  kAsset,      ///< a picture or video
};
constexpr auto names_of(OtherTraffic) { return enum_names("none", "preflight", "control", "page", "asset"); }

/// What is counted as it happens, since the start and over all workspaces, for `GET /__admin/metrics`; what can be had
/// when it is asked for is not here. Counting takes no lock and no memory, but for a thread's first. Thread-safe.
/// Nothing here knows a key or a workspace, and every list that it gives has a bound.
class Metrics {
 public:
  /// Upper bounds of the histogram of durations, in nanoseconds; what is beyond has one bucket more.
  static constexpr std::array<std::uint64_t, 14> kBuckets = {
      5'000,     10'000,    25'000,     50'000,      100'000,     250'000,       500'000,
      1'000'000, 5'000'000, 25'000'000, 100'000'000, 500'000'000, 2'500'000'000, 10'000'000'000};
  /// Different statuses that are told apart; requests with a further one count as status 0.
  static constexpr std::size_t kMaxStatuses = 32;

  Metrics();

  /// A request that was answered, `took` after it was read. `operation` is null when it reached none.
  void count(const contract::Operation* operation, int status, MonotonicTime took) noexcept {
    count_traffic(operation ? static_cast<std::size_t>(operation - contract::operations().data())
                            : operations_ + static_cast<std::size_t>(OtherTraffic::kNone),
                  status, took);
  }
  void count(OtherTraffic traffic, int status, MonotonicTime took) noexcept {
    count_traffic(operations_ + static_cast<std::size_t>(traffic), status, took);
  }
  void count(const Finding& finding) noexcept;
  /// A fault of one of `sim::fault_kinds()`.
  void count_fault(std::string_view kind) noexcept;
  void count(const sim::Activity& activity) noexcept;

  /// The open connections. Whoever serves counts them here.
  std::atomic<std::size_t> connections{0};

  /// All counters as they are now.
  struct Traffic {
    std::string_view name;  ///< of an operation, or of one of `OtherTraffic`
    struct Status {
      int status = 0;  ///< 0: others than the `kMaxStatuses` first
      std::uint64_t count = 0;
    };
    std::vector<Status> statuses{};  ///< those that there were, ascending
    std::array<std::uint64_t, kBuckets.size() + 1> durations{};
    std::uint64_t nanoseconds = 0;  ///< all durations together
  };
  struct Totals {
    std::vector<Traffic> traffic;         ///< each operation in the table's order, then each `OtherTraffic`
    std::vector<std::uint64_t> findings;  ///< in the order of `finding_kind::kAll`
    std::vector<std::uint64_t> faults;    ///< in the order of `sim::fault_kinds()`
    sim::Activity activity;
  };
  Totals totals() const;

 private:
  /// A row of `counters_`: what one sort of traffic has, for each; then the others, one after the other.
  static constexpr std::size_t kDurations = kMaxStatuses + 1;
  static constexpr std::size_t kNanoseconds = kDurations + kBuckets.size() + 1;
  static constexpr std::size_t kStride = kNanoseconds + 1;

  void count_traffic(std::size_t traffic, int status, MonotonicTime took) noexcept;
  void count_at(std::size_t place, std::uint64_t number) noexcept;
  /// Where a status is counted: from 1, 0 for those without a place of their own.
  std::size_t place_of(int status) noexcept {
    const auto index = static_cast<std::size_t>(status);
    if (index >= places_.size()) return 0;
    const std::uint8_t place = places_[index].load(std::memory_order_relaxed);
    return place != 0 ? place : give_place(index);
  }
  std::size_t give_place(std::size_t status) noexcept;

  const std::size_t operations_;
  const std::size_t findings_;  ///< the place of the first of them, as for the others
  const std::size_t faults_;
  const std::size_t jobs_;
  const std::size_t credits_;
  ThreadCounters counters_;
  std::array<std::atomic<std::uint8_t>, 600> places_{};  ///< by status
  mutable std::mutex statuses_mutex_;
  std::array<std::uint16_t, kMaxStatuses> statuses_{};  // guarded by statuses_mutex_; by place - 1
  std::size_t known_statuses_ = 0;                      // guarded by statuses_mutex_
};

using MetricsPtr = std::shared_ptr<Metrics>;

}  // namespace qamera::metrics
