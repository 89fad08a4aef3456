// What is served to those who know no call: the dashboard, where / leads, the index.

#include <doctest/doctest.h>

#include "base/embedded.h"
#include "control/routes.h"
#include "control/served.h"

namespace qamera::control {
namespace {

const Headers kBrowser{{"Accept", "text/html,application/xhtml+xml;q=0.9"}, {"Sec-Fetch-Site", "cross-site"}};
const bool kHasUi = embedded_file("ui/index.html").has_value();

/// With a token, as the strictest guard there is, unless `ui` is off.
Served::Overrides guarded(bool ui = true) {
  Served::Overrides overrides;
  overrides.options.control.guard.token = "s3cret";
  overrides.options.control.ui = ui;
  return overrides;
}

}  // namespace

TEST_CASE("pages: browsers are sent to the dashboard from / and /__admin/, whoever sent them") {
  if (!kHasUi) return;
  Served served(guarded());
  for (const char* path : {"/", "/__admin", "/__admin/"}) {
    CAPTURE(path);
    const Reply reply = served.ask("GET", path, "", kBrowser);
    CHECK(reply.response.status == 302);
    CHECK(header(reply, "Location") == "/__admin/ui/");
    CHECK(header(reply, "Vary") == "Accept");
  }
  CHECK(served.ask("GET", "/__admin/ui", "", kBrowser).response.status == 302);
  // Others get what they got: / is no documented path, and /__admin/ tells the calls.
  CHECK(served.ask("GET", "/", "", {{"Accept", "*/*"}}).response.status == 404);
  CHECK(served.ask("POST", "/", "", kBrowser).response.status == 404);
}

TEST_CASE("pages: the index tells every call, and needs no token") {
  Served served(guarded());
  const Json index = body_of(served.control("GET", "/"));
  REQUIRE(index.at("calls").size() == routes().size());
  CHECK(index["calls"][0].at("path") == routes()[0].path);
  CHECK(index["calls"][0].at("method") == routes()[0].method);
  CHECK_FALSE(index["calls"][0].at("does").get<std::string>().empty());
  CHECK(index.contains("ui") == kHasUi);
  CHECK(served.control("GET", "/workspaces").response.status == 401);
  CHECK(served.control("POST", "/").response.status == 401);
}

TEST_CASE("pages: each file is served as what it is, under a policy that lets nothing in from elsewhere") {
  if (!kHasUi) return;
  Served served(guarded());
  const std::vector<std::pair<const char*, const char*>> files = {
      {"/__admin/ui/", "text/html; charset=utf-8"},
      {"/__admin/ui/index.html", "text/html; charset=utf-8"},
      {"/__admin/ui/main.js", "text/javascript; charset=utf-8"},
      {"/__admin/ui/preact.js", "text/javascript; charset=utf-8"},
      {"/__admin/ui/style.css", "text/css; charset=utf-8"},
      {"/__admin/ui/licences.txt", "text/plain; charset=utf-8"},
      {"/favicon.ico", "image/svg+xml"}};
  for (const auto& [path, type] : files) {
    CAPTURE(path);
    const Reply reply = served.ask("GET", path, "", kBrowser);
    CHECK(reply.response.status == 200);
    CHECK(header(reply, "Content-Type") == type);
    CHECK(header(reply, "Content-Security-Policy").find("default-src 'none'") == 0);
    CHECK(header(reply, "X-Content-Type-Options") == "nosniff");
    CHECK(header(reply, "Referrer-Policy") == "no-referrer");
    CHECK(header(reply, "Cache-Control") == "no-cache");
    CHECK_FALSE(reply.response.content().empty());
    CHECK(served.ask("HEAD", path, "", kBrowser).response.status == 200);
  }
}

TEST_CASE("pages: a copy that is known is not sent again") {
  if (!kHasUi) return;
  Served served;
  const std::string etag(header(served.ask("GET", "/__admin/ui/style.css"), "ETag"));
  CHECK(etag.size() == 18);
  CHECK(etag != header(served.ask("GET", "/__admin/ui/main.js"), "ETag"));
  for (const std::string& known : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
    CAPTURE(known);
    const Reply reply = served.ask("GET", "/__admin/ui/style.css", "", {{"If-None-Match", known}});
    CHECK(reply.response.status == 304);
    CHECK(header(reply, "ETag") == etag);
    CHECK(reply.response.content().empty());
  }
  CHECK(served.ask("GET", "/__admin/ui/style.css", "", {{"If-None-Match", "\"other\""}}).response.status == 200);
}

TEST_CASE("pages: what the dashboard has not is told, and it is only read") {
  if (!kHasUi) return;
  Served served(guarded());
  for (const char* path :
       {"/__admin/ui/none.js", "/__admin/ui/../health", "/__admin/ui/%2e%2e/state", "/__admin/ui//"}) {
    CAPTURE(path);
    CHECK(served.ask("GET", path).response.status == 404);
  }
  const Reply refused = served.ask("POST", "/__admin/ui/");
  CHECK(refused.response.status == 405);
  CHECK(header(refused, "Allow") == "GET, HEAD");
}

TEST_CASE("pages: none of them is a client's request") {
  Served served;
  for (const char* path : {"/", "/__admin/", "/__admin/ui/", "/__admin/ui/none.js", "/favicon.ico"}) {
    served.ask("GET", path, "", kBrowser);
  }
  CHECK(served.journal.counters(std::nullopt).recorded == (kHasUi ? 0 : 2));
  CHECK(served.application.workspaces().size() == 0);
}

TEST_CASE("pages: without the dashboard only the index is left") {
  Served served(guarded(false));
  CHECK(served.ask("GET", "/", "", kBrowser).response.status == 404);
  CHECK(served.ask("GET", "/favicon.ico", "", kBrowser).response.status == 404);
  CHECK(served.ask("GET", "/__admin/ui/", "", kBrowser).response.status == 401);
  const Reply index = served.ask("GET", "/__admin/", "", kBrowser);
  CHECK(index.response.status == 200);
  CHECK_FALSE(body_of(index).contains("ui"));
}

}  // namespace qamera::control
