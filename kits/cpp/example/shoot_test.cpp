// doctest: a server for the run, a workspace for each test.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <qamera/mock.h>

#include <string>

using qamera::mock::Json;
using qamera::mock::Server;
using qamera::mock::Workspace;

namespace {

const Server& server() {
  static const Server one = Server::start();
  return one;
}

/// The client under test: yours stands here.
Json start_shoot(const std::string& base, const std::string& key, int count) {
  const Json body = {{"config", {{"product", {{"id", "rec_product_001"}}}}}, {"count", count}};
  httplib::Client client(base);
  const auto reply =
      client.Post("/api/external/image-picker/register-ideas", {{"X-Api-Key", key}}, body.dump(), "application/json");
  REQUIRE(reply);
  return Json::parse(reply->body);
}

}  // namespace

TEST_CASE("a shoot is paid for once it is done") {
  const Workspace qamera = server().workspace("happy-path", {{"clock", "manual"}, {"credits", 100}});
  CHECK(start_shoot(qamera.url, qamera.key, 4)["creditsReserved"] == 40);
  qamera.clock.until_idle();
  qamera.verify(Json::array({{{"ledger", {{"consumed", 40}, {"reserved", 0}}}}, {{"noFindings", true}}}));
}

TEST_CASE("without credits it says so") {
  const Workspace qamera = server().workspace("credit-exhaustion");
  const std::string error = start_shoot(qamera.url, qamera.key, 4)["error"];
  CHECK(error.find("Insufficient credits") == 0);
}
