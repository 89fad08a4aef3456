#include "allocations/heap.h"

#include <cstdlib>
#include <new>

#include "base/memory.h"

namespace qamera::heap {
namespace {

constexpr std::size_t kLargeFrom = 64u << 10;

struct State {
  bool watched = false;
  Failure failure = Failure::kAny;
  std::uint64_t n = 0;
  std::uint64_t count = 0;
  bool failed = false;
  std::size_t room = 0;  ///< of an empty heap
};
thread_local State state;

/// Whether the heap has so many bytes. Throws where no handler is to be asked.
bool has(std::size_t bytes) {
  State& s = state;
  if (!s.watched || (s.failure == Failure::kLarge && bytes < kLargeFrom)) return true;
  if (!s.failed) {
    if (++s.count != s.n) return true;
    s.failed = true;
    if (s.failure != Failure::kEmpty) throw std::bad_alloc();
  }
  if (s.failure != Failure::kEmpty) return true;
  if (bytes > s.room) return false;
  s.room -= bytes;
  return true;
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  for (;;) {
    if (has(bytes)) {
      void* const found = alignment > 0 ? std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment)
                                        : std::malloc(bytes > 0 ? bytes : 1);
      if (found) return found;
    }
    const std::new_handler handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

void* take(std::size_t bytes) { return state.watched && state.failed ? nullptr : std::malloc(bytes); }

void give(void* reserve, std::size_t bytes) {
  std::free(reserve);
  state.room += bytes;
}

}  // namespace

void begin(Failure failure, std::uint64_t n) { state = {.watched = true, .failure = failure, .n = n}; }

std::uint64_t end() {
  state.watched = false;
  return state.count;
}

bool has_failed() { return state.failed; }

void install() {
  memory::use({take, give});
  memory::install();
}

}  // namespace qamera::heap

void* operator new(std::size_t bytes) { return qamera::heap::allocate(bytes, 0); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return qamera::heap::allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* held) noexcept { std::free(held); }
void operator delete(void* held, std::size_t) noexcept { std::free(held); }
void operator delete(void* held, std::align_val_t) noexcept { std::free(held); }
void operator delete(void* held, std::size_t, std::align_val_t) noexcept { std::free(held); }
