#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace qamera::edge {

/// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const { return number_; }
  bool open() const { return number_ >= 0; }
  void reset();

 private:
  int number_ = -1;
};

struct Accepted {
  Descriptor descriptor;
  std::string remote;  ///< "127.0.0.1:50312", "[::1]:50312"
};

enum class AcceptOutcome {
  kAccepted,
  kNone,       ///< nobody waits
  kExhausted,  ///< no descriptor or memory left for it; the client keeps waiting
};

struct Listening {
  std::vector<Descriptor> descriptors;  ///< at least one, all of the same port
  int port = 0;
};

/// Listens on `host` (a name, an IPv4 or IPv6 address, the latter with or without brackets) and `port` (0 for
/// any free one): on every address that the name has and this machine too, and on `::` for both families. A port in use
/// is an error even for a server of our own.
Result<Listening> listen_on(const std::string& host, int port);

/// Takes one waiting connection: non-blocking, without Nagle's delay, without SIGPIPE.
AcceptOutcome accept_from(int listening, Accepted& accepted);

/// Non-blocking, and closed on exec.
void make_ours(int descriptor);

/// The reading and the writing end of a pipe of ours. kIo when descriptors are short.
Result<std::array<Descriptor, 2>> make_pipe();

/// Closing will send RST and drop what was not sent.
void reset_on_close(int descriptor);

/// Raises the process's soft limit of open descriptors towards `wanted`, as far as the hard limit allows. The limit.
std::size_t allow_descriptors(std::size_t wanted);

/// How many descriptors are open, if they are numbered without gaps, as they are where few were closed.
std::size_t open_descriptors(int any);

/// Whether so many descriptors could be opened now. kIo, naming the limit, when not.
Result<void> check_descriptors(int descriptor, std::size_t wanted);

}  // namespace qamera::edge
