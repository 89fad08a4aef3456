#include "journal/findings_report.h"

#include <algorithm>
#include <new>

#include "base/text.h"

namespace qamera::journal {

void FindingsReport::add(const Entry& entry) {
  findings_ += entry.findings.size();
  if (is_unmatched(entry)) ++unmatched_requests_;
  if (is_preflight(entry.method, entry.request_headers)) ++preflights_;
  try {
    group(entry);
  } catch (const std::bad_alloc&) {
    ++ungrouped_;
  }
}

void FindingsReport::group(const Entry& entry) {
  for (const Finding& finding : entry.findings) {
    const auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& known) {
      return known.operation == entry.operation && known.kind == finding.kind;
    });
    if (group != groups_.end()) {
      ++group->count;
    } else if (groups_.size() < kMaxGroups) {
      groups_.push_back({entry.operation, std::string(finding.kind), 1, entry.id, entry.method + " " + entry.target,
                         finding.pointer, finding.message});
    } else {
      ++ungrouped_;
    }
  }
  if (!is_unmatched(entry)) return;
  const std::string request = entry.method + " " + path_of(entry);
  const auto group = std::find_if(unmatched_.begin(), unmatched_.end(),
                                  [&](const Unmatched& known) { return known.request == request; });
  if (group != unmatched_.end())
    ++group->count;
  else if (unmatched_.size() < kMaxGroups)
    unmatched_.push_back({request, 1, entry.id, entry.status});
  else
    ++ungrouped_;
}

FindingsReport findings_report(std::span<const EntryPtr> entries) {
  FindingsReport report;
  for (const EntryPtr& entry : entries) report.add(*entry);
  return report;
}

OrderedJson to_json(const FindingsReport& report, std::uint64_t evicted) {
  OrderedJson json = {{"findings", report.findings()},     {"unmatched", report.unmatched_requests()},
                      {"preflights", report.preflights()}, {"evicted", evicted},
                      {"groups", OrderedJson::array()},    {"unmatchedRequests", OrderedJson::array()}};
  for (const auto& group : report.groups()) {
    OrderedJson shown = {{"operation", nullptr}, {"kind", group.kind}, {"count", group.count}};
    if (!group.operation.empty()) shown["operation"] = group.operation;
    shown["example"] = {{"id", group.example_id},
                        {"request", group.example_request},
                        {"pointer", group.pointer},
                        {"message", group.message}};
    json["groups"].push_back(std::move(shown));
  }
  for (const auto& group : report.unmatched()) {
    json["unmatchedRequests"].push_back(
        {{"request", group.request}, {"count", group.count}, {"status", group.status}, {"example", group.example_id}});
  }
  if (report.ungrouped() > 0) json["ungrouped"] = report.ungrouped();
  return json;
}

std::string to_text(const FindingsReport& report, std::uint64_t evicted) {
  std::string text =
      counted(report.findings(), "finding") + ", " + counted(report.unmatched_requests(), "unmatched request");
  if (report.preflights() > 0) text += "; " + counted(report.preflights(), "preflight") + " passed over";
  text += "\n";
  for (const auto& group : report.groups()) {
    text += "  " + (group.operation.empty() ? std::string("(no operation)") : group.operation) + "  " + group.kind +
            "  " + std::to_string(group.count) + "x\n";
    text += "    e.g. " + group.example_id + "  " + printable(group.example_request) + "\n";
    text += "         " + printable(group.pointer + ": " + group.message) + "\n";
  }
  for (const auto& group : report.unmatched()) {
    text += "  unmatched  " + printable(group.request) + "  " + std::to_string(group.count) + "x, answered " +
            std::to_string(group.status) + ", e.g. " + group.example_id + "\n";
  }
  if (report.ungrouped() > 0) text += "  and " + std::to_string(report.ungrouped()) + " more, of other groups\n";
  if (evicted > 0) {
    text +=
        "  " + std::to_string(evicted) + " older entries were evicted for room: their findings are not counted here\n";
  }
  return text;
}

std::vector<JunitCase> to_junit_cases(const FindingsReport& report, bool findings, bool unmatched) {
  using Outcome = JunitCase::Outcome;
  std::vector<JunitCase> cases;
  const auto add = [&](Outcome outcome, std::string name, std::string_view type, std::string message) {
    cases.push_back({.name = std::move(name),
                     .outcome = outcome,
                     .type = std::string(type),
                     .message = printable(std::move(message))});
  };
  // Those of other groups than are kept are in the sum alone.
  const auto close = [&](std::string_view sort, std::uint64_t all, std::uint64_t told) {
    const std::string name(sort);
    if (all == 0) add(Outcome::kPassed, "no " + name, "", "");
    if (all > told) add(Outcome::kFailed, "further " + name, name, std::to_string(all - told) + " more");
  };
  std::uint64_t told = 0;
  for (const auto& group : report.groups()) {
    if (!findings) break;
    const std::string operation = group.operation.empty() ? "(no operation)" : group.operation;
    add(Outcome::kFailed, operation + " " + group.kind, group.kind,
        counted(group.count, "time") + ", e.g. " + group.example_id + " " + group.example_request + ": " +
            group.pointer + ": " + group.message);
    told += group.count;
  }
  if (findings) close("findings", report.findings(), told);
  told = 0;
  for (const auto& group : report.unmatched()) {
    if (!unmatched) break;
    add(Outcome::kFailed, "unmatched " + printable(group.request), "unmatched",
        counted(group.count, "time") + ", answered " + std::to_string(group.status) + ", e.g. " + group.example_id);
    told += group.count;
  }
  if (unmatched) close("unmatched requests", report.unmatched_requests(), told);
  return cases;
}

}  // namespace qamera::journal
