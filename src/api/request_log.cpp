#include "api/request_log.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "journal/exchange_line.h"

namespace qamera::api {
namespace {

void append_member(std::string& line, std::string_view name, std::string_view value) {
  line.append(",\"").append(name).append("\":");
  if (value.empty())
    line.append("null");
  else
    append_json_string(line, value);
}

void append_findings(std::string& line, const journal::Entry& entry, bool tells_excess) {
  line.append(",\"findings\":[");
  std::size_t told = 0;
  for (const Finding& finding : entry.findings) {
    if (!tells_excess && finding.kind == finding_kind::kRateLimitExceeded) continue;
    if (++told > journal::kMostFindingsTold) continue;
    line.append(told > 1 ? ",{" : "{").append("\"kind\":");
    append_json_string(line, finding.kind);
    line.append(",\"pointer\":");
    append_json_string(line, finding.pointer);
    line.append(",\"message\":");
    append_json_string(line, finding.message);
    line.push_back('}');
  }
  line.push_back(']');
  if (told <= journal::kMostFindingsTold) return;
  line.append(",\"moreFindings\":").append(std::to_string(told - journal::kMostFindingsTold));
}

std::string json_line(const journal::Entry& entry, const RequestLog::Notes& notes) {
  const std::string status = std::to_string(entry.status);
  std::string line = "{\"time\":\"" + format_instant(entry.received_at) + "\",\"level\":\"info\",\"message\":";
  append_json_string(line, entry.method + " " + entry.target + " " + status);
  append_member(line, "method", entry.method);
  append_member(line, "target", entry.target);
  line.append(",\"status\":").append(status);
  append_member(line, "operation", entry.operation);
  append_member(line, "scenario", notes.scenario);
  append_member(line, "workspace", entry.workspace);
  append_member(line, "error", journal::error_of(entry));
  append_member(line, "reason", entry.reason);
  append_findings(line, entry, notes.tells_excess);
  line.append(",\"durationMicros\":").append(std::to_string(entry.duration.count()));
  append_member(line, "request", entry.id);
  append_member(line, "correlationId", entry.correlation_id);
  return line.append("}\n");
}

/// The scenario's name, in a column of its own, and the workspace.
std::string account_of(const journal::Entry& entry, const std::string& scenario) {
  constexpr std::size_t kScenario = 18;  // "maintenance-window"
  if (entry.workspace.empty()) return "-";
  return scenario + std::string(kScenario - std::min(kScenario, scenario.size()) + 1, ' ') + entry.workspace;
}

}  // namespace

RequestLog::Notes RequestLog::take_notes(LockedWorkspace& locked, const journal::Entry& entry) const {
  const sim::Workspace& workspace = locked.workspace;
  Notes notes{workspace.scenario().name};
  const std::size_t waiting = workspace.clock().mode() == sim::ClockMode::kManual ? workspace.timed_jobs() : 0;
  if (!std::exchange(locked.logged.waiting, waiting > 0)) notes.waiting = waiting;
  const auto is_excess = [](const Finding& finding) { return finding.kind == finding_kind::kRateLimitExceeded; };
  if (std::none_of(entry.findings.begin(), entry.findings.end(), is_excess)) return notes;
  const auto since = entry.at - locked.logged.excess.value_or(Instant::max());
  notes.tells_excess = !locked.logged.excess || since < Duration(0) || since >= workspace.scenario().rate_limit.window;
  if (notes.tells_excess) locked.logged.excess = entry.at;
  return notes;
}

void RequestLog::write(const journal::Entry& entry, const Notes& notes) const {
  log_.write_line([&] {
    if (log_.format() == LogFormat::kJson) return json_line(entry, notes);
    const std::string time = log_.shown_time(entry.received_at);
    const std::string account = account_of(entry, notes.scenario);
    return journal::exchange_line(entry, {time, account, notes.tells_excess}, {log_.colors(), log_.columns()}) + "\n";
  });
  if (notes.waiting == 0) return;
  const std::string wait = counted(notes.waiting, "job") + (notes.waiting == 1 ? " waits" : " wait");
  log_.info(wait + ": the clock is stopped", {{"workspace", entry.workspace}});
}

}  // namespace qamera::api
