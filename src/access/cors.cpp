#include "access/cors.h"

#include <algorithm>
#include <charconv>

#include "http/field_syntax.h"

namespace qamera::access {
namespace {

constexpr std::string_view kAllowOrigin = "Access-Control-Allow-Origin";

/// The tokens of the lists in all fields of the name.
std::string names_in(const Headers& headers, std::string_view name) {
  std::string names;
  for (const Header& field : headers) {
    if (!equal_ignoring_case(field.name, name)) continue;
    for (std::string_view list = field.value; !list.empty();) {
      const std::string_view element = http::next_element(list);
      if (http::is_token(element)) names.append(names.empty() ? "" : ", ").append(element);
    }
  }
  return names;
}

/// `text` as a browser would write it; "" when there is no such thing.
std::string serialized_origin(std::string_view text) {
  const auto scheme_end = text.find("://");
  std::string scheme(scheme_end == std::string_view::npos ? "https" : text.substr(0, scheme_end));
  std::string_view rest = scheme_end == std::string_view::npos ? text : text.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('/'));
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
  const auto in_scheme = [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '+' || c == '-' || c == '.';
  };
  if (scheme.empty() || is_digit(scheme[0]) || !std::all_of(scheme.begin(), scheme.end(), in_scheme)) return "";
  const auto literal = rest.starts_with('[') ? std::min(rest.find(']'), rest.size()) : 0;
  const auto colon = std::min(rest.find(':', literal), rest.size());
  std::string host(rest.substr(0, colon));
  std::transform(host.begin(), host.end(), host.begin(), lower);
  const auto in_host = [](char c) { return is_name_character(c) || c == '.' || c == '[' || c == ']' || c == ':'; };
  if (host.empty() || !std::all_of(host.begin(), host.end(), in_host)) return "";
  if (colon == rest.size()) return scheme + "://" + host;
  const std::string_view digits = rest.substr(colon + 1);
  int port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65535) return "";
  const bool usual = (scheme == "http" && port == 80) || (scheme == "https" && port == 443);
  return scheme + "://" + host + (usual ? "" : ":" + std::to_string(port));
}

}  // namespace

bool is_preflight(const Request& request) {
  return request.method == "OPTIONS" && request.headers.find("Access-Control-Request-Method");
}

std::optional<Cors::Answer> Cors::preflight(const Request& request) const {
  if (allow_origins_.empty() || !is_preflight(request)) return std::nullopt;
  const std::string_view origin = request.headers.value_or("Origin", "");
  Answer answer;
  Response& response = answer.response;
  response.status = 204;
  const bool allowed = allows(origin);
  answer.reason = allowed
                      ? "preflight of a browser"
                      : "preflight of a browser: no --allow-origin is \"" + std::string(origin.substr(0, 200)) + "\"";
  add_headers(request, response);
  std::string names = names_in(request.headers, "Access-Control-Request-Headers");
  if (names.empty()) names = "X-Api-Key, Authorization, Content-Type";
  response.headers.add("Access-Control-Allow-Methods", "GET, POST");
  response.headers.add("Access-Control-Allow-Headers", std::move(names));
  response.headers.add("Access-Control-Max-Age", "600");
  return answer;
}

bool Cors::allows(std::string_view origin) const {
  return !origin.empty() && std::any_of(allow_origins_.begin(), allow_origins_.end(),
                                        [&](const std::string& o) { return o == "*" || o == origin; });
}

void Cors::add_headers(const Request& request, Response& response) const {
  if (allow_origins_.empty()) return;
  const std::string* origin = request.headers.find("Origin");
  if (!origin || !allows(*origin)) return;
  if (response.relayed || !response.headers.find(kAllowOrigin)) response.headers.set(kAllowOrigin, *origin);
  response.headers.add("Vary", "Origin");
  response.headers.add("Access-Control-Expose-Headers",
                       "X-Correlation-Id, X-Qamera-Mock-Request, X-Qamera-Mock-Reason, X-Qamera-Mock-Findings, "
                       "Retry-After");
}

Result<void> Cors::check_origin(std::string_view origin) {
  if (origin == "*" || origin == "null") return {};
  const std::string likely = serialized_origin(origin);
  if (likely == origin) return {};
  return Error{ErrorCode::kInvalid,
               "expected an origin as browsers send it, such as http://localhost:3000, or *, got \"" +
                   std::string(origin) + "\"" + (likely.empty() ? "" : " (did you mean \"" + likely + "\"?)"),
               ""};
}

}  // namespace qamera::access
