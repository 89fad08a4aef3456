#pragma once

#include <string>
#include <string_view>

#include "access/allowed_hosts.h"
#include "base/result.h"
#include "http/message.h"

namespace qamera::access {

/// Who may drive the control API. A page in a browser can reach loopback addresses, so a request is refused when its
/// `Host` (DNS rebinding) or `Origin` (cross-site request) is not the server's own. A bearer token lifts the check of
/// the host. (docs/security.md)
class ControlGuard {
 public:
  struct Options {
    std::string token;  ///< "" for none
    std::string host;   ///< the address bound
    AllowedHosts allow_hosts{};
  };
  explicit ControlGuard(Options options) : options_(std::move(options)) {}

  /// kUnauthorized without the token, kForbidden for a foreign host or origin.
  Result<void> check(const Request& request) const;

 private:
  bool host_is_ours(std::string_view host) const;

  Options options_;
};

/// Whether two texts are equal, in a time that does not depend on where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace qamera::access
