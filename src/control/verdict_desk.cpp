#include "control/verdict_desk.h"

#include <algorithm>
#include <new>
#include <system_error>

#include "control/call.h"

namespace qamera::control {
namespace {

/// Between two rounds at least; beyond that, the desk rests for so many times as long as a round took.
constexpr MonotonicTime kInterval = std::chrono::milliseconds(20);
constexpr int kRest = 4;

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

}  // namespace

AskedVerdict::AskedVerdict(assertions::Expectations expectations, api::WorkspaceHandle about,
                           const journal::Journal& journal, const TimeSource& time, VerdictFormat format)
    : expectations_(std::move(expectations)),
      about_(std::move(about)),
      scope_(about_ ? std::optional(about_->id) : std::nullopt),
      journal_(journal),
      time_(time),
      format_(format),
      asked_at_(time.monotonic()),
      deadline_(time.monotonic() + expectations_.within.value_or(Duration(0))),
      tally_(expectations_) {}

const assertions::Facts* AskedVerdict::facts_from(FactsCache& facts) const {
  if (!about_ || expectations_.needs_workspace.empty()) return nullptr;
  const auto [place, is_new] = facts.try_emplace(about_.get());
  if (is_new) {
    // Copied under the lock, counted without it.
    const sim::Workspace copy = with_workspace(*about_, time_.monotonic(), [](auto& about) { return about.workspace; });
    place->second = facts_of(copy);
  }
  return &place->second;
}

std::optional<Reply> AskedVerdict::look(FactsCache& facts) {
  const bool may_differ = tally_.follow(journal_, scope_) || !expectations_.needs_workspace.empty() || !evaluated_;
  if (!may_differ) return std::nullopt;
  const auto passes = tally_.passes(facts_from(facts));
  evaluated_ = true;
  if (passes == false) return std::nullopt;
  const assertions::Report report = evaluate(facts);
  if (report.verdict != assertions::Verdict::kPassed) return std::nullopt;
  return reply_of(report);
}

Reply AskedVerdict::last_look(FactsCache& facts) const { return reply_of(evaluate(facts)); }

assertions::Report AskedVerdict::evaluate(FactsCache& facts) const {
  return assertions::evaluate(expectations_, journal_.view(scope_), facts_from(facts));
}

Reply AskedVerdict::reply_of(const assertions::Report& report) const {
  const int status = report.verdict == assertions::Verdict::kPassed   ? 200
                     : report.verdict == assertions::Verdict::kFailed ? 422
                                                                      : 409;
  if (format_ == VerdictFormat::kJunit) {
    const auto taken = std::chrono::duration_cast<Duration>(time_.monotonic() - asked_at_);
    return xml_reply(status, to_junit(report, expectations_, time_.wall(), taken));
  }
  if (format_ == VerdictFormat::kText) return text_reply(status, to_text(report, expectations_));
  return json_reply(status, to_json(report, expectations_));
}

/// What the edge holds of one that waits.
class VerdictDesk::PendingVerdict final : public PendingReply {
 public:
  PendingVerdict(VerdictDesk& desk, WaitingPtr waiting) : desk_(desk), waiting_(std::move(waiting)) {}
  ~PendingVerdict() override { desk_.drop(*waiting_); }

  std::optional<Reply> poll(bool stopping) override {
    if (stopping) desk_.hurry(*waiting_);
    return waiting_->promise.take();
  }
  Duration interval() const override { return std::chrono::seconds(10); }
  void on_decided(const std::function<void()>& callback) override { waiting_->promise.on_kept(callback); }

 private:
  VerdictDesk& desk_;
  const WaitingPtr waiting_;
};

std::optional<Reply> VerdictDesk::wait_for(std::unique_ptr<AskedVerdict> asked) {
  auto waiting = std::make_shared<Waiting>();
  waiting->asked = std::move(asked);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= kMostPending) return std::nullopt;
    try {
      if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    } catch (const std::system_error&) {
      return std::nullopt;
    }
    waiting_.push_back(waiting);
  }
  changed_.notify_one();
  Reply reply;
  reply.pending = std::make_unique<PendingVerdict>(*this, std::move(waiting));
  return reply;
}

void VerdictDesk::run() {
  std::unique_lock lock(mutex_);
  std::vector<WaitingPtr> round;
  while (!stopping_) {
    const MonotonicTime now = time_.monotonic();
    const std::size_t last_looks = take_round(round, now);
    if (round.empty()) {
      MonotonicTime next = next_round_;
      for (const WaitingPtr& one : waiting_) next = std::min(next, one->asked->deadline());
      if (waiting_.empty())
        changed_.wait(lock);
      else
        changed_.wait_for(lock, next - now);
      continue;
    }
    lock.unlock();
    decide(round, last_looks);
    const bool was_whole = last_looks < round.size();
    round.clear();
    lock.lock();
    const MonotonicTime ended = time_.monotonic();
    if (was_whole) next_round_ = ended + std::max(kInterval, kRest * (ended - now));
  }
}

std::size_t VerdictDesk::take_round(std::vector<WaitingPtr>& round, MonotonicTime now) {
  const bool is_time = now >= next_round_;
  for (const WaitingPtr& one : waiting_) {
    if (is_time || one->is_hurried || now >= one->asked->deadline()) round.push_back(one);
  }
  const auto others = std::partition(round.begin(), round.end(), [&](const WaitingPtr& one) {
    return one->is_hurried || now >= one->asked->deadline();
  });
  return static_cast<std::size_t>(others - round.begin());
}

void VerdictDesk::decide(const std::vector<WaitingPtr>& round, std::size_t last_looks) {
  AskedVerdict::FactsCache facts;
  for (std::size_t i = 0; i < round.size() && !is_stopping(); ++i) {
    Waiting& one = *round[i];
    try {
      auto reply = i < last_looks ? one.asked->last_look(facts) : one.asked->look(facts);
      if (!reply) continue;
      drop(one);
      one.promise.keep(*std::move(reply));
    } catch (const std::bad_alloc&) {
      drop(one);
      one.promise.fail();
    }
  }
}

void VerdictDesk::hurry(Waiting& waiting) {
  {
    const std::lock_guard lock(mutex_);
    waiting.is_hurried = true;
  }
  changed_.notify_one();
}

void VerdictDesk::drop(const Waiting& waiting) {
  WaitingPtr dropped;  // after the lock
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const WaitingPtr& one) { return one.get() == &waiting; });
  if (found == waiting_.end()) return;
  dropped = std::move(*found);
  waiting_.erase(found);
}

bool VerdictDesk::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

VerdictDesk::~VerdictDesk() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace qamera::control
