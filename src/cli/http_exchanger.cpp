#include "cli/http_exchanger.h"

#include <algorithm>

#include "cli/command.h"

namespace qamera::cli {

void add_target_options(CLI::App& app, TargetOptions& options) {
  with_environment(app.add_option("--target", options.url, "base URL of the API: https://app.qamera.ai")->required());
  with_environment(app.add_option("--ca-file", options.ca_file, "certificate authorities to trust, PEM"));
  with_environment(app.add_flag("--insecure", options.insecure, "do not check the target's certificate"));
}

Result<std::unique_ptr<HttpExchanger>> HttpExchanger::create(const TargetOptions& options,
                                                             const Interruption& interruption) {
  auto url = upstream::parse_server_url(options.url);
  if (!url) return url.error();
  auto client = upstream::HttpClient::create(*std::move(url), {.ca_file = options.ca_file,
                                                               .verify_certificate = !options.insecure,
                                                               .stop_descriptor = interruption.descriptor()});
  if (!client) return client.error();
  return std::unique_ptr<HttpExchanger>(new HttpExchanger(*std::move(client)));
}

Result<Response> HttpExchanger::send(const Request& request) {
  sent_at_ = system_time().wall();
  const MonotonicTime started = system_time().monotonic();
  auto response = client_->send(request);
  duration_ = std::chrono::duration_cast<std::chrono::microseconds>(system_time().monotonic() - started);
  return response;
}

Duration RealPace::now() { return std::chrono::duration_cast<Duration>(system_time().monotonic()); }

void RealPace::wait(Duration duration) {
  constexpr Duration kSecond{1'000};
  for (; duration > Duration::zero() && !interruption_.requested(); duration -= kSecond) {
    interruption_.wait(std::min(duration, kSecond));
    if (on_second_) on_second_();
  }
}

}  // namespace qamera::cli
