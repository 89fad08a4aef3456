#include "metrics/process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

namespace qamera::metrics {

TEST_CASE("process: its facts are those of this process") {
  const ProcessFacts facts = process_facts();
  REQUIRE(facts.cpu_seconds);
  CHECK(*facts.cpu_seconds >= 0);
  if (!std::filesystem::exists("/proc/self/statm")) return;
  CHECK(facts.resident_bytes.value_or(0) > 100'000);
  CHECK(facts.virtual_bytes.value_or(0) > facts.resident_bytes.value_or(0));
  CHECK(facts.threads.value_or(0) >= 1);
  const int another = ::open("/dev/null", O_RDONLY);
  REQUIRE(another >= 0);
  CHECK(process_facts().open_descriptors.value_or(0) == facts.open_descriptors.value_or(0) + 1);
  ::close(another);
}

}  // namespace qamera::metrics
