#include "sim/ledger.h"

#include "sim/memory.h"

namespace qamera::sim {
namespace {

std::uint64_t moved(const LedgerEntry& entry) {
  return static_cast<std::uint64_t>(entry.amount < 0 ? -entry.amount : entry.amount);
}

}  // namespace

bool Ledger::Totals::balanced() const {
  for (Credits amount : {granted, available, reserved, consumed, refunded}) {
    if (amount < 0 || amount > kMaxCredits) return false;
  }
  return granted == available + reserved + consumed;
}

void Ledger::book(LedgerEntry entry, Totals totals) {
  Totals checked = totals;
  checked.refunded = 0;  // a sum over all time, without a bound
  QM_CHECK(checked.balanced(), "granted = available + reserved + consumed");
  entry.sequence = ++totals.booked;
  entry.available = totals.available;
  auto& entries = entries_.edit();
  entries.push_back(std::move(entry));
  bytes_ += bytes_of(entries.back());
  // From here on nothing takes memory.
  fresh_.value.any = true;
  fresh_.value.credits[entries.back().booking] += moved(entries.back());
  if (entries.size() > kKeptEntries) {
    bytes_ -= bytes_of(entries.front());
    entries.pop_front();
  }
  totals_ = totals;
}

void Ledger::roll_back(const Totals& totals) noexcept {
  if (totals_.booked == totals.booked) return;
  auto& entries = entries_.edit();
  while (!entries.empty() && entries.back().sequence > totals.booked) {
    bytes_ -= bytes_of(entries.back());
    fresh_.value.credits[entries.back().booking] -= moved(entries.back());
    entries.pop_back();
  }
  totals_ = totals;
}

void Ledger::grant(Credits amount, Instant at) {
  QM_CHECK(amount >= 0, "a grant is not negative");
  Totals totals = totals_;
  totals.granted += amount;
  totals.available += amount;
  book({.at = at, .booking = Booking::kGrant, .amount = amount}, totals);
}

void Ledger::set_available(Credits available, Instant at) {
  const Credits change = available - totals_.available;
  Totals totals = totals_;
  totals.granted += change;
  totals.available = available;
  book({.at = at, .booking = Booking::kAdjust, .amount = change}, totals);
}

bool Ledger::reserve(Credits amount, std::string_view reservation, Instant at) {
  QM_CHECK(amount >= 0, "a reservation is not negative");
  if (amount > totals_.available) return false;
  Totals totals = totals_;
  totals.available -= amount;
  totals.reserved += amount;
  book({.at = at, .booking = Booking::kReserve, .amount = amount, .reservation = std::string(reservation)}, totals);
  return true;
}

void Ledger::settle(Booking booking, Credits amount, std::string_view reservation, std::string_view record,
                    Instant at) {
  QM_CHECK(amount >= 0 && amount <= totals_.reserved, "only reserved credits are settled");
  Totals totals = totals_;
  totals.reserved -= amount;
  (booking == Booking::kConsume ? totals.consumed : totals.available) += amount;
  if (booking == Booking::kRefund) totals.refunded += amount;
  book({.at = at,
        .booking = booking,
        .amount = amount,
        .reservation = std::string(reservation),
        .record = std::string(record)},
       totals);
}

Ledger Ledger::restore(const Totals& totals, std::deque<LedgerEntry> entries) {
  QM_CHECK(totals.balanced(), "a restored ledger balances");
  Ledger ledger;
  ledger.totals_ = totals;
  for (const LedgerEntry& entry : entries) ledger.bytes_ += bytes_of(entry);
  ledger.entries_ = Cow(std::move(entries));
  return ledger;
}

}  // namespace qamera::sim
