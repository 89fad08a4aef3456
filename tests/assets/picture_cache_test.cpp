#include "assets/picture_cache.h"

#include <doctest/doctest.h>

namespace qamera::assets {
namespace {

Asset of_size(std::size_t size) { return {std::make_shared<const std::string>(size, 'x'), "\"e\""}; }

}  // namespace

TEST_CASE("picture cache: keeps what was asked for lately, within a sixteenth of the budget, and counts in it") {
  const auto budget = std::make_shared<MemoryBudget>(160'000);
  PictureCache cache(budget);
  cache.keep("a", of_size(4'000));
  cache.keep("b", of_size(4'000));
  CHECK(budget->used() >= 8'000);
  CHECK(cache.find("a"));  // now b is the one that nobody asked for
  cache.keep("c", of_size(4'000));
  CHECK(budget->used() <= 10'000);
  CHECK(cache.find("a"));
  CHECK_FALSE(cache.find("b"));
  REQUIRE(cache.find("c"));
  CHECK(cache.find("c")->bytes->size() == 4'000);
  CHECK(cache.find("c")->etag == "\"e\"");
}

TEST_CASE("picture cache: what is larger than the bound is not kept, and the same is kept once") {
  const auto budget = std::make_shared<MemoryBudget>(160'000);
  PictureCache cache(budget);
  cache.keep("large", of_size(20'000));
  CHECK_FALSE(cache.find("large"));
  CHECK(budget->used() == 0);
  cache.keep("a", of_size(1'000));
  const std::size_t used = budget->used();
  cache.keep("a", of_size(2'000));
  CHECK(budget->used() == used);
}

TEST_CASE("picture cache: lets go of all where others have used up the budget, and at its end") {
  const auto budget = std::make_shared<MemoryBudget>(160'000);
  {
    PictureCache cache(budget);
    cache.keep("a", of_size(1'000));
    {
      const MemoryShare others(budget, 160'000);
      cache.keep("b", of_size(1'000));
      CHECK(budget->used() == 160'000);
    }
    CHECK_FALSE(cache.find("a"));
    CHECK_FALSE(cache.find("b"));
    cache.keep("c", of_size(1'000));
    CHECK(cache.find("c"));
  }
  CHECK(budget->used() == 0);
}

}  // namespace qamera::assets
