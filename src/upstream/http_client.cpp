#include "upstream/http_client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <new>

#include <httplib.h>

#include "http/field_syntax.h"
#include "http/response_framing.h"
#include "upstream/link.h"
#include "upstream/tls_link.h"

namespace qamera::upstream {
namespace {

constexpr http::ResponseLimits kLimits;
constexpr std::size_t kMaxLine = http::FramingLimits().request_line;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

/// What the library reads and writes in place of a socket. It reads lines byte by byte into strings that grow as they
/// do (and 0.11 matches a status line by recursion, as deep as it is long), so what may come is counted here.
class BoundedStream final : public httplib::Stream {
 public:
  BoundedStream(UpstreamLink& link, Duration timeout, int stop_descriptor)
      : link_(link), timeout_(timeout), stop_descriptor_(stop_descriptor) {}

  /// From now on at most `count` bytes more; `problem` is what it is when there are.
  void allow(std::size_t count, std::string problem) {
    left_ = count;
    excess_ = std::move(problem);
  }
  /// What kept the last `read` from giving bytes; "" for nothing.
  const std::string& problem() const { return problem_; }
  /// Whether all was sent, and all that came was read.
  bool is_used_up() const { return sent_ == outgoing_.size() && received_.empty(); }

  ssize_t read(char* to, size_t size) override {
    if (received_.empty() && !receive()) return at_end_ ? 0 : -1;
    if (left_ == 0) return fail(excess_);
    const std::size_t count = std::min({size, left_, received_.size()});
    received_.copy(to, count);
    received_.remove_prefix(count);
    left_ -= left_ == kNoLimit ? 0 : count;
    line_ = size > 1 || *to == '\n' ? 0 : line_ + 1;
    return line_ > kMaxLine ? fail("a line of the reply is too long") : static_cast<ssize_t>(count);
  }
  ssize_t write(const char* from, size_t size) override {
    outgoing_.append(from, size);
    return static_cast<ssize_t>(size);
  }

  bool is_readable() const override { return true; }
#ifdef CPPHTTPLIB_VERSION_NUM
  bool wait_readable() const override { return true; }
  bool wait_writable() const override { return true; }
  time_t duration() const override { return 0; }
  void set_read_timeout(time_t seconds, time_t microseconds) override {
    timeout_ = std::chrono::seconds(seconds) + std::chrono::round<Duration>(std::chrono::microseconds(microseconds));
  }
#else
  bool is_writable() const override { return true; }
#endif
  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip.clear(), port = 0; }
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  bool receive() {
    std::string_view unsent = std::string_view(outgoing_).substr(sent_);
    const auto count = link_.transfer(unsent, buffer_, {system_time().monotonic() + timeout_, stop_descriptor_});
    sent_ = outgoing_.size() - unsent.size();
    at_end_ = count.ok() && *count == 0;
    problem_ = !count ? count.error().message : at_end_ ? "the connection ended before the reply did" : "";
    if (problem_.empty()) received_ = std::string_view(buffer_.data(), *count);
    return problem_.empty();
  }
  ssize_t fail(std::string_view problem) {
    problem_ = problem;
    return -1;
  }

  UpstreamLink& link_;
  Duration timeout_;
  int stop_descriptor_;
  std::string outgoing_;
  std::size_t sent_ = 0;
  std::array<char, 16u << 10> buffer_;
  std::string_view received_;  ///< of `buffer_`, not read yet
  std::size_t left_ = kLimits.head;
  std::string excess_ = "the head of the reply is too large";
  std::size_t line_ = 0;
  bool at_end_ = false;
  std::string problem_;
};

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
  if (!request.headers.find("Host")) out.headers.emplace("Host", url.origin().substr(url.scheme.size() + 3));
  for (const Header& field : request.headers) out.headers.emplace(field.name, field.value);
  out.body = request.body;
  return out;
}

/// That nothing in the head ends it early: what is sent may come from a file.
Result<void> check_head(const Request& request) {
  const std::string what = http::forbidden_in_head(request);
  if (what.empty()) return {};
  return Error{ErrorCode::kInvalid, "cannot send a request with a character that HTTP forbids in " + what, ""};
}

Response convert(httplib::Response response) {
  Response out;
  out.status = response.status;
  for (const auto& [name, value] : response.headers) out.headers.add(name, value);
  out.body = std::move(response.body);
  return out;
}

}  // namespace

/// The library's client without its sockets.
class Protocol final : public httplib::ClientImpl {
 public:
  using httplib::ClientImpl::ClientImpl;

  /// False when there is no whole reply.
  bool exchange(httplib::Stream& stream, httplib::Request& request, httplib::Response& response) {
    httplib::Error ignored = httplib::Error::Success;
    return process_request(stream, request, response, false, ignored);
  }
};

struct HttpClient::State {
  State(const ServerUrl& url, Options given) : options(std::move(given)), protocol(url.host, url.port) {}

  const Options options;
  Protocol protocol;
  std::unique_ptr<TlsContext> tls;     ///< null for http
  std::unique_ptr<UpstreamLink> link;  ///< kept for the next request; may be null
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
  auto state = std::make_unique<State>(url, options);
  if (url.scheme == "https") {
    auto tls = TlsContext::create(options.ca_file, options.verify_certificate);
    if (!tls) return tls.error();
    state->tls = *std::move(tls);
  }
  state->protocol.set_read_timeout(options.read_timeout);
  state->protocol.set_decompress(false);
  send_targets_unchanged(state->protocol);
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(url), std::move(state)));
}

Result<Response> HttpClient::send(const Request& request) { return stream(request, nullptr); }

Result<Response> HttpClient::stream(const Request& request, const std::function<bool(std::string_view)>& on_data) {
  try {
    return exchange(request, on_data);
  } catch (const std::bad_alloc&) {
    state_->link.reset();
    return Error{ErrorCode::kIo, url_.origin() + ": there is no memory for the reply", ""};
  }
}

Result<Response> HttpClient::exchange(const Request& request, const std::function<bool(std::string_view)>& on_data) {
  if (auto fits = check_head(request); !fits) return fits.error();
  const auto failed = [this](const std::string& why) { return Error{ErrorCode::kIo, url_.origin() + ": " + why, ""}; };
  std::unique_ptr<UpstreamLink>& link = state_->link;
  if (!link || !link->is_idle()) {
    auto opened = UpstreamLink::open(
        url_, state_->tls.get(),
        {system_time().monotonic() + state_->options.connect_timeout, state_->options.stop_descriptor});
    if (!opened) return failed(opened.error().message);
    link = *std::move(opened);
  }
  BoundedStream bounded(*link, state_->options.read_timeout, state_->options.stop_descriptor);
  httplib::Request out = convert(url_, request);
  httplib::Response reply;
  bool ended_by_us = false;
  out.response_handler = [&](const httplib::Response& head) {
    const bool endless = on_data && head.status == 200;
    bounded.allow(endless ? kNoLimit : kLimits.body, "the body of the reply is too large");
    // Older versions of the library wait for the body of a 304, which has none.
    ended_by_us = head.status == 304;
    return !ended_by_us;
  };
  if (on_data) {
    out.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      if (reply.status == 200) ended_by_us = !on_data(std::string_view(data, size));
      if (reply.status != 200) reply.body.append(data, size);
      return !ended_by_us;
    };
  }
  const bool whole = state_->protocol.exchange(bounded, out, reply);
  const bool keeps_open = whole && bounded.is_used_up() && reply.version != "HTTP/1.0" &&
                          !http::list_contains(reply.get_header_value("Connection"), "close");
  if (!keeps_open) link.reset();
  if (whole || ended_by_us) return convert(std::move(reply));
  return failed(bounded.problem().empty() ? "the reply is malformed" : bounded.problem());
}

}  // namespace qamera::upstream
