#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/lazy.h"
#include "base/result.h"
#include "http/asset_url.h"
#include "http/message.h"
#include "sim/scenario.h"

namespace qamera::assets {

/// Where URLs of pictures in replies lead: to this server, by the name that the client asked it by, so that the same
/// requests get the same bytes whatever port was bound. Thread-safe.
class AssetUrls {
 public:
  struct Options {
    std::optional<sim::AssetMode> mode{};  ///< overrides every scenario's
    std::string public_url{};              ///< what stands before "/assets/", as `read_public_url` gives it; "": `Host`
  };
  explicit AssetUrls(Options options) : options_(std::move(options)) {}

  /// Valid as long as the request, its fields unchanged, and this.
  AssetBase base_for(const Request& request, const sim::Scenario& scenario) const;
  /// Where the server listens, for requests that name no host. Counts once.
  void set_listening(std::string url) {
    listening_.get([&] { return std::move(url); });
  }

  /// An http or https URL with a host, and maybe a path; gives it without a slash at its end. Else kInvalid.
  static Result<std::string> read_public_url(std::string_view url);

 private:
  const Options options_;
  Lazy<std::string> listening_;
};

}  // namespace qamera::assets
