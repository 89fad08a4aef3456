#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "journal/entry.h"
#include "system/junit.h"

namespace qamera::journal {

/// Findings grouped by operation and kind, each with one example: a client that polls with a wrong parameter makes a
/// thousand of them, and needs to be told once. Requests that reached no operation are
/// grouped too, by method and path.
class FindingsReport {
 public:
  struct Group {
    std::string operation;  ///< "" when the request reached none
    std::string kind;
    std::uint64_t count = 0;
    std::string example_id;       ///< "req_000007", the first seen
    std::string example_request;  ///< "GET /api/external/models?statusFilter=done"
    std::string pointer;
    std::string message;
  };
  struct Unmatched {
    std::string request;  ///< "GET /api/external/nothing"
    std::uint64_t count = 0;
    std::string example_id;
    int status = 0;
  };
  /// Different groups kept of each sort; further ones are only counted, in `ungrouped`.
  static constexpr std::size_t kMaxGroups = 200;

  /// Counts in any case, and groups where there is memory for it.
  void add(const Entry& entry);

  const std::vector<Group>& groups() const { return groups_; }
  const std::vector<Unmatched>& unmatched() const { return unmatched_; }
  std::uint64_t findings() const { return findings_; }  ///< all, grouped or not
  std::uint64_t unmatched_requests() const { return unmatched_requests_; }
  std::uint64_t preflights() const { return preflights_; }  ///< a browser's; not among the unmatched
  std::uint64_t ungrouped() const { return ungrouped_; }

 private:
  void group(const Entry& entry);

  std::vector<Group> groups_;
  std::vector<Unmatched> unmatched_;
  std::uint64_t findings_ = 0;
  std::uint64_t unmatched_requests_ = 0;
  std::uint64_t preflights_ = 0;
  std::uint64_t ungrouped_ = 0;
};

FindingsReport findings_report(std::span<const EntryPtr> entries);

/// `evicted`: how many entries of the scope are gone, so that the report may be short of; 0 when it is
/// complete.
OrderedJson to_json(const FindingsReport& report, std::uint64_t evicted);
std::string to_text(const FindingsReport& report, std::uint64_t evicted);

/// For CI systems: a failed case for each group, and one that passed for each sort of which there is none. `findings`
/// and `unmatched` say which sorts are asked for.
std::vector<JunitCase> to_junit_cases(const FindingsReport& report, bool findings, bool unmatched);

}  // namespace qamera::journal
