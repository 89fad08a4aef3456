#include "sim/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <unordered_set>

#include "sim/distribution.h"
#include "sim/occurrence.h"
#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

/// Which of the first twelve of a series are meant, as "1" and "0".
std::string meant(const char* members) {
  const Json value = parsed(members);
  ReadErrors errors;
  ObjectReader reader(errors, value, "");
  const Occurrence occurrence = read_occurrence(reader);
  reader.finish();
  REQUIRE(errors.ok());
  Random random(1);
  std::string out;
  for (std::uint64_t n = 1; n <= 12; ++n) out.push_back(occurrence.matches(n, random) ? '1' : '0');
  return out;
}

}  // namespace

TEST_CASE("random: the published values of SplitMix64 for the seed 1234567") {
  Random random(1'234'567);
  CHECK(random.next() == 6'457'827'717'110'365'317ULL);
  CHECK(random.next() == 3'203'168'211'198'807'973ULL);
  CHECK(random.next() == 9'817'491'932'198'370'423ULL);
}

TEST_CASE("random: the state is the whole of it") {
  Random random(7);
  random.next();
  random.normal();
  Random other(random.state());
  for (int i = 0; i < 100; ++i) CHECK(random.next() == other.next());
}

TEST_CASE("random: units lie in [0, 1) and spread evenly") {
  Random random(3);
  double sum = 0;
  int outside = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double unit = random.unit();
    if (unit < 0 || unit >= 1) ++outside;
    sum += unit;
  }
  CHECK(outside == 0);
  CHECK(sum / 100'000 == doctest::Approx(0.5).epsilon(0.01));
}

TEST_CASE("random: normals have mean 0 and deviation 1, and cost two draws each") {
  Random random(3);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
  }
  CHECK(std::abs(sum / 100'000) < 0.02);
  CHECK(squares / 100'000 == doctest::Approx(1).epsilon(0.02));
  Random one(5);
  Random two(5);
  one.normal();
  two.next();
  two.next();
  CHECK(one.state() == two.state());
}

TEST_CASE("tokens: the first 100,000 are distinct, six of 0-9a-z each") {
  for (const std::uint64_t seed : {1ULL, 7ULL}) {
    std::unordered_set<std::string> seen;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
      const std::string text = token(seed, 1, i);
      const bool fits = text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz") == std::string::npos;
      if (fits && text.size() == 6) seen.insert(text);
    }
    CHECK(seen.size() == 100'000);
  }
}

TEST_CASE("tokens: seed, salt and index decide, and nothing else") {
  CHECK(token(1, 1, 0) == token(1, 1, 0));
  CHECK(token(1, 1, 0) != token(2, 1, 0));
  CHECK(token(1, 1, 0) != token(1, 2, 0));
  CHECK(token(1, 1, 0) != token(1, 1, 1));
  CHECK(token(1, 1, 5) == token(1, 1, 5 + 2'176'782'336ULL));
}

TEST_CASE("distributions: a fixed span draws nothing, a uniform one stays within its bounds and reaches them") {
  Random random(1);
  CHECK(sample(FixedSpan{Duration(5)}, random) == Duration(5));
  CHECK(random.state() == 1);
  bool least = false;
  bool most = false;
  for (int i = 0; i < 1'000; ++i) {
    const Duration drawn = sample(UniformSpan{Duration(10), Duration(13)}, random);
    REQUIRE(drawn >= Duration(10));
    REQUIRE(drawn <= Duration(13));
    least = least || drawn == Duration(10);
    most = most || drawn == Duration(13);
  }
  CHECK(least);
  CHECK(most);
  CHECK(sample(UniformSpan{Duration(4), Duration(4)}, random) == Duration(4));
}

TEST_CASE("distributions: of a log-normal one half lies below the median, and no span is beyond the longest") {
  Random random(1);
  int below = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (sample(LognormalSpan{Duration(1'000), 0.5}, random) < Duration(1'000)) ++below;
  }
  CHECK(below > 4'800);
  CHECK(below < 5'200);
  CHECK(sample(LognormalSpan{Duration(1'000), 0}, random) == Duration(1'000));
  for (int i = 0; i < 1'000; ++i) {
    const Duration drawn = sample(LognormalSpan{kLongestDuration, 5}, random);
    REQUIRE(drawn >= Duration(0));
    REQUIRE(drawn <= kLongestDuration);
  }
}

TEST_CASE("occurrences: which of a series are meant") {
  CHECK(meant("{}") == "111111111111");
  CHECK(meant(R"({"nth": 3})") == "001000000000");
  CHECK(meant(R"({"nth": [3, 1, 12.0]})") == "101000000001");
  CHECK(meant(R"({"first": 2})") == "110000000000");
  CHECK(meant(R"({"every": 3})") == "001001001001");
  CHECK(meant(R"({"every": 1})") == "111111111111");
  CHECK(meant(R"({"every": 3, "first": 6})") == "001001000000");
  CHECK(meant(R"({"every": 3, "nth": [3, 4]})") == "001000000000");
  CHECK(meant(R"({"probability": 0})") == "000000000000");
  CHECK(meant(R"({"probability": 1})") == "111111111111");
  CHECK(meant(R"({"probability": 1, "first": 3})") == "111000000000");
}

TEST_CASE("occurrences: a draw is made only when all else holds, and is told") {
  Occurrence occurrence;
  occurrence.every = 2;
  occurrence.probability = 0.5;
  Random random(1);
  std::optional<double> drawn;
  CHECK_FALSE(occurrence.matches(1, random, &drawn));
  CHECK_FALSE(drawn);
  CHECK(random.state() == 1);
  const double expected = Random(1).unit();
  CHECK(occurrence.matches(2, random, &drawn) == (expected < 0.5));
  CHECK(drawn == expected);
  CHECK_FALSE(occurrence.unconditional());
  CHECK(Occurrence{}.unconditional());
}

}  // namespace qamera::sim
