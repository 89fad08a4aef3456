#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/command.h"
#include "upstream/http_client.h"

namespace qamera::cli {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(1);

struct HealthOptions {
  std::optional<std::string> url;
  int port = 4010;
  std::string timeout = "2s";
};

/// Ends the process when the time is over, whatever it is at: looking up a name has no time-out of its own, and a
/// server may send a byte at a time.
void limit_to(Duration timeout, const std::string& problem) {
  std::thread([=] {
    std::this_thread::sleep_for(timeout);
    complain(problem);
    std::_Exit(kCheckFailed);
  }).detach();
}

int not_serving(const std::string& problem) {
  complain(problem);
  return kCheckFailed;
}

int health(const HealthOptions& options) {
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return refuse("--timeout: " + timeout.error().message);
  if (*timeout <= Duration::zero() || *timeout > kLongestWait) {
    return refuse("--timeout: expected a duration above 0s and of at most 1h, got \"" + options.timeout + "\"");
  }
  if (!options.url && options.port == 0) {
    return refuse("--port: 0 is a free port, which the server alone knows: expected --url, or the port that it took");
  }
  auto url = upstream::parse_server_url(options.url.value_or("http://127.0.0.1:" + std::to_string(options.port)));
  if (!url) return refuse("--url: " + url.error().message);
  const std::string origin = url->origin();
  auto client =
      upstream::HttpClient::create(*std::move(url), {.connect_timeout = kLongestWait, .read_timeout = kLongestWait});
  if (!client) return refuse(client.error());
  limit_to(*timeout, origin + ": no answer within " + format_duration(*timeout));
  Request request;
  request.method = "GET";
  request.target = "/__admin/health";
  constexpr std::size_t kMaxBody = 16u << 10;
  std::string body;
  const auto response = (*client)->stream(request, [&](std::string_view data) {
    body.append(data.substr(0, kMaxBody - body.size()));
    return body.size() < kMaxBody;
  });
  if (!response) return not_serving(response.error().message);
  if (response->status != 200) return not_serving(origin + " answers " + std::to_string(response->status));
  const auto told = parse_json(body);
  const bool is_ours = told && told->is_object() && told->value("status", Json()) == "ok" &&
                       told->contains("version") && told->at("version").is_string();
  if (!is_ours) return not_serving(origin + " answers, but not as a qamera-mock does");
  std::printf("%s serves, version %s\n", origin.c_str(), printable(told->at("version").get<std::string>()).c_str());
  return kFine;
}

}  // namespace

std::function<int()> add_health(CLI::App& app) {
  auto options = std::make_shared<HealthOptions>();
  with_environment(app.add_option("--url", options->url, "the server to ask, if not that of --port"));
  with_environment(app.add_option("--port", options->port, "where it listens on this machine")
                       ->check(CLI::Range(0, 65535))
                       ->capture_default_str());
  with_environment(app.add_option("--timeout", options->timeout, "the longest that the answer may take")
                       ->type_name("DURATION")
                       ->capture_default_str());
  app.footer("Exit codes: 0 it serves, 1 it does not, 2 wrong usage.");
  return [options] {
    try {
      return health(*options);
    } catch (const std::system_error& error) {
      return refuse(std::string("cannot start a thread: ") + error.what());
    }
  };
}

}  // namespace qamera::cli
