// Expectations, as POST /__admin/verify takes them.
//
// Held: the sources that are kept read back; a verdict follows from its outcomes, each explained unless it passed;
// with less known of the journal nothing passes or fails that was open.

#include <algorithm>

#include "assertions/verdict.h"
#include "base/check.h"
#include "fuzz/target.h"
#include "fuzz/traffic.h"

namespace qamera::fuzz {
namespace {

using assertions::Verdict;

assertions::Facts fixed_facts() {
  return {{100, 60, 10, 30, 5},
          {{RecordKind::kImage, "DONE", "APPROVED", 3}, {RecordKind::kModel, "INPROGRESS", std::nullopt, 1}}};
}

journal::View view_of(std::size_t from, std::uint64_t evicted) {
  journal::View view;
  view.entries.assign(sample_traffic().begin() + static_cast<std::ptrdiff_t>(from), sample_traffic().end());
  view.evicted = evicted;
  return view;
}

void check_report(const assertions::Report& report, const assertions::Expectations& expectations) {
  QM_CHECK(report.outcomes.size() == expectations.expect.size(), "an outcome for each expectation");
  Verdict worst = Verdict::kPassed;
  for (const assertions::ExpectationResult& outcome : report.outcomes) {
    if (outcome.verdict == Verdict::kFailed) worst = Verdict::kFailed;
    if (outcome.verdict == Verdict::kInconclusive && worst == Verdict::kPassed) worst = Verdict::kInconclusive;
    QM_CHECK(!outcome.expected.empty() && !outcome.seen.empty(), "an outcome is explained");
    QM_CHECK(outcome.verdict != Verdict::kInconclusive || !outcome.reason.empty(), "what is open says why");
  }
  QM_CHECK(report.verdict == worst, "the verdict is that of the worst outcome");
  QM_CHECK(parse_json(dump_json(to_json(report, expectations))).ok(), "a report is JSON");
  QM_CHECK(!to_text(report, expectations).empty(), "a report is text");
}

Json sources(const assertions::Expectations& expectations) {
  Json list = Json::array();
  for (const assertions::Expectation& one : expectations.expect) list.push_back(one.source);
  return {{"expect", std::move(list)}};
}

}  // namespace

void run(std::string_view input) {
  const auto document = parse_json(input);
  if (!document.ok()) return;
  const auto expectations = assertions::parse_expectations(*document);
  if (!expectations.ok()) {
    QM_CHECK(!expectations.error().message.empty(), "a refusal says why");
    return;
  }
  const auto again = assertions::parse_expectations(sources(*expectations));
  QM_CHECK(again.ok() && sources(*again) == sources(*expectations), "the sources kept are expectations");
  const assertions::Facts facts = fixed_facts();
  const assertions::Report whole = assertions::evaluate(*expectations, view_of(0, 0), &facts);
  check_report(whole, *expectations);
  check_report(assertions::evaluate(*expectations, {}, nullptr), *expectations);
  constexpr std::size_t kEvicted = 2;
  const assertions::Report less = assertions::evaluate(*expectations, view_of(kEvicted, kEvicted), &facts);
  check_report(less, *expectations);
  for (std::size_t i = 0; i < whole.outcomes.size(); ++i) {
    const Verdict known = whole.outcomes[i].verdict;
    const Verdict guessed = less.outcomes[i].verdict;
    QM_CHECK(guessed == known || guessed == Verdict::kInconclusive || known == Verdict::kInconclusive,
             "with entries evicted no verdict turns into its opposite");
  }
}

}  // namespace qamera::fuzz
