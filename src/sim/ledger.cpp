#include "sim/ledger.h"

namespace qamera::sim {

bool Ledger::Totals::balanced() const {
  for (Credits amount : {granted, available, reserved, consumed, refunded}) {
    if (amount < 0 || amount > kMaxCredits) return false;
  }
  return granted == available + reserved + consumed;
}

void Ledger::book(LedgerEntry entry) {
  const Totals totals{granted_, available_, reserved_, consumed_, 0, 0};
  QM_CHECK(totals.balanced(), "granted = available + reserved + consumed");
  entry.sequence = ++booked_;
  entry.available = available_;
  entries_.push_back(std::move(entry));
  if (entries_.size() > kKeptEntries) entries_.pop_front();
}

void Ledger::grant(Credits amount, Instant at) {
  QM_CHECK(amount >= 0, "a grant is not negative");
  granted_ += amount;
  available_ += amount;
  book({.at = at, .booking = Booking::kGrant, .amount = amount});
}

void Ledger::set_available(Credits available, Instant at) {
  const Credits change = available - available_;
  granted_ += change;
  available_ = available;
  book({.at = at, .booking = Booking::kAdjust, .amount = change});
}

bool Ledger::reserve(Credits amount, std::string_view reservation, Instant at) {
  QM_CHECK(amount >= 0, "a reservation is not negative");
  if (amount > available_) return false;
  available_ -= amount;
  reserved_ += amount;
  book({.at = at, .booking = Booking::kReserve, .amount = amount, .reservation = std::string(reservation)});
  return true;
}

void Ledger::settle(Booking booking, Credits amount, std::string_view reservation, std::string_view record,
                    Instant at) {
  QM_CHECK(amount >= 0 && amount <= reserved_, "only reserved credits are settled");
  reserved_ -= amount;
  (booking == Booking::kConsume ? consumed_ : available_) += amount;
  if (booking == Booking::kRefund) refunded_ += amount;
  book({.at = at,
        .booking = booking,
        .amount = amount,
        .reservation = std::string(reservation),
        .record = std::string(record)});
}

Ledger Ledger::restore(const Totals& totals, std::deque<LedgerEntry> entries) {
  QM_CHECK(totals.balanced(), "a restored ledger balances");
  Ledger ledger;
  ledger.granted_ = totals.granted;
  ledger.available_ = totals.available;
  ledger.reserved_ = totals.reserved;
  ledger.consumed_ = totals.consumed;
  ledger.refunded_ = totals.refunded;
  ledger.booked_ = totals.booked;
  ledger.entries_ = std::move(entries);
  return ledger;
}

}  // namespace qamera::sim
