#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace qamera {

/// What a record is. Jobs, prices and ids go by kind.
enum class RecordKind : std::uint8_t { kProduct, kModel, kScenery, kImage, kPackshot, kVideo, kReel, kPreset };
inline constexpr std::size_t kRecordKindCount = 8;
inline constexpr std::array<std::string_view, kRecordKindCount> kRecordKindNames = {
    "product", "model", "scenery", "image", "packshot", "video", "reel", "preset"};

/// What a listing shows. Videos and reels share one.
enum class Collection : std::uint8_t { kProducts, kModels, kSceneries, kImages, kPackshots, kVideos, kPresets };
inline constexpr std::size_t kCollectionCount = 7;
/// The member of a listing's body, and of a fixture file, that holds the collection.
inline constexpr std::array<std::string_view, kCollectionCount> kCollectionNames = {
    "products", "models", "sceneries", "images", "packshots", "videos", "presets"};

constexpr std::string_view name_of(RecordKind kind) { return kRecordKindNames[static_cast<std::size_t>(kind)]; }
constexpr std::string_view name_of(Collection collection) {
  return kCollectionNames[static_cast<std::size_t>(collection)];
}

constexpr Collection collection_of(RecordKind kind) {
  switch (kind) {
    case RecordKind::kProduct: return Collection::kProducts;
    case RecordKind::kModel: return Collection::kModels;
    case RecordKind::kScenery: return Collection::kSceneries;
    case RecordKind::kImage: return Collection::kImages;
    case RecordKind::kPackshot: return Collection::kPackshots;
    case RecordKind::kVideo:
    case RecordKind::kReel: return Collection::kVideos;
    case RecordKind::kPreset: return Collection::kPresets;
  }
  return Collection::kProducts;
}

constexpr std::optional<RecordKind> record_kind_from(std::string_view name) {
  for (std::size_t i = 0; i < kRecordKindCount; ++i) {
    if (kRecordKindNames[i] == name) return static_cast<RecordKind>(i);
  }
  return std::nullopt;
}

}  // namespace qamera
