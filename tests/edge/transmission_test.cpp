#include "edge/transmission.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "edge/playback.h"

using namespace qamera;
using namespace qamera::edge;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n";
const std::string kBody = "0123456789";

Response response(std::string body = kBody, int status = 200) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

Transmission with_fault(Fault fault, std::string body = kBody, http::ReplyForm form = {}) {
  return compile(response(std::move(body)), {.delay = Duration(0), .throttle_bytes_per_second = {}, .fault = fault},
                 form, false);
}

std::string bytes_of(const Transmission& transmission) {
  std::string all;
  for (const Segment& segment : transmission.segments) all += segment.view();
  return all;
}

/// Plays it to the end: how many bytes leave at which moment.
std::vector<std::pair<MonotonicTime, std::size_t>> schedule(Transmission transmission) {
  std::vector<std::pair<MonotonicTime, std::size_t>> out;
  Output output;
  MonotonicTime now{0};
  Playback playback(std::move(transmission), now);
  for (int i = 0; i < 10'000; ++i) {
    const std::size_t before = output.size();
    playback.release(now, output);
    if (output.size() > before) out.emplace_back(now, output.size() - before);
    const auto due = playback.next_due();
    if (!due) return out;
    REQUIRE(*due > now);
    now = *due;
  }
  FAIL("the transmission does not end");
  return out;
}

}  // namespace

TEST_CASE("transmission: a plain reply is one segment and keeps the connection") {
  const Transmission plain = compile(response(), {}, {}, false);
  REQUIRE(plain.segments.size() == 1);
  CHECK(plain.segments[0].bytes == kHead + kBody);
  CHECK(plain.end == End::kKeepAlive);
  CHECK_FALSE(plain.stream_follows);
  CHECK(schedule(plain) == std::vector<std::pair<MonotonicTime, std::size_t>>{{MonotonicTime(0), kHead.size() + 10}});
}

TEST_CASE("transmission: a large body is not copied behind the head") {
  const Transmission large = compile(response(std::string(100'000, 'x')), {}, {}, false);
  REQUIRE(large.segments.size() == 2);
  CHECK(large.segments[1].bytes.size() == 100'000);
}

TEST_CASE("transmission: a shared body travels as an own one does, and a large one from where it stands") {
  const std::vector<std::optional<Fault>> faults = {std::nullopt, fault::TruncatedBody{.keep = 0.5},
                                                    fault::MalformedChunk{}, fault::EmptyResponse{},
                                                    fault::SlowBody{.every = milliseconds(20), .bytes = 50'000}};
  for (const std::string& body : {std::string(), kBody, std::string(100'000, 'x')}) {
    const auto bytes = std::make_shared<const std::string>(body);
    for (const auto& fault : faults) {
      for (const std::size_t rate : {0, 1'000'000}) {
        for (const bool is_head : {false, true}) {
          const Delivery delivery{.throttle_bytes_per_second = rate, .fault = fault};
          const auto own = compile(response(body), delivery, {.is_head = is_head}, false);
          Response shared = response("");
          shared.shared_body = bytes;
          const auto same = compile(std::move(shared), delivery, {.is_head = is_head}, false);
          CHECK(bytes_of(same) == bytes_of(own));
          CHECK(schedule(same) == schedule(own));
          CHECK(same.end == own.end);
        }
      }
    }
    CHECK(*bytes == body);
  }
  Response large = response("");
  large.shared_body = std::make_shared<const std::string>(100'000, 'x');
  const std::string* place = large.shared_body.get();
  const Transmission sent = compile(std::move(large), {}, {}, false);
  REQUIRE(sent.segments.size() == 2);
  CHECK(sent.segments[1].shared.get() == place);
}

TEST_CASE("transmission: HEAD and bodiless statuses send no body, HEAD says its length") {
  CHECK(bytes_of(compile(response(), {}, {.is_head = true}, false)) == kHead);
  CHECK(bytes_of(compile(response("x", 204), {}, {}, false)) == "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_CASE("transmission: a delay comes before the first byte") {
  const Transmission delayed =
      compile(response(), {.delay = seconds(3), .throttle_bytes_per_second = {}, .fault = {}}, {}, false);
  CHECK(schedule(delayed) == std::vector<std::pair<MonotonicTime, std::size_t>>{{seconds(3), kHead.size() + 10}});
}

TEST_CASE("transmission: a throttle holds its rate for head and body together") {
  for (const std::size_t rate :
       {std::size_t{1}, std::size_t{30}, std::size_t{49}, std::size_t{1000}, std::size_t{77'777}}) {
    CAPTURE(rate);
    const std::size_t size = rate * 3;
    const auto steps =
        schedule(compile(response(std::string(size, 'x')),
                         {.delay = Duration(0), .throttle_bytes_per_second = rate, .fault = {}}, {}, false));
    std::size_t total = 0;
    for (const auto& [at, count] : steps) {
      total += count;
      const double allowed = static_cast<double>(rate) * static_cast<double>(at.count()) / 1e9;
      CHECK(static_cast<double>(total) <= allowed + static_cast<double>(rate) / 50 + 2);
      CHECK(static_cast<double>(total) >= allowed - static_cast<double>(rate) / 50 - 2);
    }
    CHECK(total > size);
  }
}

TEST_CASE("transmission: what a full socket held back is not sent in a burst") {
  Output output;
  Playback playback(compile(response(std::string(1000, 'x')),
                            {.delay = Duration(0), .throttle_bytes_per_second = 50, .fault = {}}, {}, false),
                    MonotonicTime(0));
  playback.release(MonotonicTime(0), output);
  CHECK(output.size() == 1);
  playback.resume(seconds(10));
  playback.release(seconds(10), output);
  CHECK(output.size() == 2);
}

TEST_CASE("transmission: faults without a byte differ in how they end") {
  CHECK(bytes_of(with_fault(fault::ConnectionReset{})) == "");
  CHECK(with_fault(fault::ConnectionReset{}).end == End::kReset);
  CHECK(bytes_of(with_fault(fault::EmptyResponse{})) == "");
  CHECK(with_fault(fault::EmptyResponse{}).end == End::kClose);
  CHECK(bytes_of(with_fault(fault::Stall{})) == "");
  CHECK(with_fault(fault::Stall{}).end == End::kHang);
}

TEST_CASE("transmission: a truncated body lacks at least one byte of what the head announces") {
  CHECK(bytes_of(with_fault(fault::TruncatedBody{.keep = 0.5})) == kHead + "01234");
  CHECK(bytes_of(with_fault(fault::TruncatedBody{.keep = 0})) == kHead);
  CHECK(bytes_of(with_fault(fault::TruncatedBody{.keep = 0.999})) == kHead + "012345678");
  CHECK(bytes_of(with_fault(fault::TruncatedBody{.keep = 1})) == kHead + "012345678");
  CHECK(with_fault(fault::TruncatedBody{}).end == End::kClose);
  const std::string bodiless = bytes_of(with_fault(fault::TruncatedBody{}, ""));
  CHECK(bodiless.ends_with("\r\n\r"));
}

TEST_CASE("transmission: a malformed chunk follows a whole one") {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(bytes_of(with_fault(fault::MalformedChunk{})) == head + "5\r\n01234\r\nnot-a-size\r\n56789\r\n");
  CHECK(bytes_of(with_fault(fault::MalformedChunk{}, "")) == head + "1\r\n \r\nnot-a-size\r\n\r\n");
  CHECK(with_fault(fault::MalformedChunk{}).end == End::kClose);
}

TEST_CASE("transmission: garbage is seeded and no status line") {
  const std::string garbage = bytes_of(with_fault(fault::Garbage{.bytes = 40, .seed = 7}));
  CHECK(garbage.size() == 40);
  CHECK(garbage == noise(40, 7));
  CHECK(garbage != noise(40, 8));
  CHECK(bytes_of(with_fault(fault::Garbage{.bytes = 0, .seed = 7})) == "");
  for (std::uint64_t seed = 0; seed < 200; ++seed) CHECK(static_cast<unsigned char>(noise(1, seed)[0]) >= 0x80);
}

TEST_CASE("transmission: slow headers come byte by byte, then the body at once") {
  const auto steps = schedule(with_fault(fault::SlowHeaders{.every = milliseconds(100)}));
  REQUIRE(steps.size() == kHead.size());
  CHECK(steps[0] == std::pair<MonotonicTime, std::size_t>(MonotonicTime(0), 1));
  CHECK(steps[9] == std::pair<MonotonicTime, std::size_t>(milliseconds(900), 1));
  CHECK(steps.back().second == 11);
  CHECK(with_fault(fault::SlowHeaders{}).end == End::kKeepAlive);
}

TEST_CASE("transmission: a slow body follows its head in steps") {
  const auto steps = schedule(with_fault(fault::SlowBody{.every = milliseconds(20), .bytes = 4}));
  REQUIRE(steps.size() == 3);
  CHECK(steps[0] == std::pair<MonotonicTime, std::size_t>(MonotonicTime(0), kHead.size() + 4));
  CHECK(steps[1] == std::pair<MonotonicTime, std::size_t>(milliseconds(20), 4));
  CHECK(steps[2] == std::pair<MonotonicTime, std::size_t>(milliseconds(40), 2));
  CHECK(schedule(with_fault(fault::SlowBody{.every = milliseconds(0), .bytes = 0})).size() == 1);
}

TEST_CASE("transmission: a stream is chunked, or runs until the close for HTTP/1.0") {
  const Transmission chunked = compile(response(""), {}, {}, true);
  CHECK(chunked.stream_follows);
  CHECK(chunked.stream_chunked);
  CHECK(chunked.end == End::kKeepAlive);
  CHECK(bytes_of(chunked).find("Transfer-Encoding: chunked") != std::string::npos);
  const Transmission old = compile(response(""), {}, {.http_1_0 = true}, true);
  CHECK(old.stream_follows);
  CHECK_FALSE(old.stream_chunked);
  CHECK(old.end == End::kClose);
  CHECK(bytes_of(old).find("Content-Length") == std::string::npos);
  CHECK_FALSE(compile(response(""), {}, {.is_head = true}, true).stream_follows);
}

TEST_CASE("transmission: an HTTP/1.0 client that keeps the connection is told that it is kept") {
  CHECK(bytes_of(compile(response(), {}, {.http_1_0 = true}, false)).find("Connection: keep-alive\r\n") !=
        std::string::npos);
  const Transmission closing = compile(response(), {}, {.keep_alive = false}, false);
  CHECK(bytes_of(closing).find("Connection: close\r\n") != std::string::npos);
  CHECK(closing.end == End::kClose);
}
