#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace qamera::access {

/// The hosts of `--allow-host`, for clients that know the server by another name, and for scrapers, which come by the
/// address of a pod: names (`mock`) and all names below one (`*.svc`), with a port or for any; addresses and ranges of
/// them (`10.0.0.7`, `10.0.0.0/8`, `fd00::/8`), for any port.
class AllowedHosts {
 public:
  /// kInvalid quotes the first that is none of these.
  static Result<AllowedHosts> parse(std::span<const std::string> texts);

  /// Of `name`, `name:port`, `1.2.3.4:port` or `[v6]:port`.
  bool contains(std::string_view host) const;

 private:
  using Address = std::array<std::uint8_t, 16>;  ///< IPv6, where IPv4 is ::ffff:0:0/96
  struct Range {
    Address first{};
    std::size_t bits = 0;  ///< of `first` that count
  };
  static std::optional<Address> parse_address(std::string_view text);
  static std::optional<Range> parse_range(std::string_view text);

  std::vector<std::string> names_;     ///< with a port or without
  std::vector<std::string> suffixes_;  ///< the same, from the dot on
  std::vector<Range> ranges_;
};

/// Of `name:port` the name, of `[v6]:port` the address with its brackets.
std::string_view host_name(std::string_view host);

}  // namespace qamera::access
