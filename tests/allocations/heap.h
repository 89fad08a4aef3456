#pragma once

#include <cstddef>
#include <cstdint>

/// This program's `operator new`, which fails when a test says so. Only the thread that begins a trial is watched.
namespace qamera::heap {

enum class Failure {
  kEmpty,  ///< from the n-th allocation on there is only what memory's reserve gives back, once
  kLarge,  ///< the n-th allocation above 64 KiB throws, it alone
  kAny,    ///< the n-th allocation throws, it alone
};

/// From now on: the n-th allocation, from 1, fails so. 0: none does, and they are counted.
void begin(Failure failure, std::uint64_t n);
/// Memory is there again. How many allocations there were that could have been the n-th.
std::uint64_t end();
/// Whether the n-th was reached.
bool has_failed();

/// Makes memory's reserve come from this heap.
void install();

}  // namespace qamera::heap
