// GET /__admin/metrics. A metric is a row of the table; docs/metrics.md tells of the same ones.

#include "control/handlers.h"
#include "metrics/exposition.h"
#include "metrics/process.h"
#include "sim/rule.h"

namespace qamera::control {

using metrics::Exposition;

namespace {

/// What the rows tell of, read once.
struct Readings {
  const Context& context;
  std::size_t pending_jobs;
  metrics::Metrics::Totals totals;
  journal::Counters journal;
  std::optional<journal::Recorder::Counters> recording;
  metrics::ProcessFacts process;
};

Readings read(const Call& call) {
  const Context& context = call.context;
  std::size_t pending = 0;
  for (const api::WorkspaceHandle& target : context.workspaces.all()) {
    if (call.given_up.stop_requested()) break;
    // Brought up to now, what is due has ended and is counted.
    pending += with_workspace(*target, call.now, [](api::LockedWorkspace& one) { return one.workspace.pending(); });
  }
  const journal::Recorder* recorder = context.journal.recorder();
  return {context,
          pending,
          context.workspaces.metrics()->totals(),
          context.journal.counters(std::nullopt),
          recorder ? std::optional(recorder->counters()) : std::nullopt,
          metrics::process_facts()};
}

/// A series for each name of a list, in its order.
void write_each(Exposition& out, std::string_view label, std::span<const std::string_view> names,
                std::span<const std::uint64_t> values) {
  for (std::size_t i = 0; i < names.size(); ++i) out.value(values[i], {{label, names[i]}});
}

template <typename Number>
void write_known(Exposition& out, const std::optional<Number>& number) {
  if (number) out.value(*number);
}

void write_requests(const Readings& readings, Exposition& out) {
  for (const auto& traffic : readings.totals.traffic) {
    for (const auto& [status, count] : traffic.statuses) {
      out.value(count, {{"operation", traffic.name}, {"status", status == 0 ? "other" : std::to_string(status)}});
    }
  }
}

void write_durations(const Readings& readings, Exposition& out) {
  for (const auto& traffic : readings.totals.traffic) {
    if (traffic.statuses.empty()) continue;
    out.histogram(metrics::Metrics::kBuckets, traffic.durations, traffic.nanoseconds, {"operation", traffic.name});
  }
}

void write_jobs(const Readings& readings, Exposition& out) {
  for (const RecordKind kind : kAll<RecordKind>) {
    for (const sim::Ended end : kAll<sim::Ended>) {
      out.value(readings.totals.activity.jobs[kind][end], {{"kind", name_of(kind)}, {"end", name_of(end)}});
    }
  }
}

struct Metric {
  std::string_view name;
  metrics::MetricType type;
  std::string_view help;
  void (*write)(const Readings&, Exposition&);
};

using enum metrics::MetricType;
using R = const Readings&;
using Out = Exposition&;

// Labels have the names of operations, statuses, kinds, ends and bookings: never a key, a workspace or a client's text.
constexpr Metric kMetrics[] = {
    {"qamera_mock_requests_total", kCounter, "Requests that were answered.", write_requests},
    {"qamera_mock_request_duration_seconds", kHistogram,
     "Time from a request read whole to its reply made, without scripted delays and the wire.", write_durations},
    {"qamera_mock_findings_total", kCounter, "What requests did that is not documented, and replies outside it.",
     [](R r, Out out) { write_each(out, "kind", finding_kind::kAll, r.totals.findings); }},
    {"qamera_mock_faults_total", kCounter, "Faults of the wire that rules injected.",
     [](R r, Out out) { write_each(out, "kind", sim::fault_kinds(), r.totals.faults); }},
    {"qamera_mock_jobs_total", kCounter, "Generation jobs that came to an end.", write_jobs},
    {"qamera_mock_credits_total", kCounter, "Credits booked.",
     [](R r, Out out) { write_each(out, "booking", kNames<sim::Booking>, r.totals.activity.credits); }},
    {"qamera_mock_workspaces", kGauge, "Workspaces held.",
     [](R r, Out out) { out.value(r.context.workspaces.size()); }},
    {"qamera_mock_pending_jobs", kGauge, "Generation jobs that have not ended, in all workspaces.",
     [](R r, Out out) { out.value(r.pending_jobs); }},
    {"qamera_mock_journal_entries", kGauge, "Exchanges that the journal holds.",
     [](R r, Out out) { out.value(r.journal.entries); }},
    {"qamera_mock_journal_bytes", kGauge, "Memory of the exchanges that the journal holds, about.",
     [](R r, Out out) { out.value(r.journal.bytes); }},
    {"qamera_mock_journal_dropped_total", kCounter, "Exchanges that the journal dropped for room.",
     [](R r, Out out) { out.value(r.journal.dropped); }},
    {"qamera_mock_recording_lost_lines_total", kCounter, "Exchanges that could not be written to the recording.",
     [](R r, Out out) { write_known(out, r.recording ? std::optional(r.recording->lost_for_good()) : std::nullopt); }},
    {"qamera_mock_connections", kGauge, "Open connections of clients.",
     [](R r, Out out) { out.value(r.context.workspaces.metrics()->connections.load()); }},
    {"qamera_mock_memory_bytes", kGauge, "Memory held for clients, without the journal, about.",
     [](R r, Out out) { out.value(r.context.workspaces.memory()->used()); }},
    {"qamera_mock_memory_limit_bytes", kGauge, "What of it there may be (--max-memory).",
     [](R r, Out out) { out.value(r.context.workspaces.memory()->limit()); }},
    {"qamera_mock_build_info", kGauge, "Always 1; the label is what it tells.",
     [](R r, Out out) {
       out.value(std::uint64_t{1}, {{"version", r.context.options.version}});
     }},
    {"process_cpu_seconds_total", kCounter, "Processor time of all threads, user and system.",
     [](R r, Out out) { write_known(out, r.process.cpu_seconds); }},
    {"process_start_time_seconds", kGauge, "When it started, since the epoch.",
     [](R r, Out out) { out.value(static_cast<double>(r.context.started_at.time_since_epoch().count()) / 1000); }},
    {"process_resident_memory_bytes", kGauge, "Memory in RAM.",
     [](R r, Out out) { write_known(out, r.process.resident_bytes); }},
    {"process_virtual_memory_bytes", kGauge, "Memory of the address space.",
     [](R r, Out out) { write_known(out, r.process.virtual_bytes); }},
    {"process_open_fds", kGauge, "Open file descriptors.",
     [](R r, Out out) { write_known(out, r.process.open_descriptors); }},
    {"process_max_fds", kGauge, "How many file descriptors may be open.",
     [](R r, Out out) { write_known(out, r.process.max_descriptors); }},
    {"process_threads", kGauge, "Threads.", [](R r, Out out) { write_known(out, r.process.threads); }},
};

}  // namespace

Result<Reply> get_metrics(const Call& call) {
  const metrics::ExpositionFormat format = metrics::exposition_format(call.request);
  const Readings readings = read(call);
  Exposition exposition(format);
  for (const Metric& metric : kMetrics) {
    exposition.begin(metric.name, metric.type, metric.help);
    metric.write(readings, exposition);
  }
  Reply reply;
  reply.response.headers = {
      {"Content-Type", std::string(metrics::media_type_of(format))}, {"Cache-Control", "no-store"}, {"Vary", "Accept"}};
  reply.response.body = std::move(exposition).finish();
  return reply;
}

}  // namespace qamera::control
