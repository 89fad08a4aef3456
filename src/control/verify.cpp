// POST /__admin/verify: expectations, now or within a while.

#include "control/handlers.h"
#include "control/verdict_desk.h"

namespace qamera::control {
namespace {

/// As `VerdictDesk` does it, without its thread: for a server that has no threads beside those that ask.
class PolledVerdict final : public PendingReply {
 public:
  PolledVerdict(std::unique_ptr<AskedVerdict> asked, const TimeSource& time) : asked_(std::move(asked)), time_(time) {}
  std::optional<Reply> poll(bool stopping) override {
    AskedVerdict::FactsCache facts;
    const bool last = stopping || time_.monotonic() >= asked_->deadline();
    return last ? asked_->last_look(facts) : asked_->look(facts);
  }
  Duration interval() const override { return Duration(20); }

 private:
  const std::unique_ptr<AskedVerdict> asked_;
  const TimeSource& time_;
};

VerdictFormat format_wanted(const Request& request) {
  if (wants_xml(request)) return VerdictFormat::kJunit;
  return wants_text(request) ? VerdictFormat::kText : VerdictFormat::kJson;
}

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
  const bool waits = expectations->within.has_value();
  auto asked = std::make_unique<AskedVerdict>(*std::move(expectations), std::move(about), context.journal, context.time,
                                              format_wanted(call.request));
  AskedVerdict::FactsCache facts;
  if (!waits) return asked->last_look(facts);
  if (auto reply = asked->look(facts)) return *std::move(reply);
  if (!context.options.pools) {
    Reply reply;
    reply.pending = std::make_unique<PolledVerdict>(std::move(asked), context.time);
    return reply;
  }
  if (auto reply = context.verdicts.wait_for(std::move(asked))) return *std::move(reply);
  return Error{ErrorCode::kBusy,
               std::to_string(VerdictDesk::kMostPending) +
                   " verdicts pend already, which is as many as may: ask again without \"within\", or later",
               ""};
}

}  // namespace qamera::control
