#include "assets/asset_server.h"

#include <charconv>
#include <utility>
#include <vector>

#include "assets/picture.h"
#include "base/embedded.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "http/conditions.h"

namespace qamera::assets {
namespace {

Reply with_status(int status) {
  Reply reply;
  reply.response.status = status;
  // Pages of any origin may show them, and read them where they have leave to (a canvas, say).
  reply.response.headers = {{"Access-Control-Allow-Origin", "*"},
                            {"Cross-Origin-Resource-Policy", "cross-origin"},
                            {"X-Content-Type-Options", "nosniff"}};
  return reply;
}

Reply refusal(int status, std::string_view message) {
  Reply reply = with_status(status);
  reply.response.headers.add("Content-Type", "application/json");
  reply.response.headers.add("Cache-Control", "no-store");
  std::string& body = reply.response.body;
  body = R"({"error":)";
  append_json_string(body, message);
  body.push_back('}');
  return reply;
}

/// What a browser asks before a page may send fields of its own, `Range` for one.
Reply preflight_reply() {
  Reply reply = with_status(204);
  reply.response.headers.add("Access-Control-Allow-Methods", "GET, HEAD");
  reply.response.headers.add("Access-Control-Allow-Headers", "*");
  reply.response.headers.add("Access-Control-Max-Age", "7200");
  return reply;
}

std::string etag_of(std::string_view bytes) {
  std::string etag = "\"";
  append_hex(etag, fnv1a(bytes), 16);
  return etag + "\"";
}

/// The width that the request asks for.
Result<int> width_of(const Request& request, const AssetPath& path) {
  const auto refused = [](std::string message) { return Error{ErrorCode::kInvalid, std::move(message), "/query/w"}; };
  const std::string* given = nullptr;
  for (const QueryParameter& query : request.query) {
    if (query.name != "w") continue;
    if (given) return refused("w is given more than once");
    given = &query.value;
  }
  if (!given) return path.folder->width;
  if (path.is_video) return refused("w is for pictures: a video has one size");
  int width = 0;
  const char* const end = given->data() + given->size();
  const auto parsed = std::from_chars(given->data(), end, width);
  if (parsed.ec == std::errc() && parsed.ptr == end && width >= kMinWidth && width <= kMaxWidth) return width;
  return refused("w: expected a width from " + std::to_string(kMinWidth) + " to " + std::to_string(kMaxWidth) +
                 " pixels, got \"" + shortened(*given, 40) + "\"");
}

/// The clips of `assets/`, by the folder whose videos they stand in for.
struct Clip {
  std::string_view folder;
  Asset asset;
};
const Asset& clip_of(const AssetPath& path) {
  static const std::vector<Clip> clips = [] {
    std::vector<Clip> all;
    for (const EmbeddedFile& file : embedded_files()) {
      if (!file.path.starts_with("assets/")) continue;
      const std::string_view folder = file.path.starts_with("assets/reel") ? "reels" : "videos";
      all.push_back({folder, {std::make_shared<const std::string>(file.text), etag_of(file.text)}});
    }
    return all;
  }();
  std::vector<const Asset*> fitting;
  for (const Clip& clip : clips) {
    if (clip.folder == path.folder->name) fitting.push_back(&clip.asset);
  }
  return *fitting[fnv1a(path.name) % fitting.size()];
}

Reply asset_reply(const Request& request, const Asset& asset, std::string_view type) {
  if (http::is_outdated(request.headers, asset.etag)) return refusal(412, "the file is another one than If-Match has");
  const std::string& bytes = *asset.bytes;
  const bool is_known = http::is_known(request.headers, asset.etag);
  const http::Range range = !is_known && request.method == "GET"
                                ? http::requested_range(request.headers, asset.etag, bytes.size())
                                : http::Range{};
  const std::string size = std::to_string(bytes.size());
  if (range.kind == http::Range::Kind::kUnsatisfiable) {
    Reply reply = refusal(416, "the range begins behind the file's " + size + " bytes");
    reply.response.headers.add("Content-Range", "bytes */" + size);
    return reply;
  }
  const bool is_part = range.kind == http::Range::Kind::kPart;
  Reply reply = with_status(is_known ? 304 : is_part ? 206 : 200);
  Headers& headers = reply.response.headers;
  headers.add("ETag", asset.etag);
  headers.add("Cache-Control", "public, max-age=31536000, immutable");
  headers.add("Access-Control-Expose-Headers", "Accept-Ranges, Content-Length, Content-Range, ETag");
  if (is_known) return reply;
  headers.add("Accept-Ranges", "bytes");
  headers.add("Content-Type", std::string(type));
  if (!is_part) {
    reply.response.shared_body = asset.bytes;
    return reply;
  }
  headers.add("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                   std::to_string(range.first + range.length - 1) + "/" + size);
  reply.response.body = bytes.substr(range.first, range.length);
  return reply;
}

/// What a request is for: a reply, where it needs no picture; a picture else.
struct Wanted {
  std::optional<Reply> reply{};
  AssetPath path{};
  int width = 0;
  std::string key{};  ///< in the cache
};

Wanted read_request(const Request& request) {
  if (request.method == "OPTIONS" && is_preflight(request.method, request.headers)) return {preflight_reply()};
  if (request.method != "GET" && request.method != "HEAD") {
    Reply refused = refusal(405, "pictures and videos are only read: GET, HEAD");
    refused.response.headers.add("Allow", "GET, HEAD");
    return {std::move(refused)};
  }
  const auto path = parse_asset_path(request.path);
  if (!path) return {refusal(404, path.error().message)};
  const auto width = width_of(request, *path);
  if (!width) return {refusal(400, width.error().message)};
  if (path->is_video) return {asset_reply(request, clip_of(*path), "video/mp4")};
  return {std::nullopt, *path, *width, std::to_string(*width) + request.path};
}

Reply picture_reply(const Request& request, const Asset& picture) {
  return asset_reply(request, picture, "image/jpeg");
}

}  // namespace

std::optional<Reply> AssetServer::at_hand(const Request& request) {
  Wanted wanted = read_request(request);
  if (wanted.reply) return std::move(wanted.reply);
  const auto kept = cache_.find(wanted.key);
  return kept ? std::optional(picture_reply(request, *kept)) : std::nullopt;
}

Reply AssetServer::drawn(const Request& request) {
  Wanted wanted = read_request(request);
  if (wanted.reply) return *std::move(wanted.reply);
  // Another request may have had it drawn meanwhile.
  if (const auto kept = cache_.find(wanted.key)) return picture_reply(request, *kept);
  Asset picture{std::make_shared<const std::string>(draw_picture(wanted.path, wanted.width)), ""};
  picture.etag = etag_of(*picture.bytes);
  cache_.keep(std::move(wanted.key), picture);
  return picture_reply(request, picture);
}

Reply busy_reply() {
  Reply reply = refusal(503, "too many pictures are waiting to be drawn");
  reply.response.headers.add("Retry-After", "1");
  return reply;
}

}  // namespace qamera::assets
