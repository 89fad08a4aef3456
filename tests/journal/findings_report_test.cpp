#include <doctest/doctest.h>

#include "journal/entries.h"
#include "journal/journal.h"

namespace qamera::journal {
namespace {

Entry with_finding(std::string_view kind, std::string pointer) {
  Entry entry = list_models();
  entry.findings.push_back({kind, std::move(pointer), "not documented"});
  return entry;
}

TEST_CASE("findings report: grouped by operation and kind, with counts and the first example") {
  Journal journal{Limits{.entries = 2}};
  journal.append(with_finding(finding_kind::kUndocumentedValue, "/query/statusFilter"));
  journal.append(with_finding(finding_kind::kUndocumentedValue, "/query/other"));
  journal.append(with_finding(finding_kind::kUnexpectedBody, "/body"));
  journal.append(exchange("", "GET", "/nothing?x=1", 404));
  journal.append(exchange("", "GET", "/nothing?x=2", 404));
  const FindingsReport report = journal.findings_ever();  // eviction does not make it forget
  REQUIRE(report.groups().size() == 2);
  CHECK(report.groups()[0].count == 2);
  CHECK(report.groups()[0].example_id == "req_000001");
  CHECK(report.groups()[0].pointer == "/query/statusFilter");
  CHECK(report.findings() == 3);
  CHECK(report.unmatched_requests() == 2);
  const OrderedJson json = to_json(report, 0);
  CHECK(json["findings"] == 3);
  CHECK(json["groups"][0]["operation"] == "listModels");
  CHECK(json["groups"][0]["kind"] == "undocumented-value");
  CHECK(json["groups"][0]["example"]["request"] == "GET /api/external/models?statusFilter=approved");
  CHECK(json["unmatchedRequests"][0]["request"] == "GET /nothing");
  CHECK(json["unmatchedRequests"][0]["count"] == 2);
  CHECK(to_text(report, 4) ==
        "3 findings, 2 unmatched requests\n"
        "  listModels  undocumented-value  2x\n"
        "    e.g. req_000001  GET /api/external/models?statusFilter=approved\n"
        "         /query/statusFilter: not documented\n"
        "  listModels  unexpected-body  1x\n"
        "    e.g. req_000003  GET /api/external/models?statusFilter=approved\n"
        "         /body: not documented\n"
        "  unmatched  GET /nothing  2x, answered 404, e.g. req_000004\n"
        "  4 older entries were evicted for room: their findings are not counted here\n");
  CHECK(findings_report(journal.select({})).findings() == 0);
  const auto cases = to_junit_cases(report, true, true);
  REQUIRE(cases.size() == 3);
  CHECK(cases[0].name == "listModels undocumented-value");
  CHECK(cases[0].outcome == JunitCase::Outcome::kFailed);
  CHECK(cases[0].type == "undocumented-value");
  CHECK(cases[0].message ==
        "2 times, e.g. req_000001 GET /api/external/models?statusFilter=approved: /query/statusFilter: not documented");
  CHECK(cases[2].name == "unmatched GET /nothing");
  CHECK(cases[2].message == "2 times, answered 404, e.g. req_000004");
  CHECK(to_junit_cases(report, false, true).size() == 1);
}

TEST_CASE("findings report: as JUnit, what did not occur has passed") {
  const auto cases = to_junit_cases({}, true, true);
  REQUIRE(cases.size() == 2);
  CHECK(cases[0].name == "no findings");
  CHECK(cases[1].name == "no unmatched requests");
  for (const JunitCase& one : cases) CHECK(one.outcome == JunitCase::Outcome::kPassed);
}

TEST_CASE("findings report: a flood of different requests stays bounded") {
  FindingsReport report;
  for (int i = 0; i < 1'000; ++i) report.add(exchange("", "GET", "/n" + std::to_string(i), 404));
  CHECK(report.unmatched().size() == FindingsReport::kMaxGroups);
  CHECK(report.unmatched_requests() == 1'000);
  CHECK(report.ungrouped() == 1'000 - FindingsReport::kMaxGroups);
  CHECK(to_junit_cases(report, true, true).back().message == "800 more");
}

}  // namespace
}  // namespace qamera::journal
