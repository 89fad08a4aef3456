#include "control/guard.h"

#include <algorithm>

namespace qamera::control {
namespace {

/// The name of `name:port` or `[v6]:port`.
std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
  return host.substr(0, host.find(':'));
}

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
  return is_listed(host);
}

bool ControlGuard::is_listed(std::string_view host) const {
  return std::any_of(options_.allow_hosts.begin(), options_.allow_hosts.end(), [&](const std::string& allowed) {
    return equal_ignoring_case(allowed, host_name(host)) || equal_ignoring_case(allowed, host);
  });
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
    if (!is_listed(authority) && !equal_ignoring_case(authority, host)) return forbidden("Origin", *origin);
  } else if (request.headers.value_or("Sec-Fetch-Site", "") == "cross-site") {
    return forbidden("Sec-Fetch-Site", "cross-site");
  }
  return {};
}

}  // namespace qamera::control
