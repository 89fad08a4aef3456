#pragma once

#include <cstddef>

/// What happens when memory runs out. An allocation that fails may stand anywhere: within a destructor, within a change
/// that must not stay half done. So a reserve is given back then, work goes on with it up to its next safe point, and
/// ends there. Safe points are where nothing is half done: before a request's work begins, before a workspace is
/// locked, between the pieces of a long reply.
///
/// It works where allocations fail: under `ulimit -v`, strict accounting of memory, and on a machine that refuses.
/// Linux promises more than it has, and a container's limit ends the process in place of refusing: the reserve is not
/// touched, so it costs no resident memory, and is no guarantee there. All is thread-safe.
namespace qamera::memory {

/// What is held back, bytes. A change of a workspace takes some hundred KiB at most (a registration of as many records
/// as the API allows), and all of the server's threads may be within one.
inline constexpr std::size_t kReserve = std::size_t{8} << 20;

/// Takes the reserve and becomes the process's new-handler. Without it nothing here but `require` has an effect.
void install();

/// The reserve was given back, and could not be taken again yet.
bool is_short();

/// Takes the reserve again. Whether it is there.
bool recover();

/// A safe point of work that takes memory or changes something. Throws `std::bad_alloc` when memory is short.
void ensure();

/// Throws `std::bad_alloc` unless so many bytes could be had now. For work whose size is known before it begins: it
/// costs a refusal, where finding out on the way costs everybody the memory meanwhile.
void require(std::size_t bytes);

/// Gives the reserve up for good: what ends the process may need it.
void give_up();

/// Where the reserve comes from, for tests, which cannot exhaust the machine. `take` gives null when there is none.
struct Source {
  void* (*take)(std::size_t bytes);
  void (*give)(void* reserve, std::size_t bytes);
};
void use(Source source);

}  // namespace qamera::memory
