#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/handler.h"
#include "journal/entry.h"

namespace qamera::journal {

// Exports are streams, since ten thousand entries written out at once would be a second journal in memory.

/// The entries as NDJSON (`application/x-ndjson`): one line each, as `append_json` writes them. Holds the
/// entries until they are sent, each no longer.
std::unique_ptr<ReplyStream> ndjson_export(std::vector<EntryPtr> entries);

struct HarOptions {
  /// Scheme and authority for entries without a Host header: "http://127.0.0.1:4010".
  std::string base_url;
  std::string version;  ///< of this program
};

/// The entries as one HAR 1.2 document (`application/json`, file name `.har`). What HAR has no field for is
/// kept in fields that begin with an underscore: `_id`, `_sequence`, `_virtualTime`, `_workspace`,
/// `_operation`, `_findings`, `_rule`, `_fault`, `_truncated`, `_coding`, `_target`. `startedDateTime` is wall time.
/// http://www.softwareishard.com/blog/har-12-spec/
std::unique_ptr<ReplyStream> har_export(std::vector<EntryPtr> entries, HarOptions options);

/// One element of `log.entries`.
OrderedJson har_entry(const Entry& entry, const HarOptions& options);

}  // namespace qamera::journal
