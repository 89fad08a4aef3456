#include "access/allowed_hosts.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace qamera::access {
namespace {

constexpr std::size_t kMappedBits = 96;

bool is_digits(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

/// Labels with dots between them, and perhaps a port.
bool is_name(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && !is_digits(text.substr(colon + 1))) return false;
  text = text.substr(0, colon);
  const auto fits = [](char c) { return is_name_character(c) || c == '.'; };
  return !text.empty() && text.front() != '.' && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), fits);
}

/// "[fd00::1]:4010": an address of one port. The address is looked at elsewhere.
bool has_brackets_and_port(std::string_view text) {
  const std::string_view name = host_name(text);
  return name.size() > 2 && name.ends_with(']') && text.substr(name.size()).starts_with(':') &&
         is_digits(text.substr(name.size() + 1));
}

/// "10.0.0" and "1.2.3.4.5": numbers are written only in addresses, so this is a mistake in one.
bool is_numeric(std::string_view text) {
  text = host_name(text);
  const auto fits = [](char c) { return is_digit(c) || c == '.'; };
  return std::all_of(text.begin(), text.end(), fits);
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() > end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

}  // namespace

std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
  return host.substr(0, host.find(':'));
}

std::optional<AllowedHosts::Address> AllowedHosts::parse_address(std::string_view text) {
  const bool bracketed = text.starts_with('[') && text.ends_with(']') && text.size() > 2;
  const std::string bare(bracketed ? text.substr(1, text.size() - 2) : text);
  if (bare.find('\0') != std::string::npos) return std::nullopt;
  Address address{};
  if (::inet_pton(AF_INET6, bare.c_str(), address.data()) == 1) return address;
  address[10] = address[11] = 0xFF;
  if (!bracketed && ::inet_pton(AF_INET, bare.c_str(), address.data() + kMappedBits / 8) == 1) return address;
  return std::nullopt;
}

std::optional<AllowedHosts::Range> AllowedHosts::parse_range(std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view written = text.substr(0, slash);
  const auto first = parse_address(written);
  if (!first) return std::nullopt;
  if (slash == std::string_view::npos) return Range{*first, 128};
  const std::size_t before = written.find(':') == std::string_view::npos ? kMappedBits : 0;
  const std::string_view digits = text.substr(slash + 1);
  std::size_t bits = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (!is_digits(digits) || failed != std::errc() || before + bits > 128) return std::nullopt;
  return Range{*first, before + bits};
}

Result<AllowedHosts> AllowedHosts::parse(std::span<const std::string> texts) {
  AllowedHosts hosts;
  for (const std::string& text : texts) {
    if (const auto range = parse_range(text)) {
      hosts.ranges_.push_back(*range);
    } else if (text.starts_with("*.") && is_name(std::string_view(text).substr(2))) {
      hosts.suffixes_.push_back(text.substr(1));
    } else if (is_numeric(text) || has_brackets_and_port(text)
                   ? (is_name(text) || has_brackets_and_port(text)) && parse_address(host_name(text))
                   : is_name(text)) {
      hosts.names_.push_back(text);
    } else {
      return Error{
          ErrorCode::kInvalid,
          "expected a host such as mock, mock:4010, *.svc, 10.0.0.7, 10.0.0.0/8 or fd00::/8, got \"" + text + "\"", ""};
    }
  }
  return hosts;
}

bool AllowedHosts::contains(std::string_view host) const {
  const std::string_view name = host_name(host);
  const auto is_it = [&](const std::string& allowed) {
    return equal_ignoring_case(allowed, name) || equal_ignoring_case(allowed, host);
  };
  const auto is_below = [&](const std::string& suffix) {
    return ends_with_ignoring_case(name, suffix) || ends_with_ignoring_case(host, suffix);
  };
  if (std::any_of(names_.begin(), names_.end(), is_it)) return true;
  if (std::any_of(suffixes_.begin(), suffixes_.end(), is_below)) return true;
  if (ranges_.empty()) return false;
  const auto address = parse_address(name);
  return address && std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
           for (std::size_t bit = 0; bit < range.bits; bit += 8) {
             const unsigned differs = static_cast<unsigned>((*address)[bit / 8] ^ range.first[bit / 8]);
             const std::size_t counted = std::min<std::size_t>(range.bits - bit, 8);
             if (differs >> (8 - counted) != 0) return false;
           }
           return true;
         });
}

}  // namespace qamera::access
