// A fixture file.
//
// Held: what the parser accepts the published schema accepts too; every record is found by its id, in the place the
// index says; listings count what they show.

#include "base/check.h"
#include "fuzz/target.h"
#include "fuzz/world.h"
#include "sim/workspace.h"

namespace qamera::fuzz {
namespace {

void check_index(const sim::Fixture& fixture) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    for (std::size_t n = 0; n < fixture.records[i].size(); ++n, ++count) {
      const auto found = fixture.index.find(fixture.records[i][n]->id);
      QM_CHECK(found != fixture.index.end(), "a record is found by its id");
      QM_CHECK(static_cast<std::size_t>(found->second.collection) == i && found->second.index == n,
               "a record stands where the index says");
    }
  }
  QM_CHECK(count == fixture.index.size(), "no id is indexed without a record");
}

/// A workspace of the fixture alone: new ids do not clash, listings are arrays of what they count.
void check_workspace(const sim::ScenarioPtr& scenario) {
  sim::Workspace::Start start;
  start.scenario = scenario;
  sim::Workspace workspace(std::move(start));
  sim::JobRequest request;
  request.kind = RecordKind::kPackshot;
  request.count = 3;
  request.product_name = "{n}";
  QM_CHECK(workspace.register_job(request).has_value(), "there are credits for three packshots");
  for (std::size_t i = 0; i < kCollectionCount; ++i) {
    std::string list;
    const auto count = workspace.list(static_cast<Collection>(i), {}, list);
    QM_CHECK(known_json("[" + list + "]").size() == count, "a listing counts what it shows");
  }
}

}  // namespace

void run(std::string_view input) {
  constexpr std::int64_t kMax = 50;
  const auto document = parse_written_json(input);
  if (!document.ok() || generates_more_than(*document, kMax)) return;
  const auto fixture = sim::parse_fixture(*document);
  if (!fixture.ok()) {
    QM_CHECK(!fixture.error().message.empty(), "a refusal says why");
    return;
  }
  check_index(**fixture);
  // As a server takes it: with each record held against the contract.
  Json wrapped = known_json(R"({"name": "f", "clock": {"mode": "manual"}, "jobs": {"default": {"immediate": true}}})");
  wrapped["fixture"] = *document;
  const auto scenario = shipped_scenarios().parse(wrapped, "fuzz");
  if (!scenario.ok()) return;
  const auto wrong = contract().check_document("fixture.schema.json", without_notes(*document));
  QM_CHECK(!wrong, (wrong->pointer + " is accepted against the schema: " + wrong->message).c_str());
  check_workspace(*scenario);
}

}  // namespace qamera::fuzz
