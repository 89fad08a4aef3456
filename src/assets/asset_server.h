#pragma once

#include <optional>

#include "assets/asset_path.h"
#include "assets/picture_cache.h"
#include "http/handler.h"

namespace qamera::assets {

/// The pictures and videos that the URLs in replies lead to, so that a client has something to show: `GET, HEAD
/// /assets/<folder>/<name>.jpg` (`?w=64..1600`, the width in pixels) and `.mp4`. Each is a function of its path and
/// `w`: pictures are drawn, videos are one of a few clips. They need no key and count against no limit, and no journal
/// has them. Thread-safe. (README.md: "Pictures and videos")
class AssetServer {
 public:
  explicit AssetServer(MemoryBudgetPtr budget) : cache_(std::move(budget)) {}

  /// The reply to a request whose path `is_asset_path`; nothing when a picture is yet to be drawn for it, which takes
  /// too long for an event loop.
  std::optional<Reply> at_hand(const Request& request);
  /// The reply, with the picture drawn if need be.
  Reply drawn(const Request& request);

 private:
  PictureCache cache_;
};

/// 503: too many pictures are being asked for.
Reply busy_reply();

}  // namespace qamera::assets
