#include "upstream/link.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#if defined(QAMERA_STATIC) && defined(__GLIBC__)
#include <nss.h>
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

#include "base/text.h"
#include "upstream/tls_link.h"

namespace qamera::upstream {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;  // the process ignores SIGPIPE
#endif

Error lost(const char* doing) {
  return {ErrorCode::kIo, std::string(doing) + ": " + std::generic_category().message(errno), ""};
}

Result<edge::Descriptor> connect_to(const addrinfo& address, LinkDeadline deadline) {
  edge::Descriptor made(::socket(address.ai_family, address.ai_socktype, address.ai_protocol));
  if (!made.open()) return lost("no socket");
  edge::make_ours(made.get());
  const int on = 1;
  ::setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(made.get(), address.ai_addr, address.ai_addrlen) == 0) return made;
  if (errno != EINPROGRESS) return lost("cannot connect");
  if (auto ready = wait_for(made.get(), POLLOUT, deadline); !ready) return ready.error();
  int failure = 0;
  socklen_t size = sizeof failure;
  ::getsockopt(made.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
  errno = failure;
  if (failure != 0) return lost("cannot connect");
  return made;
}

/// Names that are always the loopback (RFC 6761), also where there is no /etc/hosts to say so.
bool is_localhost(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  constexpr std::string_view kName = "localhost";
  if (host.size() < kName.size() || !equal_ignoring_case(host.substr(host.size() - kName.size()), kName)) return false;
  return host.size() == kName.size() || host[host.size() - kName.size() - 1] == '.';
}

/// A static glibc has the look-up in /etc/hosts and DNS built in. For others that nsswitch.conf names it would load the
/// machine's modules, made for the machine's own glibc.
void use_builtin_lookup() {
#if defined(QAMERA_STATIC) && defined(__GLIBC__)
  [[maybe_unused]] static const int set = __nss_configure_lookup("hosts", "files dns");
#endif
}

Result<edge::Descriptor> connect_by_name(const ServerUrl& url, LinkDeadline deadline) {
  use_builtin_lookup();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  // No name at all is the loopback, without a look-up.
  const char* host = is_localhost(url.host) ? nullptr : url.host.c_str();
  const int failed = ::getaddrinfo(host, std::to_string(url.port).c_str(), &hints, &found);
  if (failed != 0) {
    return Error{ErrorCode::kIo, "cannot resolve the name \"" + url.host + "\": " + ::gai_strerror(failed), ""};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  Error last{ErrorCode::kIo, "the name \"" + url.host + "\" has no address", ""};
  for (const addrinfo* address = found; address; address = address->ai_next) {
    auto made = connect_to(*address, deadline);
    if (made || made.error().code == ErrorCode::kTimeout) return made;
    last = made.error();
  }
  return last;
}

class PlainLink final : public UpstreamLink {
 public:
  explicit PlainLink(edge::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  bool is_idle() const override { return is_silent(descriptor_.get()); }

 private:
  Attempt send(std::string_view bytes) override {
    return attempt("the connection broke while the request was sent", POLLOUT,
                   [&] { return ::send(descriptor_.get(), bytes.data(), bytes.size(), kSendFlags); });
  }

  Attempt receive(std::span<char> into) override {
    return attempt("the connection broke", POLLIN,
                   [&] { return ::recv(descriptor_.get(), into.data(), into.size(), 0); });
  }

  int descriptor() const override { return descriptor_.get(); }

  template <typename Call>
  static Attempt attempt(const char* doing, short events, Call call) {
    for (;;) {
      const ssize_t count = call();
      if (count >= 0) return {.count = static_cast<std::size_t>(count)};
      if (errno == EAGAIN || errno == EWOULDBLOCK) return {.kind = Attempt::Kind::kMustWait, .events = events};
      if (errno != EINTR) return {.kind = Attempt::Kind::kFailed, .problem = lost(doing).message};
    }
  }

  edge::Descriptor descriptor_;
};

}  // namespace

Result<void> check_time(LinkDeadline deadline) {
  const auto given_up = [](const char* why) { return Error{ErrorCode::kTimeout, why, ""}; };
  if (deadline.at <= system_time().monotonic()) return given_up("no reply in time");
  if (!is_silent(deadline.stop_descriptor)) return given_up("given up, since the server stops");
  return {};
}

Result<void> wait_for(int descriptor, short events, LinkDeadline deadline) {
  for (;;) {
    if (auto in_time = check_time(deadline); !in_time) return in_time;
    const MonotonicTime left = deadline.at - system_time().monotonic();
    const auto millis = std::clamp<std::int64_t>(std::chrono::ceil<Duration>(left).count(), 0, INT_MAX);
    std::array<pollfd, 2> watched{pollfd{descriptor, events, 0}, pollfd{deadline.stop_descriptor, POLLIN, 0}};
    const int count = ::poll(watched.data(), watched.size(), static_cast<int>(millis));
    if (count < 0 && errno != EINTR) return lost("cannot wait");
    if (count > 0 && watched[1].revents == 0) return {};
  }
}

bool is_silent(int descriptor) {
  pollfd watched{descriptor, POLLIN, 0};
  return ::poll(&watched, 1, 0) == 0;
}

Result<std::size_t> UpstreamLink::transfer(std::string_view& unsent, std::span<char> into, LinkDeadline deadline) {
  for (;;) {
    // A server that always has something to say is never waited for.
    if (auto in_time = check_time(deadline); !in_time) return in_time.error();
    Attempt sent;
    if (!unsent.empty() && refusal_.empty()) {
      sent = send(unsent);
      unsent.remove_prefix(sent.count);
      refusal_ = sent.problem;
    }
    const Attempt received = receive(into);
    if (received.kind == Attempt::Kind::kMoved) return received.count;
    if (received.kind == Attempt::Kind::kFailed) {
      return Error{ErrorCode::kIo, refusal_.empty() ? received.problem : refusal_, ""};
    }
    if (sent.count > 0 && !unsent.empty()) continue;
    const auto events = static_cast<short>(sent.events | received.events);
    if (auto ready = wait_for(descriptor(), events, deadline); !ready) return ready.error();
  }
}

Result<std::unique_ptr<UpstreamLink>> UpstreamLink::open(const ServerUrl& url, TlsContext* tls, LinkDeadline deadline) {
  auto connected = connect_by_name(url, deadline);
  if (!connected) return connected.error();
  if (url.scheme == "https") return open_tls_link(*std::move(connected), url.host, *tls, deadline);
  return std::unique_ptr<UpstreamLink>(std::make_unique<PlainLink>(*std::move(connected)));
}

}  // namespace qamera::upstream
