// POST /__admin/verify: expectations, now or within a while.

#include <map>

#include "assertions/verdict.h"
#include "control/handlers.h"

namespace qamera::control {
namespace {

/// How often a verdict that may still come true is looked at again.
constexpr Duration kInterval{20};

/// A workspace as it is: copied under its lock, so that judging needs none.
assertions::Facts facts_of(const sim::Workspace& workspace) {
  std::map<std::tuple<RecordKind, sim::RecordStatus, sim::Voting>, std::uint64_t> counts;
  for (const Collection collection : kAll<Collection>) {
    for (const sim::RecordPtr& record : workspace.records(collection)) {
      ++counts[{record->kind, record->status, record->voting}];
    }
  }
  const sim::Ledger& ledger = workspace.ledger();
  assertions::Facts facts;
  facts.ledger = {ledger.granted(), ledger.available(), ledger.reserved(), ledger.consumed(), ledger.refunded()};
  const std::string& failed = workspace.scenario().fixture->failed_status;
  for (const auto& [group, count] : counts) {
    const auto& [kind, status, voting] = group;
    auto& line = facts.records.emplace_back();
    line.kind = kind;
    line.status = status == sim::RecordStatus::kFailed ? failed : std::string(sim::name_of(status));
    if (voting != sim::Voting::kNone) line.voting = sim::name_of(voting);
    line.count = count;
  }
  return facts;
}

/// Judges again until the expectations hold or their time is over.
class PendingVerdict final : public PendingReply {
 public:
  PendingVerdict(assertions::Expectations expectations, api::WorkspaceHandle about, const journal::Journal& journal,
                 const TimeSource& time, bool text)
      : expectations_(std::move(expectations)),
        about_(std::move(about)),
        journal_(journal),
        time_(time),
        text_(text),
        deadline_(time.monotonic() + expectations_.within.value_or(Duration(0))) {}

  std::optional<Reply> poll(bool stopping) override {
    const MonotonicTime started = time_.monotonic();
    const bool last = stopping || started >= deadline_;
    // Nothing new can have changed a verdict that rests on the journal alone.
    const std::uint64_t recorded = journal_.counters(std::nullopt).recorded;
    if (!last && judged_ == recorded && expectations_.needs_workspace.empty()) return std::nullopt;
    judged_ = recorded;
    auto reply = judge(last);
    // Judging must leave the loop's other connections most of the time.
    const auto took = std::chrono::ceil<Duration>(time_.monotonic() - started);
    interval_ = std::max(kInterval, 10 * took);
    return reply;
  }
  Duration interval() const override { return interval_; }

 private:
  std::optional<Reply> judge(bool last) const {
    const auto view = journal_.view(about_ ? std::optional(about_->id) : std::nullopt);
    std::optional<assertions::Facts> facts;
    if (about_) {
      with_workspace(*about_, time_.monotonic(), [&](auto& about) { facts = facts_of(about.workspace); });
    }
    const assertions::Report report = assertions::evaluate(expectations_, view, facts ? &*facts : nullptr);
    if (report.verdict != assertions::Verdict::kPassed && !last) return std::nullopt;
    const int status = report.verdict == assertions::Verdict::kPassed   ? 200
                       : report.verdict == assertions::Verdict::kFailed ? 422
                                                                        : 409;
    if (text_) return text_reply(status, to_text(report, expectations_));
    return json_reply(status, to_json(report, expectations_));
  }

  const assertions::Expectations expectations_;
  const api::WorkspaceHandle about_;
  const journal::Journal& journal_;
  const TimeSource& time_;
  const bool text_;
  const MonotonicTime deadline_;
  Duration interval_ = kInterval;
  std::optional<std::uint64_t> judged_;  ///< how many entries there were at the last verdict
};

}  // namespace

Result<Reply> verify_expectations(const Call& call) {
  const Context& context = call.context;
  auto expectations = assertions::parse_expectations(call.body, operation_names());
  if (!expectations) return expectations.error();
  const std::string& needs_workspace = expectations->needs_workspace;
  if (context.options.is_proxy && !needs_workspace.empty()) {
    return Error{ErrorCode::kUnsupported,
                 "this is the upstream's to know: in front of another server only the journal can be judged",
                 needs_workspace};
  }
  api::WorkspaceHandle about = call.named;
  if (!about && !needs_workspace.empty()) {
    const auto all = context.workspaces.all();
    // With a single workspace there is no doubt which one is meant.
    if (all.size() != 1) {
      return Error{ErrorCode::kInvalid,
                   "this looks at one workspace: name it with X-Api-Key or ?workspace=ID (there are " +
                       std::to_string(all.size()) + ")",
                   needs_workspace};
    }
    about = all.front();
  }
  Reply reply;
  reply.pending = std::make_unique<PendingVerdict>(*std::move(expectations), std::move(about), context.journal,
                                                   context.time, wants_text(call.request));
  return reply;
}

}  // namespace qamera::control
