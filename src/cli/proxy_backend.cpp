#include "cli/proxy_backend.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/text.h"
#include "cli/command.h"
#include "system/file.h"

namespace qamera::cli {
namespace {

/// The name of the scenario in a file: letters, digits, - and _ of its stem.
std::string scenario_name(const std::string& file) {
  std::string name = std::filesystem::path(file).stem().string().substr(0, 60);
  std::replace_if(name.begin(), name.end(), std::not_fn(is_name_character), '-');
  return name.empty() ? "recorded" : name;
}

}  // namespace

ProxyBackend::ProxyBackend(std::unique_ptr<upstream::Forwarder> forwarder, const contract::Contract& contract,
                           std::string file, MemoryBudgetPtr memory)
    : forwarder_(std::move(forwarder)), judge_(contract), capture_(judge_, std::move(memory)), file_(std::move(file)) {}

Result<std::unique_ptr<ProxyBackend>> ProxyBackend::create(const ServeOptions& options,
                                                           const contract::Contract& contract, MemoryBudgetPtr memory) {
  auto url = upstream::parse_server_url(options.upstream);
  if (!url) return Error{ErrorCode::kInvalid, "--upstream: " + url.error().message, ""};
  const auto timeout = parse_duration(options.upstream_timeout);
  if (!timeout || *timeout <= Duration::zero()) {
    return Error{
        ErrorCode::kInvalid,
        "--upstream-timeout: expected a duration above zero such as 30s, got \"" + options.upstream_timeout + "\"", ""};
  }
  if (!options.save_scenario.empty()) {
    const auto folder = std::filesystem::path(options.save_scenario).parent_path();
    std::error_code unknown;
    const auto kind = std::filesystem::status(options.save_scenario, unknown).type();
    if (kind != std::filesystem::file_type::not_found && kind != std::filesystem::file_type::regular) {
      return Error{ErrorCode::kIo, "--save-scenario: \"" + options.save_scenario + "\" is there, and is no file", ""};
    }
    if (!folder.empty() && !std::filesystem::is_directory(folder, unknown)) {
      return Error{ErrorCode::kIo, "--save-scenario: there is no directory \"" + folder.string() + "\"", ""};
    }
  }
  auto forwarder = upstream::Forwarder::create(
      *std::move(url), {.timeout = *timeout, .ca_file = options.ca_file, .verify_certificate = !options.insecure});
  if (!forwarder) return Error{forwarder.error().code, "--upstream: " + forwarder.error().message, ""};
  return std::unique_ptr<ProxyBackend>(
      new ProxyBackend(*std::move(forwarder), contract, options.save_scenario, std::move(memory)));
}

void ProxyBackend::connect(api::Proxy::Options& proxy) {
  proxy.upstream = forwarder_.get();
  proxy.upstream_url = forwarder_->url().origin() + forwarder_->url().prefix;
  proxy.judge_reply = [this](const Request& request, const Response& response, http::BodyState state) {
    return verify::as_findings(judge_.response(request, response, {.body = state}));
  };
  if (file_.empty()) return;
  proxy.on_exchange = [this](const std::string& workspace, const Request& request, const Response& response,
                             Instant at) { capture_.add(workspace, request, response, at); };
}

Result<void> ProxyBackend::check_listening(int port) const {
  const upstream::ServerUrl& url = forwarder_->url();
  if (url.port != port || !is_loopback(url.host)) return {};
  return Error{ErrorCode::kInvalid, "--upstream " + url.origin() + " is this server itself", ""};
}

Result<void> ProxyBackend::save() const {
  if (file_.empty()) return {};
  const auto scenarios = capture_.scenarios(scenario_name(file_), forwarder_->url().origin());
  if (scenarios.empty()) complain("--save-scenario: no request with a key was relayed, so nothing was written");
  const std::filesystem::path path(file_);
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    std::filesystem::path own = path;
    if (i > 0) own.replace_filename(path.stem().string() + "-" + std::to_string(i + 1) + path.extension().string());
    auto written = write_whole("scenario", own.string(), pretty_json(scenarios[i]), FileAccess::kOwner);
    if (!written) return written;
    complain("wrote the scenario " + own.string());
  }
  if (const auto left = capture_.left_out(); left > 0) {
    complain(std::to_string(left) +
             " exchanges are in no scenario, or not whole: they had no usable key, a status, path or id "
             "that no scenario can show, or found no room");
  }
  return {};
}

}  // namespace qamera::cli
