#include "base/cow.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace qamera {
namespace {

using Values = CowVector<std::shared_ptr<const int>>;

std::shared_ptr<const int> value(int number) { return std::make_shared<const int>(number); }

std::vector<int> shown(const Values& values) {
  std::vector<int> out;
  for (const auto& one : values) out.push_back(one ? *one : -1);
  return out;
}

TEST_CASE("copy on write: copies share a value until one changes it") {
  Cow<std::string> one(std::string("a"));
  Cow<std::string> other = one;
  CHECK(one.shares_with(other));
  const std::string* held = &*one;
  other.edit() = "b";
  CHECK(*one == "a");
  CHECK(*other == "b");
  CHECK(&*one == held);
  one.edit() += "c";
  CHECK(&*one == held);
  other = one;
  CHECK(*other == "ac");
  Cow<std::string> none;
  CHECK_FALSE(none);
  CHECK(none.edit().empty());
}

TEST_CASE("copy on write: each of many vectors is what a standard one is after the same changes") {
  struct Pair {
    Values values{};
    std::vector<int> expected{};
  };
  std::vector<Pair> pairs(3);
  std::uint64_t state = 1;
  const auto below = [&](std::size_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33) % bound;
  };
  for (int step = 0; step < 20'000; ++step) {
    Pair& pair = pairs[below(pairs.size())];
    const std::size_t choice = below(100);
    if (choice < 60) {
      pair.values.push_back(value(step));
      pair.expected.push_back(step);
    } else if (choice < 85 && !pair.expected.empty()) {
      const std::size_t index = below(pair.expected.size());
      pair.values.edit(index) = value(step);
      pair.expected[index] = step;
    } else if (choice < 97 && !pair.expected.empty()) {
      pair.values.pop_back();
      pair.expected.pop_back();
    } else if (choice == 97) {
      pair.values.grow(pair.expected.size() + 40);
      pair.expected.resize(pair.expected.size() + 40, -1);
    } else if (choice == 98) {
      pair = pairs[below(pairs.size())];
    }
    REQUIRE(pair.values.size() == pair.expected.size());
    REQUIRE(pair.values.empty() == pair.expected.empty());
    if (step % 100 != 0) continue;
    for (const Pair& each : pairs) REQUIRE(shown(each.values) == each.expected);
  }
}

TEST_CASE("copy on write: a change copies the chunk it is in, and no other") {
  Values one;
  for (int i = 0; i < 1'000; ++i) one.push_back(value(i));
  Values other = one;
  CHECK(other.shares_all(one));
  other.edit(Values::kChunk) = value(-5);
  CHECK_FALSE(other.shares_all(one));
  CHECK(one.chunks() == (1'000 + Values::kChunk - 1) / Values::kChunk);
  for (std::size_t chunk = 0; chunk < one.chunks(); ++chunk) CHECK(other.shares_chunk(chunk, one) == (chunk != 1));
  const std::weak_ptr<const int> first = one[0];
  one = {};
  CHECK_FALSE(first.expired());
  other = {};
  CHECK(first.expired());
}

}  // namespace
}  // namespace qamera
