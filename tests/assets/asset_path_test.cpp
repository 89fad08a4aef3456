#include "assets/asset_path.h"

#include <doctest/doctest.h>

#include <string>

namespace qamera::assets {
namespace {

/// `folder name` with `.mp4` behind it for a video; or "none".
std::string parsed(std::string_view path) {
  const auto asset = parse_asset_path(path);
  if (!asset) return "none";
  return std::string(asset->folder->name) + " " + std::string(asset->name) + (asset->is_video ? ".mp4" : "");
}

}  // namespace

TEST_CASE("asset path: each folder has pictures, and some have videos") {
  for (const Folder& folder : kFolders) {
    const std::string name(folder.name);
    CHECK(parsed("/assets/" + name + "/thumb_001.jpg") == name + " thumb_001");
    CHECK(parsed("/assets/" + name + "/vid_1.mp4") == (folder.has_videos ? name + " vid_1.mp4" : "none"));
  }
  // An id may have anything in it.
  CHECK(parsed("/assets/images/a/b.jpg") == "images a/b");
  CHECK(parsed("/assets/images/.jpg.jpg") == "images .jpg");
}

TEST_CASE("asset path: the folders are those that records name") {
  std::size_t i = 0;
  for (const std::string_view folder : kAssetFolders) {
    if (folder != "presets") CHECK(folder == kFolders[i++].name);
  }
}

TEST_CASE("asset path: other paths lead nowhere, and are told which do") {
  for (const char* path : {"/assets/", "/assets/images", "/assets/images/", "/assets/images/.jpg", "/assets/images/a",
                           "/assets/images/a.png", "/assets/images/a.JPG", "/assets/Images/a.jpg", "/assets//a.jpg",
                           "/assets/presets/a.jpg", "/assets/videos/.mp4", "/assets/../images/a.jpg"}) {
    CAPTURE(path);
    CHECK(parsed(path) == "none");
  }
  const auto refused = parse_asset_path("/assets/x/a.jpg");
  CHECK(refused.error().message ==
        "expected /assets/<products|models|sceneries|images|packshots|videos|reels>/<name>.jpg or "
        "/assets/<videos|reels>/<name>.mp4, got /assets/x/a.jpg");
  CHECK_FALSE(is_asset_path("/assets"));
}

}  // namespace qamera::assets
