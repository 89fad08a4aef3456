#include "edge/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace qamera::test {
namespace {

bool is_ipv6(const std::string& host) { return host.find(':') != std::string::npos; }

bool connect_to(int descriptor, const std::string& host, int port) {
  if (is_ipv6(host)) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET6, host.c_str(), &address.sin6_addr);
    return ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

}  // namespace

Client::Client(int port, const std::string& host)
    : descriptor_(::socket(is_ipv6(host) ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (!connect_to(descriptor_, host, port)) ::close(std::exchange(descriptor_, -1));
}

Client::~Client() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Client::Client(Client&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffered_(std::move(other.buffered_)), end_(other.end_) {}

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool Client::fill() {
  std::array<char, 16384> bytes;
  const ssize_t count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (count > 0) {
    buffered_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }
  if (count == 0) {
    end_ = End::kClosed;
  } else {
    end_ = errno == EAGAIN || errno == EWOULDBLOCK ? End::kTimeout : End::kReset;
  }
  return false;
}

std::string Client::read_until(std::string_view text) {
  std::size_t at = buffered_.find(text);
  while (at == std::string::npos && fill()) at = buffered_.find(text);
  return read_bytes(at == std::string::npos ? buffered_.size() : at + text.size());
}

std::string Client::read_bytes(std::size_t count) {
  while (buffered_.size() < count && fill()) {}
  std::string bytes = buffered_.substr(0, count);
  buffered_.erase(0, bytes.size());
  return bytes;
}

std::string Client::read_to_end() {
  while (fill()) {}
  return std::exchange(buffered_, {});
}

bool Client::closes() { return read_to_end().empty() && end_ == End::kClosed; }

Client::Reply Client::reply(bool is_head) {
  Reply reply;
  reply.head = read_until("\r\n\r\n");
  if (!reply.head.ends_with("\r\n\r\n")) return reply;
  reply.head.resize(reply.head.size() - 4);
  reply.status = std::atoi(reply.head.c_str() + 9);
  const std::string fields = lower(reply.head) + "\r\n";
  const auto length = is_head ? std::string::npos : fields.find("content-length: ");
  if (!is_head && fields.find("transfer-encoding: chunked\r\n") != std::string::npos) {
    for (;;) {
      const std::string line = read_until("\r\n");
      const std::size_t size = std::strtoul(line.c_str(), nullptr, 16);
      const std::string chunk = read_bytes(size + 2);
      if (chunk.size() < size + 2) return reply;
      if (size == 0) break;
      reply.body.append(chunk, 0, size);
    }
    reply.complete = true;
  } else if (length != std::string::npos) {
    const std::size_t size = std::strtoul(fields.c_str() + length + 16, nullptr, 10);
    reply.body = read_bytes(size);
    reply.complete = reply.body.size() == size;
  } else {
    reply.complete = true;
  }
  return reply;
}

Client::Reply Client::exchange(std::string_view bytes) {
  send(bytes);
  return reply();
}

void Client::shut_down_sending() { ::shutdown(descriptor_, SHUT_WR); }

void Client::set_receive_buffer(int bytes) { ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); }

std::string get(std::string_view path, std::string_view fields) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view fields) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace qamera::test
