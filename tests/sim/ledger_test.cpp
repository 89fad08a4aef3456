#include "sim/ledger.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

std::string shown(const Ledger& ledger) {
  std::string out;
  for (Credits amount :
       {ledger.granted(), ledger.available(), ledger.reserved(), ledger.consumed(), ledger.refunded()}) {
    out += (out.empty() ? "" : " ") + std::to_string(amount);
  }
  return out;
}

/// One booking, and the totals after it: granted, available, reserved, consumed, refunded.
struct Step {
  Booking booking;
  Credits amount;
  const char* totals;
};

}  // namespace

TEST_CASE("credits: each booking moves its amount and nothing else") {
  Ledger ledger;
  for (const Step& step : {Step{Booking::kGrant, 100, "100 100 0 0 0"},
                           {Booking::kReserve, 40, "100 60 40 0 0"},
                           {Booking::kConsume, 10, "100 60 30 10 0"},
                           {Booking::kRefund, 10, "100 70 20 10 10"},
                           {Booking::kReserve, 70, "100 0 90 10 10"},
                           {Booking::kAdjust, 5, "105 5 90 10 10"},
                           {Booking::kAdjust, 0, "100 0 90 10 10"},
                           {Booking::kGrant, 0, "100 0 90 10 10"},
                           {Booking::kReserve, 0, "100 0 90 10 10"},
                           {Booking::kConsume, 0, "100 0 90 10 10"},
                           {Booking::kRefund, 90, "100 90 0 10 100"}}) {
    switch (step.booking) {
      case Booking::kGrant: ledger.grant(step.amount, kManualStart); break;
      case Booking::kAdjust: ledger.set_available(step.amount, kManualStart); break;
      case Booking::kReserve: CHECK(ledger.reserve(step.amount, "res_1", kManualStart)); break;
      case Booking::kConsume: ledger.consume(step.amount, "res_1", "img_1", kManualStart); break;
      case Booking::kRefund: ledger.refund(step.amount, "res_1", "img_1", kManualStart); break;
    }
    CHECK(shown(ledger) == step.totals);
    CHECK(ledger.entries().back().booking == step.booking);
    CHECK(ledger.entries().back().available == ledger.available());
    CHECK(ledger.entries().back().sequence == ledger.booked());
  }
}

TEST_CASE("credits: a reservation beyond the balance changes nothing") {
  Ledger ledger;
  CHECK_FALSE(ledger.reserve(1, "res_1", kManualStart));
  CHECK(ledger.booked() == 0);
  ledger.grant(10, kManualStart);
  CHECK_FALSE(ledger.reserve(11, "res_1", kManualStart));
  CHECK(shown(ledger) == "10 10 0 0 0");
  CHECK(ledger.booked() == 1);
  CHECK(ledger.reserve(10, "res_1", kManualStart));
  CHECK_FALSE(ledger.reserve(1, "res_2", kManualStart));
}

TEST_CASE("credits: an adjustment is booked with its sign") {
  Ledger ledger;
  ledger.grant(100, kManualStart);
  ledger.set_available(30, kManualStart);
  CHECK(ledger.entries().back().amount == -70);
  ledger.set_available(80, kManualStart);
  CHECK(ledger.entries().back().amount == 50);
  CHECK(shown(ledger) == "80 80 0 0 0");
}

TEST_CASE("credits: entries name reservation, record and time") {
  Ledger ledger;
  ledger.grant(10, kManualStart);
  CHECK(ledger.reserve(10, "res_1", kManualStart));
  ledger.refund(10, "res_1", "img_1", kManualStart + Duration(5));
  const LedgerEntry& entry = ledger.entries().back();
  CHECK(entry.reservation == "res_1");
  CHECK(entry.record == "img_1");
  CHECK(entry.at == kManualStart + Duration(5));
  CHECK(entry.amount == 10);
  CHECK(ledger.entries().front().reservation == "");
  CHECK(name_of(entry.booking) == "refund");
}

TEST_CASE("credits: only the newest 1,000 entries are kept, and all are counted") {
  Ledger ledger;
  for (int i = 0; i < 1'500; ++i) ledger.grant(1, kManualStart);
  CHECK(ledger.entries().size() == 1'000);
  CHECK(ledger.entries().front().sequence == 501);
  CHECK(ledger.booked() == 1'500);
  CHECK(ledger.granted() == 1'500);
}

TEST_CASE("credits: totals balance or they do not") {
  using Totals = Ledger::Totals;
  CHECK(Totals{100, 60, 30, 10, 5, 0}.balanced());
  CHECK(Totals{0, 0, 0, 0, 0, 0}.balanced());
  CHECK(Totals{kMaxCredits, kMaxCredits, 0, 0, 0, 0}.balanced());
  CHECK_FALSE(Totals{100, 60, 30, 11, 5, 0}.balanced());
  CHECK_FALSE(Totals{100, 110, -10, 0, 0, 0}.balanced());
  CHECK_FALSE(Totals{kMaxCredits + 1, kMaxCredits + 1, 0, 0, 0, 0}.balanced());
  CHECK_FALSE(Totals{0, 0, 0, 0, -1, 0}.balanced());
}

TEST_CASE("credits: a restored ledger goes on where it was") {
  std::deque<LedgerEntry> entries(1);
  entries.front().sequence = 7;
  Ledger ledger = Ledger::restore({100, 60, 30, 10, 5, 7}, entries);
  CHECK(shown(ledger) == "100 60 30 10 5");
  ledger.consume(30, "res_1", "img_1", kManualStart);
  CHECK(shown(ledger) == "100 60 0 40 5");
  CHECK(ledger.entries().back().sequence == 8);
  CHECK(ledger.entries().size() == 2);
}

TEST_CASE("credits: a job reserves its price, a done record consumes it, a failed one gets it back") {
  Workspace w = workspace_of(R"("jobs": {"default": {"manual": true}}, "credits": {"available": 45})");
  CHECK(credits(w) == "45/0/0/0 of 45");
  const auto ids = add(w, RecordKind::kImage, 4);
  REQUIRE(ids.size() == 4);
  CHECK(credits(w) == "5/40/0/0 of 45");
  CHECK(add(w, RecordKind::kImage, 1).empty());
  CHECK(credits(w) == "5/40/0/0 of 45");
  CHECK(w.record_count(Collection::kImages) == 4);
  std::vector<ClockEvent> fired;
  CHECK(w.settle(ids[0], RecordStatus::kDone, fired));
  CHECK(credits(w) == "5/30/10/0 of 45");
  CHECK(w.settle(ids[1], RecordStatus::kFailed, fired));
  CHECK(credits(w) == "15/20/10/10 of 45");
  CHECK_FALSE(w.settle(ids[1], RecordStatus::kDone, fired));
  CHECK_FALSE(w.settle("img_999", RecordStatus::kDone, fired));
  CHECK(credits(w) == "15/20/10/10 of 45");
  CHECK(fired.size() == 2);
}

TEST_CASE("credits: what a refused job would have taken, ids and tokens included, goes to the next") {
  Workspace w = workspace_of(R"("credits": {"available": 10}, "jobs": {"default": {"immediate": true}})");
  Workspace other = w;
  CHECK(add(w, RecordKind::kImage, 2).empty());
  CHECK(w.snapshot() == other.snapshot());
  CHECK(add(w, RecordKind::kImage, 1) == add(other, RecordKind::kImage, 1));
  CHECK(w.snapshot() == other.snapshot());
}

TEST_CASE("credits: prices go by kind, and a free job is booked with nothing") {
  Workspace w = workspace_of(R"("credits": {"available": 45, "prices": {"image": 30, "model": 0}})");
  CHECK(w.price(RecordKind::kImage, 4) == 120);
  CHECK(w.price(RecordKind::kReel, 1) == 15);
  CHECK(w.price(RecordKind::kVideo, 1) == 10);
  CHECK(w.price(RecordKind::kProduct, 5) == 0);
  CHECK(add(w, RecordKind::kModel, 20).size() == 20);
  CHECK(credits(w) == "45/0/0/0 of 45");
}

TEST_CASE("activity: what was booked and ended is told once, and no copy tells it again") {
  Workspace w = workspace_of(R"("jobs": {"default": {"manual": true}}, "credits": {"available": 45})");
  CHECK(w.has_activity());
  CHECK(w.take_activity().credits[Booking::kGrant] == 45);
  CHECK_FALSE(w.has_activity());
  const auto ids = add(w, RecordKind::kImage, 2);
  const Workspace copy = w;
  CHECK_FALSE(copy.has_activity());
  std::vector<ClockEvent> fired;
  REQUIRE(w.settle(ids[0], RecordStatus::kDone, fired));
  REQUIRE(w.settle(ids[1], RecordStatus::kFailed, fired));
  w.ledger().set_available(5, w.now());
  w.ledger().set_available(8, w.now());
  Workspace last = std::move(w);
  w = last;
  CHECK_FALSE(w.has_activity());
  const Activity activity = last.take_activity();
  CHECK(activity.jobs[RecordKind::kImage][Ended::kDone] == 1);
  CHECK(activity.jobs[RecordKind::kImage][Ended::kFailed] == 1);
  CHECK(activity.jobs[RecordKind::kVideo][Ended::kDone] == 0);
  CHECK(activity.credits == Bookings{{0, 33, 20, 10, 10}});
  CHECK_FALSE(last.has_activity());
}

TEST_CASE("activity: a booking that is taken back was none") {
  Ledger ledger;
  ledger.grant(100, kManualStart);
  const Ledger::Totals before = ledger.totals();
  REQUIRE(ledger.reserve(40, "res_1", kManualStart));
  ledger.consume(10, "res_1", "img_1", kManualStart);
  ledger.roll_back(before);
  CHECK(ledger.take_bookings() == Bookings{{100, 0, 0, 0, 0}});
}

}  // namespace qamera::sim
