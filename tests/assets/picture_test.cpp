#include "assets/picture.h"

#include <doctest/doctest.h>

#include <set>
#include <utility>

namespace qamera::assets {
namespace {

int number_at(std::string_view file, std::size_t at) {
  return static_cast<unsigned char>(file[at]) * 256 + static_cast<unsigned char>(file[at + 1]);
}

/// The width and height that a baseline JPEG's frame header tells; zeros when there is none.
std::pair<int, int> size_of(std::string_view file) {
  if (!file.starts_with("\xff\xd8") || !file.ends_with("\xff\xd9")) return {};
  for (std::size_t at = 2; at + 9 < file.size() && file[at] == '\xff';) {
    if (file[at + 1] == '\xc0') return {number_at(file, at + 7), number_at(file, at + 5)};
    at += 2 + static_cast<std::size_t>(number_at(file, at + 2));
  }
  return {};
}

std::string drawn(std::string_view path, int width) { return draw_picture(*parse_asset_path(path), width); }

}  // namespace

TEST_CASE("picture: a JPEG of the width that is asked for, and of its folder's ratio") {
  CHECK(size_of(drawn("/assets/images/a.jpg", 300)) == std::pair(300, 400));
  CHECK(size_of(drawn("/assets/models/a.jpg", 90)) == std::pair(90, 120));
  CHECK(size_of(drawn("/assets/products/a.jpg", 64)) == std::pair(64, 64));
  CHECK(size_of(drawn("/assets/packshots/a.jpg", 65)) == std::pair(65, 65));
  CHECK(size_of(drawn("/assets/sceneries/a.jpg", 160)) == std::pair(160, 90));
  CHECK(size_of(drawn("/assets/videos/a.jpg", 160)) == std::pair(160, 90));
  CHECK(size_of(drawn("/assets/reels/a.jpg", 90)) == std::pair(90, 160));
}

TEST_CASE("picture: the same bytes for the same path and width, others for others") {
  std::set<std::string> seen;
  for (const char* path : {"/assets/images/a.jpg", "/assets/images/b.jpg", "/assets/models/a.jpg",
                           "/assets/images/thumb_a.jpg", "/assets/videos/a.jpg"}) {
    CAPTURE(path);
    CHECK(drawn(path, 64) == drawn(path, 64));
    CHECK(seen.insert(drawn(path, 64)).second);
  }
  CHECK(drawn("/assets/images/a.jpg", 65) != drawn("/assets/images/a.jpg", 64));
}

TEST_CASE("picture: any name can be drawn") {
  for (const std::string& name : {std::string("x"), std::string(1000, 'x'), std::string("\xff\x01\n\0/", 5),
                                  std::string("thumb_"), std::string(57, '-')}) {
    CHECK(size_of(drawn("/assets/products/" + name + ".jpg", 64)) == std::pair(64, 64));
  }
}

}  // namespace qamera::assets
