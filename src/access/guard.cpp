#include "access/guard.h"

namespace qamera::access {
namespace {

/// Whether a browser says that a page of another site sends this. A page of another port of this machine, or of a
/// sibling of its name, is of the same site, and is a stranger here all the same.
bool is_of_another_site(std::string_view site) { return site == "cross-site" || site == "same-site"; }

Error forbidden(std::string_view header, std::string_view value) {
  return {ErrorCode::kForbidden,
          "the control API serves only its own host: " + std::string(header) + " is \"" +
              std::string(value.substr(0, 200)) + "\" (allow it with --allow-host)",
          ""};
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char other = b.empty() ? '\0' : b[i % b.size()];
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(other));
  }
  return difference == 0;
}

bool ControlGuard::host_is_ours(std::string_view host) const {
  const std::string_view name = host_name(host);
  for (std::string_view own :
       {std::string_view("localhost"), std::string_view("127.0.0.1"), std::string_view("[::1]")}) {
    if (equal_ignoring_case(name, own)) return true;
  }
  // A wildcard address is no name that a client would ask for.
  const bool wildcard = options_.host == "0.0.0.0" || options_.host == "::";
  if (!wildcard && (equal_ignoring_case(name, options_.host) || name == "[" + options_.host + "]")) return true;
  return options_.allow_hosts.contains(host);
}

Result<void> ControlGuard::check(const Request& request) const {
  const std::string_view host = request.headers.value_or("Host", "");
  if (!options_.token.empty()) {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view value = request.headers.value_or("Authorization", "");
    const bool bearer = value.size() > kScheme.size() && equal_ignoring_case(value.substr(0, kScheme.size()), kScheme);
    if (!bearer || !equal_in_constant_time(value.substr(kScheme.size()), options_.token)) {
      return Error{ErrorCode::kUnauthorized, "the control API needs \"Authorization: Bearer <admin token>\"", ""};
    }
  } else if (!host_is_ours(host)) {
    return forbidden("Host", host);
  }
  if (const std::string* origin = request.headers.find("Origin")) {
    const auto scheme_end = origin->find("://");
    const std::string_view authority =
        scheme_end == std::string::npos ? std::string_view(*origin) : std::string_view(*origin).substr(scheme_end + 3);
    if (!options_.allow_hosts.contains(authority) && !equal_ignoring_case(authority, host))
      return forbidden("Origin", *origin);
  } else if (const auto site = request.headers.value_or("Sec-Fetch-Site", ""); is_of_another_site(site)) {
    return forbidden("Sec-Fetch-Site", site);
  }
  return {};
}

}  // namespace qamera::access
