#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/json_reader.h"
#include "base/kinds.h"
#include "base/time.h"

namespace qamera::sim {

using qamera::name_of;
using qamera::RecordStatus;
using qamera::Voting;

/// One product, model, scenery, image, packshot, video, reel or preset. Immutable once in a workspace: a change makes a
/// new one, so workspaces, forks and fixtures share what is unchanged.
struct Record {
  RecordKind kind = RecordKind::kImage;
  RecordStatus status = RecordStatus::kDone;
  Voting voting = Voting::kNone;
  bool archived = false;  ///< rejected: in no listing any more
  Instant created_at;
  std::string id;
  std::string name;
  std::string thumbnail;            ///< the path alone, where the picture is ours (http/asset_url.h)
  std::string video_url;            ///< the same; videos and reels
  std::string product_id;           ///< images and packshots: the product photographed, "" when unknown
  std::string label;                ///< products: the short name that image names start with, "" for `name`
  std::string guidelines;           ///< presets
  std::string quantity_guidelines;  ///< presets
  std::string quality_guidelines;   ///< presets

  /// As listings show it, but for the bases of its URLs; written by `render`, "" until a listing needs it.
  std::string json;
  /// Where in `json` the bases belong, in order; 0 for none.
  std::array<std::uint32_t, 2> base_places{};
};

using RecordPtr = std::shared_ptr<const Record>;

/// Writes `record.json` and its places from the other members. `failed_status` is the text shown for `kFailed`.
void render(Record& record, std::string_view failed_status);
/// Appends a rendered record as listings show it.
void append_shown(std::string& out, const Record& record, std::string_view asset_base);

/// Reads a vote, null for none.
Voting read_voting(ObjectReader& reader, std::string_view name);

/// Every member, for snapshots.
Json record_to_json(const Record& record);
Result<Record> record_from_json(const Json& value, const std::string& pointer);

}  // namespace qamera::sim
