#include "http/asset_url.h"

#include <doctest/doctest.h>

namespace qamera {

TEST_CASE("asset URL: a base is its pieces, joined") {
  const AssetBase base{"http://", "127.0.0.1:4010"};
  CHECK(base.joined() == "http://127.0.0.1:4010/assets/");
  CHECK(base == "http://127.0.0.1:4010/assets/");
  for (const char* other : {"", "http://127.0.0.1:4011/assets/", "http://127.0.0.1:401/assets//", "/assets/",
                            "http://127.0.0.1:4010/assets", "xttp://127.0.0.1:4010/assets/"}) {
    CAPTURE(other);
    CHECK_FALSE(base == other);
  }
  CHECK(kDocumentedAssets == "https://cdn.example.com/");
  CHECK(AssetBase{}.joined() == "/assets/");
}

TEST_CASE("asset URL: what a reply showed leads back to the path that the record holds") {
  for (const char* url :
       {"http://127.0.0.1:4010/assets/images/thumb_1.jpg", "https://mock.example/some/where/assets/images/thumb_1.jpg",
        "http://[::1]:1/assets/images/thumb_1.jpg", "https://cdn.example.com/images/thumb_1.jpg",
        "/assets/images/thumb_1.jpg"}) {
    CHECK(without_asset_base(url) == "/assets/images/thumb_1.jpg");
  }
  CHECK(without_asset_base("http://h/assets/reels/r.mp4") == "/assets/reels/r.mp4");
}

TEST_CASE("asset URL: other texts stay what they are") {
  for (const char* url : {"", "x", "https://shop.example/images/1.jpg", "https://cdn.example.com/p1.jpg",
                          "https://cdn.example.com/other/1.jpg", "http://h/assets/other/1.jpg",
                          "http://h/assets/images/1.png", "ftp://h/assets/images/1.jpg", "https://cdn.example.com/"}) {
    CHECK(without_asset_base(url) == url);
  }
}

}  // namespace qamera
