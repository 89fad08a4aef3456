#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sim/workspace.h"

namespace qamera::sim {

/// A workspace's snapshot as text, the same bytes as `dump_json(snapshot())`, made piece by piece: as a value, an
/// account of a million records would take gigabytes. It reads a copy, so the workspace is not held up.
class SnapshotText {
 public:
  explicit SnapshotText(Workspace workspace);
  /// Appends the next piece, some KiB as a rule. False, with nothing appended, once all is written.
  bool append(std::string& out);

 private:
  /// Text, then a list of what grows with the account.
  struct Part {
    std::string text;
    std::vector<Collection> collections;  ///< whose records, or their jobs, are listed after it
    bool lists_jobs = false;
  };
  void append_some(const Part& part, std::string& out);

  const Workspace workspace_;
  std::vector<Part> parts_;
  std::size_t part_ = 0;        ///< the one that is being written
  std::size_t collection_ = 0;  ///< of its `collections`
  std::size_t record_ = 0;      ///< of that collection
  bool is_first_ = true;        ///< nothing of its list is written yet
};

}  // namespace qamera::sim
