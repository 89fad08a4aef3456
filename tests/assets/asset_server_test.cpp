#include "assets/asset_server.h"

#include <doctest/doctest.h>

#include <set>

namespace qamera::assets {
namespace {

Request request_for(std::string_view method, std::string_view target, Headers headers = {}) {
  Request request = request_to(std::string(target));
  request.method = method;
  request.headers = std::move(headers);
  return request;
}

struct Fixture {
  AssetServer server{std::make_shared<MemoryBudget>(std::size_t{1} << 24)};

  Response ask(std::string_view target, Headers headers = {}, std::string_view method = "GET") {
    return server.drawn(request_for(method, target, std::move(headers))).response;
  }
};

std::string_view field(const Response& response, std::string_view name) {
  return response.headers.value_or(name, "absent");
}

constexpr const char* kSmall = "/assets/images/img_001.jpg?w=64";
constexpr const char* kVideo = "/assets/videos/vid_001.mp4";

}  // namespace

TEST_CASE("assets: a picture is a JPEG that may be kept for ever and shown by any page") {
  Fixture f;
  const Response response = f.ask(kSmall);
  CHECK(response.status == 200);
  CHECK(field(response, "Content-Type") == "image/jpeg");
  CHECK(field(response, "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(field(response, "Access-Control-Allow-Origin") == "*");
  CHECK(field(response, "Cross-Origin-Resource-Policy") == "cross-origin");
  CHECK(field(response, "Accept-Ranges") == "bytes");
  CHECK(field(response, "ETag").starts_with("\""));
  CHECK(response.content().starts_with("\xff\xd8"));
  // Every server says the same.
  CHECK(Fixture().ask(kSmall).content() == response.content());
  CHECK(field(f.ask("/assets/images/img_002.jpg?w=64"), "ETag") != field(response, "ETag"));
}

TEST_CASE("assets: an event loop gets a picture only when it has been drawn, and all else at once") {
  Fixture f;
  const auto at_hand = [&](const char* target) { return f.server.at_hand(request_for("GET", target)); };
  CHECK_FALSE(at_hand(kSmall));
  const Response drawn = f.ask(kSmall);
  REQUIRE(at_hand(kSmall));
  CHECK(at_hand(kSmall)->response.shared_body == drawn.shared_body);
  CHECK_FALSE(at_hand("/assets/images/img_001.jpg?w=65"));
  CHECK_FALSE(at_hand("/assets/models/img_001.jpg?w=64"));
  CHECK(at_hand(kVideo));
  CHECK(at_hand("/assets/images/a.gif"));
  CHECK(at_hand("/assets/images/a.jpg?w=1"));
}

TEST_CASE("assets: videos are the clips of the tree") {
  Fixture f;
  std::set<std::string_view> etags;
  std::vector<Response> replies;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) {
    replies.push_back(f.ask(std::string("/assets/videos/") + name + ".mp4"));
    replies.push_back(f.ask(std::string("/assets/reels/") + name + ".mp4"));
  }
  for (const Response& response : replies) {
    CHECK(response.status == 200);
    CHECK(field(response, "Content-Type") == "video/mp4");
    CHECK(response.content().substr(4, 4) == "ftyp");
    etags.insert(field(response, "ETag"));
  }
  CHECK(etags.size() == 3);
  CHECK(f.ask(kVideo).content() == Fixture().ask(kVideo).content());
}

TEST_CASE("assets: the width is a number from 64 to 1600, said once, of a picture") {
  Fixture f;
  const auto refused = [&](const char* target) {
    const Response response = f.ask(target);
    CHECK(response.status == 400);
    CHECK(field(response, "Access-Control-Allow-Origin") == "*");
    return response.body;
  };
  for (const char* width : {"", "63", "1601", "-64", "64.0", "64px", "0x64", "99999999999", "%22", "+64"}) {
    CAPTURE(width);
    CHECK(refused(("/assets/images/a.jpg?w=" + std::string(width)).c_str()).starts_with("{\"error\":\"w: expected"));
  }
  CHECK(refused("/assets/images/a.jpg?w=9") == R"({"error":"w: expected a width from 64 to 1600 pixels, got \"9\""})");
  CHECK(refused("/assets/images/a.jpg?w=64&w=65") == R"({"error":"w is given more than once"})");
  CHECK(refused("/assets/videos/a.mp4?w=64") == R"({"error":"w is for pictures: a video has one size"})");
  CHECK(f.ask("/assets/images/a.jpg?w=64&v=2").status == 200);
  CHECK(f.ask("/assets/products/a.jpg").content() == f.ask("/assets/products/a.jpg?w=1024").content());
}

TEST_CASE("assets: what is not there is 404 and says what there is") {
  Fixture f;
  const Response response = f.ask("/assets/images/a.png");
  CHECK(response.status == 404);
  CHECK(response.body.find("/assets/<videos|reels>/<name>.mp4") != std::string::npos);
  CHECK(field(response, "Cache-Control") == "no-store");
  CHECK(f.ask("/assets/images/%22%0d%0a.jpg?w=64").status == 200);
  CHECK(f.ask("/assets/images/a.%22").body.find(R"(a.\")") != std::string::npos);
}

TEST_CASE("assets: parts of the file") {
  Fixture f;
  const std::string whole(f.ask(kVideo).content());
  const std::string size = std::to_string(whole.size());
  const Response part = f.ask(kVideo, {{"Range", "bytes=100-199"}});
  CHECK(part.status == 206);
  CHECK(part.content() == whole.substr(100, 100));
  CHECK(field(part, "Content-Range") == "bytes 100-199/" + size);
  CHECK(field(part, "Content-Type") == "video/mp4");
  const Response last = f.ask(kSmall, {{"Range", "bytes=-2"}});
  CHECK(last.status == 206);
  CHECK(last.content() == "\xff\xd9");
  const Response beyond = f.ask(kVideo, {{"Range", "bytes=" + size + "-"}});
  CHECK(beyond.status == 416);
  CHECK(field(beyond, "Content-Range") == "bytes */" + size);
  CHECK(f.ask(kVideo, {{"Range", "bytes=0-1,4-5"}}).status == 200);
  const std::string etag(field(part, "ETag"));
  CHECK(f.ask(kVideo, {{"Range", "bytes=0-1"}, {"If-Range", etag}}).status == 206);
  CHECK(f.ask(kVideo, {{"Range", "bytes=0-1"}, {"If-Range", "\"other\""}}).status == 200);
}

TEST_CASE("assets: a client that has the file is not sent it again") {
  Fixture f;
  const std::string etag(field(f.ask(kSmall), "ETag"));
  for (const char* method : {"GET", "HEAD"}) {
    const Response known = f.ask(kSmall, {{"If-None-Match", etag}, {"Range", "bytes=0-1"}}, method);
    CHECK(known.status == 304);
    CHECK(known.content().empty());
    CHECK(field(known, "ETag") == etag);
    CHECK(field(known, "Cache-Control").starts_with("public"));
  }
  CHECK(f.ask(kSmall, {{"If-None-Match", "\"other\""}}).status == 200);
  CHECK(f.ask(kSmall, {{"If-Match", "\"other\""}}).status == 412);
  CHECK(f.ask(kSmall, {{"If-Match", etag}}).status == 200);
}

TEST_CASE("assets: they are only read; a browser may ask for leave") {
  Fixture f;
  const Response head = f.ask(kSmall, {{"Range", "bytes=0-1"}}, "HEAD");
  CHECK(head.status == 200);
  CHECK(head.content().size() == f.ask(kSmall).content().size());  // the edge sends its length alone
  const Response refused = f.ask(kSmall, {}, "POST");
  CHECK(refused.status == 405);
  CHECK(field(refused, "Allow") == "GET, HEAD");
  CHECK(f.ask(kSmall, {}, "OPTIONS").status == 405);
  const Response leave =
      f.ask(kSmall, {{"Origin", "http://shop.example"}, {"Access-Control-Request-Method", "GET"}}, "OPTIONS");
  CHECK(leave.status == 204);
  CHECK(field(leave, "Access-Control-Allow-Headers") == "*");
  CHECK(busy_reply().response.status == 503);
}

}  // namespace qamera::assets
