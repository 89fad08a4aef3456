#include "base/memory.h"

#include <cstdlib>
#include <new>

#include <doctest/doctest.h>

#include "base/json.h"

namespace qamera {
namespace {

bool is_exhausted = false;

void* take(std::size_t bytes) { return is_exhausted ? nullptr : std::malloc(bytes); }
void give(void* reserve, std::size_t) { std::free(reserve); }

/// Fails an allocation, as `operator new` does; whether it would look for memory again.
bool looks_again() {
  try {
    std::get_new_handler()();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

TEST_CASE("memory: a failed allocation gets the reserve once, and safe points refuse until it is back") {
  memory::use({take, give});
  memory::install();
  CHECK_FALSE(memory::is_short());
  memory::ensure();

  is_exhausted = true;
  CHECK(looks_again());
  CHECK(memory::is_short());
  CHECK_FALSE(looks_again());
  CHECK_FALSE(memory::recover());
  CHECK_THROWS_AS(memory::ensure(), std::bad_alloc);

  is_exhausted = false;
  memory::ensure();
  CHECK_FALSE(memory::is_short());
  CHECK(looks_again());

  memory::give_up();
  CHECK_FALSE(memory::is_short());
  CHECK_FALSE(looks_again());
  memory::ensure();
  std::set_new_handler(nullptr);
}

TEST_CASE("memory: what cannot be had is refused beforehand, and what can is not taken") {
  memory::require(std::size_t{1} << 20);
  CHECK_THROWS_AS(memory::require(SIZE_MAX / 2), std::bad_alloc);
}

}  // namespace qamera
