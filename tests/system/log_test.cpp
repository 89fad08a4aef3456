#include "system/log.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <utility>

#include "base/json.h"

namespace qamera {
namespace {

class FixedTime final : public TimeSource {
 public:
  MonotonicTime monotonic() const override { return MonotonicTime(0); }
  Instant wall() const override { return *parse_instant("2026-03-27T12:00:00.000Z"); }
};

/// A log that writes to a pipe, and what arrived there.
class PipedLog {
 public:
  explicit PipedLog(LogFormat format, LogLevel least = LogLevel::kInfo, bool color = false)
      : open_(::pipe(ends_.data()) == 0), log_({format, least, ends_[1], color}, time_) {
    REQUIRE(open_);
  }
  ~PipedLog() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }

  const Log& log() const { return log_; }

  /// Ends writing and gives all that was written.
  std::string text() {
    ::close(std::exchange(ends_[1], -1));
    std::string out;
    std::array<char, 4096> buffer;
    for (ssize_t size = 1; size > 0;) {
      size = ::read(ends_[0], buffer.data(), buffer.size());
      if (size > 0) out.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return out;
  }

 private:
  FixedTime time_;
  std::array<int, 2> ends_{-1, -1};
  bool open_;
  Log log_;
};

}  // namespace

TEST_CASE("log: a text line has time, level, message and fields") {
  PipedLog piped(LogFormat::kText);
  piped.log().info("listening", {{"url", "http://127.0.0.1:4010"}});
  piped.log().warning("slow");
  piped.log().error("failed", {{"a", "1"}, {"b", ""}});
  CHECK(piped.text() ==
        "2026-03-27T12:00:00.000Z info listening url=http://127.0.0.1:4010\n"
        "2026-03-27T12:00:00.000Z warning slow\n"
        "2026-03-27T12:00:00.000Z error failed a=1 b=\n");
}

TEST_CASE("log: control characters cannot forge a line or drive a terminal") {
  PipedLog piped(LogFormat::kText);
  piped.log().info("a\nb", {{"path", std::string_view("/\r\n\x1b[2J\0\x7f", 9)}});
  CHECK(piped.text() == "2026-03-27T12:00:00.000Z info a\\x0ab path=/\\x0d\\x0a\\x1b[2J\\x00\\x7f\n");
}

TEST_CASE("log: a JSON line is one object with the same members") {
  PipedLog piped(LogFormat::kJson);
  piped.log().error("a\n\"b\"", {{"path", "/\x1b"}, {"bytes", "\xff"}});
  const std::string line = piped.text();
  CHECK(line ==
        "{\"time\":\"2026-03-27T12:00:00.000Z\",\"level\":\"error\",\"message\":\"a\\n\\\"b\\\"\","
        "\"path\":\"/\\u001b\",\"bytes\":\"\xef\xbf\xbd\"}\n");
  CHECK(parse_json(line).value()["message"] == "a\n\"b\"");
}

TEST_CASE("log: what is below the least level is not written") {
  PipedLog piped(LogFormat::kText, LogLevel::kError);
  CHECK_FALSE(piped.log().writes(LogLevel::kWarning));
  CHECK(piped.log().writes(LogLevel::kError));
  piped.log().info("no");
  piped.log().warning("no");
  piped.log().error("yes");
  CHECK(piped.text() == "2026-03-27T12:00:00.000Z error yes\n");
}

TEST_CASE("log: what may be due again and again is told once about a thing, and of a thousand things") {
  PipedLog piped(LogFormat::kText);
  for (int i = 0; i < 3; ++i) {
    piped.log().warning_once("a", "of a");
    piped.log().warning_once("b", "of b");
  }
  CHECK(piped.text() == "2026-03-27T12:00:00.000Z warning of a\n2026-03-27T12:00:00.000Z warning of b\n");
  PipedLog many(LogFormat::kText);
  for (int i = 0; i < 1100; ++i) many.log().warning_once(std::to_string(i), "w");
  const std::string text = many.text();
  CHECK(std::count(text.begin(), text.end(), '\n') == 1000);
}

TEST_CASE("log: colours mark the level and leave the text alone") {
  PipedLog piped(LogFormat::kText, LogLevel::kInfo, true);
  piped.log().info("a", {{"b", "c"}});
  piped.log().warning("d");
  piped.log().error("e");
  const std::string time = "\x1b[2m2026-03-27T12:00:00.000Z\x1b[0m ";
  CHECK(piped.text() ==
        time + "info a \x1b[2mb=\x1b[0mc\n" + time + "\x1b[33mwarning\x1b[0m d\n" + time + "\x1b[31merror\x1b[0m e\n");
}

TEST_CASE("log: a line of another shape is written as it is") {
  PipedLog piped(LogFormat::kText);
  CHECK(piped.log().columns() == 0);
  CHECK(piped.log().shown_time(FixedTime().wall()) == "2026-03-27T12:00:00.000Z");
  piped.log().write_line([] { return "as it is\n"; });
  piped.log().write_line([]() -> std::string { throw std::bad_alloc(); });
  CHECK(piped.text() == "as it is\nerror out of memory: a line is missing here\n");
}

TEST_CASE("log: a descriptor that takes nothing is not waited for") {
  const FixedTime time;
  const Log log({LogFormat::kText, LogLevel::kInfo, -1}, time);
  log.error("nobody reads this");
  CHECK(log.writes(LogLevel::kInfo));
}

}  // namespace qamera
