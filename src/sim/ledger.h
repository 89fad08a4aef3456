#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "base/cow.h"
#include "base/names.h"
#include "base/time.h"
#include "base/uncopied.h"

namespace qamera::sim {

/// A number of credits. Never negative; at most `kMaxCredits`.
using Credits = std::int64_t;
inline constexpr Credits kMaxCredits = 1'000'000'000'000'000;

enum class Booking { kGrant, kAdjust, kReserve, kConsume, kRefund };
constexpr auto names_of(Booking) { return enum_names("grant", "adjust", "reserve", "consume", "refund"); }

/// Credits by the booking that moved them, whichever way an adjustment went.
using Bookings = PerValue<Booking, std::uint64_t>;

struct LedgerEntry {
  std::uint64_t sequence = 0;  ///< from 1
  Instant at;
  Booking booking = Booking::kGrant;
  Credits amount = 0;         ///< negative only for an adjustment downwards
  std::string reservation{};  ///< "" for grants and adjustments
  std::string record{};       ///< the record settled, "" otherwise
  Credits available = 0;      ///< after this entry
};

/// The account's credits. Entries and not a number, so that a test that finds the wrong balance finds the booking that
/// made it. Always `granted = available + reserved + consumed`: checked after each booking, in release
/// builds too. A booking for which there is no memory changes nothing. (docs: "Credits" in the vendor's facts.)
class Ledger {
 public:
  /// The newest entries that are kept; older ones are only counted.
  static constexpr std::size_t kKeptEntries = 1'000;

  Credits granted() const { return totals_.granted; }
  Credits available() const { return totals_.available; }
  Credits reserved() const { return totals_.reserved; }
  Credits consumed() const { return totals_.consumed; }
  /// Total ever refunded. Refunds return to `available`, so this is no part of the invariant.
  Credits refunded() const { return totals_.refunded; }
  const std::deque<LedgerEntry>& entries() const { return *entries_; }
  std::uint64_t booked() const { return totals_.booked; }
  /// The memory that the entries take, in bytes, about.
  std::size_t bytes() const { return bytes_; }
  /// Whether something was booked since `take_bookings`. A copy begins with nothing.
  bool has_bookings() const { return fresh_.value.any; }
  Bookings take_bookings() { return std::exchange(fresh_.value, {}).credits; }

  void grant(Credits amount, Instant at);
  /// Makes `available` what is asked by granting or taking back the difference.
  void set_available(Credits available, Instant at);
  /// False, and nothing changed, when `amount` is more than `available`.
  bool reserve(Credits amount, std::string_view reservation, Instant at);
  /// Settles a part of what was reserved. REQUIRES: `amount <= reserved()`.
  void consume(Credits amount, std::string_view reservation, std::string_view record, Instant at) {
    settle(Booking::kConsume, amount, reservation, record, at);
  }
  void refund(Credits amount, std::string_view reservation, std::string_view record, Instant at) {
    settle(Booking::kRefund, amount, reservation, record, at);
  }

  struct Totals {
    Credits granted = 0, available = 0, reserved = 0, consumed = 0, refunded = 0;
    std::uint64_t booked = 0;
    bool balanced() const;
  };
  const Totals& totals() const { return totals_; }
  /// Takes back what was booked since these were the totals. REQUIRES: the ledger was not copied since. (Entries that
  /// had to go for those taken back do not return.)
  void roll_back(const Totals& totals) noexcept;
  /// For snapshots. REQUIRES: `totals.balanced()`.
  static Ledger restore(const Totals& totals, std::deque<LedgerEntry> entries);

 private:
  void book(LedgerEntry entry, Totals totals);
  void settle(Booking booking, Credits amount, std::string_view reservation, std::string_view record, Instant at);

  struct Fresh {
    bool any = false;
    Bookings credits{};
  };

  Totals totals_;
  Uncopied<Fresh> fresh_;
  Cow<std::deque<LedgerEntry>> entries_{{}};
  std::size_t bytes_ = 0;
};

}  // namespace qamera::sim
