#pragma once

#include <map>
#include <string>
#include <vector>

#include "property/operations.h"

namespace qamera::property {

/// What a workspace promises, written down as simply as can be: an account, and lists of records. It does not know how
/// long jobs take and which fail, but is told what fired, and says what must then be so.
class Model {
 public:
  explicit Model(const sim::Workspace& start);

  /// Takes over what the operation did. Returns what it should not have done, "" for nothing.
  std::string follow(const Operation& operation, const Outcome& outcome, const sim::Workspace& workspace);

 private:
  struct Kept {
    std::string id;
    RecordKind kind = RecordKind::kImage;
    sim::RecordStatus status = sim::RecordStatus::kInProgress;
    sim::Voting voting = sim::Voting::kNone;
    std::string product;
    sim::Credits price = 0;
    bool job = false;  ///< pending
  };

  std::string follow_registration(const Operation& operation, const Outcome& outcome, const sim::Workspace& workspace);
  std::string follow_fired(const std::vector<sim::ClockEvent>& fired, const sim::Workspace& workspace);
  /// Jobs that ended without being told of: by polls, or at once.
  void follow_records(const sim::Workspace& workspace);
  void follow_vote(const Operation& operation, const sim::RecordPtr& record);
  void settle(Kept& record, sim::RecordStatus to);
  Kept* find(const std::string& id);

  std::string check_listing(const Operation& operation, const Outcome& outcome) const;
  std::string check_records(const sim::Workspace& workspace) const;
  std::string check_account(const sim::Workspace& workspace) const;

  sim::Credits granted_ = 0, available_ = 0, reserved_ = 0, consumed_ = 0, refunded_ = 0;
  std::map<Collection, std::vector<Kept>> records_;
  Instant now_;
};

/// That each reservation in the ledger is settled at most once a record, for just what was reserved: "" when so.
std::string check_reservations(const sim::Workspace& workspace);

}  // namespace qamera::property
