#include "base/lazy.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

namespace qamera {

TEST_CASE("lazy: a value is made once it is asked for, and then kept") {
  const Lazy<std::string> lazy;
  int made = 0;
  const auto make = [&] { return std::to_string(++made); };
  CHECK(lazy.get(make) == "1");
  CHECK(lazy.get(make) == "1");
  CHECK(made == 1);
}

TEST_CASE("lazy: all threads get the same value") {
  const Lazy<std::string> lazy;
  std::vector<const std::string*> seen(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      threads.emplace_back([&, i] { seen[i] = &lazy.get([i] { return std::to_string(i); }); });
    }
  }
  for (const std::string* one : seen) CHECK(one == seen[0]);
}

}  // namespace qamera
