#include "base/names.h"

#include <doctest/doctest.h>

#include "base/kinds.h"

namespace qamera {
namespace {

enum class Light { kRed, kAmber, kGreen };
constexpr auto names_of(Light) { return enum_names("red", "amber", "green"); }

}  // namespace

TEST_CASE("names: a value has the name at its place, and the name gives it back") {
  CHECK(name_of(Light::kAmber) == "amber");
  CHECK(from_name<Light>("green") == Light::kGreen);
  CHECK_FALSE(from_name<Light>("Green"));
  CHECK_FALSE(from_name<Light>(""));
  CHECK(kCount<Light> == 3);
  CHECK(kAll<Light>[2] == Light::kGreen);
}

TEST_CASE("names: a table with a value each is read by the enum") {
  PerValue<Light, int> seconds = {30, 3, 20};
  seconds[Light::kAmber] = 4;
  CHECK(seconds[Light::kRed] == 30);
  CHECK(seconds[1] == 4);
}

TEST_CASE("names: every kind of record is listed in the collection of its plural, reels with the videos") {
  for (const RecordKind kind : kAll<RecordKind>) {
    const std::string_view shared = kind == RecordKind::kReel ? "video" : name_of(kind);
    CHECK(name_of(collection_of(kind)).substr(0, 5) == shared.substr(0, 5));
  }
}

}  // namespace qamera
