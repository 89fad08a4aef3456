#include <doctest/doctest.h>

#include <set>
#include <string>

#include "sim/test_workspace.h"

namespace qamera::sim {
namespace {

/// The ids that a listing shows, in its order.
std::string ids(Workspace& w, Collection collection, ListFilter filter = ListFilter::kAll,
                std::string_view product_id = "", std::size_t limit = 1'000) {
  std::string text;
  const std::size_t count = w.list(collection, {filter, product_id, limit}, text);
  const Json list = parsed("[" + text + "]");
  CHECK(list.size() == count);
  std::string out;
  for (const Json& record : list) out += (out.empty() ? "" : " ") + record["id"].get<std::string>();
  return out;
}

constexpr const char* kAtOnce = R"("jobs": {"default": {"immediate": true}})";

}  // namespace

TEST_CASE("listings: records in the order of their creation, the fixture's first") {
  Workspace w = workspace_of(kAtOnce);
  CHECK(ids(w, Collection::kModels) == "model_1");
  add(w, RecordKind::kModel, 2);
  CHECK(ids(w, Collection::kModels) == "model_1 model_001 model_002");
  CHECK(ids(w, Collection::kImages) == "");
  CHECK(listing(w, Collection::kProducts) ==
        R"({"id":"prod_1","name":"Shirt Front","thumbnail":"/assets/products/thumb_1.jpg",)"
        R"("status":"UPLOADED","createdAt":"2026-03-20T00:00:00.000Z"})");
}

TEST_CASE("listings: URLs of pictures get their base, wherever they stand, and other URLs stay") {
  Workspace w = workspace_of(R"("fixture": {"name": "f", "videos": [
    {"id": "v_1", "name": "/assets/no", "createdAt": "2026-01-01T00:00:00Z"},
    {"id": "v_2", "name": "\"thumbnail\":\"/assets/", "thumbnail": "https://shop.example/assets/videos/x.jpg",
     "createdAt": "2026-01-01T00:00:00Z"}]})");
  const auto shown = [&](AssetBase assets) { return w.listing(Collection::kVideos, {.assets = assets}).body->text; };
  CHECK(shown({"http://", "h:1"}) ==
        R"({"videos":[{"id":"v_1","name":"/assets/no","thumbnail":"http://h:1/assets/videos/thumb_1.jpg",)"
        R"("videoUrl":"http://h:1/assets/videos/v_1.mp4","status":"DONE","voting":null,)"
        R"("createdAt":"2026-01-01T00:00:00.000Z"},)"
        R"({"id":"v_2","name":"\"thumbnail\":\"/assets/","thumbnail":"https://shop.example/assets/videos/x.jpg",)"
        R"("videoUrl":"http://h:1/assets/videos/v_2.mp4","status":"DONE","voting":null,)"
        R"("createdAt":"2026-01-01T00:00:00.000Z"}],"count":2})");
  CHECK(shown(kDocumentedAssets).find(R"("videoUrl":"https://cdn.example.com/videos/v_1.mp4")") != std::string::npos);
  // The same text of a record that was changed, and of one that a client made.
  w.vote("v_1", Voting::kApproved);
  CHECK(
      shown({"http://", "h:1"}).find(R"("thumbnail":"http://h:1/assets/videos/thumb_1.jpg","videoUrl":"http://h:1)") !=
      std::string::npos);
  CHECK(record_to_json(*w.find("v_1"))["thumbnail"] == "/assets/videos/thumb_1.jpg");
}

TEST_CASE("listings: a body is kept for the base that asked last, and that of the fixture for a few") {
  Workspace w = workspace_of(kAtOnce);
  const auto body = [](Workspace& of, AssetBase assets) {
    return of.listing(Collection::kModels, {.assets = assets}).body;
  };
  const AssetBase one{"http://", "one"}, two{"http://", "two"};
  CHECK(body(w, one) == body(w, one));
  CHECK(body(w, one) != body(w, two));
  Workspace other = w;
  CHECK(body(w, one) == body(other, one));
  CHECK(body(w, two) == body(other, two));
  CHECK(w.bytes() == w.counted_bytes());
  // Of many bases the later ones are each workspace's own, and count there.
  const std::size_t shared = w.bytes();
  for (const char* host : {"three", "four", "five"}) body(w, {"http://", host});
  CHECK(w.bytes() > shared);
  CHECK(w.bytes() == w.counted_bytes());
  CHECK(body(w, {"http://", "five"}) == body(w, {"http://", "five"}));
  CHECK(body(w, {"http://", "five"}) != body(other, {"http://", "five"}));
  CHECK(body(w, one) == body(other, one));
  // What a workspace changed is its own for any base.
  add(w, RecordKind::kModel, 1);
  CHECK(body(w, one) == body(w, one));
  CHECK(body(w, one) != body(w, two));
  CHECK(w.bytes() == w.counted_bytes());
}

TEST_CASE("listings: videos and reels share one") {
  Workspace w = workspace_of(kAtOnce);
  add(w, RecordKind::kVideo, 1);
  add(w, RecordKind::kReel, 1);
  add(w, RecordKind::kVideo, 1);
  CHECK(ids(w, Collection::kVideos) == "vid_001 reel_001 vid_002");
}

TEST_CASE("listings: approved shows only what was voted so") {
  Workspace w = workspace_of(kAtOnce);
  add(w, RecordKind::kImage, 3);
  CHECK(ids(w, Collection::kImages, ListFilter::kApproved) == "");
  CHECK(w.vote("img_002", Voting::kApproved));
  CHECK(ids(w, Collection::kImages, ListFilter::kApproved) == "img_002");
  CHECK(ids(w, Collection::kImages) == "img_001 img_002 img_003");
  CHECK(w.find("img_002")->json.find(R"("voting":"APPROVED")") != std::string::npos);
}

TEST_CASE("listings: by product") {
  Workspace w = workspace_of(kAtOnce);
  add(w, RecordKind::kImage, 1);
  JobRequest other;
  other.product_id = "prod_2";
  w.register_job(other);
  CHECK(ids(w, Collection::kImages, ListFilter::kAll, "prod_1") == "img_001");
  CHECK(ids(w, Collection::kImages, ListFilter::kAll, "prod_2") == "img_002");
  CHECK(ids(w, Collection::kImages, ListFilter::kAll, "prod_3") == "");
}

TEST_CASE("listings: a limit caps what is shown after filtering") {
  Workspace w = workspace_of(kAtOnce);
  add(w, RecordKind::kImage, 5);
  w.vote("img_002", Voting::kApproved);
  w.vote("img_005", Voting::kApproved);
  CHECK(ids(w, Collection::kImages, ListFilter::kAll, "", 2) == "img_001 img_002");
  CHECK(ids(w, Collection::kImages, ListFilter::kApproved, "", 2) == "img_002 img_005");
  CHECK(ids(w, Collection::kImages, ListFilter::kAll, "", 0) == "");
}

TEST_CASE("votes: a rejection archives, an approval brings back, in the old place") {
  Workspace w = workspace_of(kAtOnce);
  add(w, RecordKind::kImage, 3);
  CHECK(w.vote("img_002", Voting::kRejected));
  CHECK(ids(w, Collection::kImages) == "img_001 img_003");
  REQUIRE(w.find("img_002"));
  CHECK(w.find("img_002")->archived);
  CHECK(w.vote("img_002", Voting::kApproved));
  CHECK(ids(w, Collection::kImages) == "img_001 img_002 img_003");
  CHECK(w.vote("img_002", Voting::kNone));
  CHECK(ids(w, Collection::kImages, ListFilter::kApproved) == "");
  CHECK_FALSE(w.vote("img_999", Voting::kApproved));
}

TEST_CASE("votes: a record in progress that was rejected is done unseen, and still settles") {
  Workspace w = workspace_of(R"("jobs": {"default": {"duration": "1s"}})");
  add(w, RecordKind::kImage, 1);
  w.vote("img_001", Voting::kRejected);
  CHECK(shown(elapse(w, Duration(1'000))) == "img_001:DONE@1s");
  CHECK(ids(w, Collection::kImages) == "");
  CHECK(w.find("img_001")->voting == Voting::kRejected);
  CHECK(credits(w) == "990/0/10/0 of 1000");
}

TEST_CASE("votes: one in a workspace is not seen in another of the same fixture") {
  const ScenarioPtr scenario = scenario_of("");
  Workspace a = workspace_of(scenario, 1);
  Workspace b = workspace_of(scenario, 1);
  a.vote("model_1", Voting::kRejected);
  CHECK(ids(a, Collection::kModels) == "");
  CHECK(ids(b, Collection::kModels) == "model_1");
  CHECK_FALSE(scenario->fixture->records[1][0]->archived);
}

TEST_CASE("presets: a new one gets an id and the time, and costs nothing") {
  Workspace w = workspace_of("");
  elapse(w, Duration(1'500));
  Record preset;
  preset.name = "Mine";
  preset.quantity_guidelines = "many";
  preset.quality_guidelines = "good";
  CHECK(w.create_preset(preset) == "preset_001");
  CHECK(w.create_preset(preset) == "preset_002");
  CHECK(listing(w, Collection::kPresets)
            .starts_with(R"({"id":"preset_001","name":"Mine","guidelines":"","quantityGuidelines":"many",)"
                         R"("qualityGuidelines":"good","createdAt":"2026-03-27T12:00:01.500Z"},{"id":"preset_002")"));
  CHECK(credits(w) == "1000/0/0/0 of 1000");
}

TEST_CASE("ids: the given ones first, then numbers, skipping those in use") {
  Workspace w = workspace_of(std::string(kAtOnce) + R"(, "fixture": {"name": "f",
    "ids": {"image": {"prefix": "g_", "first": 9, "width": 2, "given": ["abc", "10", "xyz"]}},
    "images": [{"id": "g_11", "name": "n", "createdAt": "2026-01-01T00:00:00Z"},
               {"id": "g_xyz", "name": "n", "createdAt": "2026-01-01T00:00:00Z"}]})");
  CHECK(add(w, RecordKind::kImage, 5) == std::vector<std::string>{"g_abc", "g_10", "g_09", "g_12", "g_13"});
}

TEST_CASE("ids: numbers grow beyond their width") {
  IdPlan plan{"p_", 1, 3, {}};
  CHECK(numbered_id(plan, 1) == "p_001");
  CHECK(numbered_id(plan, 999) == "p_999");
  CHECK(numbered_id(plan, 1'000) == "p_1000");
  CHECK(numbered_id(plan, 0) == "p_000");
  Workspace w =
      workspace_of(std::string(kAtOnce) + R"(, "fixture": {"name": "f", "ids": {"image": {"first": 98, "width": 2}}})");
  CHECK(add(w, RecordKind::kImage, 3) == std::vector<std::string>{"img_98", "img_99", "img_100"});
}

TEST_CASE("registrations: batch, order and reservation have ids of their own, from the seed") {
  const ScenarioPtr scenario = scenario_of(R"("fixture": {"name": "f",
    "ids": {"order": {"prefix": "ord_", "given": ["xyz789"]}}})");
  const auto run = [&](std::uint64_t seed) {
    Workspace w = workspace_of(scenario, seed);
    std::vector<Registration> made;
    for (int i = 0; i < 20; ++i) made.push_back(*w.register_job(JobRequest{}));
    return made;
  };
  const auto first = run(1);
  const auto again = run(1);
  const auto other = run(2);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(first[i].batch_id == again[i].batch_id);
    CHECK(first[i].batch_id.starts_with("batch_"));
    CHECK(first[i].reservation_id.starts_with("res_"));
    CHECK(first[i].order_id.starts_with("ord_"));
    CHECK(first[i].reserved == 10);
    for (const std::string& id : {first[i].batch_id, first[i].order_id, first[i].reservation_id}) {
      CHECK(seen.insert(id.substr(id.find('_'))).second);
    }
  }
  CHECK(first[0].order_id == "ord_xyz789");
  CHECK(first[0].batch_id != other[0].batch_id);
}

TEST_CASE("names: templates take what the job was about, a long wish by its beginning") {
  Workspace w = workspace_of(R"("fixture": {"name": "f",
    "names": {"model": "{preferences} — Model {n}", "image": "{product}/{model}/{scenery}/{n}/{other}"}})");
  JobRequest request;
  request.product_name = "{model}";
  request.model_name = "M";
  request.scenery_name = "S";
  w.register_job(request);
  CHECK(w.find("img_001")->name == "{model}/M/S/1/{other}");
  request.kind = RecordKind::kModel;
  request.preferences = "Young female model, athletic build, natural makeup, suitable for sportswear";
  w.register_job(request);
  CHECK(w.find("model_001")->name == "Young female model, athletic build, natural… — Model 1");
  request.preferences = std::string(47, 'x') + "\xc3\xa9\xc3\xa9";
  w.register_job(request);
  CHECK(w.find("model_002")->name == std::string(47, 'x') + "… — Model 1");
}

TEST_CASE("records: a listing names those it shows for the first time as they are, and again when that is taken back") {
  Workspace w = workspace_of(R"("jobs": {"default": {"duration": "1s"}})");
  const auto first_shown = [&](const ListQuery& query = {}) {
    std::string ids;
    for (const RecordPtr& record : w.listing(Collection::kImages, query).first_shown) {
      CHECK(record->json.starts_with("{\"id\":\"" + record->id + "\""));
      ids += record->id + " ";
    }
    return ids;
  };
  add(w, RecordKind::kImage, 2);
  CHECK(first_shown() == "img_001 img_002 ");
  const ListingPtr running = w.listing(Collection::kImages, {}).body;
  CHECK(w.listing(Collection::kImages, {}).body == running);
  CHECK(w.listing(Collection::kImages, {ListFilter::kApproved}).body != running);
  CHECK(first_shown() == "");
  elapse(w, Duration(1'000));
  // As few as the listing shows.
  CHECK(first_shown({.limit = 1}) == "img_001 ");
  CHECK(first_shown() == "img_002 ");
  const ListingPtr done = w.listing(Collection::kImages, {}).body;
  w.drop_rendering("img_001");
  CHECK(first_shown() == "img_001 ");
  CHECK(w.listing(Collection::kImages, {}).body != done);
  CHECK(w.listing(Collection::kImages, {}).body->text == done->text);
  w.drop_rendering("nothing");
}

TEST_CASE("listings: the body is shared until a record of the collection changes, and never out of date") {
  Workspace w = workspace_of(R"("jobs": {"default": {"manual": true}})");
  const auto body = [&](const ListQuery& query = {}) { return w.listing(Collection::kImages, query).body; };
  const auto fresh = [&](const ListQuery& query = {}) {
    std::string records;
    const std::size_t count = w.list(Collection::kImages, query, records);
    return "{\"images\":[" + records + "],\"count\":" + std::to_string(count) + "}";
  };
  CHECK(body()->text == R"({"images":[],"count":0})");
  CHECK(body() == w.scenario().fixture->listing(Collection::kImages, {}));
  add(w, RecordKind::kImage, 3);
  const ListingPtr before = body();
  CHECK(before->text == fresh());
  CHECK(body() == before);
  add(w, RecordKind::kModel, 1);
  CHECK(body() == before);
  const std::string kept = before->text;

  std::vector<ClockEvent> fired;
  CHECK(w.settle("img_002", RecordStatus::kDone, fired));
  CHECK(body() != before);
  CHECK(body()->text == fresh());
  CHECK(before->text == kept);
  CHECK(w.vote("img_002", Voting::kApproved));
  CHECK(body()->text == fresh());
  for (const ListQuery& query :
       {ListQuery{ListFilter::kApproved}, ListQuery{ListFilter::kAll, "prod_2"}, ListQuery{ListFilter::kAll, "prod_1"},
        ListQuery{ListFilter::kAll, "", 2}, ListQuery{}}) {
    CHECK(body(query)->text == fresh(query));
    CHECK(body(query) == body(query));
  }
  const Workspace fork = w;
  CHECK(w.vote("img_002", Voting::kRejected));
  CHECK(body()->text == fresh());
  Workspace other = fork;
  CHECK(other.listing(Collection::kImages, {}).body->text.find("img_002") != std::string::npos);
  CHECK(w.restore(fork.snapshot(), fork.scenario_ptr(), MonotonicTime(0)).ok());
  CHECK(body()->text == other.listing(Collection::kImages, {}).body->text);
  w.reset(MonotonicTime(0), kManualStart);
  CHECK(body()->text == R"({"images":[],"count":0})");
}

TEST_CASE("listings: every one counts as a poll of the jobs that finish after so many, shared or not") {
  Workspace w = workspace_of(R"("jobs": {"default": {"afterPolls": 2}})");
  add(w, RecordKind::kImage, 1);
  for (const char* shown : {"I", "I", "D", "D"}) {
    CAPTURE(shown);
    const std::string status = *shown == 'I' ? "INPROGRESS" : "DONE";
    CHECK(w.listing(Collection::kImages, {}).body->text.find("\"status\":\"" + status + "\"") != std::string::npos);
  }
  CHECK(statuses(w, Collection::kImages) == "D");
}

}  // namespace qamera::sim
