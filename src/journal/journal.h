#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/handler.h"
#include "journal/entry.h"
#include "journal/findings_report.h"
#include "journal/recorder.h"

namespace qamera::journal {

struct Limits {
  std::size_t entries = 10'000;
  std::size_t bytes = 16u << 20;       ///< approximate memory of all entries
  std::size_t body_bytes = 64u << 10;  ///< kept of one body
};

struct Options {
  std::uint64_t seed = 0;              ///< correlation ids follow from it and the sequence number
  std::unique_ptr<Recorder> recorder;  ///< null: nothing is recorded
};

/// What identifies an appended entry, for the reply's headers.
struct EntryIds {
  std::uint64_t sequence = 0;
  std::string id;
  std::string correlation_id;
  EntryPtr evicted{};  ///< an older entry that had to go: for the caller to release where it holds up nobody
};

/// Which entries a listing wants. Unset members do not filter.
struct Filter {
  std::optional<std::string> workspace{};  ///< id
  std::optional<std::string> operation{};
  std::optional<int> status{};
  std::optional<std::string> path{};  ///< exact path, without query
  std::uint64_t since = 0;            ///< only entries with a greater sequence number
  std::size_t limit = SIZE_MAX;       ///< the newest so many
  bool unmatched = false;             ///< only requests that reached no operation
  bool findings = false;              ///< only entries with findings
};

struct Counters {
  std::uint64_t recorded = 0;  ///< ever appended (to the asked workspace, or to all)
  std::uint64_t dropped = 0;   ///< evicted for room; entries removed by a caller do not count
  std::size_t entries = 0;     ///< held now
  std::size_t bytes = 0;       ///< held now, all workspaces
  std::uint64_t last_dropped_sequence = 0;
  std::uint64_t window_dropped = 0;  ///< evicted since the asked scope, or what it was part of, was last cleared
  std::uint64_t findings = 0;        ///< entries ever appended with findings
  std::uint64_t unmatched = 0;       ///< entries ever appended that reached no operation
};

/// The entries of a scope as they are at one moment, with what is known about those that are gone.
struct View {
  std::vector<EntryPtr> entries;  ///< oldest first
  /// How many entries of the scope may have been evicted inside the window (0: the view is complete). Of each
  /// workspace they were older than those in `entries`.
  std::uint64_t evicted = 0;
  bool scattered = false;  ///< some of the evicted may have stood between `entries`, which are of several workspaces
};

/// What a reader who knows a scope's entries up to a number finds new in it.
struct Changes {
  View view;                   ///< of the entries after that number
  std::uint64_t evicted = 0;   ///< as in a view from the beginning
  std::uint64_t oldest = 0;    ///< the number of the oldest entry held; beyond every number when none is
  std::uint64_t newest = 0;    ///< the number up to which the reader knows now
  std::uint64_t removals = 0;  ///< changes when entries of the scope went otherwise than by eviction, oldest first
};

/// Whether events may follow after this: `41`, or `41.7` on the stream of one workspace.
bool is_event_id(std::string_view text);
/// What to say to who gave another.
std::string expected_event_id(std::string_view got);

struct Tail {
  std::optional<std::string> workspace{};  ///< id; unset: all
  /// The client's `Last-Event-ID`: events follow after it. Unset: only what is appended from now on. "0":
  /// everything held.
  std::optional<std::string> last_event_id{};
  bool response_bodies = true;  ///< whether entries come with the reply's body
};

/// The bounded record of what clients sent and got: what a test asks afterwards whether its client behaved. Every
/// request appends under its workspace's lock, so that the order of entries is the order of changes; hence an append
/// does as little as it can, and readers take pointers and go. What had to be evicted is counted rather than passed
/// over, since "no such request" may be said only where nothing is missing. Thread-safe. Entries are immutable once
/// appended.
class Journal {
 public:
  explicit Journal(Limits limits, Options options = {});
  ~Journal();

  /// Redacts, truncates bodies, numbers and keeps the entry. Beyond the limits the workspace that holds most entries,
  /// or bytes, loses its oldest; entries of no workspace are one share, as are those of workspaces that are no more.
  /// With a recording, the line is written and flushed before this returns.
  EntryIds append(Entry entry);
  /// The same without moving the entry, which nobody else may hold.
  EntryIds append(const std::shared_ptr<Entry>& entry);
  /// What entries keep of a body that many replies share: computed once, then put into each entry.
  KeptBody keep(std::shared_ptr<const std::string> body) const;

  /// Matching entries, oldest first.
  std::vector<EntryPtr> select(const Filter& filter) const;
  EntryPtr find(std::string_view id) const;  ///< null when unknown or evicted
  /// Removes entries (of one workspace, or all). Returns how many.
  std::size_t clear(const std::optional<std::string>& workspace);
  Counters counters(const std::optional<std::string>& workspace) const;

  /// The entries of a scope after `since`, for patterns and expectations.
  View view(const std::optional<std::string>& workspace, std::uint64_t since = 0) const {
    return changes(workspace, since).view;
  }
  /// The same, for who asks again and again. Read piece by piece, so that no append waits for more than a piece, and
  /// as it is when the last one is read.
  Changes changes(const std::optional<std::string>& workspace, std::uint64_t since) const;
  /// Removes just these entries, as far as they are held. Returns how many.
  std::size_t remove(std::span<const EntryPtr> entries);
  /// Forgets the counters of a workspace that is no more. Its entries stay until evicted, but only the listing
  /// over all workspaces shows them: a later workspace of the same id starts with an empty view.
  void remove_workspace(std::string_view id);
  std::size_t known_workspaces() const;

  /// Everything found since the start, whatever was evicted or cleared: for the report at exit.
  FindingsReport findings_ever() const;

  /// Server-sent events (`text/event-stream`), one `entry` event each with its JSON. The event's id resumes the
  /// stream. A reader that lags behind eviction gets a `missed` event `{"missed": n}` with the number of
  /// entries it will not see; one that resumes from a journal older than this process gets `restarted`.
  /// Appending never waits for a reader. The stream may outlive the journal, and then ends. Its `on_ready`
  /// callback is called on the appending thread: it must not block and must not call back into the stream.
  std::unique_ptr<ReplyStream> tail(Tail options) const;
  /// Shows an exchange that is not kept, and is redacted, to the open streams over all workspaces, as an event
  /// `preflight` without an id.
  void show(const Entry& entry) const;
  /// Sends every open stream a comment, so that proxies and clients see the connection alive. Called by a
  /// timer's owner.
  void heartbeat() const;
  /// Ends every open stream, at shutdown.
  void end_tails() const;

  /// Null when nothing is recorded.
  const Recorder* recorder() const;

  struct State;  ///< for the implementation only

 private:
  std::shared_ptr<State> state_;
};

}  // namespace qamera::journal
