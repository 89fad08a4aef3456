#include "base/memory.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>

namespace qamera::memory {
namespace {

void* map_pages(std::size_t bytes) {
  void* const pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
}

bool is_mapped = false;  // the reserve; guarded by the state's mutex

/// Pages of their own where there are any: what lies in one of the allocator's heaps, other threads might not get. But
/// the allocator may hold free memory when the system gives no more pages.
void* take_memory(std::size_t bytes) {
  void* const pages = map_pages(bytes);
  is_mapped = pages != nullptr;
  return pages ? pages : std::malloc(bytes);
}

void give_memory(void* reserve, std::size_t bytes) {
  if (is_mapped)
    ::munmap(reserve, bytes);
  else
    std::free(reserve);
}

struct State {
  std::mutex mutex;
  Source source{take_memory, give_memory};  // guarded by mutex
  void* reserve = nullptr;                  // guarded by mutex
  bool wanted = false;                      // guarded by mutex
  std::atomic<bool> is_short{false};
  std::atomic<std::uint64_t> given{0};  ///< how often the reserve was given back
};

State& state() {
  // Never destroyed: the process may allocate to its very end.
  alignas(State) static unsigned char room[sizeof(State)];
  static State* const made = new (room) State;
  return *made;
}

/// Called by `operator new` when it has found nothing; it looks again when this returns.
void give_back() {
  thread_local std::uint64_t seen = 0;
  State& s = state();
  {
    const std::lock_guard lock(s.mutex);
    if (s.reserve) {
      s.source.give(s.reserve, kReserve);
      s.reserve = nullptr;
      s.is_short = true;
      seen = ++s.given;
      return;
    }
    // What another thread has given back meanwhile may do for this one too.
    if (seen != s.given) {
      seen = s.given;
      return;
    }
  }
  throw std::bad_alloc();
}

}  // namespace

void install() {
  State& s = state();
  {
    const std::lock_guard lock(s.mutex);
    s.wanted = true;
    s.is_short = true;
  }
  recover();
  std::set_new_handler(give_back);
}

bool is_short() { return state().is_short; }

bool recover() {
  State& s = state();
  if (!s.is_short) return true;
  const std::lock_guard lock(s.mutex);
  if (!s.reserve && s.wanted) s.reserve = s.source.take(kReserve);
  if (s.reserve) s.is_short = false;
  return !s.is_short;
}

void ensure() {
  if (!recover()) throw std::bad_alloc();
}

void require(std::size_t bytes) {
  if (void* const pages = map_pages(bytes)) {
    ::munmap(pages, bytes);
    return;
  }
  void* const found = std::malloc(bytes);
  if (!found) throw std::bad_alloc();
  std::free(found);
}

void give_up() {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.wanted = false;
  s.is_short = false;
  if (!s.reserve) return;
  s.source.give(s.reserve, kReserve);
  s.reserve = nullptr;
}

void use(Source source) {
  State& s = state();
  const std::lock_guard lock(s.mutex);
  s.source = source;
}

}  // namespace qamera::memory
