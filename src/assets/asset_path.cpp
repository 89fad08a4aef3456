#include "assets/asset_path.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace qamera::assets {
namespace {

Error not_found(std::string_view path) {
  const auto named = [](bool videos_only) {
    std::string names;
    for (const Folder& folder : kFolders) {
      if (videos_only && !folder.has_videos) continue;
      names.append(names.empty() ? "" : "|").append(folder.name);
    }
    return names;
  };
  return {ErrorCode::kNotFound,
          "expected /assets/<" + named(false) + ">/<name>.jpg or /assets/<" + named(true) + ">/<name>.mp4, got " +
              shortened(path, 200),
          ""};
}

}  // namespace

Result<AssetPath> parse_asset_path(std::string_view path) {
  const std::string_view rest = path.substr(kAssetRoot.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto folder = std::find_if(kFolders.begin(), kFolders.end(),
                                   [&](const Folder& one) { return one.name == rest.substr(0, slash); });
  if (folder == kFolders.end() || slash == rest.size()) return not_found(path);
  constexpr std::string_view kPicture = ".jpg", kVideo = ".mp4";
  const std::string_view file = rest.substr(slash + 1);
  const bool is_video = file.ends_with(kVideo);
  if (file.size() <= kPicture.size() || !(is_video ? folder->has_videos : file.ends_with(kPicture))) {
    return not_found(path);
  }
  return AssetPath{folder, file.substr(0, file.size() - kPicture.size()), is_video};
}

}  // namespace qamera::assets
