#include "edge/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

namespace qamera::edge {
namespace {

constexpr int kBacklog = 4096;  // the system lowers it to what it allows

void set_option(int descriptor, int level, int option, int value) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

std::string system_message(int error) {
  if (error == EADDRINUSE) return "address already in use";
  if (error == EADDRNOTAVAIL) return "no such address on this machine";
  if (error == EACCES) return "permission denied";
  return std::generic_category().message(error);
}

std::string without_brackets(const std::string& host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host;
}

std::string endpoint(const std::string& host, int port) {
  const std::string bare = without_brackets(host);
  const bool literal6 = bare.find(':') != std::string::npos;
  return (literal6 ? "[" + bare + "]" : bare) + ":" + std::to_string(port);
}

std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      constexpr std::size_t kBefore = 12;
      ::inet_ntop(AF_INET, v6.sin6_addr.s6_addr + kBefore, text.data(), text.size());
      return std::string(text.data()) + ":" + std::to_string(ntohs(v6.sin6_port));
    }
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  return std::string(text.data()) + ":" + std::to_string(ntohs(v4.sin_port));
}

int port_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

/// Returns 0 and fills `out`, or the system's error.
int try_listen(const addrinfo& address, int port, Descriptor& out) {
  Descriptor made(::socket(address.ai_family, address.ai_socktype, address.ai_protocol));
  if (!made.open()) return errno;
  make_ours(made.get());
  // SO_REUSEADDR lets a restarted server have its port back at once. SO_REUSEPORT would let two servers share
  // it without either knowing.
  set_option(made.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.ai_family == AF_INET6) {
    const auto& wanted = reinterpret_cast<const sockaddr_in6&>(*address.ai_addr);
    set_option(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, IN6_IS_ADDR_UNSPECIFIED(&wanted.sin6_addr) ? 0 : 1);
  }
  sockaddr_storage own{};
  std::memcpy(&own, address.ai_addr, address.ai_addrlen);
  // The port's field is at the same place in the addresses of both families.
  reinterpret_cast<sockaddr_in&>(own).sin_port = htons(static_cast<std::uint16_t>(port));
  if (::bind(made.get(), reinterpret_cast<const sockaddr*>(&own), address.ai_addrlen) != 0) return errno;
  if (::listen(made.get(), kBacklog) != 0) return errno;
  out = std::move(made);
  return 0;
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

/// The addresses of a name, without those it has twice; "" or why there are none.
std::string find_addresses(const std::string& host, std::vector<Addresses>& owners,
                           std::vector<const addrinfo*>& found) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failed != 0) return ::gai_strerror(failed);
  owners.emplace_back(list, &::freeaddrinfo);
  for (const addrinfo* one = list; one; one = one->ai_next) {
    const bool known = std::any_of(found.begin(), found.end(), [&](const addrinfo* other) {
      return other->ai_addrlen == one->ai_addrlen && std::memcmp(other->ai_addr, one->ai_addr, one->ai_addrlen) == 0;
    });
    if (!known) found.push_back(one);
  }
  return "";
}

/// Listens on each address; 0 and the sockets, or the first error. Addresses that this machine lacks are passed over
/// where there are others. A port that is free on one address may be taken on the next: `contested` is set then.
int try_listen_on_all(const std::vector<const addrinfo*>& addresses, int port, Listening& out, bool& contested) {
  int missing = EADDRNOTAVAIL;
  out = {{}, port};
  contested = false;
  for (const addrinfo* address : addresses) {
    Descriptor made;
    const int error = try_listen(*address, out.port, made);
    if (error == 0) {
      out.port = port_of(made.get());
      out.descriptors.push_back(std::move(made));
    } else if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT) {
      missing = error;
    } else {
      contested = error == EADDRINUSE && port == 0 && !out.descriptors.empty();
      return error;
    }
  }
  return out.descriptors.empty() ? missing : 0;
}

}  // namespace

void Descriptor::reset() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

void make_ours(int descriptor) {
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

Result<std::array<Descriptor, 2>> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return Error{ErrorCode::kIo, system_message(errno), ""};
  for (const int end : ends) make_ours(end);
  return std::array{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<Listening> listen_on(const std::string& host, int port) {
  const auto failure = [&](const std::string& why) {
    return Error{
        .code = ErrorCode::kIo, .message = "cannot listen on " + endpoint(host, port) + ": " + why, .pointer = ""};
  };
  if (port < 0 || port > 65535) return failure("a port is a number from 0 to 65535");
  if (host.empty()) return failure("no host given");
  std::vector<Addresses> owners;
  std::vector<const addrinfo*> found;
  std::string unknown;
  // Hosts files may give this name one family alone, and clients try either.
  if (host == "localhost") {
    for (const char* own : {"127.0.0.1", "::1"}) unknown = find_addresses(own, owners, found);
  } else {
    unknown = find_addresses(without_brackets(host), owners, found);
  }
  if (found.empty()) return failure("unknown host: " + unknown);
  constexpr int kMostTries = 16;
  Listening listening;
  bool contested = true;
  int error = 0;
  for (int i = 0; i < kMostTries && contested; ++i) error = try_listen_on_all(found, port, listening, contested);
  if (error == 0) return listening;
  return failure(system_message(error));
}

AcceptOutcome accept_from(int listening, Accepted& accepted) {
  for (;;) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
#ifdef __linux__
    const int made = ::accept4(listening, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    const int made = ::accept(listening, reinterpret_cast<sockaddr*>(&address), &size);
#endif
    if (made < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return AcceptOutcome::kNone;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        return AcceptOutcome::kExhausted;
      }
      if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK) return AcceptOutcome::kNone;
      continue;  // a fault of that one connection, gone before we took it
    }
#ifndef __linux__
    make_ours(made);
#endif
    set_option(made, IPPROTO_TCP, TCP_NODELAY, 1);
#ifdef SO_NOSIGPIPE
    set_option(made, SOL_SOCKET, SO_NOSIGPIPE, 1);
#endif
    accepted.descriptor = Descriptor(made);
    accepted.remote = text_of(address);
    return AcceptOutcome::kAccepted;
  }
}

void reset_on_close(int descriptor) {
  const linger option{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, sizeof option);
}

std::size_t allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, SIZE_MAX));
}

std::size_t open_descriptors(int any) {
  const Descriptor lowest_free(::fcntl(any, F_DUPFD_CLOEXEC, 0));
  return static_cast<std::size_t>(std::max(lowest_free.get(), 0));
}

Result<void> check_descriptors(int descriptor, std::size_t wanted) {
  std::vector<Descriptor> tried;
  while (tried.size() < wanted) {
    Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (!copy.open()) {
      const int error = errno;
      rlimit limit{};
      ::getrlimit(RLIMIT_NOFILE, &limit);
      return Error{.code = ErrorCode::kIo,
                   .message = "cannot serve: " + system_message(error) + "; the limit is " +
                              std::to_string(limit.rlim_cur) + " (ulimit -n), and " +
                              std::to_string(wanted - tried.size()) + " more are needed to start",
                   .pointer = ""};
    }
    tried.push_back(std::move(copy));
  }
  return {};
}

}  // namespace qamera::edge
