#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "journal/journal_state.h"
#include "journal/stream.h"

namespace qamera::journal {
namespace {

/// Entries a reader takes at once: it keeps them alive while it sends them.
constexpr std::size_t kBatch = 64;

/// `41`, or `41.7` on a stream of one workspace: sequence number, and ordinal within the workspace.
struct EventId {
  std::uint64_t sequence = 0;
  std::optional<std::uint64_t> ordinal;
};

std::optional<EventId> parse_event_id(std::string_view text) {
  EventId id;
  const char* const end = text.data() + text.size();
  const auto sequence = std::from_chars(text.data(), end, id.sequence);
  if (sequence.ec != std::errc{}) return std::nullopt;
  if (sequence.ptr == end) return id;
  if (*sequence.ptr != '.') return std::nullopt;
  const auto ordinal = std::from_chars(sequence.ptr + 1, end, id.ordinal.emplace());
  if (ordinal.ec != std::errc{} || ordinal.ptr != end) return std::nullopt;
  return id;
}

class TailStream final : public PieceStream {
 public:
  TailStream(std::shared_ptr<Journal::State> state, Tail options)
      : state_(std::move(state)), workspace_(std::move(options.workspace)), response_bodies_(options.response_bodies) {
    waiter_ = std::make_shared<Waiter>(workspace_);
    const std::lock_guard lock(state_->mutex);
    start(options.last_event_id);
    state_->waiters.push_back(waiter_);
  }

  ~TailStream() override {
    const std::lock_guard lock(state_->mutex);
    std::erase(state_->waiters, waiter_);
  }

  void on_ready(std::function<void()> callback) override { waiter_->set_callback(std::move(callback)); }

 protected:
  State next_piece(std::string& out) override;

 private:
  struct Found {
    EntryPtr entry;
    std::uint64_t ordinal = 0;
  };

  // These require the journal's mutex.
  void start(const std::optional<std::string>& last_event_id);
  void resume(const EventId& id);
  const Counters* scope() const { return workspace_ ? state_->find_workspace(*workspace_) : &state_->all; }
  std::uint64_t ordinal_of(const Journal::State::Node& node) const { return workspace_ ? node.ordinal : node.sequence; }
  bool wants(const Journal::State::Node& node) const {
    if (!node.entry) return false;
    return !workspace_ || (node.entry->workspace == *workspace_ && node.workspace != &state_->forgotten);
  }
  /// Refills `found_` with what follows `position_`.
  void collect();

  void append_event(std::string& out, const Found& found);
  void append_missed(std::string& out, std::uint64_t count);

  const std::shared_ptr<Journal::State> state_;
  const std::optional<std::string> workspace_;
  const bool response_bodies_;
  std::shared_ptr<Waiter> waiter_;
  std::string preamble_ = ": journal entries follow\n\n";
  std::vector<Found> found_;
  std::size_t next_ = 0;        ///< of `found_`, to be sent
  std::uint64_t position_ = 0;  ///< sequence number of the last entry looked at
  std::uint64_t ordinal_ = 0;   ///< of the last entry told, within the scope
  bool at_most_ = false;        ///< the first missed count is only an upper bound
};

void TailStream::start(const std::optional<std::string>& last_event_id) {
  const auto* known = scope();
  const auto id = last_event_id ? parse_event_id(*last_event_id) : std::nullopt;
  if (!id) {  // nothing to resume: an id that is not ours says nothing about what the client has seen
    position_ = state_->all.recorded;
    ordinal_ = known ? known->recorded : 0;
  } else if (id->sequence > state_->all.recorded) {
    preamble_ += "event: restarted\ndata: {\"lastEventId\":" + std::to_string(id->sequence) +
                 ",\"newest\":" + std::to_string(state_->all.recorded) + "}\n\n";
  } else {
    resume(*id);
  }
}

void TailStream::resume(const EventId& id) {
  position_ = id.sequence;
  ordinal_ = workspace_ ? id.ordinal.value_or(0) : id.sequence;
  const auto* known = workspace_ ? state_->find_workspace(*workspace_) : nullptr;
  if (id.ordinal || !known) return;
  // Only a sequence number: what the workspace had recorded by then follows from the first entry after it,
  // unless some entries in between are gone.
  const Journal::State::Node* next = known->first;
  while (next && next->sequence <= id.sequence) next = next->next;
  if (known->last_dropped_sequence > id.sequence)
    at_most_ = id.sequence > 0;
  else
    ordinal_ = next ? next->ordinal - 1 : known->recorded;
}

void TailStream::collect() {
  found_.clear();
  next_ = 0;
  for (auto node = state_->after(position_); node != state_->nodes.end() && found_.size() < kBatch; ++node) {
    position_ = node->sequence;
    if (wants(*node)) found_.push_back({node->entry, ordinal_of(*node)});
  }
}

ReplyStream::State TailStream::next_piece(std::string& out) {
  if (!preamble_.empty()) {
    out += std::exchange(preamble_, {});
    return State::kMore;
  }
  if (next_ == found_.size()) {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(waiter_->heartbeat, false)) {
      out += ": still here\n\n";
      return State::kMore;
    }
    if (!waiter_->shown.empty()) {
      out += *waiter_->shown.front();
      waiter_->shown.pop_front();
      return State::kMore;
    }
    collect();
    if (found_.empty()) {
      if (state_->ended) return State::kEnd;
      waiter_->waiting = true;
      return State::kIdle;
    }
  }
  append_event(out, found_[next_]);
  found_[next_++].entry.reset();
  return State::kMore;
}

void TailStream::append_event(std::string& out, const Found& found) {
  if (found.ordinal <= ordinal_) ordinal_ = 0;  // the workspace was forgotten and began anew
  if (found.ordinal > ordinal_ + 1) append_missed(out, found.ordinal - ordinal_ - 1);
  ordinal_ = found.ordinal;
  out += "id: " + std::to_string(found.entry->sequence);
  if (workspace_) out += "." + std::to_string(found.ordinal);
  out += "\nevent: entry\ndata: ";
  append_json(out, *found.entry, response_bodies_);
  out += "\n\n";
}

void TailStream::append_missed(std::string& out, std::uint64_t count) {
  out += "event: missed\ndata: {\"missed\":" + std::to_string(count);
  if (std::exchange(at_most_, false)) out += ",\"atMost\":true";
  out += "}\n\n";
}

}  // namespace

bool is_event_id(std::string_view text) { return parse_event_id(text).has_value(); }

std::string expected_event_id(std::string_view got) {
  return "expected the id of an event, a number such as 41 (or 41.7 of one workspace), got \"" + shortened(got) + "\"";
}

std::unique_ptr<ReplyStream> Journal::tail(Tail options) const {
  return std::make_unique<TailStream>(state_, std::move(options));
}

void Journal::show(const Entry& entry) const {
  constexpr std::size_t kMostDue = 64;  // of a reader that does not read
  auto event = std::make_shared<std::string>("event: preflight\ndata: ");
  append_json(*event, entry);
  *event += "\n\n";
  std::vector<std::shared_ptr<Waiter>> woken;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& waiter : state_->waiters) {
      if (!waiter->follows_all() || waiter->shown.size() >= kMostDue) continue;
      waiter->shown.push_back(event);
      if (std::exchange(waiter->waiting, false)) woken.push_back(waiter);
    }
  }
  for (const auto& waiter : woken) waiter->wake();
}

void Journal::heartbeat() const {
  std::vector<std::shared_ptr<Waiter>> woken;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& waiter : state_->waiters) {
      if (!waiter->waiting) continue;  // a busy stream needs no sign of life
      woken.push_back(waiter);
      waiter->heartbeat = true;
      waiter->waiting = false;
    }
  }
  for (const auto& waiter : woken) waiter->wake();
}

void Journal::end_tails() const {
  // Woken under the lock, since a list of them would take memory, and the end must not fail.
  const std::lock_guard lock(state_->mutex);
  state_->ended = true;
  for (const auto& waiter : state_->waiters) {
    waiter->waiting = false;
    waiter->wake();
  }
}

}  // namespace qamera::journal
