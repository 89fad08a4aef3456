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
int try_listen(const addrinfo& address, Descriptor& out) {
  Descriptor made(::socket(address.ai_family, address.ai_socktype, address.ai_protocol));
  if (!made.open()) return errno;
  make_ours(made.get());
  // SO_REUSEADDR lets a restarted server have its port back at once. SO_REUSEPORT would let two servers share
  // it without either knowing.
  set_option(made.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.ai_family == AF_INET6) set_option(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (::bind(made.get(), address.ai_addr, address.ai_addrlen) != 0) return errno;
  if (::listen(made.get(), kBacklog) != 0) return errno;
  out = std::move(made);
  return 0;
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
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int resolved = ::getaddrinfo(without_brackets(host).c_str(), std::to_string(port).c_str(), &hints, &found);
  if (resolved != 0) return failure(std::string("unknown host: ") + ::gai_strerror(resolved));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* address = found; address; address = address->ai_next) {
    Listening listening;
    error = try_listen(*address, listening.descriptor);
    if (error == 0) {
      listening.port = port_of(listening.descriptor.get());
      return listening;
    }
  }
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

void allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
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
