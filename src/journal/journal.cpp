#include "journal/journal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <new>
#include <unordered_set>

#include "base/eager_lock.h"
#include "base/hash.h"
#include "base/text.h"
#include "journal/journal_state.h"

namespace qamera::journal {
namespace {

/// Neighbouring values give unrelated ones.
constexpr std::uint64_t mixed(std::uint64_t value) { return split_mix(value); }

/// A version 4 UUID that follows from seed and sequence number, into `out`, which has room for its 36 characters.
void write_uuid(std::string& out, std::uint64_t seed, std::uint64_t sequence) {
  const std::uint64_t base = mixed(seed) ^ sequence;
  const std::uint64_t high = (mixed(base) & ~0xF000ULL) | 0x4000ULL;
  const std::uint64_t low = (mixed(~base) & ~(3ULL << 62)) | (2ULL << 62);
  out.assign(36, '-');
  write_hex(&out[0], high >> 32, 8);
  write_hex(&out[9], high >> 16, 4);
  write_hex(&out[14], high, 4);
  write_hex(&out[19], low >> 48, 4);
  write_hex(&out[24], low, 12);
}

std::string request_id(std::uint64_t sequence) {
  std::string digits = std::to_string(sequence);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return "req_" + digits;
}

/// Heap and inline memory of an entry, without the allocator's own overhead but for a flat allowance.
std::size_t cost_of(const Entry& entry) {
  constexpr std::size_t kAllowance = sizeof(Entry) + sizeof(Journal::State::Node) + 64;
  std::size_t bytes = kAllowance;
  for (const std::string* text : {&entry.workspace, &entry.operation, &entry.method, &entry.target,
                                  &entry.request_body.text, &entry.response_body.content(), &entry.reason, &entry.rule,
                                  &entry.fault, &entry.correlation_id, &entry.upstream}) {
    if (text->capacity() > 15) bytes += text->capacity() + 1;
  }
  for (const Headers* headers : {&entry.request_headers, &entry.response_headers}) {
    for (const Header& header : *headers) bytes += sizeof(Header) + header.name.size() + header.value.size();
  }
  for (const Finding& finding : entry.findings) {
    bytes += sizeof(Finding) + finding.pointer.size() + finding.message.size();
  }
  if (!entry.draws.is_null()) bytes += 64 * (1 + entry.draws.size());
  return bytes;
}

/// Buffers handed over by a caller may be far larger than their text.
void trim(std::string& text) {
  if (text.capacity() > text.size() + text.size() / 2 + 256) text.shrink_to_fit();
}

bool passes(const Entry& entry, const Filter& filter) {
  return (!filter.operation || entry.operation == *filter.operation) &&
         (!filter.status || entry.status == *filter.status) && (!filter.unmatched || is_unmatched(entry)) &&
         (!filter.findings || !entry.findings.empty()) && (!filter.path || path_of(entry) == *filter.path);
}

}  // namespace

Journal::State::Workspace& Journal::State::workspace_of(std::string_view id) {
  const auto found = workspaces.find(id);
  if (found != workspaces.end()) return *found->second;
  return *workspaces.emplace(std::string(id), std::make_unique<Workspace>()).first->second;
}

const Journal::State::Workspace* Journal::State::find_workspace(std::string_view id) const {
  const auto found = workspaces.find(id);
  return found == workspaces.end() ? nullptr : found->second.get();
}

void Journal::State::link(Node& node) {
  Workspace& workspace = *node.workspace;
  node.next = nullptr;
  (workspace.last ? workspace.last->next : workspace.first) = &node;
  workspace.last = &node;
}

void Journal::State::unlink_first(Workspace& workspace) {
  workspace.first = workspace.first->next;
  if (!workspace.first) workspace.last = nullptr;
}

void Journal::State::push(EntryPtr entry, std::size_t cost) {
  // The ordinal counts within the workspace: a stream of one workspace tells by its gaps how many entries it missed,
  // which the sequence numbers, shared by all, cannot say.
  Workspace& workspace = workspace_of(entry->workspace);
  nodes.push_back({nullptr, entry->sequence});
  try {
    shares.add(workspace, cost);
  } catch (const std::bad_alloc&) {
    nodes.pop_back();
    throw;
  }
  // From here on nothing takes memory: an entry is there and counted, or neither.
  for (Counters* counted : {&all, static_cast<Counters*>(&workspace)}) {
    ++counted->recorded;
    counted->findings += entry->findings.empty() ? 0 : 1;
    counted->unmatched += is_unmatched(*entry) ? 1 : 0;
  }
  ++all.entries;
  all.bytes += cost;
  const std::uint64_t sequence = entry->sequence;
  nodes.back() = {std::move(entry), sequence, cost, workspace.recorded, &workspace, nullptr};
  link(nodes.back());
}

std::optional<Bound> Journal::State::exceeded() const {
  if (all.entries > limits.entries) return Bound::kEntries;
  if (all.entries > 0 && all.bytes > limits.bytes) return Bound::kBytes;
  return std::nullopt;
}

EntryPtr Journal::State::evict(Bound bound) {
  Workspace& workspace = static_cast<Workspace&>(*shares.largest(bound));
  const Node& node = *workspace.first;
  if (&node != &nodes.front()) ++scattered;
  for (Counters* counted : {&all, static_cast<Counters*>(&workspace)}) {
    ++counted->dropped;
    ++counted->window_dropped;
    counted->last_dropped_sequence = std::max(counted->last_dropped_sequence, node.sequence);
  }
  EntryPtr entry = take_first(workspace);
  drop_empty_nodes();
  return entry;
}

EntryPtr Journal::State::take_first(Workspace& workspace) {
  Node& node = *workspace.first;
  EntryPtr entry = std::move(node.entry);
  --all.entries;
  all.bytes -= node.cost;
  shares.remove(workspace, node.cost);
  unlink_first(workspace);
  return entry;
}

void Journal::State::drop_empty_nodes() {
  constexpr std::size_t kMaxGone = 1024;  // empty nodes, beside as many as there are entries
  while (!nodes.empty() && !nodes.front().entry) nodes.pop_front();
  // As seldom as there are nodes, so that an entry's end costs no more than a few moves of a node on average.
  if (nodes.size() > 2 * all.entries + kMaxGone) {
    std::vector<EntryPtr> none;
    retain([](const Node&) { return true; }, none);
  }
}

template <typename Keep>
void Journal::State::retain(Keep keep, std::vector<EntryPtr>& removed) {
  // Nodes move up, so the lists that are threaded through them are made again. Nothing here may allocate.
  for (Node& node : nodes) {
    if (node.entry) node.workspace->first = node.workspace->last = nullptr;
  }
  auto end = nodes.begin();
  for (Node& node : nodes) {
    if (!node.entry) continue;
    if (keep(node)) {
      if (&*end != &node) *end = std::move(node);
      link(*end++);
    } else {
      --all.entries;
      all.bytes -= node.cost;
      shares.remove(*node.workspace, node.cost);
      removed.push_back(std::move(node.entry));
    }
  }
  nodes.erase(end, nodes.end());
  ++moved;
}

std::deque<Journal::State::Node>::const_iterator Journal::State::after(std::uint64_t sequence) const {
  return std::upper_bound(nodes.begin(), nodes.end(), sequence,
                          [](std::uint64_t value, const Node& node) { return value < node.sequence; });
}

std::vector<EntryPtr> Journal::State::older(const std::optional<std::string>& workspace, std::uint64_t since,
                                            std::uint64_t& before) const {
  constexpr std::size_t kMaxSeen = 1024;
  std::vector<EntryPtr> entries;
  const Workspace* only = workspace ? find_workspace(*workspace) : nullptr;
  auto node = workspace && !only ? nodes.begin() : after(before - 1);
  for (std::size_t seen = 0; seen < kMaxSeen && node != nodes.begin(); ++seen) {
    --node;
    before = node->sequence;
    if (before <= since) break;
    if (node->entry && (!workspace || node->workspace == only)) entries.push_back(node->entry);
  }
  if (node == nodes.begin() || before <= since) before = 0;
  return entries;
}

Journal::Journal(Limits limits, Options options) : state_(std::make_shared<State>(limits, std::move(options))) {}
Journal::~Journal() { end_tails(); }

KeptBody Journal::keep(std::shared_ptr<const std::string> body) const {
  return retain_shared(std::move(body), state_->limits.body_bytes);
}

EntryIds Journal::append(Entry entry) { return append(std::make_shared<Entry>(std::move(entry))); }

EntryIds Journal::append(const std::shared_ptr<Entry>& entry) {
  // All that does not need the number is done before the lock is taken.
  redact(*entry);
  for (KeptBody* body : {&entry->request_body, &entry->response_body}) {
    if (body->shared) continue;
    cap_body(*body, state_->limits.body_bytes);
    trim(body->text);
  }
  // The id's text is written under the lock, where the number is known; its room is made here, and counted.
  entry->correlation_id.reserve(36);
  const std::size_t cost = cost_of(*entry);

  // Held from the number to the line, or a later number could be written first. It is a lock of its own so that the
  // disk holds up those who append, but nobody who reads.
  std::unique_lock recording(state_->recording, std::defer_lock);
  if (state_->recorder) recording.lock();
  EntryIds ids;
  ids.correlation_id.reserve(36);
  std::array<EntryPtr, 16> more_evicted;  // released after the lock; rarely more than one has to go
  std::size_t more = 0;
  std::vector<std::shared_ptr<Waiter>> woken;
  {
    const auto lock = lock_eagerly(state_->mutex);
    woken.reserve(state_->waiters.size());
    entry->sequence = ids.sequence = state_->all.recorded + 1;
    entry->id = ids.id = request_id(entry->sequence);
    write_uuid(entry->correlation_id, state_->seed, entry->sequence);
    ids.correlation_id = entry->correlation_id;
    state_->push(entry, cost);
    // An entry that is larger than all the room there is evicts itself at last: the bound holds without exception.
    while (const auto bound = state_->exceeded()) {
      EntryPtr evicted = state_->evict(*bound);
      if (!ids.evicted)
        ids.evicted = std::move(evicted);
      else if (more < more_evicted.size())
        more_evicted[more++] = std::move(evicted);
    }
    // Only who found nothing last time is woken, and once: a stream that is busy looks again by itself.
    for (const auto& waiter : state_->waiters) {
      if (!waiter->waiting || !waiter->wants(entry->workspace)) continue;
      waiter->waiting = false;
      woken.push_back(waiter);
    }
  }
  if (state_->recorder) {
    state_->record(*entry);
    recording.unlock();
  }
  if (!entry->findings.empty() || entry->operation.empty()) {
    const auto lock = lock_eagerly(state_->findings_mutex);
    state_->findings_ever.add(*entry);
  }
  for (const auto& waiter : woken) waiter->wake();
  return ids;
}

void Journal::State::record(const Entry& entry) {
  try {
    std::string line;
    append_json(line, entry);
    line.push_back('\n');
    recorder->write(line);
  } catch (const std::bad_alloc&) {
    recorder->lose(ENOMEM);
  }
}

std::vector<EntryPtr> Journal::select(const Filter& filter) const {
  std::vector<EntryPtr> entries;
  if (filter.limit == SIZE_MAX) {
    entries = view(filter.workspace, filter.since).entries;
    std::erase_if(entries, [&](const EntryPtr& entry) { return !passes(*entry, filter); });
    return entries;
  }
  // From the newest on, piece by piece: a few entries of many are found soon and hold up nobody who appends.
  for (std::uint64_t before = UINT64_MAX; before > 0 && entries.size() < filter.limit;) {
    std::vector<EntryPtr> piece;
    {
      const std::lock_guard lock(state_->mutex);
      piece = state_->older(filter.workspace, filter.since, before);
    }
    for (EntryPtr& entry : piece) {
      if (entries.size() < filter.limit && passes(*entry, filter)) entries.push_back(std::move(entry));
    }
  }
  std::reverse(entries.begin(), entries.end());
  return entries;
}

EntryPtr Journal::find(std::string_view id) const {
  constexpr std::string_view prefix = "req_";
  std::uint64_t sequence = 0;
  if (!id.starts_with(prefix)) return nullptr;
  const auto [end, error] = std::from_chars(id.data() + prefix.size(), id.data() + id.size(), sequence);
  if (error != std::errc{} || end != id.data() + id.size() || sequence == 0) return nullptr;
  const std::lock_guard lock(state_->mutex);
  // Numbers ascend but, after a `remove`, have gaps: the first that is not less may be another.
  const auto node = state_->after(sequence - 1);
  if (node == state_->nodes.end() || !node->entry || node->entry->id != id) return nullptr;
  return node->entry;
}

std::size_t Journal::clear(const std::optional<std::string>& workspace) {
  std::vector<EntryPtr> removed;
  const std::lock_guard lock(state_->mutex);
  if (workspace) {
    const auto known = state_->workspaces.find(*workspace);
    if (known == state_->workspaces.end()) return 0;
    State::Workspace& only = *known->second;
    removed.reserve(only.held(Bound::kEntries));
    // What was evicted would have been removed now.
    state_->all.window_dropped -= std::exchange(only.window_dropped, 0);
    if (!only.first) return 0;
    ++state_->removals;
    while (only.first) removed.push_back(state_->take_first(only));
    state_->drop_empty_nodes();
  } else {
    removed.reserve(state_->all.entries);
    state_->all.window_dropped = 0;
    for (auto& [id, known] : state_->workspaces) known->window_dropped = 0;
    ++state_->removals;
    state_->retain([](const State::Node&) { return false; }, removed);
  }
  return removed.size();
}

std::size_t Journal::remove(std::span<const EntryPtr> entries) {
  std::unordered_set<const Entry*> unwanted;
  for (const EntryPtr& entry : entries) unwanted.insert(entry.get());
  if (unwanted.empty()) return 0;
  std::vector<EntryPtr> removed;
  removed.reserve(unwanted.size());
  const std::lock_guard lock(state_->mutex);
  ++state_->removals;
  state_->retain([&](const State::Node& node) { return !unwanted.contains(node.entry.get()); }, removed);
  return removed.size();
}

Counters Journal::counters(const std::optional<std::string>& workspace) const {
  const std::lock_guard lock(state_->mutex);
  if (!workspace) return state_->all;
  Counters counters;
  if (const State::Workspace* scope = state_->find_workspace(*workspace)) {
    counters = *scope;
    counters.entries = scope->held(Bound::kEntries);
  }
  counters.bytes = state_->all.bytes;
  return counters;
}

void Journal::remove_workspace(std::string_view id) {
  const std::lock_guard lock(state_->mutex);
  const auto known = state_->workspaces.find(id);
  if (known == state_->workspaces.end()) return;
  State::Workspace* const workspace = known->second.get();
  state_->shares.reserve(state_->forgotten, workspace->held(Bound::kEntries), workspace->held(Bound::kBytes));
  // From here on nothing takes memory.
  while (State::Node* node = workspace->first) {
    state_->unlink_first(*workspace);
    state_->shares.remove(*workspace, node->cost);
    node->workspace = &state_->forgotten;
    state_->shares.add(*node->workspace, node->cost);
    state_->link(*node);
  }
  state_->workspaces.erase(known);
}

std::size_t Journal::known_workspaces() const {
  const std::lock_guard lock(state_->mutex);
  return state_->workspaces.size();
}

FindingsReport Journal::findings_ever() const {
  const std::lock_guard lock(state_->findings_mutex);
  return state_->findings_ever;
}

const Recorder* Journal::recorder() const { return state_->recorder.get(); }

}  // namespace qamera::journal
