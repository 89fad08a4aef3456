#include "http/asset_url.h"

#include <algorithm>

namespace qamera {
namespace {

/// `folder/name.jpg` or `folder/name.mp4`, of a folder that there is.
bool names_asset(std::string_view rest) {
  const auto slash = rest.find('/');
  return slash != std::string_view::npos && (rest.ends_with(".jpg") || rest.ends_with(".mp4")) &&
         std::find(kAssetFolders.begin(), kAssetFolders.end(), rest.substr(0, slash)) != kAssetFolders.end();
}

}  // namespace

std::string AssetBase::joined() const {
  std::string whole;
  whole.reserve(origin.size() + authority.size() + folder.size());
  return whole.append(origin).append(authority).append(folder);
}

std::string without_asset_base(std::string_view url) {
  const bool is_url = url.starts_with("http://") || url.starts_with("https://");
  if (!is_url) return std::string(url);
  std::string_view rest = url;
  if (url.starts_with(kDocumentedAssets.origin)) {
    rest.remove_prefix(kDocumentedAssets.origin.size());
  } else if (const auto root = url.find(kAssetRoot); root != std::string_view::npos) {
    rest.remove_prefix(root + kAssetRoot.size());
  }
  return names_asset(rest) ? std::string(kAssetRoot).append(rest) : std::string(url);
}

}  // namespace qamera
