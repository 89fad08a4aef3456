#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace qamera::metrics {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::optional<std::uint64_t> entries_in(const char* folder) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  std::uint64_t count = 0;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  return error ? std::nullopt : std::optional(count);
}

}  // namespace

ProcessFacts process_facts() {
  ProcessFacts facts;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) facts.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) facts.max_descriptors = limit.rlim_cur;
  // Linux alone has these; elsewhere the files are not there.
  const auto page = static_cast<std::uint64_t>(std::max(sysconf(_SC_PAGESIZE), 0L));
  std::ifstream pages("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (pages >> total >> resident) {
    facts.virtual_bytes = total * page;
    facts.resident_bytes = resident * page;
  }
  facts.threads = entries_in("/proc/self/task");
  // The look itself opens one.
  if (const auto open = entries_in("/proc/self/fd"); open && *open > 0) facts.open_descriptors = *open - 1;
  return facts;
}

}  // namespace qamera::metrics
