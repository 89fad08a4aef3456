// Requests of a client, one after another (world.h has the form), through the whole application: product and control
// API.
//
// Held: the same requests get the same bytes; ledgers balance, and hold as reserved what pending jobs cost; a state
// saved and restored is the same state; what the journal keeps can be read back and names no secret.

#include "base/check.h"
#include "base/text.h"
#include "fuzz/target.h"
#include "fuzz/world.h"
#include "journal/encoding.h"

namespace qamera::fuzz {
namespace {

void check_ledger(const sim::Workspace& workspace, const Json& state) {
  const sim::Ledger& ledger = workspace.ledger();
  QM_CHECK(ledger.granted() == ledger.available() + ledger.reserved() + ledger.consumed(), "the ledger balances");
  sim::Credits owed = 0;
  for (const Json& job : state.at("jobs")) owed += job.at("price").get<sim::Credits>();
  QM_CHECK(owed == ledger.reserved(), "what pending jobs cost is reserved");
}

void check_restored(const sim::Workspace& workspace, const Json& state) {
  sim::Workspace copy = workspace;
  const auto restored = copy.restore(state, workspace.scenario_ptr(), MonotonicTime(0));
  QM_CHECK(restored.ok(), "a saved state can be restored");
  QM_CHECK(copy.snapshot() == state, "a restored state is the saved one");
}

void check_entry(const journal::Entry& entry) {
  std::string line;
  journal::append_json(line, entry);
  const auto json = parse_json(line);
  QM_CHECK(json.ok() && line.find('\n') == std::string::npos, "an entry is one line of JSON");
  const auto again = journal::entry_from_json(*json);
  QM_CHECK(again.ok(), "an entry can be read back");
  QM_CHECK(again->status == entry.status, "an entry read back has its status");
  // Bytes that are no UTF-8 cannot stand in JSON.
  if (is_utf8(entry.target)) QM_CHECK(again->target == entry.target, "an entry read back has its target");
  const std::string* key = entry.request_headers.find("X-Api-Key");
  const auto parsed = key ? sim::parse_api_key(*key) : std::nullopt;
  QM_CHECK(!parsed || parsed->secret == "***", "the journal keeps no key");
}

}  // namespace

void run(std::string_view input) {
  if (asks_for_too_much(input)) return;
  World world;
  world.serve(input);
  World again;
  again.serve(input);
  QM_CHECK(world.transcript() == again.transcript(), "the same requests get the same bytes");
  for (const api::WorkspaceHandle& handle : world.application().workspaces().all()) {
    const Json state = handle->workspace.snapshot();
    check_ledger(handle->workspace, state);
    check_restored(handle->workspace, state);
  }
  for (const journal::EntryPtr& entry : world.journal().select({})) check_entry(*entry);
}

}  // namespace qamera::fuzz
