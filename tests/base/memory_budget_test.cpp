#include "base/memory_budget.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace qamera {

TEST_CASE("memory budget: what holders say of themselves adds up, and goes with them") {
  const auto budget = std::make_shared<MemoryBudget>(100);
  CHECK(budget->limit() == 100);
  std::optional<MemoryShare> one(std::in_place, budget, 60);
  MemoryShare other(budget);
  CHECK(budget->used() == 60);
  CHECK_FALSE(budget->is_exceeded());
  other.set(41);
  CHECK(budget->is_exceeded());
  other.set(40);
  CHECK(budget->used() == 100);
  CHECK_FALSE(budget->is_exceeded());
  one.reset();
  CHECK(budget->used() == 40);
  other.give_back();
  CHECK(budget->used() == 0);
  other.set(7);
  CHECK(budget->used() == 0);
  CHECK(other.bytes() == 0);
}

TEST_CASE("memory budget: a counted value counts once, until the last has let it go") {
  const auto budget = std::make_shared<MemoryBudget>(100);
  auto value = counted(std::make_shared<const std::string>("text"), budget, 30);
  auto other = value;
  CHECK(*other == "text");
  CHECK(budget->used() == 30);
  value.reset();
  CHECK(budget->used() == 30);
  other.reset();
  CHECK(budget->used() == 0);
}

TEST_CASE("memory budget: nothing is lost when threads change and give back at once") {
  const auto budget = std::make_shared<MemoryBudget>(100);
  for (int round = 0; round < 50; ++round) {
    MemoryShare share(budget, 1);
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t i = 0; i < 100; ++i) share.set(i * thread);
        if (thread == 2) share.give_back();
      });
    }
    threads.clear();
    CHECK(budget->used() == 0);
  }
}

}  // namespace qamera
