#include "assets/asset_urls.h"

#include <algorithm>

#include "base/text.h"

namespace qamera::assets {
namespace {

/// No name is longer, with a port (RFC 1035), and a listing repeats it with each record.
constexpr std::size_t kLongestAuthority = 260;
constexpr std::size_t kLongestPublicUrl = 1024;

bool is_url_byte(char c) {
  return is_name_character(c) || std::string_view("-._~:/[]!$&'()*+,;=%").find(c) != std::string_view::npos;
}

}  // namespace

AssetBase AssetUrls::base_for(const Request& request, const sim::Scenario& scenario) const {
  if (options_.mode.value_or(scenario.assets) == sim::AssetMode::kDocumented) return kDocumentedAssets;
  if (!options_.public_url.empty()) return {options_.public_url};
  // The edge has checked it, and has put the authority of an absolute target there.
  const std::string_view host = request.headers.value_or("Host", "");
  if (!host.empty() && host.size() <= kLongestAuthority) return {"http://", host};
  const std::string* listening = listening_.peek();
  return {listening ? std::string_view(*listening) : std::string_view()};
}

Result<std::string> AssetUrls::read_public_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  const std::string_view scheme = url.substr(0, std::min(scheme_end, url.size()));
  const bool is_web = scheme_end != std::string_view::npos && (scheme == "http" || scheme == "https");
  const std::string_view rest = is_web ? url.substr(scheme_end + 3) : std::string_view();
  const bool has_host = !rest.empty() && rest.front() != '/' && rest.front() != ':';
  if (!has_host || url.size() > kLongestPublicUrl || !std::all_of(rest.begin(), rest.end(), is_url_byte)) {
    return Error{
        ErrorCode::kInvalid,
        "expected a URL such as https://mock.example or http://mock.example:8080/path, without a query, got \"" +
            printable(shortened(url)) + "\"",
        ""};
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

}  // namespace qamera::assets
