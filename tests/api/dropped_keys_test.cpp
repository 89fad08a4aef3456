#include "api/dropped_keys.h"

#include <doctest/doctest.h>

#include <string>

namespace qamera::api {

TEST_CASE("dropped keys: why a key's workspace went is told once, and again when it went again") {
  DroppedKeys keys;
  CHECK(keys.take("a") == DropCause::kNothing);
  keys.add("a", DropCause::kMemory);
  keys.add("b", DropCause::kNumber);
  CHECK(keys.take("a") == DropCause::kMemory);
  CHECK(keys.take("a") == DropCause::kNothing);
  keys.add("a", DropCause::kNumber);
  CHECK(keys.take("a") == DropCause::kNumber);
  CHECK(keys.take("b") == DropCause::kNumber);
}

TEST_CASE("dropped keys: the latest are remembered, whatever comes") {
  DroppedKeys keys;
  for (std::size_t i = 0; i <= DroppedKeys::kMost; ++i) keys.add(std::to_string(i), DropCause::kMemory);
  CHECK(keys.take("0") == DropCause::kNothing);
  CHECK(keys.take("1") == DropCause::kMemory);
  CHECK(keys.take(std::to_string(DroppedKeys::kMost)) == DropCause::kMemory);
}

}  // namespace qamera::api
