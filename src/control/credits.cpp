// The ledger.

#include "control/handlers.h"

namespace qamera::control {

OrderedJson ledger_json(const sim::Ledger& ledger) {
  OrderedJson entries = OrderedJson::array();
  for (const sim::LedgerEntry& entry : ledger.entries()) {
    OrderedJson line = {{"sequence", entry.sequence},
                        {"at", format_instant(entry.at)},
                        {"booking", sim::name_of(entry.booking)},
                        {"amount", entry.amount}};
    if (!entry.reservation.empty()) line["reservation"] = entry.reservation;
    if (!entry.record.empty()) line["record"] = entry.record;
    line["available"] = entry.available;
    entries.push_back(std::move(line));
  }
  return {{"granted", ledger.granted()},   {"available", ledger.available()}, {"reserved", ledger.reserved()},
          {"consumed", ledger.consumed()}, {"refunded", ledger.refunded()},   {"booked", ledger.booked()},
          {"entries", std::move(entries)}};
}

Result<Reply> get_credits(const Call& call) {
  OrderedJson body =
      describe_workspaces(call, [](api::LockedWorkspace& target) { return ledger_json(target.workspace.ledger()); });
  if (call.named) return json_reply(200, body);
  // Sums over every workspace: the invariant holds for them as well.
  OrderedJson sums;
  OrderedJson entries = OrderedJson::array();
  for (const char* figure : {"granted", "available", "reserved", "consumed", "refunded", "booked"}) {
    sim::Credits sum = 0;
    for (const OrderedJson& ledger : body["workspaces"]) sum += ledger[figure].get<sim::Credits>();
    sums[figure] = sum;
  }
  for (OrderedJson& ledger : body["workspaces"]) {
    for (OrderedJson& entry : ledger["entries"]) {
      entry["workspace"] = ledger["id"];
      entries.push_back(std::move(entry));
    }
    ledger.erase("entries");
  }
  sums["entries"] = std::move(entries);
  sums["workspaces"] = std::move(body["workspaces"]);
  return json_reply(200, sums);
}

Result<Reply> patch_credits(const Call& call) {
  ReadErrors errors;
  ObjectReader reader(errors, call.body, "");
  const auto available = reader.integer("available", 0, sim::kMaxCredits);
  const auto grant = reader.integer("grant", 0, sim::kMaxCredits);
  if (auto read = reader.finished(); !read) return read.error();
  if (available.has_value() == grant.has_value()) {
    return Error{ErrorCode::kInvalid, "expected either {\"available\": n} or {\"grant\": n}", ""};
  }
  const auto check = [&](const sim::Workspace& workspace) -> Result<void> {
    const sim::Ledger& ledger = workspace.ledger();
    const sim::Credits used = ledger.reserved() + ledger.consumed();
    const sim::Credits total = available ? used + *available : ledger.granted() + *grant;
    if (total <= sim::kMaxCredits) return {};
    return Error{ErrorCode::kInvalid, "an account holds at most " + std::to_string(sim::kMaxCredits) + " credits",
                 available ? "/available" : "/grant"};
  };
  const auto change = [&](api::LockedWorkspace& target, auto&) {
    sim::Workspace& workspace = target.workspace;
    if (available)
      workspace.ledger().set_available(*available, workspace.now());
    else
      workspace.ledger().grant(*grant, workspace.now());
  };
  if (auto done = change_each_workspace(call, check, change); !done) return done.error();
  return get_credits(call);
}

}  // namespace qamera::control
