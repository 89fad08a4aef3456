#include "sim/fixture.h"

#include <doctest/doctest.h>

#include <string>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

FixturePtr fixture_of(std::string_view members) {
  return parse_fixture(parsed(R"({"name": "f", )" + std::string(members) + "}")).value();
}

/// "pointer: message" of a refusal.
std::string refusal(std::string_view document) {
  const auto result = parse_fixture(parsed(document));
  return result.ok() ? "accepted" : result.error().pointer + ": " + result.error().message;
}

std::string refusal_of(std::string_view members) { return refusal(R"({"name": "f", )" + std::string(members) + "}"); }

const Record& only(const FixturePtr& fixture, Collection collection) {
  const auto& records = fixture->records[static_cast<std::size_t>(collection)];
  REQUIRE(records.size() == 1);
  return *records.front();
}

constexpr const char* kBase = R"("id": "x_7", "name": "n", "createdAt": "2026-01-01T00:00:00.000Z")";

std::string one(const char* collection, const std::string& rest = "") {
  return "\"" + std::string(collection) + "\": [{" + kBase + (rest.empty() ? "" : ", " + rest) + "}]";
}

}  // namespace

TEST_CASE("fixtures: the shipped ones are read, with a record for each listed or generated") {
  for (const char* name : {"default", "docs-examples", "empty"}) {
    CAPTURE(name);
    CHECK((*shipped_fixtures().fixture(name))->name == name);
  }
  CHECK((*shipped_fixtures().fixture("empty"))->index.empty());
  const FixturePtr large = *shipped_fixtures().fixture("large");
  for (const auto& records : large->records) CHECK(records.size() == 10'000);
  CHECK(large->index.size() == 70'000);
}

TEST_CASE("fixtures: what a record leaves out has its default") {
  const Record model = only(fixture_of(one("models")), Collection::kModels);
  CHECK(model.status == RecordStatus::kDone);
  CHECK(model.voting == Voting::kNone);
  CHECK(model.thumbnail == "/assets/models/thumb_7.jpg");
  const Record product = only(fixture_of(one("products")), Collection::kProducts);
  CHECK(product.status == RecordStatus::kUploaded);
  CHECK(product.thumbnail == "/assets/products/thumb_7.jpg");
  const Record video = only(fixture_of(one("videos")), Collection::kVideos);
  CHECK(video.kind == RecordKind::kVideo);
  CHECK(video.video_url == "/assets/videos/x_7.mp4");
  CHECK(only(fixture_of(one("videos", R"("kind": "reel")")), Collection::kVideos).kind == RecordKind::kReel);
}

TEST_CASE("fixtures: a record that is not done has no URLs but those given") {
  for (const char* status : {R"("status": "INPROGRESS")", R"("status": "FAILED")"}) {
    CAPTURE(status);
    const Record video = only(fixture_of(one("videos", status)), Collection::kVideos);
    CHECK(video.thumbnail == "");
    CHECK(video.video_url == "");
  }
  const FixturePtr given_urls =
      fixture_of(one("videos", R"("status": "INPROGRESS", "thumbnail": "t", "videoUrl": "v")"));
  const Record given = only(given_urls, Collection::kVideos);
  CHECK(given.thumbnail == "t");
  CHECK(given.video_url == "v");
}

TEST_CASE("fixtures: URL templates take the id and what follows its last underscore") {
  const FixturePtr fixture = fixture_of(R"(
    "urls": {"video": {"thumbnail": "t/{id}/{suffix}", "videoUrl": "{suffix}.mp4"}},
    "videos": [{"id": "a_b_9", "name": "n", "createdAt": "2026-01-01T00:00:00Z"},
               {"id": "plain", "name": "n", "createdAt": "2026-01-01T00:00:00Z", "thumbnail": ""}])");
  const auto& videos = fixture->records[static_cast<std::size_t>(Collection::kVideos)];
  CHECK(videos[0]->thumbnail == "t/a_b_9/9");
  CHECK(videos[0]->video_url == "9.mp4");
  CHECK(videos[1]->thumbnail == "");
  CHECK(videos[1]->video_url == "plain.mp4");
}

TEST_CASE("fixtures: in the path of a picture of ours an id is escaped") {
  const FixturePtr fixture = fixture_of(R"(
    "urls": {"image": {"thumbnail": "https://shop.example/{id}"}},
    "images": [{"id": "a b?/#_c d", "name": "n", "createdAt": "2026-01-01T00:00:00Z"}],
    "models": [{"id": "a?b_c/d #", "name": "n", "createdAt": "2026-01-01T00:00:00Z"}])");
  CHECK(only(fixture, Collection::kModels).thumbnail == "/assets/models/thumb_c%2Fd%20%23.jpg");
  CHECK(only(fixture, Collection::kImages).thumbnail == "https://shop.example/a b?/#_c d");
}

TEST_CASE("fixtures: a rejected record is archived") {
  CHECK(only(fixture_of(one("images", R"("voting": "REJECTED")")), Collection::kImages).archived);
  CHECK_FALSE(only(fixture_of(one("images", R"("voting": "APPROVED")")), Collection::kImages).archived);
  CHECK_FALSE(only(fixture_of(one("images", R"("voting": null)")), Collection::kImages).archived);
}

TEST_CASE("fixtures: generate makes as many records as it says, past ids in use") {
  const FixturePtr fixture = fixture_of(R"("generate": {"images": 3, "products": 2},
    "images": [{"id": "img_002", "name": "n", "createdAt": "2026-01-01T00:00:00Z"}])");
  std::string ids;
  const auto& images = fixture->records[static_cast<std::size_t>(Collection::kImages)];
  for (const RecordPtr& record : images) ids += record->id + " ";
  CHECK(ids == "img_002 img_001 img_003 img_004 ");
  const auto& products = fixture->records[static_cast<std::size_t>(Collection::kProducts)];
  REQUIRE(products.size() == 2);
  CHECK(products[1]->json == R"({"id":"rec_product_002","name":"Product 2","thumbnail":"products/thumb_002.jpg",)"
                             R"("status":"UPLOADED","createdAt":"2026-01-01T00:00:02.000Z"})");
}

TEST_CASE("fixtures: new ids of a workspace go on after generated ones") {
  Workspace w = workspace_of(R"("fixture": {"name": "f", "generate": {"images": 20}})");
  CHECK(add(w, RecordKind::kImage, 1) == std::vector<std::string>{"img_021"});
}

TEST_CASE("fixtures: every place of a record's id is known") {
  const FixturePtr fixture = fixture_of(one("packshots") + R"(, "generate": {"models": 2})");
  for (const auto& [id, place] : fixture->index) {
    CHECK(fixture->records[static_cast<std::size_t>(place.collection)][place.index]->id == id);
  }
  CHECK(fixture->index.size() == 3);
}

TEST_CASE("fixtures: mistakes are refused with their pointer") {
  CHECK(refusal("[]") == ": expected an object, got []");
  CHECK(refusal("{}") == "/name: \"name\" is required");
  CHECK(refusal(R"({"name": ""})") == "/name: expected a non-empty string, got \"\"");
  CHECK(refusal_of(R"("modles": [])") == "/modles: unknown member \"modles\" (did you mean \"models\"?)");
  CHECK(refusal_of(R"("models": {})") == "/models: expected an array, got {}");
  CHECK(refusal_of(R"("models": [5])") == "/models/0: expected an object, got 5");
  CHECK(refusal_of(R"("models": [{"id": "a", "name": "n"}])") == "/models/0/createdAt: \"createdAt\" is required");
  CHECK(refusal_of(R"("models": [{"name": "n", "createdAt": "2026-01-01T00:00:00Z"}])") ==
        "/models/0/id: \"id\" is required");
  CHECK(refusal_of(one("models", R"("status": "done")")) ==
        "/models/0/status: expected \"INPROGRESS\", \"DONE\" or \"FAILED\", got \"done\" (did you mean \"DONE\"?)");
  CHECK(refusal_of(one("models", R"("voting": "YES")")) ==
        "/models/0/voting: expected \"APPROVED\" or \"REJECTED\", got \"YES\"");
  CHECK(refusal_of(one("models", R"("productId": "p")")).starts_with("/models/0/productId: unknown member"));
  CHECK(refusal_of(one("products", R"("status": "DONE")")) ==
        "/products/0/status: expected \"UPLOADED\", got \"DONE\"");
  CHECK(refusal_of(one("videos", R"("kind": "film")")) ==
        "/videos/0/kind: expected \"video\" or \"reel\", got \"film\"");
  CHECK(refusal_of(one("presets", R"("thumbnail": "t")")).starts_with("/presets/0/thumbnail: unknown member"));
  CHECK(refusal_of(R"("ids": {"image": {"width": 0}})") ==
        "/ids/image/width: expected a whole number from 1 to 12, got 0");
  CHECK(refusal_of(R"("ids": {"image": {"given": ["a", ""]}})") ==
        "/ids/image/given/1: expected a non-empty string, got \"\"");
  CHECK(refusal_of(R"("ids": {"batch": {"first": 1}})") ==
        "/ids/batch/first: unknown member \"first\", expected \"prefix\" or \"given\"");
  CHECK(refusal_of(R"("names": {"image": ""})") == "/names/image: expected a non-empty string, got \"\"");
  CHECK(refusal_of(R"("urls": {"video": {"videoURL": "v"}})") ==
        "/urls/video/videoURL: unknown member \"videoURL\" (did you mean \"videoUrl\"?)");
  CHECK(refusal_of(R"("urls": {"image": {"videoUrl": "v"}})") ==
        "/urls/image/videoUrl: unknown member \"videoUrl\", expected \"thumbnail\"");
  CHECK(refusal_of(R"("urls": {"preset": {"thumbnail": "t"}})").starts_with("/urls/preset: unknown member"));
  CHECK(refusal_of(R"("failed": {"status": ""})") == "/failed/status: expected a non-empty string, got \"\"");
  CHECK(refusal_of(R"("generate": {"images": 1000001})") ==
        "/generate/images: expected a whole number from 0 to 1000000, got 1000001");
}

TEST_CASE("fixtures: an id may stand once, whatever the listing") {
  CHECK(refusal_of(one("models") + ", " + one("sceneries")) ==
        "/sceneries/0/id: the id \"x_7\" is in the fixture already");
  CHECK(refusal_of(one("models") + ", " + one("videos", R"("kind": "reel")")) ==
        "/videos/0/id: the id \"x_7\" is in the fixture already");
}

TEST_CASE("templates: known placeholders are replaced once, others stay") {
  CHECK(expand("{a}-{b}-{a}", {{"a", "1"}, {"b", "2"}}) == "1-2-1");
  CHECK(expand("{a}", {{"a", "{b}"}, {"b", "2"}}) == "{b}");
  CHECK(expand("{x} {} {", {{"a", "1"}}) == "{x} {} {");
  CHECK(expand("{{a}}", {{"a", "1"}}) == "{1}");
  CHECK(expand("}{a", {{"a", "1"}}) == "}{a");
  CHECK(expand("", {}) == "");
}

}  // namespace qamera::sim
