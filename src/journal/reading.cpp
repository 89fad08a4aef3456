// Reading many entries without holding up those who append.

#include <algorithm>

#include "journal/journal_state.h"

namespace qamera::journal {

/// How far a reading of a scope is.
struct Journal::State::Reading {
  const std::optional<std::string>& workspace;
  std::uint64_t position = 0;  ///< everything up to this number is read
  const Node* last = nullptr;  ///< the node that was read last, where the workspace's own list is followed
  std::vector<EntryPtr> entries{};
};

bool Journal::State::read_piece(Reading& reading, std::size_t piece) const {
  const Workspace* only = reading.workspace ? find_workspace(*reading.workspace) : nullptr;
  if (reading.workspace && !only) return false;
  // From the beginning a workspace's own list is followed, as it may be a few entries among a million. What is new is
  // at the end of the queue, where it is found at once.
  if (only && (reading.last || reading.position == 0)) {
    const bool is_held = reading.last && only->first && only->first->sequence <= reading.position;
    const Node* node = is_held ? reading.last->next : only->first;
    for (; node && piece > 0; node = node->next, --piece) {
      reading.entries.push_back(node->entry);
      reading.position = node->sequence;
      reading.last = node;
    }
    return node != nullptr;
  }
  auto node = after(reading.position);
  for (; node != nodes.end() && piece > 0; ++node, --piece) {
    reading.position = node->sequence;
    if (node->entry && (!only || node->workspace == only)) reading.entries.push_back(node->entry);
  }
  return node != nodes.end();
}

Changes Journal::changes(const std::optional<std::string>& workspace, std::uint64_t since) const {
  constexpr std::size_t kPiece = 1024;
  constexpr int kMostAttempts = 8;
  for (int attempt = 1;; ++attempt) {
    State::Reading reading{workspace, since};
    std::optional<std::uint64_t> moved;
    bool more = true;
    while (more) {
      const std::lock_guard lock(state_->mutex);
      // Nodes moved between two pieces, and entries may have been removed: what was read is of no one moment. A caller
      // who does that without pause is not followed for ever.
      if (moved && *moved != state_->moved) break;
      moved = state_->moved;
      more = state_->read_piece(reading, attempt < kMostAttempts ? kPiece : SIZE_MAX);
      if (more) continue;
      Changes changes;
      changes.removals = state_->removals + (workspace ? 0 : state_->scattered);
      changes.newest = std::max(since, state_->all.recorded);
      changes.oldest = UINT64_MAX;
      changes.view.entries = std::move(reading.entries);
      const State::Workspace* only = workspace ? state_->find_workspace(*workspace) : nullptr;
      if (workspace && !only) {
        changes.view.entries.clear();
        return changes;
      }
      const Counters& scope = only ? static_cast<const Counters&>(*only) : state_->all;
      const State::Node* oldest = only ? only->first : state_->nodes.empty() ? nullptr : &state_->nodes.front();
      if (oldest) changes.oldest = oldest->sequence;
      // What was evicted since it was read counts as evicted. Of one workspace it stands at the beginning; of several
      // some may stay between the others, which makes no verdict less true.
      std::vector<EntryPtr>& read = changes.view.entries;
      read.erase(read.begin(), std::find_if(read.begin(), read.end(),
                                            [&](const EntryPtr& entry) { return entry->sequence >= changes.oldest; }));
      changes.evicted = scope.window_dropped;
      if (scope.last_dropped_sequence > since) changes.view.evicted = scope.window_dropped;
      changes.view.scattered =
          !only && changes.view.evicted > 0 && !read.empty() && scope.last_dropped_sequence > read.front()->sequence;
      return changes;
    }
  }
}

}  // namespace qamera::journal
