#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/names.h"

namespace qamera {

/// What a record is. Jobs, prices and ids go by kind.
enum class RecordKind : std::uint8_t { kProduct, kModel, kScenery, kImage, kPackshot, kVideo, kReel, kPreset };
constexpr auto names_of(RecordKind) {
  return enum_names("product", "model", "scenery", "image", "packshot", "video", "reel", "preset");
}
inline constexpr std::size_t kRecordKindCount = kCount<RecordKind>;
template <typename T>
using PerKind = PerValue<RecordKind, T>;

/// What a listing shows. Videos and reels share one.
enum class Collection : std::uint8_t { kProducts, kModels, kSceneries, kImages, kPackshots, kVideos, kPresets };
/// The member of a listing's body, and of a fixture file, that holds the collection.
constexpr auto names_of(Collection) {
  return enum_names("products", "models", "sceneries", "images", "packshots", "videos", "presets");
}
inline constexpr std::size_t kCollectionCount = kCount<Collection>;
template <typename T>
using PerCollection = PerValue<Collection, T>;

constexpr Collection collection_of(RecordKind kind) {
  constexpr auto kReel = static_cast<std::uint8_t>(RecordKind::kReel);
  const auto value = static_cast<std::uint8_t>(kind);
  // The collections stand in the order of the kinds, but for the reels.
  return static_cast<Collection>(value < kReel ? value : value - 1);
}

/// How a record stands. Products are UPLOADED, all else is generated.
enum class RecordStatus : std::uint8_t { kUploaded, kInProgress, kDone, kFailed };
constexpr auto names_of(RecordStatus) { return enum_names("UPLOADED", "INPROGRESS", "DONE", "FAILED"); }

/// What was voted on a record; null in JSON for none.
enum class Voting : std::uint8_t { kNone, kApproved, kRejected };
constexpr auto names_of(Voting) { return enum_names("", "APPROVED", "REJECTED"); }

}  // namespace qamera
