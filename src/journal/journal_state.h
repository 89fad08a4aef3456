#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "journal/journal.h"
#include "journal/shares.h"

namespace qamera::journal {

/// A reader of the live tail, as the journal sees it.
class Waiter {
 public:
  explicit Waiter(std::optional<std::string> workspace) : workspace_(std::move(workspace)) {}
  bool wants(std::string_view workspace) const { return !workspace_ || *workspace_ == workspace; }
  void set_callback(std::function<void()> callback) {
    const std::lock_guard lock(mutex_);
    callback_ = std::move(callback);
  }
  void wake() {
    const std::lock_guard lock(mutex_);
    if (callback_) callback_();
  }

  bool waiting = false;                                    ///< guarded by the journal's mutex: found nothing to read
  bool heartbeat = false;                                  ///< guarded by the journal's mutex: a comment is due
  std::deque<std::shared_ptr<const std::string>> shown{};  ///< guarded by the journal's mutex: events of no entry, due
  bool follows_all() const { return !workspace_; }

 private:
  const std::optional<std::string> workspace_;
  std::mutex mutex_;
  std::function<void()> callback_;  ///< guarded by mutex_; held while it runs, so that null means: never called again
};

/// One queue of everything and, threaded through its nodes, one list a workspace: a question about one workspace must
/// not look at the thousands of entries of the others, and the workspace that holds most loses its oldest, so that a
/// loud key does not evict a quiet one's. Shared with the open event streams, which may outlive the journal.
struct Journal::State {
  struct Node;

  /// What is known of one workspace. Its held entries form a list, oldest first. Of the counters, `entries` and `bytes`
  /// are its share's.
  struct Workspace : Counters, Shares::Share {
    Node* first = nullptr;
    Node* last = nullptr;
  };

  /// Nodes live in a deque, which never moves its elements. What was evicted amid others leaves its node behind.
  struct Node {
    EntryPtr entry;  ///< null when it was evicted
    std::uint64_t sequence = 0;
    std::size_t cost = 0;
    std::uint64_t ordinal = 0;  ///< from 1, within the workspace
    Workspace* workspace = nullptr;
    Node* next = nullptr;  ///< of the same workspace
  };

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  State(Limits journal_limits, Options journal_options)
      : limits(journal_limits),
        seed(journal_options.seed),
        recorder(std::move(journal_options.recorder)),
        shares(journal_limits.bytes) {}

  const Limits limits;
  const std::uint64_t seed;

  std::mutex recording;  ///< taken before `mutex`: lines are written in sequence order
  const std::unique_ptr<Recorder> recorder;

  mutable std::mutex mutex;  ///< guards everything up to `ended`
  std::deque<Node> nodes;
  Counters all;
  Shares shares;
  std::unordered_map<std::string, std::unique_ptr<Workspace>, TextHash, std::equal_to<>> workspaces;
  Workspace forgotten;      ///< what is held of workspaces that are no more: one share, those forgotten first go first
  std::uint64_t moved = 0;  ///< how often nodes moved: then none is where it was
  std::uint64_t removals = 0;   ///< how often a caller removed entries
  std::uint64_t scattered = 0;  ///< entries evicted while older ones, of other workspaces, stayed
  std::vector<std::shared_ptr<Waiter>> waiters;
  bool ended = false;

  mutable std::mutex findings_mutex;
  FindingsReport findings_ever;

  /// Writes its line to the recording, or counts it as lost. Requires `recording`.
  void record(const Entry& entry);

  // All of these require `mutex`.
  Workspace& workspace_of(std::string_view id);
  const Workspace* find_workspace(std::string_view id) const;
  void link(Node& node);
  void push(EntryPtr entry, std::size_t cost);
  std::optional<Bound> exceeded() const;
  /// The oldest of whoever holds most; requires that something is held.
  EntryPtr evict(Bound bound);
  /// The workspace's oldest leaves its node empty. It is handed back, since releasing its bodies may take long and the
  /// lock is held. Requires that the workspace holds one.
  EntryPtr take_first(Workspace& workspace);
  /// Those at the front, and all of them once they are more than those with entries.
  void drop_empty_nodes();
  /// The list loses its first node.
  void unlink_first(Workspace& workspace);
  /// Keeps the nodes for which `keep` is true, in order. The others' entries go to `removed`, which has room for them.
  template <typename Keep>
  void retain(Keep keep, std::vector<EntryPtr>& removed);
  /// The first node with a greater sequence number; its entry may be gone.
  std::deque<Node>::const_iterator after(std::uint64_t sequence) const;
  /// Entries of the workspace (or of all) numbered from `since` + 1 to `before` - 1, newest first. Looks at a bounded
  /// number of nodes and lowers `before` to the last one it saw, to 0 when there are no more.
  std::vector<EntryPtr> older(const std::optional<std::string>& workspace, std::uint64_t since,
                              std::uint64_t& before) const;
  /// Continues a reading of the scope by up to `kPiece` nodes. False when it has come to the end.
  struct Reading;
  bool read_piece(Reading& reading, std::size_t piece) const;
};

}  // namespace qamera::journal
