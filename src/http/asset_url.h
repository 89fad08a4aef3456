#pragma once

#include <string>
#include <string_view>

#include "base/kinds.h"

/// URLs of pictures and videos. A record holds the path of one that this server makes, "/assets/images/thumb_001.jpg",
/// so that states, forks and comparisons are the same at every address; a reply that shows the record puts a base in
/// place of "/assets/". Other URLs are shown as they are.
namespace qamera {

inline constexpr std::string_view kAssetRoot = "/assets/";
constexpr bool is_asset_path(std::string_view url) { return url.starts_with(kAssetRoot); }

/// The folder below `/assets/` of each kind's pictures; presets have none.
inline constexpr PerKind<std::string_view> kAssetFolders = {"products",  "models", "sceneries", "images",
                                                            "packshots", "videos", "reels",     "presets"};

/// What stands in a reply in place of a path's "/assets/": the pieces, joined. They must be text that JSON takes as it
/// is. In pieces, so that comparing takes no memory.
struct AssetBase {
  std::string_view origin{};     ///< "http://", or a whole origin with its path
  std::string_view authority{};  ///< "127.0.0.1:4010"
  std::string_view folder = kAssetRoot;

  bool operator==(std::string_view joined) const {
    return joined.size() == origin.size() + authority.size() + folder.size() && joined.starts_with(origin) &&
           joined.substr(origin.size()).starts_with(authority) && joined.ends_with(folder);
  }
  std::string joined() const;
};

/// As the vendor's pages have them.
inline constexpr AssetBase kDocumentedAssets{"https://cdn.example.com/", "", ""};

/// Of a URL that a reply of this program showed, whatever its base: the path that the record holds. Any other text as
/// it is.
std::string without_asset_base(std::string_view url);

}  // namespace qamera
