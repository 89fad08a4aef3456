#include "upstream/http_client.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <httplib.h>

#include "http/field_syntax.h"

namespace qamera::upstream {
namespace {

std::string reason_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection: return "cannot connect";
    case httplib::Error::BindIPAddress: return "cannot bind a local address";
    case httplib::Error::Read: return "the connection broke, or no reply came in time";
    case httplib::Error::Write: return "the connection broke while the request was sent";
    case httplib::Error::SSLConnection: return "the TLS handshake failed";
    case httplib::Error::SSLLoadingCerts: return "the certificate authorities cannot be loaded";
    case httplib::Error::SSLServerVerification: return "the server's certificate is not trusted";
    case httplib::Error::Canceled: return "cancelled";
    case httplib::Error::ConnectionTimeout: return "no connection in time";
    default: return "broken reply (" + httplib::to_string(error) + ")";
  }
}

/// Targets go out as they are. The switch has another name in later versions of the library.
template <typename Client>
void send_targets_unchanged(Client& client) {
  if constexpr (requires { client.set_path_encode(false); })
    client.set_path_encode(false);
  else
    client.set_url_encode(false);
}

httplib::Request convert(const ServerUrl& url, const Request& request) {
  httplib::Request out;
  out.method = request.method;
  for (char c : url.target_of(request.target)) {
    if (c == ' ')
      out.path += "%20";
    else
      out.path.push_back(c);
  }
  for (const Header& field : request.headers) out.headers.emplace(field.name, field.value);
  out.body = request.body;
  return out;
}

/// That nothing in the head ends it early: what is sent may come from a file.
Result<void> check_head(const Request& request) {
  const auto refused = [](std::string_view what) {
    return Error{ErrorCode::kInvalid,
                 "cannot send a request with a character that HTTP forbids in " + std::string(what), ""};
  };
  if (!http::is_token(request.method)) return refused("its method");
  if (std::any_of(request.target.begin(), request.target.end(), is_control)) return refused("its path or query");
  for (const Header& field : request.headers) {
    if (!http::is_token(field.name)) return refused("the name of a header field");
    if (!http::is_field_value(field.value)) return refused("the value of its header field " + field.name);
  }
  return {};
}

Response convert(const httplib::Response& response) {
  Response out;
  out.status = response.status;
  for (const auto& [name, value] : response.headers) out.headers.add(name, value);
  out.body = response.body;
  return out;
}

}  // namespace

struct HttpClient::State {
  std::unique_ptr<httplib::Client> client;
};

std::string ServerUrl::origin() const {
  const bool own = port == (scheme == "https" ? 443 : 80);
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return scheme + "://" + name + (own ? "" : ":" + std::to_string(port));
}

std::string ServerUrl::target_of(std::string_view request_target) const {
  request_target = origin_form(request_target);
  if (request_target == "*") return "*";
  std::string out = prefix;
  if (!request_target.starts_with('/')) out.push_back('/');
  return out.append(request_target);
}

Result<ServerUrl> parse_server_url(std::string_view text) {
  const Error error{
      ErrorCode::kInvalid,
      "expected a URL such as https://app.qamera.ai or http://127.0.0.1:4010, got \"" + std::string(text) + "\"", ""};
  if (std::any_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' '; })) return error;
  ServerUrl url;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return error;
  url.scheme = text.substr(0, scheme_end);
  if (url.scheme != "http" && url.scheme != "https") return error;
  url.port = url.scheme == "https" ? 443 : 80;
  text.remove_prefix(scheme_end + 3);
  const auto path = std::min(text.find('/'), text.size());
  url.prefix = text.substr(path);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  if (url.prefix.find_first_of("?#") != std::string::npos) return error;
  std::string_view authority = text.substr(0, path);
  if (authority.find('@') != std::string_view::npos) return error;
  const auto close = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  if (authority.starts_with('[') && close == std::string_view::npos) return error;
  const auto colon = authority.find(':', close == std::string_view::npos ? 0 : close);
  if (colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || url.port < 1 || url.port > 65535) {
      return error;
    }
    authority = authority.substr(0, colon);
  }
  url.host = close == std::string_view::npos ? authority : authority.substr(1, close - 1);
  if (url.host.empty()) return error;
  return url;
}

HttpClient::HttpClient(ServerUrl url, std::unique_ptr<State> state) : url_(std::move(url)), state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::create(ServerUrl url, const Options& options) {
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
  if (url.scheme == "https") {
    return Error{ErrorCode::kUnsupported, "this build has no TLS: it can only talk to http:// URLs", ""};
  }
#endif
  auto state = std::make_unique<State>();
  state->client = std::make_unique<httplib::Client>(url.origin());
  httplib::Client& client = *state->client;
  if (!client.is_valid()) return Error{ErrorCode::kInvalid, "cannot use the URL \"" + url.origin() + "\"", ""};
  client.set_connection_timeout(options.connect_timeout);
  client.set_read_timeout(options.read_timeout);
  client.set_write_timeout(options.read_timeout);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_follow_location(false);
  client.set_decompress(false);
  send_targets_unchanged(client);
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  if (!options.ca_file.empty()) client.set_ca_cert_path(options.ca_file);
  client.enable_server_certificate_verification(options.verify_certificate);
#endif
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(url), std::move(state)));
}

Result<Response> HttpClient::send(const Request& request) {
  if (auto fits = check_head(request); !fits) return fits.error();
  httplib::Request out = convert(url_, request);
  // Older versions of the library wait for the body of a 304, which has none.
  std::optional<Response> not_modified;
  out.response_handler = [&](const httplib::Response& head) {
    if (head.status == 304) not_modified = convert(head);
    return !not_modified;
  };
  const httplib::Result result = state_->client->send(out);
  if (not_modified) return *std::move(not_modified);
  if (result) return convert(*result);
  return Error{ErrorCode::kIo, url_.origin() + ": " + reason_of(result.error()), ""};
}

Result<Response> HttpClient::stream(const Request& request, const std::function<bool(std::string_view)>& on_data) {
  if (auto fits = check_head(request); !fits) return fits.error();
  httplib::Request out = convert(url_, request);
  Response response;
  bool ended_by_us = false;
  out.response_handler = [&](const httplib::Response& head) {
    response = convert(head);
    return true;
  };
  out.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    ended_by_us = !on_data(std::string_view(data, size));
    return !ended_by_us;
  };
  const httplib::Result result = state_->client->send(out);
  if (result || ended_by_us) return response;
  return Error{ErrorCode::kIo, url_.origin() + ": " + reason_of(result.error()), ""};
}

}  // namespace qamera::upstream
