#include "contract/operation.h"

#include <algorithm>
#include <iterator>

namespace qamera::contract {
namespace {

constexpr std::string_view kStatusValues[] = {"all", "approved"};
constexpr QueryRule kStatusFilter{.name = "statusFilter",
                                  .type = "string",
                                  .values = kStatusValues,
                                  .fallback = "all",
                                  .description = "Filter by status: all (default) or approved"};
constexpr QueryRule kProductId{.name = "productId",
                               .type = "string",
                               .values = {},
                               .fallback = "",
                               .description = "Filter images by a specific product ID"};
constexpr QueryRule kMaxRecords{.name = "maxRecords",
                                .type = "number",
                                .values = {},
                                .fallback = "20",
                                .description = "The most records to list (default: 20)"};

constexpr QueryRule kByStatus[] = {kStatusFilter};
constexpr QueryRule kByStatusAndProduct[] = {kStatusFilter, kProductId};
constexpr QueryRule kByCount[] = {kMaxRecords};

// The statuses of an endpoint's own page. Those of the general error page (403, 404, 429) apply on top, to all alike.
constexpr int kReadErrors[] = {401, 500};
constexpr int kRegisterErrors[] = {400, 401, 402, 500};
constexpr int kVoteErrors[] = {400, 401, 404, 500};
constexpr int kCreateErrors[] = {400, 401, 500};

constexpr std::string_view kRegisterScope = "content.register";

constexpr Operation kOperations[] = {
    {.name = "listProducts",
     .method = "GET",
     .path = "/api/external/products",
     .summary = "List the account's products",
     .action = Action::kList,
     .kind = RecordKind::kProduct,
     .errors = kReadErrors,
     .page = "examples.txt"},
    {.name = "listModels",
     .method = "GET",
     .path = "/api/external/models",
     .summary = "List AI models (mannequins)",
     .action = Action::kList,
     .kind = RecordKind::kModel,
     .query = kByStatus,
     .errors = kReadErrors,
     .page = "models.txt"},
    {.name = "registerModels",
     .method = "POST",
     .path = "/api/external/models/register-ideas",
     .summary = "Register an AI model generation job",
     .action = Action::kRegister,
     .kind = RecordKind::kModel,
     .body = BodyFormat::kJson,
     .scope = kRegisterScope,
     .errors = kRegisterErrors,
     .page = "models.txt"},
    {.name = "listSceneries",
     .method = "GET",
     .path = "/api/external/sceneries",
     .summary = "List sceneries and backgrounds",
     .action = Action::kList,
     .kind = RecordKind::kScenery,
     .query = kByStatus,
     .errors = kReadErrors,
     .page = "sceneries.txt"},
    {.name = "registerSceneries",
     .method = "POST",
     .path = "/api/external/sceneries/register-ideas",
     .summary = "Register a scenery generation job",
     .action = Action::kRegister,
     .kind = RecordKind::kScenery,
     .body = BodyFormat::kJson,
     .scope = kRegisterScope,
     .errors = kRegisterErrors,
     .page = "sceneries.txt"},
    {.name = "listImages",
     .method = "GET",
     .path = "/api/external/image-picker",
     .summary = "List generated photo shoot images",
     .action = Action::kList,
     .kind = RecordKind::kImage,
     .query = kByStatusAndProduct,
     .errors = kReadErrors,
     .page = "photo-shoots.txt"},
    {.name = "registerImages",
     .method = "POST",
     .path = "/api/external/image-picker/register-ideas",
     .summary = "Register a photo shoot generation job",
     .action = Action::kRegister,
     .kind = RecordKind::kImage,
     .body = BodyFormat::kJson,
     .scope = kRegisterScope,
     .errors = kRegisterErrors,
     .page = "photo-shoots.txt"},
    {.name = "listPackshots",
     .method = "GET",
     .path = "/api/external/packshots",
     .summary = "List generated packshots",
     .action = Action::kList,
     .kind = RecordKind::kPackshot,
     .query = kByStatus,
     .errors = kReadErrors,
     .page = "public"},
    {.name = "registerPackshots",
     .method = "POST",
     .path = "/api/external/packshots/register-ideas",
     .summary = "Register a packshot generation job",
     .action = Action::kRegister,
     .kind = RecordKind::kPackshot,
     .body = BodyFormat::kJson,
     .scope = kRegisterScope,
     .errors = kRegisterErrors,
     .page = "public"},
    {.name = "updatePackshot",
     .method = "POST",
     .path = "/api/external/packshots/update-packshot",
     .summary = "Approve or reject a packshot or photo shoot image",
     .action = Action::kOther,
     .kind = RecordKind::kPackshot,
     .body = BodyFormat::kJson,
     .errors = kVoteErrors,
     .page = "examples.txt"},
    {.name = "listVideos",
     .method = "GET",
     .path = "/api/external/videos",
     .summary = "List generated videos and reels",
     .action = Action::kList,
     .kind = RecordKind::kVideo,
     .errors = kReadErrors,
     .page = "videos.txt"},
    {.name = "registerVideo",
     .method = "POST",
     .path = "/api/external/video-picker/register-videos",
     .summary = "Generate a video from an existing image",
     .action = Action::kRegister,
     .kind = RecordKind::kVideo,
     .body = BodyFormat::kJson,
     .scope = kRegisterScope,
     .errors = kRegisterErrors,
     .page = "videos.txt"},
    {.name = "registerReel",
     .method = "POST",
     .path = "/api/external/reel/register-reel",
     .summary = "Generate a reel (short-form video) from multiple images",
     .action = Action::kRegister,
     .kind = RecordKind::kReel,
     .body = BodyFormat::kJson,
     .scope = kRegisterScope,
     .errors = kRegisterErrors,
     .page = "videos.txt"},
    {.name = "listPresets",
     .method = "GET",
     .path = "/api/external/presets",
     .summary = "List presets, the system's and users' own",
     .action = Action::kList,
     .kind = RecordKind::kPreset,
     .query = kByCount,
     .errors = kReadErrors,
     .page = "public"},
    {.name = "createPreset",
     .method = "POST",
     .path = "/api/external/presets",
     .summary = "Create a preset",
     .action = Action::kOther,
     .kind = RecordKind::kPreset,
     .body = BodyFormat::kMultipart,
     .errors = kCreateErrors,
     .page = "public"},
};

static_assert(std::all_of(std::begin(kOperations), std::end(kOperations),
                          [](const Operation& row) { return row.action == Action::kOther || row.kind; }),
              "each listing and each job is of a kind");

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

}  // namespace qamera::contract
