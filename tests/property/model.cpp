#include "property/model.h"

#include <algorithm>
#include <set>

namespace qamera::property {
namespace {

using sim::Credits;
using sim::RecordStatus;

std::string differs(const std::string& what, Credits model, Credits workspace) {
  if (model == workspace) return "";
  return what + " should be " + std::to_string(model) + " and is " + std::to_string(workspace);
}

bool is_over(RecordStatus status) { return status == RecordStatus::kDone || status == RecordStatus::kFailed; }

}  // namespace

Model::Model(const sim::Workspace& start)
    : granted_(start.ledger().granted()), available_(start.ledger().available()), now_(start.now()) {
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    const auto collection = static_cast<Collection>(i);
    auto& list = records_[collection];
    for (const sim::RecordPtr& record : start.records(collection)) {
      list.push_back({record->id, record->kind, record->status, record->voting, record->product_id, 0, false});
    }
  }
}

std::string Model::follow(const Operation& operation, const Outcome& outcome, const sim::Workspace& workspace) {
  std::string wrong;
  if (operation.act == Act::kRegister) wrong = follow_registration(operation, outcome, workspace);
  if (operation.act == Act::kList) wrong = check_listing(operation, outcome);
  if (operation.act == Act::kVote) follow_vote(operation, record_of(workspace, operation));
  if (operation.act == Act::kSetCredits) {
    granted_ += operation.amount - available_;
    available_ = operation.amount;
  }
  if (operation.act == Act::kGrant) {
    granted_ += operation.amount;
    available_ += operation.amount;
  }
  if (operation.act == Act::kCreatePreset) {
    records_[Collection::kPresets].push_back(
        {outcome.text, RecordKind::kPreset, RecordStatus::kDone, sim::Voting::kNone, "", 0, false});
  }
  if (wrong.empty()) wrong = follow_fired(outcome.fired, workspace);
  follow_records(workspace);
  if (wrong.empty()) wrong = check_records(workspace);
  if (wrong.empty()) wrong = check_account(workspace);
  if (wrong.empty()) wrong = check_reservations(workspace);
  return wrong;
}

std::string Model::follow_registration(const Operation& operation, const Outcome& outcome,
                                       const sim::Workspace& workspace) {
  const RecordKind kind = kind_of(operation);
  const Credits price = workspace.price(kind, 1);
  if (!outcome.made) return price * outcome.asked > available_ ? "" : "refused though the credits suffice";
  if (price * outcome.asked > available_) return "more was reserved than was available";
  if (outcome.made->reserved != price * outcome.asked) return "another price was reserved";
  if (static_cast<std::int64_t>(outcome.made->record_ids.size()) != outcome.asked) return "not as many as asked";
  available_ -= price * outcome.asked;
  reserved_ += price * outcome.asked;
  for (const std::string& id : outcome.made->record_ids) {
    if (find(id)) return "the id " + id + " was given twice";
    records_[qamera::collection_of(kind)].push_back(
        {id, kind, RecordStatus::kInProgress, sim::Voting::kNone, operation.amount % 2 == 0 ? "p1" : "", price, true});
  }
  return "";
}

std::string Model::follow_fired(const std::vector<sim::ClockEvent>& fired, const sim::Workspace& workspace) {
  for (const sim::ClockEvent& one : fired) {
    if (one.at < now_ || one.at > workspace.now()) return "fired outside the time that went by";
    now_ = one.at;
    if (one.kind == "credits") {
      granted_ += std::stoll(one.to) - available_;
      available_ = std::stoll(one.to);
    }
    if (one.record.empty()) continue;
    Kept* record = find(one.record);
    if (!record || !record->job) return one.record + " ended without being pending";
    settle(*record, one.to == "DONE" ? RecordStatus::kDone : RecordStatus::kFailed);
  }
  if (workspace.now() < now_) return "time went back";
  now_ = workspace.now();
  return "";
}

void Model::follow_records(const sim::Workspace& workspace) {
  for (auto& [collection, list] : records_) {
    for (Kept& kept : list) {
      const sim::RecordPtr record = kept.job ? workspace.find(kept.id) : nullptr;
      if (record && is_over(record->status)) settle(kept, record->status);
    }
  }
}

void Model::follow_vote(const Operation& operation, const sim::RecordPtr& record) {
  if (!record) return;
  find(record->id)->voting = operation.count % 2 == 0 ? sim::Voting::kApproved : sim::Voting::kRejected;
}

void Model::settle(Kept& record, RecordStatus to) {
  record.job = false;
  record.status = to;
  reserved_ -= record.price;
  if (to == RecordStatus::kDone) {
    consumed_ += record.price;
  } else {
    available_ += record.price;
    refunded_ += record.price;
  }
}

Model::Kept* Model::find(const std::string& id) {
  for (auto& [collection, list] : records_) {
    for (Kept& kept : list) {
      if (kept.id == id) return &kept;
    }
  }
  return nullptr;
}

std::string Model::check_listing(const Operation& operation, const Outcome& outcome) const {
  std::vector<const Kept*> expected;
  for (const Kept& kept : records_.at(collection_of(operation))) {
    if (kept.voting == sim::Voting::kRejected) continue;
    if (filter_of(operation) == sim::ListFilter::kApproved && kept.voting != sim::Voting::kApproved) continue;
    if (operation.amount % 3 == 0 && kept.product != "p1") continue;
    if (expected.size() < limit_of(operation)) expected.push_back(&kept);
  }
  const auto shown = parse_json("[" + outcome.list + "]");
  if (!shown.ok()) return "a listing is no JSON: " + shown.error().message;
  if (shown->size() != outcome.listed) return "a listing counts what it does not show";
  if (shown->size() != expected.size())
    return "a listing shows " + std::to_string(shown->size()) + " records, not " + std::to_string(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if ((*shown)[i].at("id") != expected[i]->id) return expected[i]->id + " is not listed in its place";
  }
  return "";
}

std::string Model::check_records(const sim::Workspace& workspace) const {
  std::size_t pending = 0;
  for (const auto& [collection, list] : records_) {
    const auto& records = workspace.records(collection);
    if (records.size() != list.size()) return "there are " + std::to_string(records.size()) + " records in a listing";
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Kept& kept = list[i];
      if (records[i]->id != kept.id) return records[i]->id + " stands where " + kept.id + " should";
      if (workspace.find(kept.id) != records[i]) return kept.id + " is not found by its id";
      if (records[i]->status != kept.status) return kept.id + " is " + std::string(sim::name_of(records[i]->status));
      if (records[i]->voting != kept.voting) return kept.id + " has another vote";
      if (kept.job) ++pending;
    }
  }
  if (pending != workspace.pending()) return "there are " + std::to_string(workspace.pending()) + " pending jobs";
  return "";
}

std::string Model::check_account(const sim::Workspace& workspace) const {
  const sim::Ledger& ledger = workspace.ledger();
  if (ledger.granted() != ledger.available() + ledger.reserved() + ledger.consumed())
    return "the ledger is off balance";
  for (const std::string& wrong :
       {differs("granted", granted_, ledger.granted()), differs("available", available_, ledger.available()),
        differs("reserved", reserved_, ledger.reserved()), differs("consumed", consumed_, ledger.consumed()),
        differs("refunded", refunded_, ledger.refunded())}) {
    if (!wrong.empty()) return wrong;
  }
  return "";
}

std::string check_reservations(const sim::Workspace& workspace) {
  struct Reservation {
    Credits amount = 0, settled = 0;
  };
  std::map<std::string, Reservation> reservations;
  std::set<std::string> settled;
  Credits reserved = 0;
  for (const sim::LedgerEntry& entry : workspace.ledger().entries()) {
    Reservation& reservation = reservations[entry.reservation];
    if (entry.booking == sim::Booking::kReserve) {
      if (reservation.amount != 0) return entry.reservation + " was reserved twice";
      reservation.amount = entry.amount;
      reserved += entry.amount;
    }
    if (entry.booking != sim::Booking::kConsume && entry.booking != sim::Booking::kRefund) continue;
    if (!settled.insert(entry.record).second) return entry.record + " was settled twice";
    reservation.settled += entry.amount;
    reserved -= entry.amount;
    if (reservation.settled > reservation.amount) return entry.reservation + " was settled for more than it reserved";
  }
  return differs("what reservations still hold", workspace.ledger().reserved(), reserved);
}

}  // namespace qamera::property
