#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "http/asset_url.h"

namespace qamera::assets {

/// What a picture shows.
enum class Figure : std::uint8_t { kBottle, kPerson, kHills, kPersonWithBag, kBox, kPlayButton };

/// What is served below `/assets/`: a folder for each kind of record that has pictures.
struct Folder {
  std::string_view name;
  int across, down;  ///< the ratio of its pictures' sides
  int width;         ///< of its pictures, in pixels, where the request says none
  Figure figure;
  bool has_videos = false;
};
inline constexpr std::array<Folder, 7> kFolders = {{
    {"products", 1, 1, 1024, Figure::kBottle},
    {"models", 3, 4, 768, Figure::kPerson},
    {"sceneries", 16, 9, 1280, Figure::kHills},
    {"images", 3, 4, 768, Figure::kPersonWithBag},
    {"packshots", 1, 1, 1024, Figure::kBox},
    {"videos", 16, 9, 1280, Figure::kPlayButton, true},
    {"reels", 9, 16, 720, Figure::kPlayButton, true},
}};

/// `/assets/<folder>/<name>.jpg` or `.mp4`, taken apart.
struct AssetPath {
  const Folder* folder;
  std::string_view name;  ///< any text but ""
  bool is_video = false;
};

/// REQUIRES: `is_asset_path(path)`, percent-decoded. kNotFound says which paths there are.
Result<AssetPath> parse_asset_path(std::string_view path);

}  // namespace qamera::assets
