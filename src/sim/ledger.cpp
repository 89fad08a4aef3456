#include "sim/ledger.h"

namespace qamera::sim {

bool Ledger::Totals::balanced() const {
  for (Credits amount : {granted, available, reserved, consumed, refunded}) {
    if (amount < 0 || amount > kMaxCredits) return false;
  }
  return granted == available + reserved + consumed;
}

void Ledger::book(LedgerEntry entry) {
  Totals checked = totals_;
  checked.refunded = 0;  // a sum over all time, without a bound
  QM_CHECK(checked.balanced(), "granted = available + reserved + consumed");
  entry.sequence = ++totals_.booked;
  entry.available = totals_.available;
  auto& entries = entries_.edit();
  entries.push_back(std::move(entry));
  if (entries.size() > kKeptEntries) entries.pop_front();
}

void Ledger::grant(Credits amount, Instant at) {
  QM_CHECK(amount >= 0, "a grant is not negative");
  totals_.granted += amount;
  totals_.available += amount;
  book({.at = at, .booking = Booking::kGrant, .amount = amount});
}

void Ledger::set_available(Credits available, Instant at) {
  const Credits change = available - totals_.available;
  totals_.granted += change;
  totals_.available = available;
  book({.at = at, .booking = Booking::kAdjust, .amount = change});
}

bool Ledger::reserve(Credits amount, std::string_view reservation, Instant at) {
  QM_CHECK(amount >= 0, "a reservation is not negative");
  if (amount > totals_.available) return false;
  totals_.available -= amount;
  totals_.reserved += amount;
  book({.at = at, .booking = Booking::kReserve, .amount = amount, .reservation = std::string(reservation)});
  return true;
}

void Ledger::settle(Booking booking, Credits amount, std::string_view reservation, std::string_view record,
                    Instant at) {
  QM_CHECK(amount >= 0 && amount <= totals_.reserved, "only reserved credits are settled");
  totals_.reserved -= amount;
  (booking == Booking::kConsume ? totals_.consumed : totals_.available) += amount;
  if (booking == Booking::kRefund) totals_.refunded += amount;
  book({.at = at,
        .booking = booking,
        .amount = amount,
        .reservation = std::string(reservation),
        .record = std::string(record)});
}

Ledger Ledger::restore(const Totals& totals, std::deque<LedgerEntry> entries) {
  QM_CHECK(totals.balanced(), "a restored ledger balances");
  Ledger ledger;
  ledger.totals_ = totals;
  ledger.entries_ = Cow(std::move(entries));
  return ledger;
}

}  // namespace qamera::sim
