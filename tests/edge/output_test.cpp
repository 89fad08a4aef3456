#include "edge/output.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

namespace qamera::edge {
namespace {

/// Two connected sockets that never wait.
struct Pair {
  Pair() {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    for (const int end : ends) ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  ~Pair() {
    for (const int end : ends) ::close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  /// What has arrived so far.
  std::string arrived() const {
    std::string out;
    std::array<char, 65536> piece;
    for (ssize_t count = 0; (count = ::read(ends[1], piece.data(), piece.size())) > 0;) {
      out.append(piece.data(), static_cast<std::size_t>(count));
    }
    return out;
  }

  std::array<int, 2> ends{};
};

}  // namespace

TEST_CASE("output: own and shared pieces leave in their order, however little the socket takes") {
  const Pair pair;
  const auto shared = std::make_shared<const std::string>(1'000'000, 's');
  for (int round = 0; round < 3; ++round) {
    Output output;
    std::string expected;
    for (int i = 0; i < 40; ++i) {
      const std::string own(i % 3 == 0 ? 20'000 : 10, static_cast<char>('a' + i % 20));
      output.append(std::string_view("head"));
      output.append(std::string(own));
      output.append(std::make_shared<const std::string>());
      if (i % 10 == 0) output.append(shared);
      expected += "head" + own + (i % 10 == 0 ? *shared : "");
    }
    CHECK(output.size() == expected.size());
    std::string arrived;
    std::size_t sent = 0;
    std::size_t blocked = 0;
    for (int i = 0; i < 100'000 && !output.empty(); ++i) {
      const Output::Flush outcome = output.flush(pair.ends[0], sent);
      REQUIRE(outcome != Output::Flush::kFailed);
      blocked += outcome == Output::Flush::kBlocked ? 1 : 0;
      arrived += pair.arrived();
    }
    CHECK(blocked > 0);
    CHECK(arrived + pair.arrived() == expected);
    CHECK(output.empty());
    output.append(std::string_view("again"));
    CHECK(output.flush(pair.ends[0], sent) == Output::Flush::kDone);
    CHECK(pair.arrived() == "again");
  }
  CHECK(shared.use_count() == 1);
}

}  // namespace qamera::edge
