#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace qamera::upstream {

/// Where a server is: `https://app.qamera.ai`, `http://127.0.0.1:4010/prefix`.
struct ServerUrl {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< without brackets
  int port = 80;
  std::string prefix;  ///< "" or a path without trailing slash

  std::string origin() const;  ///< scheme, host and, unless it is the scheme's own, port
  /// What a request line to this server has for the target of a request: its origin form (absolute forms are for
  /// proxies; RFC 9112, section 3.2) below the prefix, but `*`, which is about a whole server.
  std::string target_of(std::string_view request_target) const;
};

/// kInvalid says what is wrong with the text.
Result<ServerUrl> parse_server_url(std::string_view text);

/// A client of one server, on cpp-httplib. Keeps its connection. For the commands that talk to other servers; not
/// thread-safe, and not for event loops: calls wait.
class HttpClient {
 public:
  struct Options {
    Duration connect_timeout{5'000};
    Duration read_timeout{30'000};
    std::string ca_file{};  ///< PEM; "" for the system's
    bool verify_certificate = true;
    int stop_descriptor = -1;  ///< a call gives up once it is readable; -1 for none
  };
  /// kUnsupported for https when this build has no TLS.
  static Result<std::unique_ptr<HttpClient>> create(ServerUrl url, const Options& options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  const ServerUrl& url() const { return url_; }

  /// Sends `request.method`, `request.target` (see `ServerUrl::target_of`; nothing but blanks is escaped), headers and
  /// body; redirects are not followed and bodies not decoded. kIo says what failed: connection, time-out, certificate,
  /// a broken reply or one that is too large (lines of 16 KiB, `http::ResponseLimits` for the rest); kInvalid that the
  /// head holds control characters, which would end it early.
  Result<Response> send(const Request& request);

  /// As `send`, handing over the body of a 200 as it comes, however long, until `on_data` returns false; it is not in
  /// the returned response then.
  Result<Response> stream(const Request& request, const std::function<bool(std::string_view)>& on_data);

 private:
  struct State;
  HttpClient(ServerUrl url, std::unique_ptr<State> state);
  Result<Response> exchange(const Request& request, const std::function<bool(std::string_view)>& on_data);
  ServerUrl url_;
  std::unique_ptr<State> state_;
};

}  // namespace qamera::upstream
