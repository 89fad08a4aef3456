#include "contract/operation.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/spelling.h"

namespace qamera::contract {
namespace {

/// Of every path of the API.
constexpr std::string_view kBeginning = "/api/external/";

constexpr std::string_view kStatusValues[] = {"all", "approved"};
constexpr QueryRule kStatusFilter{.name = "statusFilter",
                                  .type = "string",
                                  .values = kStatusValues,
                                  .fallback = "all",
                                  .description = "Filter by status: all (default) or approved"};
constexpr QueryRule kProductId{
    .name = "productId", .type = "string", .description = "Filter images by a specific product ID"};
constexpr QueryRule kMaxRecords{
    .name = "maxRecords", .type = "number", .fallback = "20", .description = "The most records to list (default: 20)"};

constexpr QueryRule kByStatus[] = {kStatusFilter};
constexpr QueryRule kByStatusAndProduct[] = {kStatusFilter, kProductId};
constexpr QueryRule kByCount[] = {kMaxRecords};

// The statuses of an endpoint's own page. Those of the general error page (403, 404, 429) apply on top, to all alike.
constexpr int kReadErrors[] = {401, 500};
constexpr int kRegisterErrors[] = {400, 401, 402, 500};
constexpr int kVoteErrors[] = {400, 401, 404, 500};
constexpr int kCreateErrors[] = {400, 401, 500};

/// A row of the table with what every listing has.
constexpr Operation listing(Operation row) {
  row.method = "GET";
  row.action = Action::kList;
  row.errors = kReadErrors;
  return row;
}

/// The same of a generation job.
constexpr Operation job(Operation row) {
  row.method = "POST";
  row.action = Action::kRegister;
  row.body = BodyFormat::kJson;
  row.scope = "content.register";
  row.errors = kRegisterErrors;
  return row;
}

constexpr Operation kOperations[] = {
    listing({.name = "listProducts",
             .path = "/api/external/products",
             .summary = "List the account's products",
             .kind = RecordKind::kProduct,
             .page = "examples.txt"}),
    listing({.name = "listModels",
             .path = "/api/external/models",
             .summary = "List AI models (mannequins)",
             .kind = RecordKind::kModel,
             .query = kByStatus,
             .page = "models.txt"}),
    job({.name = "registerModels",
         .path = "/api/external/models/register-ideas",
         .summary = "Register an AI model generation job",
         .kind = RecordKind::kModel,
         .page = "models.txt"}),
    listing({.name = "listSceneries",
             .path = "/api/external/sceneries",
             .summary = "List sceneries and backgrounds",
             .kind = RecordKind::kScenery,
             .query = kByStatus,
             .page = "sceneries.txt"}),
    job({.name = "registerSceneries",
         .path = "/api/external/sceneries/register-ideas",
         .summary = "Register a scenery generation job",
         .kind = RecordKind::kScenery,
         .page = "sceneries.txt"}),
    listing({.name = "listImages",
             .path = "/api/external/image-picker",
             .summary = "List generated photo shoot images",
             .kind = RecordKind::kImage,
             .query = kByStatusAndProduct,
             .page = "photo-shoots.txt"}),
    job({.name = "registerImages",
         .path = "/api/external/image-picker/register-ideas",
         .summary = "Register a photo shoot generation job",
         .kind = RecordKind::kImage,
         .page = "photo-shoots.txt"}),
    listing({.name = "listPackshots",
             .path = "/api/external/packshots",
             .summary = "List generated packshots",
             .kind = RecordKind::kPackshot,
             .query = kByStatus,
             .page = "public"}),
    job({.name = "registerPackshots",
         .path = "/api/external/packshots/register-ideas",
         .summary = "Register a packshot generation job",
         .kind = RecordKind::kPackshot,
         .page = "public"}),
    {.name = "updatePackshot",
     .method = "POST",
     .path = "/api/external/packshots/update-packshot",
     .summary = "Approve or reject a packshot or photo shoot image",
     .kind = RecordKind::kPackshot,
     .body = BodyFormat::kJson,
     .errors = kVoteErrors,
     .page = "examples.txt"},
    listing({.name = "listVideos",
             .path = "/api/external/videos",
             .summary = "List generated videos and reels",
             .kind = RecordKind::kVideo,
             .page = "videos.txt"}),
    job({.name = "registerVideo",
         .path = "/api/external/video-picker/register-videos",
         .summary = "Generate a video from an existing image",
         .kind = RecordKind::kVideo,
         .page = "videos.txt"}),
    job({.name = "registerReel",
         .path = "/api/external/reel/register-reel",
         .summary = "Generate a reel (short-form video) from multiple images",
         .kind = RecordKind::kReel,
         .page = "videos.txt"}),
    listing({.name = "listPresets",
             .path = "/api/external/presets",
             .summary = "List presets, the system's and users' own",
             .kind = RecordKind::kPreset,
             .query = kByCount,
             .page = "public"}),
    {.name = "createPreset",
     .method = "POST",
     .path = "/api/external/presets",
     .summary = "Create a preset",
     .kind = RecordKind::kPreset,
     .body = BodyFormat::kMultipart,
     .errors = kCreateErrors,
     .page = "public"},
};

static_assert(std::all_of(std::begin(kOperations), std::end(kOperations),
                          [](const Operation& row) {
                            return !row.method.empty() && (row.action == Action::kOther || row.kind);
                          }),
              "each row has a method, and each listing and each job is of a kind");

}  // namespace

std::span<const Operation> operations() { return kOperations; }

const Operation* find_operation(std::string_view name) {
  for (const Operation& operation : kOperations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

Route route(std::string_view method, std::string_view path) {
  const std::string_view served = method == "HEAD" ? "GET" : method;
  Route result;
  for (const Operation& operation : kOperations) {
    if (operation.path != path) continue;
    if (operation.method == served) return {.operation = &operation, .allow = {}};
    if (!result.allow.empty()) result.allow += ", ";
    result.allow += operation.method;
  }
  return result;
}

bool is_api_path(std::string_view path) {
  return path.starts_with(kBeginning) || path == kBeginning.substr(0, kBeginning.size() - 1);
}

std::string path_suggestion(std::string_view path) {
  constexpr std::string_view kSegments[] = {"api", "external", "v1"};
  // What all paths begin with says nothing, however it is spelt; and what is left is to be near by itself.
  for (std::size_t left = std::size(kSegments); left > 0; --left) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment.size() == path.size() || nearest_name(segment, kSegments).empty()) break;
    path.remove_prefix(segment.size());
  }
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  while (path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string_view> names;
  for (const Operation& operation : kOperations) names.push_back(operation.path.substr(kBeginning.size()));
  return path.empty() ? "" : suggestion(path, names, {" (did you mean /api/external/", "?)"});
}

}  // namespace qamera::contract
