#pragma once

#include <cstdint>
#include <optional>

namespace qamera::metrics {

/// What this process takes of the machine. What the system does not tell is left out.
struct ProcessFacts {
  std::optional<double> cpu_seconds;  ///< of all threads, user and system
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> virtual_bytes;
  std::optional<std::uint64_t> open_descriptors;
  std::optional<std::uint64_t> max_descriptors;  ///< the soft limit
  std::optional<std::uint64_t> threads;
};
ProcessFacts process_facts();

}  // namespace qamera::metrics
