#include "assets/asset_urls.h"

#include <doctest/doctest.h>

namespace qamera::assets {
namespace {

std::string base(const AssetUrls& urls, Headers headers, sim::AssetMode mode = sim::AssetMode::kServed) {
  Request request = request_to("/api/external/models");
  request.headers = std::move(headers);
  sim::Scenario scenario;
  scenario.assets = mode;
  return urls.base_for(request, scenario).joined();
}

}  // namespace

TEST_CASE("asset URLs: they lead to the host that the client asked, whichever it is") {
  AssetUrls urls({});
  urls.set_listening("http://127.0.0.1:4010");
  CHECK(base(urls, {{"Host", "localhost:4010"}}) == "http://localhost:4010/assets/");
  CHECK(base(urls, {{"Accept", "*/*"}, {"host", "mock"}}) == "http://mock/assets/");
  CHECK(base(urls, {{"Host", "[::1]:4010"}}) == "http://[::1]:4010/assets/");
}

TEST_CASE("asset URLs: without a host, and with one that is none, they lead to where the server listens") {
  AssetUrls urls({});
  CHECK(base(urls, {}) == "/assets/");
  urls.set_listening("http://127.0.0.1:4010");
  CHECK(base(urls, {}) == "http://127.0.0.1:4010/assets/");
  CHECK(base(urls, {{"Host", ""}}) == "http://127.0.0.1:4010/assets/");
  // A reply repeats it with each record.
  CHECK(base(urls, {{"Host", std::string(8000, 'x')}}) == "http://127.0.0.1:4010/assets/");
  CHECK(base(urls, {{"Host", std::string(260, 'x')}}).size() == 260 + 15);
}

TEST_CASE("asset URLs: what others are told: a public URL, the documented ones") {
  const AssetUrls outside({{}, "https://mock.example/shop"});
  CHECK(base(outside, {{"Host", "localhost"}}) == "https://mock.example/shop/assets/");
  CHECK(base(outside, {}, sim::AssetMode::kDocumented) == "https://cdn.example.com/");
  CHECK(base(AssetUrls({}), {{"Host", "h"}}, sim::AssetMode::kDocumented) == "https://cdn.example.com/");
  // The server's word counts for every scenario.
  CHECK(base(AssetUrls({sim::AssetMode::kDocumented, ""}), {{"Host", "h"}}) == "https://cdn.example.com/");
  CHECK(base(AssetUrls({sim::AssetMode::kServed, ""}), {{"Host", "h"}}, sim::AssetMode::kDocumented) ==
        "http://h/assets/");
}

TEST_CASE("asset URLs: a public URL has a host and may have a path") {
  CHECK(AssetUrls::read_public_url("https://mock.example").value() == "https://mock.example");
  CHECK(AssetUrls::read_public_url("http://[::1]:80/a/b//").value() == "http://[::1]:80/a/b");
  for (const std::string& url :
       {std::string(), std::string("mock.example"), std::string("https://"), std::string("https:///x"),
        std::string("https://:80"), std::string("ftp://h"), std::string("https://h?q"), std::string("https://h#f"),
        std::string("https://h\"x"), std::string("https://h\\x"), std::string("https://u@h"),
        std::string("https://h x"), std::string("https://h\n"), std::string("https://h\xc3\xa9"),
        "https://h/" + std::string(1100, 'x')}) {
    CAPTURE(url);
    const auto refused = AssetUrls::read_public_url(url);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.starts_with("expected a URL such as https://mock.example"));
  }
}

}  // namespace qamera::assets
